"""What bench.figures asks about: its town with orders, look-backs and visits, two towns beside it, and people above and below."""

import hashlib
import json
import random
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, literal, select, text, update
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.features.dispatch.models import Dispatch
from app.features.figures import sources
from app.features.identity.models import RoleHold, Unit, UnitReach, User
from app.features.issues.models import Issue
from app.features.patrols.models import Patrol, Visit
from app.features.places.models import Point, Responsibility
from app.features.review.models import LookBack
from app.features.standards.models import Campaign, Category
from bench import cases as bulk
from bench import stores
from bench.town import Town, build
from tests.support.database import migrate

ROOT = Path(__file__).parent
A_PATROL = 10
SOURCES = ("snap", "snap", "snap", "patrol", "patrol", "third_party", "hotline", "video")
TYPES = ("RES", "RES", "RES", "MKT", "STR", "STR", "SCH", "HOS", "PRK", "BUS", "GOV", "CON")
CLASSES = ("general", "general", "REM", "ENG", "LAW")
"""Bench towns have one source, type and class: figures ask for several, some larger than others."""
BESIDE = (10, 20)
"""The towns beside it have one in so many of its cases."""
PARTS = ("liaison", "secretary", "chief", "head", "newcomer", "district")


# ---- kept ----
def kept(folder: Path, cases: int, visits: int) -> tuple[Path, Path]:
    """Where it stays on SQLite, and the note of its ids. What the schema has become since is caught up with."""
    made_by = [ROOT / name for name in ("town.py", "cases.py", "figure_towns.py")]
    told = hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:10]
    path = folder / "sqlite" / f"figures-{told}-{cases}-{visits}.db"
    return path, path.with_suffix(".json")


def ready(folder: Path, cases: int, visits: int) -> tuple[str, Town] | None:
    """What an earlier run left."""
    path, note = kept(folder, cases, visits)
    town = stores._kept(note)
    if town is None:
        return None
    migrate(f"sqlite:///{path}")
    return f"sqlite:///{path}", town


def keep(folder: Path, made: Path, town: Town, cases: int, visits: int) -> None:
    """For the next run."""
    path, note = kept(folder, cases, visits)
    for old in path.parent.glob(f"figures-*-{cases}-{visits}.*"):
        old.unlink()
    shutil.move(made, path)
    note.write_text(json.dumps(asdict(town), default=str))


# ---- made ----
def fill(town: Town, cases: int, visits: int) -> None:
    """All of it, in the database of the settings."""
    with db.transaction() as session:
        beside = [build(session, number) for number in (2, 3)]
    for one, part in zip(beside, BESIDE, strict=True):
        with db.get_engine().connect() as connection, connection.begin():
            _write(connection, one, cases // part)
    _walk(town, visits)
    _vary()
    with db.transaction() as session:
        _in_part(session, town)
        _above(session, [town, *beside])
        # What makes it a large town is its last number, which the bench's towns do not keep.
        for one, part in zip((town, *beside), (1, *BESIDE), strict=True):
            session.get_one(Campaign, one.campaign_id).next_issue_no = sources.LARGE + cases // part


def _write(connection: Connection, town: Town, count: int) -> None:
    """Cases only: nobody opens them."""
    raw: Any = connection.connection.driver_connection

    def put(table: str, columns: Sequence[str], rows: list[Any]) -> None:
        if table != "issues":
            return
        names = ", ".join(columns)
        if connection.dialect.name == "sqlite":
            raw.executemany(f"INSERT INTO issues ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
            return
        with raw.cursor() as cursor, cursor.copy(f"COPY issues ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    bulk.write(town, count, put)


def _above(session: Session, towns: Sequence[Town]) -> None:
    """A district above them, and its inspector."""
    district = Unit(id=uuid.uuid4(), kind="district", code="D", name_zh="测速区")
    session.add(district)
    session.flush()
    units = session.scalars(select(Unit.id).where(Unit.town_id.in_([town.id for town in towns]))).all()
    session.add_all(UnitReach(ancestor_id=district.id, unit_id=unit) for unit in (district.id, *units))
    inspector = User(id=uuid.uuid4(), login="district", name_zh="区督导", unit_id=district.id)
    session.add(inspector)
    session.flush()
    session.add(RoleHold(user_id=inspector.id, role="district_inspector", unit_id=district.id))


def _in_part(session: Session, town: Town) -> None:
    """Who sees the town in part: a unit's client 1/60 of the cases, a secretary a community's 1/20, the chief
    of forty points 1/10, the head of twenty units 1/3; and somebody whose unit has none."""
    community, *others = session.scalars(
        select(Unit).where(Unit.kind == "community", Unit.town_id == town.id).order_by(Unit.code)
    )
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
