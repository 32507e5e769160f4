"""One database after the other: start the product on it, ask, and note what it cost."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select, text

from app.core import db
from app.features.issues.models import Issue
from bench import load, operations, pictures, snap, stores
from bench.load import Measured
from bench.operations import Who
from bench.processes import Product, cpu_ms, held_mib, rss_mib
from bench.town import Town, sign_in

Store = stores.Sqlite | stores.Postgres
REST_SECONDS = 66
"""Decoding processes end when nobody has asked for a minute."""


@dataclass
class Plan:
    """How much of what. `only`: names of operations; empty: all."""

    folder: Path
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    main_size: int = 100_000
    rounds: int = 200
    photos: int = 32
    photo_form: tuple[int, int, int] = (pictures.WIDTH, pictures.HEIGHT, pictures.BYTES)
    only: frozenset[str] = frozenset()
    rests: bool = True
    starts: int = 3
    snap_points: int = snap.POINTS

    def wants(self, name: str) -> bool:
        # "map" stands for "map, after a change" as well.
        return not self.only or name in self.only or name.partition(",")[0] in self.only


@dataclass
class Results:
    """Figures of one database: operations by name, and single numbers by name."""

    database: str
    measured: dict[str, Measured] = field(default_factory=dict)
    statements: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


def people(url: str, town: Town) -> tuple[Who, list[Any]]:
    """Signed-in people of a kept database, and cases for the detail: of all open states, in turn."""
    engine = db.make_engine(url)
    with db.WriteSession(engine) as session, session.begin():
        who = Who(
            sign_in(session, town.dispatcher, "dispatcher"),
            sign_in(session, town.reviewer, "reviewer"),
            [sign_in(session, user, f"v{n}") for n, user in enumerate(town.volunteers[:40])],
        )
        ids: list[Any] = []
        for state in ("submitted", "dispatched", "rectifying", "in_review", "closed"):
            newest = select(Issue.id).where(Issue.town_id == town.id, Issue.state == state)
            ids.append(session.scalars(newest.order_by(Issue.found_at.desc()).limit(20)).all())
    engine.dispose()
    return who, [one for five in zip(*ids, strict=False) for one in five]


@contextmanager
def served(url: str, folder: Path) -> Iterator[Product]:
    """The API on a database."""
    product = Product(folder, url)
    try:
        product.start()
        yield product
    finally:
        product.stop()


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder on the same disk as the kept data, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_reads(store: Store, plan: Plan, results: Results) -> None:
    """Lists at every size; the other reads at the main one."""
    for size in plan.sizes:
        url, town = store.filled(size)
        who, ids = people(url, town)
        with scratch(plan.folder) as folder, served(url, folder) as product:
            roots = [*product.pids, *([store.pid] if store.pid else [])]
            for name, wanted in operations.reads(who, ids).items():
                if (size != plan.main_size and name != "list") or not plan.wants(name):
                    continue
                told = load.run(product.port, roots, wanted, plan.rounds)
                results.measured[name if size == plan.main_size else f"{name} at {size}"] = told
        if size == plan.main_size:
            results.statements |= statements(url, who, ids, plan)


def statements(url: str, who: Who, ids: list[Any], plan: Plan) -> dict[str, int]:
    """SQL statements an operation sends, counted in this process; without BEGIN and PRAGMA."""
    from starlette.testclient import TestClient

    from app.api import create_app
    from app.core import config

    config.override(database_url=url, jobs="off", data_dir=plan.folder / "counting")
    db.get_engine.cache_clear()
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    told, engine = {}, db.get_engine()
    event.listen(Engine, "before_cursor_execute", note)
    with TestClient(create_app()) as client:
        for name, wanted in operations.reads(who, ids).items():
            for request in [*wanted(0), *wanted(0)]:  # what is kept between requests is there at the second
                sent.clear()
                client.get(request.path, headers={"Authorization": f"Bearer {request.token}"})
            told[name] = len(sent)
    event.remove(Engine, "before_cursor_execute", note)
    engine.dispose()
    db.get_engine.cache_clear()
    return told


def measure_writes(store: Store, plan: Plan, results: Results) -> None:
    """Reports and photos on a copy; then memory at rest and cold starts."""
    if not any(plan.wants(name) for name in ("report", "photo", "start")):
        return
    with scratch(plan.folder) as folder:
        url, town = store.copy(plan.main_size, folder)
        who, _ = people(url, town)
        product = Product(folder, url)
        try:
            product.start()
            roots = [*product.pids, *([store.pid] if store.pid else [])]
            if plan.wants("report"):
                told = load.run(product.port, roots, operations.report(who, town), plan.rounds)
                results.measured["report"] = told
            if plan.wants("photo"):
                _measure_photos(store, plan, results, product, (who, town))
            product.stop()
            if plan.wants("start"):
                started = [_cold_start(product) for _ in range(plan.starts)]
                results.numbers["cold start, s"] = statistics.median(seconds for seconds, _ in started)
                results.numbers["cold start, CPU s"] = statistics.median(spent for _, spent in started)
        finally:
            product.stop()
            store.drop(url)


def _cold_start(product: Product) -> tuple[float, float]:
    product.stop()
    return product.start(), cpu_ms(*product.pids) / 1000


def _measure_photos(
    store: Store, plan: Plan, results: Results, product: Product, people: tuple[Who, Town]
) -> None:
    wanted = operations.report_with_photo(*people, pictures.photo(*plan.photo_form))
    database = [store.pid] if store.pid else []
    product.start_worker()
    if plan.rests:
        _idle(product)
    roots = [*product.pids, *database]
    with product.worker_paused():
        told = load.run(product.port, roots, wanted, plan.photos, warm=8)
    results.measured["photo, to the ack"] = told
    # The warm ones wait for the worker too; their renditions are measured with the others.
    before, waiting = cpu_ms(*roots), plan.photos + 8
    _drained(product)
    if plan.rests:
        _idle(product)
    results.numbers["renditions of a photo, CPU ms"] = spent = (cpu_ms(*roots) - before) / waiting
    results.numbers["photo, jobs drained, CPU ms"] = told.cpu_ms + spent
    results.numbers["memory right after, with decoders, MiB"] = held_mib(*product.pids)
    if plan.rests:
        time.sleep(REST_SECONDS)
        results.numbers["memory of API and worker, MiB"] = held_mib(*product.pids)
        results.numbers["the same, shared pages in each process, MiB"] = rss_mib(*product.pids)


def _waiting(product: Product) -> int:
    engine = db.make_engine(product.database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM photos WHERE state = 'received'")).scalar_one()
    engine.dispose()
    return int(found)


def _drained(product: Product) -> None:
    until = time.monotonic() + 300
    while _waiting(product):
        if time.monotonic() > until:
            raise SystemExit("the worker does not finish")
        time.sleep(0.2)


def _idle(product: Product) -> None:
    """Wait until the processes rest: less than 5 % of a core for two seconds."""
    until, before = time.monotonic() + 60, cpu_ms(*product.pids)
    while time.monotonic() < until:
        time.sleep(2)
        now = cpu_ms(*product.pids)
        if now - before < 100:
            return
        before = now


def measure_snap(store: Store, plan: Plan, results: Results) -> None:
    """A fix among many points, in this process."""
    with scratch(plan.folder) as folder:
        url = store.empty(folder)
        try:
            results.numbers |= snap.measure(url, plan.snap_points)
        finally:
            store.drop(url)
