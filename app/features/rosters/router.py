"""HTTP of rosters: periods, shifts, coming and going, coverage."""

import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.rosters import (
    at_points,
    checking,
    coverage,
    day,
    more_routes,
    periods,
    planning,
    policy,
    retention,
)
from app.features.rosters.attendance import State
from app.features.rosters.errors import NotCheckedIn, ShiftBegun, ShiftNotNow, ShiftTaken, TrainingMissing
from app.features.rosters.schemas import (
    CheckIn,
    CheckOut,
    CoverageOut,
    MyDuty,
    PeriodIn,
    PeriodList,
    PeriodOut,
    Roster,
    ShiftOut,
    ShiftPatch,
    ShiftReceipt,
    ShiftsIn,
    ShiftsMade,
)
from app.features.standards.town import ViewedTown

router = Routes(tags=["rosters"])
router.include_router(more_routes.router)
REGISTERED = (at_points, retention)
"""Imported for what they register: a section of the point's card, what goes with time."""
_READ = problems(Unauthenticated, Forbidden, NotFound)
_CHANGE = problems(Unauthenticated, Forbidden, NotFound, Invalid)
_VERSIONED = _CHANGE | problems(VersionConflict, VersionNeeded)
_IN: dict[int | str, dict[str, Any]] = {
    200: {"model": ShiftReceipt, "description": "Said before; the first word counts"},
    **problems(Unauthenticated, NotFound, Invalid, ShiftNotNow, TrainingMissing, NotCheckedIn),
}


@router.get("/standby-periods", responses=_READ)
def list_standby_periods(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> PeriodList:
    """迎检保障期, the latest first."""
    return PeriodList(
        items=[PeriodOut.model_validate(row) for row in periods.listed(session, town_id)],
        may_plan=viewer.reaches(session, town_id, *policy.OFFICE),
    )


@router.post("/standby-periods", status_code=201, responses=_CHANGE)
def add_standby_period(
    body: PeriodIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown, response: Response
) -> PeriodOut:
    """From when until when everybody stands by."""
    row = periods.add(session, viewer, town_id, body)
    response.headers["ETag"] = row_etag(row.version)
    return PeriodOut.model_validate(row)


@router.put("/standby-periods/{period_id}", responses=_VERSIONED)
def change_standby_period(
    period_id: uuid.UUID, body: PeriodIn, session: Tx, viewer: CurrentViewer, base: BaseVersion, response: Response
) -> PeriodOut:  # fmt: skip
    """Other days."""
    row = periods.change(session, viewer, period_id, body, base)
    response.headers["ETag"] = row_etag(row.version)
    return PeriodOut.model_validate(row)


@router.get("/shifts", responses=_READ)
def get_roster(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    on: date | None = None,
    unit: uuid.UUID | None = None,
    state: Annotated[State | None, Query(description="Only these; the counts are of all")] = None,
) -> Roster:
    """值守: a day's roster as far as the viewer may know it, who is missing first. Without `on`: today."""
    return day.roster(session, viewer, town_id, on, unit, state)


@router.post("/shifts", status_code=201, responses=_CHANGE | problems(ShiftTaken))
def add_shifts(body: ShiftsIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> ShiftsMade:
    """The same shift for some people on each of some days."""
    made, same = planning.make(session, viewer, town_id, body)
    return ShiftsMade(created=made, unchanged=same)


@router.get("/shifts/mine", responses=problems(Unauthenticated))
def list_my_shifts(session: Read, viewer: CurrentViewer) -> MyDuty:
    """The viewer's duty of today and tomorrow, to be kept on the phone."""
    return day.mine(session, viewer)


@router.get("/shifts/coverage", responses=_READ)
def get_duty_coverage(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, on: date | None = None
) -> CoverageOut:
    """Each point with who is at it; of today: now, of another day: by the roster."""
    return coverage.coverage(session, viewer, town_id, on)


@router.put("/shifts/{shift_id}", responses=_VERSIONED | problems(ShiftBegun, ShiftTaken))
def change_shift(
    shift_id: uuid.UUID, body: ShiftPatch, session: Tx, viewer: CurrentViewer, base: BaseVersion
) -> ShiftOut:
    """Another place, time or other duties of a shift that was not begun."""
    row = planning.change(session, viewer, shift_id, body, base)
    return day.shown(session, viewer, row.id)


@router.delete("/shifts/{shift_id}", status_code=204, responses=_VERSIONED | problems(ShiftBegun))
def remove_shift(shift_id: uuid.UUID, session: Tx, viewer: CurrentViewer, base: BaseVersion) -> None:
    """A shift that was not begun goes."""
    planning.remove(session, viewer, shift_id, base)


@router.put("/shifts/{shift_id}/check-in", status_code=201, responses=_IN)
def check_in_shift(
    shift_id: uuid.UUID, body: CheckIn, session: Tx, viewer: CurrentViewer, response: Response
) -> ShiftReceipt:
    """上岗, of an own shift, also from an outbox hours later: the phone's time counts."""
    row, is_first = checking.check_in(session, viewer, shift_id, body)
    response.status_code = 201 if is_first else 200
    return checking.receipt(session, row)


@router.put("/shifts/{shift_id}/check-out", status_code=201, responses=_IN)
def check_out_shift(
    shift_id: uuid.UUID, body: CheckOut, session: Tx, viewer: CurrentViewer, response: Response
) -> ShiftReceipt:
    """离岗, of an own shift that was begun."""
    row, is_first = checking.check_out(session, viewer, shift_id, body)
    response.status_code = 201 if is_first else 200
    return checking.receipt(session, row)
