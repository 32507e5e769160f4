"""Who a plan sends, and what each of them is to look at: resolved anew for each slot, because points and people change."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.identity.models import RoleHold, Unit, UnitReach, User, UserStatus
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.patrols.models import Kind, Mode, PatrolPlan, WatchPeriod, WatchState
from app.features.patrols.walking import walking_order
from app.features.places.models import Grid, Point, Responsibility
from app.features.volunteers.models import Team

CHOSEN, OWN, KEY, TERRITORY = "chosen", "own_points", "all_key_points", "own_territory"
WATCHED, RADIATING, ALL, GRIDS = "watched_points", "key_and_radiating_points", "all_points", "all_grids"
CAMERAS, CLOSED, POINTS, SOME_GRIDS = "cameras", "closed_last_30_days", "points", "grids"
RADIATION_M = 300.0
"""辐射点位: so near to a key point that inspectors pass it on their way."""
CLOSED_WITHIN = timedelta(days=30)
MOST = 400
"""Targets of one slot: more cannot be walked."""
PER_POINT = (Kind.WATCH, Kind.FIXED_TIME_POINT)
"""Kinds whose slot is of one point: done only by a check-in there, in time."""


@dataclass(frozen=True)
class Party:
    """Whom a slot is for. `key` tells parties of one plan apart."""

    key: str
    unit_id: uuid.UUID | None = None
    team_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    role: str | None = None


@dataclass(frozen=True)
class Target:
    """A point or a grid, and where to walk to."""

    point_id: uuid.UUID | None
    grid_id: uuid.UUID | None
    lon: float
    lat: float


def parties_of(session: Session, plan: PatrolPlan) -> list[Party]:
    """Everybody the plan sends today. Whoever is no longer there is left out."""
    found: dict[str, Party] = {}
    for said in plan.parties:
        for party in _parties(session, plan, said["kind"], said["code"]):
            found.setdefault(party.key, party)
    return list(found.values())


def _parties(session: Session, plan: PatrolPlan, kind: str, code: str) -> Iterator[Party]:
    if kind == "team":
        team = select(Team.id).where(Team.town_id == plan.town_id, Team.code == code, Team.is_active)
        yield from (Party(f"team:{found}", team_id=found) for found in session.scalars(team))
    elif kind == "role" and plan.mode == Mode.CONCENTRATED:
        yield Party(f"role:{code}", unit_id=plan.town_id, role=code)
    elif kind == "role":
        held = _holders(plan.town_id, code)
        yield from (Party(f"user:{found}", user_id=found) for found in session.scalars(held))
    elif kind in ("unit", "unit_kind"):
        column = Unit.code if kind == "unit" else Unit.kind
        units = select(Unit.id).where(Unit.town_id == plan.town_id, column == code, Unit.is_active)
        yield from (
            Party(f"unit:{found}", unit_id=found) for found in session.scalars(units.order_by(Unit.code))
        )


def _holders(town_id: uuid.UUID, role: str) -> Select[uuid.UUID]:
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id == town_id)
    in_force = or_(RoleHold.until_on.is_(None), RoleHold.until_on >= now().date())
    return (
        select(User.id)
        .distinct()
        .join(RoleHold, RoleHold.user_id == User.id)
        .where(RoleHold.role == role, RoleHold.unit_id.in_(below), in_force, User.status == UserStatus.ACTIVE)
        .order_by(User.id)
    )


def watched(session: Session, town_id: uuid.UUID) -> Sequence[WatchPeriod]:
    """Points under watch now."""
    is_open = WatchPeriod.town_id == town_id, WatchPeriod.state == WatchState.OPEN
    return session.scalars(select(WatchPeriod).where(*is_open).order_by(WatchPeriod.id)).all()


def targets_of(session: Session, plan: PatrolPlan, party: Any, at: datetime) -> list[Target]:
    """What `party` (a Party or a slot) is to look at, in walking order."""
    if plan.targets in (GRIDS, SOME_GRIDS):
        found = _grids(session, plan)
    else:
        rows = session.execute(
            select(Point.id, Point.lon, Point.lat)
            .where(Point.town_id == plan.town_id, Point.is_active, _wanted(session, plan, party, at))
            .order_by(Point.code)
            .limit(MOST)
        )
        found = [Target(row.id, None, row.lon, row.lat) for row in rows]
    return in_walking_order(found)


def in_walking_order(found: Sequence[Target]) -> list[Target]:
    """The same targets, so that it is a short way."""
    return [found[n] for n in walking_order([(one.lon, one.lat) for one in found])]


def _grids(session: Session, plan: PatrolPlan) -> list[Target]:
    boxes = (Grid.id, Grid.min_lon, Grid.max_lon, Grid.min_lat, Grid.max_lat)
    grids = select(*boxes).where(Grid.town_id == plan.town_id, Grid.is_active).order_by(Grid.code)
    if plan.targets == SOME_GRIDS:
        grids = grids.where(Grid.code.in_(plan.target_codes))
    return [
        Target(None, row.id, (row.min_lon + row.max_lon) / 2, (row.min_lat + row.max_lat) / 2)
        for row in session.execute(grids.limit(MOST))
    ]


def _wanted(session: Session, plan: PatrolPlan, party: Any, at: datetime) -> ColumnElement[bool]:
    if plan.targets == OWN:
        return _own(party, at)
    if plan.targets == TERRITORY:
        home: ColumnElement[bool] = Point.territory_id == (party.unit_id or _home(party))
        return home
    if plan.targets == ALL:
        return Point.is_point.is_(True)
    if plan.targets == RADIATING:
        return Point.id.in_(_radiating(session, plan.town_id))
    if plan.targets == CLOSED:
        closed = Issue.closed_at >= at - CLOSED_WITHIN, Issue.state == State.CLOSED
        return Point.id.in_(select(Issue.point_id).where(Issue.town_id == plan.town_id, *closed))
    if plan.targets in (POINTS, CHOSEN):
        return Point.code.in_(plan.target_codes)
    if plan.targets == CAMERAS:
        return Point.id.in_(_with_camera(session, plan.town_id))
    return Point.is_key.is_(True)


def _home(party: Any) -> Any:
    """The unit a person or team belongs to."""
    if party.user_id is not None:
        return select(User.unit_id).where(User.id == party.user_id).scalar_subquery()
    return select(Team.unit_id).where(Team.id == party.team_id).scalar_subquery()


def _own(party: Any, at: datetime) -> ColumnElement[bool]:
    """The points a person or unit answers for: as chief, as responsible unit, by 包干."""
    day = at.date()
    bound = and_(
        or_(Responsibility.from_on.is_(None), Responsibility.from_on <= day),
        or_(Responsibility.until_on.is_(None), Responsibility.until_on >= day),
    )
    answered = select(Responsibility.point_id).where(bound, Responsibility.point_id.is_not(None))
    if party.user_id is not None:
        taken = answered.where(Responsibility.user_id == party.user_id)
        return or_(Point.point_chief_id == party.user_id, Point.id.in_(taken))
    unit = party.unit_id or _home(party)
    taken = answered.where(Responsibility.unit_id == unit)
    return or_(Point.responsible_unit_id == unit, Point.territory_id == unit, Point.id.in_(taken))


def _radiating(session: Session, town_id: uuid.UUID) -> list[uuid.UUID]:
    columns = (Point.id, Point.lon, Point.lat, Point.is_key)
    rows = session.execute(select(*columns).where(Point.town_id == town_id, Point.is_active)).all()
    keys = [row for row in rows if row.is_key]
    return [
        row.id
        for row in rows
        if row.is_key
        or any(geo.distance_m(row.lon, row.lat, key.lon, key.lat) <= RADIATION_M for key in keys)
    ]


def _with_camera(session: Session, town_id: uuid.UUID) -> list[uuid.UUID]:
    """Points whose profile names cameras; where none does, the key points."""
    rows = session.execute(
        select(Point.id, Point.is_key, Point.profile).where(Point.town_id == town_id)
    ).all()
    return [row.id for row in rows if row.profile.get("cameras")] or [row.id for row in rows if row.is_key]
