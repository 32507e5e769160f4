"""`python -m bench.figures`: what the pages of figures cost in a town of very many cases and visits, counted and kept; of who sees a part, and of several towns."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from sqlalchemy import select

from app.api import create_app
from app.core import config, db
from app.core.clock import now
from app.features.figures import jobs
from app.features.identity.models import User
from app.features.identity.sessions import Device, open_session
from app.features.standards.models import Category
from app.replay.client import Client
from bench import figure_towns, stores
from bench.__main__ import commit, machine
from bench.processes import cpu_ms
from bench.town import Town

ROOT = Path(__file__).parent.parent
METRICS, OVERVIEW = "/api/figures/metrics", "/api/figures/overview"
Page = tuple[str, dict[str, Any]]
OF_PARTS: tuple[Page, ...] = (
    (METRICS, {"days": 1}),
    (METRICS, {"days": 30}),
    (METRICS, {"since": "campaign"}),
    (METRICS, {"since": "campaign", "by": "unit"}),
    (METRICS, {"since": "campaign", "by": "point"}),
    (METRICS, {"since": "campaign", "by": "category"}),
    (METRICS, {"since": "campaign", "point_type": "RES", "source": "snap"}),
    (METRICS, {"since": "campaign", "source": "snap", "by": "point"}),
    (OVERVIEW, {"days": 30}),
    (OVERVIEW, {"since": "campaign"}),
    ("/api/figures/overnight", {}),
)
"""What is asked of a part of a town."""
OF_REGIONS: tuple[Page, ...] = (
    *((METRICS, {"days": days}) for days in (1, 30, 90, 300)),
    *((METRICS, {"days": 90, "by": by}) for by in ("unit", "point", "category")),
    (METRICS, {"days": 300, "by": "unit"}),
    (METRICS, {"days": 90, "source": "snap"}),
    (METRICS, {"days": 300, "point_type": "RES", "source": "snap"}),
    (METRICS, {"days": 300, "source": "snap", "by": "category"}),
    (OVERVIEW, {"days": 30}),
    (OVERVIEW, {"days": 300}),
    ("/api/figures/overnight", {}),
)
"""What is asked of several towns."""
LISTS: tuple[Page, ...] = (
    ("/api/issues", {}),
    ("/api/issues", {"state": "in_review"}),
    ("/api/issues", {"unit": "mine", "state": "rectifying", "sort": "due"}),
)
PAGES: tuple[Page, ...] = (
    (METRICS, {"days": 30}),
    (METRICS, {"since": "campaign"}),
    (METRICS, {"since": "campaign", "by": "unit"}),
    (METRICS, {"since": "campaign", "by": "point"}),
    (OVERVIEW, {"days": 30}),
    (OVERVIEW, {"since": "campaign"}),
)


def _narrowed(town: Town) -> list[Page]:
    """Each filter alone, each two at once, three, a group of one; of the whole campaign, which is all cases."""
    with db.reading() as session:
        kind = session.get_one(Category, town.categories[0][0])
    filters: dict[str, str] = {
        "unit": str(town.units[0]), "point": str(town.points[0][0]), "point_type": "RES", "source": "snap",
        "category": kind.code, "handling_class": kind.handling_class,
    }  # fmt: skip
    since = {"since": "campaign"}
    alone = [(METRICS, since | {name: value}) for name, value in filters.items()]
    pairs = [(METRICS, since | dict(two)) for two in combinations(filters.items(), 2)]
    three = {name: filters[name] for name in ("point_type", "source", "handling_class")}
    return [
        *alone,
        *pairs,
        (METRICS, since | three),
        (METRICS, {"days": 30, "unit": filters["unit"], "category": kind.code}),
        (METRICS, {"days": 13, "point_type": "RES"}),
        (METRICS, since | {"source": "snap", "by": "unit"}),
        (METRICS, since | {"point_type": "RES", "by": "category"}),
        (METRICS, since | {"source": "snap", "handling_class": kind.handling_class, "by": "point"}),
    ]


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--db", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20, help="looks at each page")
    parser.add_argument("--live", action="store_true", help="also what counting at each look takes")
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
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            database = (store.pid,) if store.pid else ()
            with _filled(store, folder, Path(temporary), wanted) as town:
                _measure(town, wanted, Looks(wanted.rounds, database))
    finally:
        store.stop()


@contextmanager
def _filled(store: Any, folder: Path, temporary: Path, wanted: argparse.Namespace) -> Iterator[Town]:
    """The towns: on SQLite kept from run to run, on PostgreSQL a copy that goes again."""
    size = wanted.cases, wanted.visits
    is_kept = wanted.db == "sqlite"
    if not is_kept or figure_towns.ready(folder, *size) is None:
        url, town = store.copy(wanted.cases, temporary)
        with _settings(url, temporary):
            figure_towns.fill(town, *size)
        if is_kept:
            figure_towns.keep(folder, Path(url.removeprefix("sqlite:///")), town, *size)
    if is_kept and (known := figure_towns.ready(folder, *size)):
        url, town = known
    with _settings(url, temporary):
        yield town
    if not is_kept:
        store.drop(url)


@contextmanager
def _settings(url: str, folder: Path) -> Iterator[None]:
    config.override(database_url=url, data_dir=folder, jobs="off", totp_required=False)
    db.get_engine.cache_clear()
    yield
    db.get_engine().dispose()


@dataclass(frozen=True)
class Looks:
    """`rounds` looks at each page; `database`: the server's process, whose CPU time counts too."""

    rounds: int
    database: tuple[int, ...] = ()

    def at(self, client: Client, page: Page, how: str, rounds: int = 0) -> None:
        """One more before, which is not counted."""
        (path, query), rounds = page, rounds or self.rounds
        client.get(path, **query)
        taken, cpu, theirs = [], time.process_time(), cpu_ms(*self.database)
        for _ in range(rounds):
            began = time.perf_counter()
            client.get(path, **query)
            taken.append((time.perf_counter() - began) * 1000)
        cpu, theirs = (time.process_time() - cpu) * 1000 / rounds, (cpu_ms(*self.database) - theirs) / rounds
        taken.sort()
        p50, p95 = taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))]
        told = " ".join(f"{name}={value if len(str(value)) < 20 else '…'}" for name, value in query.items())
        said = f"{cpu:.0f} ms of CPU here" + (f", {theirs:.0f} in the database" if self.database else "")
        print(f"{how:8} {path} {told}: median {p50:.0f} ms, p95 {p95:.0f} ms, {said}", flush=True)


def _measure(town: Town, wanted: argparse.Namespace, looks: Looks) -> None:
    with db.transaction() as session:
        logins = session.scalars(select(User).where(User.login.in_(figure_towns.PARTS))).all()
        people = {one.login: one for one in logins} | {"town": session.get_one(User, town.dispatcher)}
        people |= {"liaison": session.get_one(User, town.liaison)}
        tokens = {
            who: open_session(session, one, Device("bench", ""), second_factor_at=now()).token
            for who, one in people.items()
        }
    with start_blocking_portal() as portal:
        clients = {who: Client(create_app(), portal, token) for who, token in tokens.items()}
        if wanted.live:
            for page in PAGES:
                looks.at(clients["town"], page, "counted", 1)
        _timed("kept by the hourly job", jobs.keep_figures)
        for page in (*PAGES, *_narrowed(town), *LISTS):
            looks.at(clients["town"], page, "kept")
        _coverage(clients["town"], looks, "town")
        for who in figure_towns.PARTS:
            for page in (*(OF_REGIONS if who == "district" else OF_PARTS), *LISTS):
                looks.at(clients[who], page, who)
        _coverage(clients["liaison"], looks, "liaison")


def _coverage(client: Client, looks: Looks, how: str) -> None:
    """Of the whole town, and as a unit asks for it: of its own points."""
    today = now().date()
    for days in (30, 300):
        query = {"first": today - timedelta(days=days), "last": today}
        looks.at(client, ("/api/patrols/coverage", query), how)
    looks.at(client, ("/api/patrols/blind-spots", {"days": 7}), how)


def _timed(what: str, doing: Any) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    doing()
    print(
        f"{what}: {time.perf_counter() - wall:.0f} s, {time.process_time() - cpu:.0f} s of CPU here",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
