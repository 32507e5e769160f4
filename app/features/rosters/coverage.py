"""Which points have nobody on duty (Z35): now by who is there, on another day by the roster."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden
from app.features.identity.viewer import Viewer
from app.features.patrols.models import WatchPeriod, WatchState
from app.features.places.models import Point
from app.features.rosters import attendance, periods, policy
from app.features.rosters.models import Shift
from app.features.rosters.schemas import CoverageOut, PointOnDuty

Tally = Counter[tuple[uuid.UUID | None, str]]


def coverage(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date | None) -> CoverageOut:
    """Every active point of the town or, for a unit's head, of what their units answer for. Raises Forbidden."""
    at = now()
    today = periods.today_of(session, town_id, at)
    on = on or today
    points = _points(session, viewer, town_id)
    shifts = _shifts(session, viewer, town_id, on)
    counted = _tally(shifts, at)
    asked = _asked(session, town_id)
    items = [
        PointOnDuty(
            id=point.id, zh=point.name_zh, en=point.name_en, type_code=point.type_code, is_key=point.is_key,
            lon=point.lon, lat=point.lat, is_point=point.is_point, asked=asked.get(point.id, 0),
            **{name: counted[point.id, name] for name in ("rostered", "there", "around", "absent")},
        )
        for point in points
    ]  # fmt: skip
    is_now = on == today
    covered = [one for one in items if (one.there + one.around if is_now else one.rostered)]
    return CoverageOut(
        on=on,
        at=at,
        is_now=is_now,
        points=len(items),
        covered=len(covered),
        key_points=sum(one.is_key for one in items),
        key_covered=sum(one.is_key for one in covered),
        items=items,
    )


def _points(session: Session, viewer: Viewer, town_id: uuid.UUID) -> Sequence[Point]:
    found = select(Point).where(Point.town_id == town_id, Point.is_active)
    if not policy.reads_town(session, viewer, town_id):
        if not viewer.has(*policy.HEADS):
            raise Forbidden()
        units = viewer.reach(*policy.HEADS)
        found = found.where(Point.territory_id.in_(units) | Point.responsible_unit_id.in_(units))
    return session.scalars(found.order_by(Point.is_key.desc(), Point.code).limit(5000)).all()


def _shifts(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date) -> Sequence[Shift]:
    since, until = periods.day_of(session, town_id, on)
    found = select(Shift).where(
        Shift.town_id == town_id, Shift.starts_at < until, Shift.ends_at > since,
        Shift.point_id.is_not(None), policy.visible(viewer),
    )  # fmt: skip
    return session.scalars(found).all()


def _tally(shifts: Sequence[Shift], at: datetime) -> Tally:
    counted: Tally = Counter()
    for shift in shifts:
        counted[shift.point_id, "rostered"] += 1
        if attendance.is_on_duty(shift, at):
            counted[shift.point_id, "around" if shift.is_around else "there"] += 1
        elif attendance.state_of(shift, at) == "absent":
            counted[shift.point_id, "absent"] += 1
    return counted


def _asked(session: Session, town_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Points where a watch, proposed or open, asks for volunteers to be stationed (S08)."""
    found = select(WatchPeriod.point_id, WatchPeriod.volunteers_asked).where(
        WatchPeriod.town_id == town_id, WatchPeriod.state.in_((WatchState.PROPOSED, WatchState.OPEN))
    )
    return {row.point_id: row.volunteers_asked for row in session.execute(found)}
