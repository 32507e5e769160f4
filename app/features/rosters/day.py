"""A day's roster: who is to be where, who is there, who is missing; and the same of one's own for the phone."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import now
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues.schemas import Named, PointRef
from app.features.places.models import Grid, Point
from app.features.rosters import attendance, periods, policy, trainings
from app.features.rosters.models import CallOut, Shift
from app.features.rosters.schemas import (
    Counts,
    MyDuty,
    MyShift,
    PeriodOut,
    Roster,
    Rostered,
    ShiftOut,
    TeamOnDuty,
)
from app.features.volunteers.models import Team

MOST = 1000
AHEAD = timedelta(days=2)
_ALIKE: dict[attendance.State, tuple[attendance.State, ...]] = {"present": ("present", "late")}
"""Who came late is there."""
_home, _at = aliased(Unit), aliased(Unit)
_ROWS = (
    select(
        Shift, User.name_zh, User.name_en, User.unit_id, _home.name_zh.label("home_zh"),
        _home.name_en.label("home_en"), Team.name_zh.label("team_zh"), Team.name_en.label("team_en"),
        Point.name_zh.label("point_zh"), Point.name_en.label("point_en"), Point.type_code, Point.is_key,
        Point.lon, Point.lat, Grid.name_zh.label("grid_zh"), Grid.name_en.label("grid_en"),
        _at.name_zh.label("at_zh"), _at.name_en.label("at_en"),
    )
    .join(User, User.id == Shift.user_id)
    .join(_home, _home.id == User.unit_id)
    .outerjoin(Team, Team.id == Shift.team_id)
    .outerjoin(Point, Point.id == Shift.point_id)
    .outerjoin(Grid, Grid.id == Shift.grid_id)
    .outerjoin(_at, _at.id == Shift.at_unit_id)
)  # fmt: skip
"""A shift with all its names, in one question."""


def on_day(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date) -> Select[*tuple[Any, ...]]:
    """Shifts that the viewer may know of and that touch the day."""
    since, until = periods.day_of(session, town_id, on)
    return _ROWS.where(
        Shift.town_id == town_id, Shift.starts_at < until, Shift.ends_at > since, policy.visible(viewer)
    )


def roster(
    session: Session, viewer: Viewer, town_id: uuid.UUID, on: date | None, unit_id: uuid.UUID | None,
    state: attendance.State | None,
) -> Roster:  # fmt: skip
    """The day as it stands now; today without `on`."""
    at = now()
    on = on or periods.today_of(session, town_id, at)
    found = on_day(session, viewer, town_id, on)
    everyone = session.execute(found.order_by(Shift.starts_at, Shift.id)).all()
    rows = [row for row in everyone if unit_id is None or row.unit_id == unit_id]
    states = {row.Shift.id: attendance.state_of(row.Shift, at) for row in rows}
    shown = sorted(
        (row for row in rows if state is None or states[row.Shift.id] in _ALIKE.get(state, (state,))),
        key=lambda row: attendance.STATES.index(states[row.Shift.id]),
    )
    mine = _plannable(session, viewer, {row.unit_id for row in rows})
    standby = periods.standby_on(session, town_id, on)
    return Roster(
        on=on,
        at=at,
        standby=PeriodOut.model_validate(standby) if standby else None,
        counts=_counted([row.Shift for row in rows], list(states.values())),
        items=[shift_out(row, at, row.unit_id in mine) for row in shown[:MOST]],
        more=max(0, len(shown) - MOST),
        units=_units(everyone),
        teams=_teams(session, viewer, town_id, [row.Shift for row in everyone], at),
        may_plan=viewer.has(*policy.OFFICE, *policy.HEADS),
        may_plan_town=viewer.reaches(session, town_id, *policy.OFFICE),
        may_call_roll=viewer.has(*policy.ROLL_CALLERS),
    )


def _plannable(session: Session, viewer: Viewer, units: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Of these units those whose people the viewer plans for."""
    if not viewer.has(*policy.OFFICE, *policy.HEADS):
        return set()
    reached = viewer.reach(*policy.OFFICE, *policy.HEADS)
    return set(session.scalars(select(Unit.id).where(Unit.id.in_(units), Unit.id.in_(reached))))


def _counted(shifts: Sequence[Shift], states: Sequence[attendance.State]) -> Counts:
    of = Counter(states)
    return Counts(
        rostered=len(shifts),
        people=len({shift.user_id for shift in shifts}),
        present=of["present"] + of["late"],
        late=of["late"],
        absent=of["absent"],
        planned=of["planned"],
        left=of["left"],
    )


def _units(rows: Iterable[Any]) -> list[Named]:
    named = {row.unit_id: Named(id=row.unit_id, zh=row.home_zh, en=row.home_en) for row in rows}
    return sorted(named.values(), key=lambda unit: unit.zh)


def _teams(
    session: Session, viewer: Viewer, town_id: uuid.UUID, shifts: Sequence[Shift], at: datetime
) -> list[TeamOnDuty]:
    """The emergency teams, for who reads the whole roster: each should have somebody on duty (Z33)."""
    if not policy.reads_town(session, viewer, town_id):
        return []
    found = select(Team).where(Team.town_id == town_id, Team.is_emergency, Team.is_active).order_by(Team.code)
    rostered = Counter(shift.team_id for shift in shifts)
    there = Counter(shift.team_id for shift in shifts if attendance.is_on_duty(shift, at))
    return [
        TeamOnDuty(
            **{name: getattr(team, name) for name in ("id", "name_zh", "name_en", "kind", "duty_phone")},
            rostered=rostered[team.id],
            on_duty=there[team.id],
        )
        for team in session.scalars(found.limit(50))
    ]


def _place(row: Any) -> dict[str, Any]:
    shift: Shift = row.Shift
    point = shift.point_id and PointRef(
        id=shift.point_id, zh=row.point_zh, en=row.point_en, type_code=row.type_code, is_key=row.is_key
    )
    return {
        "team": shift.team_id and Named(id=shift.team_id, zh=row.team_zh, en=row.team_en),
        "point": point,
        "is_around": shift.is_around,
        "grid": shift.grid_id and Named(id=shift.grid_id, zh=row.grid_zh, en=row.grid_en),
        "at_unit": shift.at_unit_id and Named(id=shift.at_unit_id, zh=row.at_zh, en=row.at_en),
    }


_OWN = ("id", "kind", "starts_at", "ends_at", "duties", "note", "checked_in_at", "checked_out_at")


def shift_out(row: Any, at: datetime, may_change: bool) -> ShiftOut:
    """A row of `on_day` as it is shown at a moment."""
    shift: Shift = row.Shift
    return ShiftOut(
        **{name: getattr(shift, name) for name in (*_OWN, "in_distance_m", "version")},
        **_place(row),
        person=Rostered(id=shift.user_id, name_zh=row.name_zh, name_en=row.name_en),
        unit=Named(id=row.unit_id, zh=row.home_zh, en=row.home_en),
        state=attendance.state_of(shift, at),
        is_late=attendance.was_late(shift),
        called_roll=shift.in_by_id is not None and shift.in_by_id != shift.user_id,
        may_change=may_change and shift.checked_in_at is None,
    )


def shown(session: Session, viewer: Viewer, shift_id: uuid.UUID) -> ShiftOut:
    """One shift that the viewer may know of, after a change."""
    row = session.execute(_ROWS.where(Shift.id == shift_id)).one()
    return shift_out(row, now(), row.unit_id in _plannable(session, viewer, {row.unit_id}))


def mine(session: Session, viewer: Viewer) -> MyDuty:
    """What the viewer's phone takes along: the shifts of these two days, and what is missing before the first."""
    at = now()
    found = _ROWS.where(
        Shift.user_id == viewer.user_id,
        Shift.ends_at > at - timedelta(hours=12),
        Shift.starts_at < at + AHEAD,
    )
    rows = session.execute(found.order_by(Shift.starts_at).limit(20)).all()
    called = select(func.count()).where(
        policy.visible_call_outs(viewer), CallOut.team_id.in_(policy.my_teams(viewer)),
        CallOut.done_at.is_(None), CallOut.withdrawn_at.is_(None),
    )  # fmt: skip
    missing = trainings.missing(session, rows[0].Shift.town_id, viewer.user_id) if rows else []
    return MyDuty(
        at=at,
        items=[
            MyShift(
                **{name: getattr(row.Shift, name) for name in _OWN},
                **_place(row),
                lon=row.lon,
                lat=row.lat,
                may_begin_at=row.Shift.starts_at - attendance.EARLY,
                state=attendance.state_of(row.Shift, at),
            )
            for row in rows
        ],
        missing_training=missing,
        call_outs=0 if viewer.is_pending else session.scalar(called) or 0,
    )
