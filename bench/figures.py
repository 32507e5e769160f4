"""`python -m bench.figures`: what the pages of figures cost in a town of very many cases and visits, counted and kept."""

import argparse
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from sqlalchemy import insert, literal, select, text, update
from sqlalchemy.orm import Session

from app.api import create_app
from app.core import config, db
from app.core.clock import now
from app.features.dispatch.models import Dispatch
from app.features.figures import jobs, sources
from app.features.identity.models import RoleHold, Unit, UnitReach, User
from app.features.identity.sessions import Device, open_session
from app.features.issues.models import Issue
from app.features.patrols.models import Patrol, Visit
from app.features.places.models import Point, Responsibility
from app.features.review.models import LookBack
from app.features.standards.models import Campaign, Category
from app.replay.client import Client
from bench import stores
from bench.__main__ import commit, machine
from bench.processes import cpu_ms
from bench.town import Town

ROOT = Path(__file__).parent.parent
A_PATROL = 10
SOURCES = ("snap", "snap", "snap", "patrol", "patrol", "third_party", "hotline", "video")
TYPES = ("RES", "RES", "RES", "MKT", "STR", "STR", "SCH", "HOS", "PRK", "BUS", "GOV", "CON")
CLASSES = ("general", "general", "REM", "ENG", "LAW")
"""Bench towns have one source, type and class: figures ask for several, some larger than others."""
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
        with tempfile.TemporaryDirectory(dir=folder) as kept:
            url, town = store.copy(wanted.cases, Path(kept))
            with _settings(url, Path(kept)):
                _measure(town, wanted, Looks(wanted.rounds, (store.pid,) if store.pid else ()))
            store.drop(url)
    finally:
        store.stop()


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
    _walk(town, wanted.visits)
    _vary()
    with db.transaction() as session:
        person = session.get_one(User, town.dispatcher)
        token = open_session(session, person, Device("bench", ""), second_factor_at=now()).token
        parts = {
            who: open_session(session, one, Device("bench", ""), second_factor_at=now()).token
            for who, one in _in_part(session, town).items()
        }
        # What makes it a large town is its last number, which the bench's towns do not keep.
        session.get_one(Campaign, town.campaign_id).next_issue_no = sources.LARGE + wanted.cases
    with start_blocking_portal() as portal:
        client = Client(create_app(), portal, token)
        if wanted.live:
            for page in PAGES:
                looks.at(client, page, "counted", 1)
        _timed("kept by the hourly job", jobs.keep_figures)
        for page in (*PAGES, *_narrowed(town)):
            looks.at(client, page, "kept")
        _coverage(client, looks, "town")
        for who, token in parts.items():
            client = Client(create_app(), portal, token)
            for page in OF_PARTS:
                looks.at(client, page, who)
        _coverage(Client(create_app(), portal, parts["liaison"]), looks, "liaison")


def _in_part(session: Session, town: Town) -> dict[str, User]:
    """Who sees the town in part: a unit's client 1/60 of the cases, a secretary a community's 1/20, the chief
    of forty points 1/10, the head of twenty units 1/3; and somebody whose unit has none."""
    community, *others = session.scalars(select(Unit).where(Unit.kind == "community").order_by(Unit.code))
    bureau = Unit(
        id=uuid.uuid4(), town_id=town.id, parent_id=town.id, kind="department", code="B", name_zh="分管线"
    )
    session.add(bureau)
    session.flush()
    held = {
        "secretary": ("inspector", community), "chief": ("leader", others[0]), "head": ("unit_principal", bureau),
        "newcomer": ("liaison", others[1]),
    }  # fmt: skip
    people = {
        name: User(id=uuid.uuid4(), login=name, name_zh=name, unit_id=at.id) for name, (_, at) in held.items()
    }
    session.add_all(people.values())
    session.flush()
    session.add_all(
        RoleHold(user_id=people[name].id, role=role, unit_id=at.id) for name, (role, at) in held.items()
    )
    session.add(UnitReach(ancestor_id=town.id, unit_id=bureau.id))
    session.add_all(UnitReach(ancestor_id=bureau.id, unit_id=id_) for id_ in (bureau.id, *town.units[:20]))
    session.add_all(
        Responsibility(town_id=town.id, role="area_leader", user_id=people["chief"].id, point_id=id_)
        for id_, *_ in town.points[:40]
    )
    return {"liaison": session.get_one(User, town.liaison)} | people


def _coverage(client: Client, looks: Looks, how: str) -> None:
    """Of the whole town, and as a unit asks for it: of its own points."""
    today = now().date()
    for days in (30, 300):
        query = {"first": today - timedelta(days=days), "last": today}
        looks.at(client, ("/api/patrols/coverage", query), how)
    looks.at(client, ("/api/patrols/blind-spots", {"days": 7}), how)


def _vary() -> None:
    """Several sources, types of points and classes; an order for each case that was sent, a look-back for each that was closed."""
    of_case = "(issues.no * 31 + issues.no / 7)"
    pick = " ".join(f"WHEN {place} THEN '{source}'" for place, source in enumerate(SOURCES))
    with db.transaction() as session:
        for number, id_ in enumerate(session.scalars(select(Point.id).order_by(Point.code))):
            session.execute(update(Point).where(Point.id == id_).values(type_code=TYPES[number % len(TYPES)]))
        for number, id_ in enumerate(session.scalars(select(Category.id).order_by(Category.code))):
            told = CLASSES[number % len(CLASSES)]
            session.execute(update(Category).where(Category.id == id_).values(handling_class=told))
        session.execute(
            text(
                f"UPDATE issues SET source = CASE CAST({of_case} AS INTEGER) % {len(SOURCES)} {pick} END, "
                "territory_id = (SELECT territory_id FROM points WHERE points.id = issues.point_id)"
            )
        )
        orders = select(
            Issue.id,
            Issue.id,
            Issue.campaign_id,
            Issue.no,
            Issue.responsible_unit_id,
            Issue.due_at,
            Issue.found_at,
            Issue.rectified_at,
        ).where(Issue.was_dispatched)
        into = ["id", "issue_id", "campaign_id", "order_no", "unit_id", "due_at", "sent_at", "claimed_at"]
        session.execute(insert(Dispatch).from_select(into, orders))
        backs = select(Issue.id, Issue.id, Issue.first_closed_at, literal("passed")).where(
            Issue.first_closed_at.is_not(None)
        )
        session.execute(insert(LookBack).from_select(["id", "issue_id", "due_at", "result"], backs))
        session.execute(text("ANALYZE"))


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
