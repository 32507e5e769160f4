"""The long forms, for `make soak`: the figures of the last full run are in docs/durability.md."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Databases
from tests.faults.kills import rounds_of_kills
from tests.faults.service import Service, on_files, on_s3
from tests.faults.test_races import twenty_at_once
from tests.faults.test_wire import over_a_bad_line
from tests.support import postgres
from tests.support.database import Postgres
from tests.support.server import LiveServer
from tests.support.soak import record
from tests.support.street import Street, street_of

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]
ROUNDS, REPORTS = int(os.environ.get("XF_SOAK_ROUNDS", "100")), int(os.environ.get("XF_SOAK_REPORTS", "2000"))


@pytest.fixture
def durable_service(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> Iterator[Service]:
    """SQLite with files, or a PostgreSQL of its own with fsync on and S3."""
    if databases.name == "sqlite":
        with on_files(tmp_path / "data", databases.migrated()) as made:
            yield made
        return
    binaries = postgres.binaries()
    assert binaries
    own = Postgres(tmp_path, postgres.start(binaries, durable=True)["url"])
    with on_s3(tmp_path / "data", own.migrated(), request.getfixturevalue("s3")) as made:
        yield made


def test_a_hundred_kills_lose_nothing(durable_service: Service, databases: Databases) -> None:
    began = time.monotonic()
    seed = int(began)
    # A report takes two to three answers: so many between two kills that rounds and reports end together.
    most = max(15, 6 * REPORTS // ROUNDS)
    done = rounds_of_kills(
        durable_service,
        rounds=ROUNDS,
        reports=REPORTS,
        seed=seed,
        pause=0,
        answers=most,
        cold_every=4,
        helpers=2,
    )
    minutes = round((time.monotonic() - began) / 60, 1)
    record("kills", database=databases.name, seed=seed, minutes=minutes, **done.figures)


def test_twenty_at_once_for_a_hundred_ids(street: Street, databases: Databases) -> None:
    began = time.monotonic()
    twenty_at_once(street, times=100)
    record("races", database=databases.name, ids=100, seconds=round(time.monotonic() - began))


def test_five_hundred_reports_over_a_bad_line(
    server_factory: Callable[..., LiveServer], databases: Databases
) -> None:
    own: Any = street_of(server_factory(XUNFANG_JOBS="off"))
    suffered = over_a_bad_line(own, seed=int(time.time()), reports=500)
    record("bad line", database=databases.name, reports=500, **suffered)
