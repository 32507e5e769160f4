"""Which emergency team goes: appointed for the area, else the nearest on duty, else the only one; else the office picks."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import geo
from app.features.identity.models import UnitReach
from app.features.issues.models import Issue
from app.features.places.models import Point
from app.features.rosters.models import Shift
from app.features.volunteers.models import Team


@dataclass(frozen=True)
class Ready:
    """A team with somebody on duty now; `metres`: of the nearest of them whose post is known."""

    id: uuid.UUID
    code: str
    areas: frozenset[str]
    metres: float | None


def choose(ready: Sequence[Ready], area: Iterable[str]) -> tuple[uuid.UUID, str] | None:
    """The team and why: area, nearest, only. Of two alike the nearer one, then by code."""
    inside = frozenset(area)
    ordered = sorted(ready, key=lambda one: (one.metres is None, one.metres or 0.0, one.code))
    if appointed := [one for one in ordered if one.areas & inside]:
        return appointed[0].id, "area"
    if ordered and ordered[0].metres is not None:
        return ordered[0].id, "nearest"
    return (ordered[0].id, "only") if len(ordered) == 1 else None


def propose(session: Session, issue: Issue, at: datetime) -> tuple[uuid.UUID, str] | None:
    """For this case, now."""
    found = select(UnitReach.ancestor_id).where(UnitReach.unit_id == issue.territory_id)
    area = [str(one) for one in session.scalars(found)] if issue.territory_id else []
    return choose(_ready(session, issue, at), area)


def _ready(session: Session, issue: Issue, at: datetime) -> list[Ready]:
    found = (
        select(Team.id, Team.code, Team.area_unit_ids, Point.lon, Point.lat, Shift.in_lon, Shift.in_lat)
        .join(Shift, Shift.team_id == Team.id)
        .outerjoin(Point, Point.id == Shift.point_id)
        .where(
            Team.town_id == issue.town_id, Team.is_emergency, Team.is_active, Shift.checked_in_at.is_not(None),
            Shift.checked_out_at.is_(None), Shift.starts_at <= at, Shift.ends_at > at,
        )
    )  # fmt: skip
    best: dict[uuid.UUID, Ready] = {}
    for row in session.execute(found):
        lon, lat = (row.lon, row.lat) if row.lon is not None else (row.in_lon, row.in_lat)
        is_known = None not in (lon, lat, issue.lon, issue.lat)
        metres = geo.distance_m(issue.lon or 0.0, issue.lat or 0.0, lon, lat) if is_known else None
        old = best.get(row.id)
        if old is None or (metres is not None and (old.metres is None or metres < old.metres)):
            best[row.id] = Ready(row.id, row.code, frozenset(row.area_unit_ids), metres)
    return list(best.values())
