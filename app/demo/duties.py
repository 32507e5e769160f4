"""The demo's duty: a standby period, today's roster with most people there, cadres at key points, trainings, and call-outs."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import frozen
from app.demo.settle import Settled
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.rosters import call_outs, checking, periods, planning, trainings
from app.features.rosters.call_out_schemas import CallOutIn, WordIn
from app.features.rosters.models import Duty, Shift, ShiftKind
from app.features.rosters.schemas import CheckIn, PeriodIn
from app.features.volunteers.models import Team

OFFICE = "u.office1"
PERIOD = {"name_zh": "迎检保障（演练）", "name_en": "Inspection standby (drill)"}
TEAMS = ("EM1", "EM2", "EM3", "EM4", "EM5")
AREAS = {"EM1": ("C01", "C02", "C03"), "EM2": ("C04", "C05", "C06")}
IDLE = "EM5"
"""A team of which nobody has come: the desk page says so."""
TOPICS = (("岗前培训", 21, 40), ("文明劝导", 14, 28), ("入户调查", 7, 12))
"""Topic, so many days ago, with so many people."""
ABSENT_EVERY, LATE_EVERY = 9, 7
STARTED, LASTS = timedelta(hours=2), timedelta(hours=9)
SAID = "已设警戒线，电工到场处理，现场有人值守。"


def load_duties(session: Session, settled: Settled, at: datetime) -> None:
    """As if the office had planned it this morning and people had come since."""
    town = session.get_one(Unit, settled.units["T00"])
    today = periods.today_of(session, town.id, at)
    office = _viewer(session, settled, OFFICE)
    with frozen(at):
        days = {"from_on": today - timedelta(days=2), "until_on": today + timedelta(days=9)}
        periods.add(session, office, town.id, PeriodIn.model_validate(PERIOD | days))
        _teams(session, settled, town.id)
        _train(session, settled, town.id, today)
        planning.put(session, town.id, _roster(settled, session, at), office.user_id)
    _come(session, settled, at)
    _call(session, settled, office, at)


def _viewer(session: Session, settled: Settled, login: str) -> Viewer:
    return load_viewer(session, session.get_one(User, settled.users[login]))


def _teams(session: Session, settled: Settled, town_id: uuid.UUID) -> None:
    """Each emergency team has a duty desk; two are the first for some communities."""
    found = select(Team).where(Team.town_id == town_id, Team.code.in_(TEAMS)).order_by(Team.code)
    for number, team in enumerate(session.scalars(found), 1):
        team.duty_phone = f"0512-6600 00{number:02d}"
        team.area_unit_ids = [str(settled.units[code]) for code in AREAS.get(team.code, ())]


def _train(session: Session, settled: Settled, town_id: uuid.UUID, today: date) -> None:
    people = [settled.users[login] for login in sorted(settled.users)]
    for topic, days, many in TOPICS:
        trainings.put(session, town_id, topic, today - timedelta(days=days), people[:many], None)


# ---- the roster ----
def _roster(settled: Settled, session: Session, at: datetime) -> list[dict[str, Any]]:
    begins = at.replace(minute=0, second=0, microsecond=0) - STARTED
    posted = [code for code in sorted(settled.points) if code.startswith("K")][:18]
    rows = [_shift(settled, login, begins, ShiftKind.STATIONING, point=posted[n % len(posted)], is_around=n % 6 == 5)
            for n, login in enumerate(_logins(settled, "u.pat"))]  # fmt: skip
    rows += [
        _shift(settled, login, begins + timedelta(days=day), ShiftKind.SECONDMENT, point=posted[n])
        for n, login in enumerate(_logins(settled, "u.d", ".lia"))
        for day in range(5)
    ]
    teams = {team.code: team.id for team in session.scalars(select(Team).where(Team.code.in_(TEAMS)))}
    rows += [
        _shift(settled, login, begins, ShiftKind.EMERGENCY, point=posted[2 * n], team_id=teams[f"EM{login[4]}"])
        for n, login in enumerate(_logins(settled, "u.em", ".1"))
    ]  # fmt: skip
    # Theirs begins in an hour, so that there is something to press; the others' began two hours ago.
    rows += [
        _shift(settled, login, begins + STARTED + timedelta(hours=1), ShiftKind.SERVICE, point=posted[n])
        for n, login in enumerate(_logins(settled, "u.vol"))
    ]
    return rows


def _logins(settled: Settled, start: str, end: str = "") -> list[str]:
    return [
        one
        for one in sorted(settled.users)
        if one.startswith(start) and one.endswith(end) and one != "u.district1"
    ]


def _shift(
    settled: Settled, login: str, begins: datetime, kind: ShiftKind, *, point: str, **more: Any
) -> dict[str, Any]:
    duties = (
        [Duty.STANDBY]
        if kind == ShiftKind.EMERGENCY
        else [Duty.PATROL, Duty.REPORT, Duty.CLEAN, Duty.DISSUADE]
    )
    return {
        "user_id": settled.users[login], "team_id": None, "kind": kind, "point_id": settled.points[point],
        "is_around": False, "grid_id": None, "at_unit_id": None, "starts_at": begins.astimezone(UTC),
        "ends_at": (begins + LASTS).astimezone(UTC), "duties": duties, "note": "", **more,
    }  # fmt: skip


def _come(session: Session, settled: Settled, at: datetime) -> None:
    """Most come a little early, some late, some not at all."""
    begun = select(Shift).where(Shift.starts_at <= at).order_by(Shift.starts_at, Shift.id)
    names = {one: login for login, one in settled.users.items()}
    for number, shift in enumerate(session.scalars(begun).all(), 1):
        login = names[shift.user_id]
        if number % ABSENT_EVERY == 0 or login.startswith(f"u.em{IDLE[2]}"):
            continue
        came = shift.starts_at + timedelta(minutes=24 if number % LATE_EVERY == 0 else -6)
        with frozen(came):
            body = CheckIn(at=came, clock_offset_seconds=0)
            checking.check_in(session, _viewer(session, settled, login), shift.id, body)


# ---- call-outs ----
def _call(session: Session, settled: Settled, office: Viewer, at: datetime) -> None:
    """One an hour ago that is done, and one whose clock runs."""
    urgent = select(Issue.id).where(Issue.state.in_(call_outs.CALLING), Issue.nature == "urgent")
    some = select(Issue.id).where(Issue.state == State.DISPATCHED)
    found = [*session.scalars(urgent.order_by(Issue.found_at.desc()).limit(2))]
    found += [
        one for one in session.scalars(some.order_by(Issue.found_at.desc()).limit(2)) if one not in found
    ]
    for ago, issue_id in zip((70, 6), found, strict=False):
        called = at - timedelta(minutes=ago)
        with frozen(called):
            row = call_outs.call(session, office, CallOutIn(issue_id=issue_id))
        if ago > 60 and row.team_id is not None:
            member = session.scalars(select(Shift.user_id).where(Shift.team_id == row.team_id).limit(1)).one()
            viewer = load_viewer(session, session.get_one(User, member))
            for minutes, answer, note in ((11, call_outs.arrive, ""), (38, call_outs.finish, SAID)):
                said = called + timedelta(minutes=minutes)
                with frozen(said):
                    answer(session, viewer, row.id, WordIn(at=said, clock_offset_seconds=0, note=note))
