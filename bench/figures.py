"""`python -m bench.figures`: what the pages of figures cost in a town of very many cases and visits, counted and kept."""

import argparse
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from sqlalchemy import insert

from app.api import create_app
from app.core import config, db
from app.core.clock import now
from app.features.figures import jobs, snapshots
from app.features.identity.models import User
from app.features.identity.sessions import Device, open_session
from app.features.patrols.models import Patrol, Visit
from app.features.standards.models import Campaign, Category
from app.replay.client import Client
from bench import stores
from bench.__main__ import commit, machine
from bench.town import Town

ROOT = Path(__file__).parent.parent
A_PATROL = 10
Page = tuple[str, dict[str, Any]]
PAGES: tuple[Page, ...] = (
    ("/api/figures/metrics", {"days": 30}),
    ("/api/figures/metrics", {"since": "campaign", "by": "unit"}),
    ("/api/figures/overview", {"since": "campaign"}),
    ("/api/figures/metrics", {"days": 30, "source": "snap"}),
)


def _narrowed(town: Town) -> list[Page]:
    """What somebody asks of one unit, kind, class, source; of one point; and of two at once."""
    metrics, unit, point = "/api/figures/metrics", str(town.units[0]), str(town.points[0][0])
    with db.reading() as session:
        kind = session.get_one(Category, town.categories[0][0])
        usual = {"unit": unit, "category": kind.code, "handling_class": kind.handling_class, "source": "snap"}
    pages: list[Page] = [(metrics, {"days": 30, name: value}) for name, value in usual.items()]
    return [
        *pages,
        (metrics, {"since": "campaign", "source": "snap"}),
        (metrics, {"days": 30, "point": point}),
        (metrics, {"days": 30, "unit": unit, "category": kind.code}),
        (metrics, {"days": 30, "unit": unit, "by": "category"}),
    ]


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--db", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100, help="looks at each page")
    parser.add_argument("--folder", type=Path, default=ROOT / "var/bench", help="where the data is kept")
    return parser.parse_args(given)


def main(given: list[str]) -> None:
    """Measure and print."""
    wanted = arguments(given)
    print(
        f"machine: {machine()}\ncommit: {commit()}\n{wanted.cases} cases, {wanted.visits} visits, {wanted.db}"
    )
    folder = wanted.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    store = stores.make(wanted.db, folder)
    store.start()
    try:
        with tempfile.TemporaryDirectory(dir=folder) as kept:
            url, town = store.copy(wanted.cases, Path(kept))
            with _settings(url, Path(kept)):
                _measure(town, wanted)
            store.drop(url)
    finally:
        store.stop()


@contextmanager
def _settings(url: str, folder: Path) -> Iterator[None]:
    config.override(database_url=url, data_dir=folder, jobs="off", totp_required=False)
    db.get_engine.cache_clear()
    yield
    db.get_engine().dispose()


def _measure(town: Town, wanted: argparse.Namespace) -> None:
    _walk(town, wanted.visits)
    with db.transaction() as session:
        person = session.get_one(User, town.dispatcher)
        token = open_session(session, person, Device("bench", ""), second_factor_at=now()).token
        liaison = session.get_one(User, town.liaison)
        secretary = open_session(session, liaison, Device("bench", ""), second_factor_at=now()).token
        # What makes it a large town is its last number, which the bench's towns do not keep.
        session.get_one(Campaign, town.campaign_id).next_issue_no = snapshots.LARGE + wanted.cases
    with start_blocking_portal() as portal:
        client = Client(create_app(), portal, token)
        for path, query in PAGES:
            _look(client, path, query, 1, "counted")
        _timed("kept by the hourly job", jobs.keep_figures)
        for path, query in (*PAGES, *_narrowed(town)):
            _look(client, path, query, wanted.rounds, "kept")
        _units(Client(create_app(), portal, secretary))


def _units(client: Client) -> None:
    """Coverage as a unit asks for it: of its own points."""
    today = now().date()
    for days in (30, 300):
        query = {"first": today - timedelta(days=days), "last": today}
        _look(client, "/api/patrols/coverage", query, 20, "unit")


def _look(client: Client, path: str, query: dict[str, Any], rounds: int, how: str) -> None:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        client.get(path, **query)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    p50, p95 = taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    print(f"{how:8} {path} {query}: median {p50:.0f} ms, p95 {p95:.0f} ms", flush=True)


def _timed(what: str, doing: Any) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    doing()
    print(
        f"{what}: {time.perf_counter() - wall:.0f} s, {time.process_time() - cpu:.0f} s of CPU here",
        flush=True,
    )


def _walk(town: Town, visits: int) -> None:
    """Patrols of ten visits each, spread over half a year."""
    chance, patrols, rows = random.Random(visits), [], []
    for number in range(visits):
        at = now() - timedelta(minutes=chance.randrange(180 * 1440))
        if number % A_PATROL == 0:
            patrols.append({
                "id": uuid.uuid4(), "client_id": uuid.uuid4(), "user_id": town.volunteers[0], "town_id": town.id,
                "kind": "daily", "started_at": at, "body": {}, "body_sha256": "",
            })  # fmt: skip
        rows.append({
            "id": uuid.uuid4(), "client_id": uuid.uuid4(), "user_id": town.volunteers[0], "town_id": town.id,
            "patrol_client_id": patrols[-1]["client_id"], "patrol_id": patrols[-1]["id"], "kind": "daily",
            "point_id": chance.choice(town.points)[0], "arrived_at": at, "is_inside": True,
            "score": float(chance.randrange(60, 101)), "body": {}, "body_sha256": "",
        })  # fmt: skip
    with db.transaction() as session:
        session.execute(insert(Patrol), patrols)
        session.execute(insert(Visit), rows)


if __name__ == "__main__":
    main(sys.argv[1:])
