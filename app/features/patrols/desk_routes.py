"""HTTP of the office: plans, slots, patrols and visits to read, release, watches, coverage."""

import uuid
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.paging import BadCursor, Cursor, Limit, Page, cursor_of, cut, keys_of
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.patrols import desk, onsite, plans, queries, reading, releasing, showing, watches
from app.features.patrols.desk_schemas import (
    BlindSpots,
    CoverageOut,
    NotDoneList,
    PatrolItem,
    PatrolOut,
    Sweep,
    TallyList,
    VisitItem,
    WeakList,
)
from app.features.patrols.errors import PatrolOpen, PlanCodeTaken, PointWatched, SameIdOtherBody, WatchDecided
from app.features.patrols.models import Kind, PatrolPlan, WatchState
from app.features.patrols.plan_schemas import (
    PlanIn,
    PlanList,
    PlanOut,
    PreviewIn,
    SlotIn,
    SlotList,
    WindowList,
    WindowOut,
)
from app.features.patrols.schedule import Window
from app.features.patrols.schemas import SlotOut, SlotState
from app.features.patrols.watch_schemas import (
    OnSiteIn,
    OnSiteReceipt,
    WatchDecisionIn,
    WatchIn,
    WatchList,
    WatchOut,
)
from app.features.standards.town import ViewedTown

router = Routes(tags=["patrols"])
LONGEST = timedelta(days=400)
Level = Annotated[int | None, Query(ge=1, le=3)]
_READ = problems(Unauthenticated, NotFound)
_WRITE = problems(Unauthenticated, Forbidden, NotFound, Invalid)


def _period(first: date, last: date) -> tuple[date, date]:
    if not timedelta() <= last - first <= LONGEST:
        raise Invalid(fields=[{"at": ["query", "last"], "why": "period"}])
    return first, last


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, key = keys_of(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        return (moment, uuid.UUID(key)) if moment.tzinfo else _refuse()
    except (TypeError, ValueError, AttributeError) as wrong:
        raise BadCursor() from wrong


def _refuse() -> Any:
    raise BadCursor()


# ---- plans ----
@router.get("/patrols/plans", response_model=PlanList, responses=_READ)
def list_patrol_plans(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> PlanList:
    """A town's plans, ended ones included, for those who oversee it; others hear of none."""
    rows = session.scalars(queries.plans(viewer, town_id)).all()
    return PlanList(items=[PlanOut.model_validate(row) for row in rows])


@router.post(
    "/patrols/plans", response_model=PlanOut, status_code=201, responses=_WRITE | problems(PlanCodeTaken)
)
def add_patrol_plan(body: PlanIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> PatrolPlan:
    """A new plan; its first slots are made at once."""
    return plans.add_plan(session, viewer, town_id, body)


@router.post(
    "/patrols/plans/preview", response_model=WindowList, responses=problems(Unauthenticated, Invalid)
)
def preview_patrol_plan(body: PreviewIn, session: Read, viewer: CurrentViewer) -> WindowList:
    """The next slots of a rule, before it is saved."""
    return _windows(plans.preview(session, viewer, body))


def _windows(found: list[Window]) -> WindowList:
    return WindowList(
        items=[WindowOut(local_on=w.local_on, starts_at=w.starts_at, ends_at=w.ends_at) for w in found]
    )


@router.put(
    "/patrols/plans/{plan_id}",
    response_model=PlanOut,
    responses=_WRITE | problems(VersionConflict, VersionNeeded, PlanCodeTaken),
)
def change_patrol_plan(
    plan_id: uuid.UUID,
    body: PlanIn,
    session: Tx,
    viewer: CurrentViewer,
    base: BaseVersion,
    response: Response,
) -> PatrolPlan:
    """The plan as it is from now on. Slots not begun are made anew; what was due stays due. `is_active: false` ends it."""
    plan = plans.change_plan(session, viewer, plan_id, body, base)
    response.headers["ETag"] = row_etag(plan.version)
    return plan


@router.get("/patrols/plans/{plan_id}/dates", response_model=WindowList, responses=_READ | problems(Invalid))
def list_patrol_plan_dates(
    plan_id: uuid.UUID, first: date, last: date, session: Read, viewer: CurrentViewer, town_id: ViewedTown
) -> WindowList:
    """When a plan's slots fall between two days, also those not made yet: for the calendar."""
    first, last = _period(first, last)
    return _windows(plans.dates_of(session, _plan(session, viewer, town_id, plan_id), first, last))


def _plan(session: Session, viewer: Any, town_id: uuid.UUID, plan_id: uuid.UUID) -> PatrolPlan:
    plan = session.scalar(queries.plans(viewer, town_id).where(PatrolPlan.id == plan_id))
    if plan is None:
        raise NotFound()
    return plan


@router.get("/patrols/plans/{plan_id}/sweep", response_model=Sweep, responses=_READ)
def get_patrol_sweep(plan_id: uuid.UUID, session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> Sweep:
    """How many of a plan's points have been looked at on its rounds: done/total, and which."""
    return desk.sweep(session, _plan(session, viewer, town_id, plan_id))


@router.post("/patrols/plans/{plan_id}/slots", response_model=SlotList, status_code=201, responses=_WRITE)
def add_patrol_slots(plan_id: uuid.UUID, body: SlotIn, session: Tx, viewer: CurrentViewer) -> SlotList:
    """A round put in by hand, for everybody the plan sends."""
    return SlotList(items=showing.show_slots(session, plans.add_slots(session, viewer, plan_id, body)))


@router.get("/patrols/slots", response_model=Page[SlotOut], responses=_READ | problems(Invalid, BadCursor))
def list_patrol_slots(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    first: date,
    last: date,
    kind: Kind | None = None,
    level: Level = None,
    plan: uuid.UUID | None = None,
    unit: uuid.UUID | None = None,
    state: SlotState | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[SlotOut]:
    """Slots of the town's days first to last: what is due, running, done, missed."""
    first, last = _period(first, last)
    equal = {"kind": kind, "level": level, "plan_id": plan, "unit_id": unit}
    found = queries.slots_page(
        viewer, town_id, first=first, last=last, after=_after(cursor), limit=limit, **equal
    )
    if state is not None:
        found = found.where(queries.in_state(state, now()))
    rows, more = cut(session.scalars(found).all(), limit)
    next_ = cursor_of(rows[-1].starts_at.isoformat(), str(rows[-1].id)) if more else None
    return Page(items=showing.show_slots(session, rows), next=next_)


# ---- patrols and visits ----
@router.get("/patrols/log", response_model=Page[PatrolItem], responses=_READ | problems(BadCursor))
def list_patrols(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    kind: Kind | None = None,
    level: Level = None,
    slot: uuid.UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PatrolItem]:
    """Patrols made, the newest first. Covert ones show to the inspected side when released."""
    equal = {"kind": kind, "level": level, "slot_id": slot}
    found = queries.patrols_page(viewer, town_id, before=_after(cursor), limit=limit, **equal)
    rows, more = cut(session.scalars(found).all(), limit)
    next_ = cursor_of(rows[-1].started_at.isoformat(), str(rows[-1].id)) if more else None
    return Page(items=reading.patrol_items(session, viewer, rows), next=next_)


@router.get("/patrols/log/{id}", response_model=PatrolOut, responses=_READ)
def get_patrol(id: uuid.UUID, session: Read, viewer: CurrentViewer) -> PatrolOut:
    """One patrol: every place looked at, by whom, with results (Z06)."""
    patrol = queries.find_patrol(session, viewer, id)
    if patrol is None:
        raise NotFound()
    return reading.patrol_out(session, viewer, patrol)


@router.post("/patrols/log/{id}/release", response_model=PatrolOut, responses=_WRITE | problems(PatrolOpen))
def release_patrol(id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> PatrolOut:
    """From now on the inspected side sees this covert patrol."""
    return reading.patrol_out(session, viewer, releasing.release(session, viewer, id))


@router.get("/visits", response_model=Page[VisitItem], responses=_READ | problems(BadCursor))
def list_visits(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    point: uuid.UUID | None = None,
    grid: uuid.UUID | None = None,
    kind: Kind | None = None,
    level: Level = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[VisitItem]:
    """Looks at a place, the newest first."""
    equal = {"point_id": point, "grid_id": grid, "kind": kind, "level": level}
    found = queries.visits_page(viewer, town_id, before=_after(cursor), limit=limit, **equal)
    rows, more = cut(session.scalars(found).all(), limit)
    next_ = cursor_of(rows[-1].arrived_at.isoformat(), str(rows[-1].id)) if more else None
    return Page(items=reading.visit_items(session, viewer, rows), next=next_)


@router.put(
    "/on-site/{session_id}",
    response_model=OnSiteReceipt,
    status_code=201,
    responses={
        200: {"model": OnSiteReceipt, "description": "The same again"},
        **_WRITE,
        **problems(SameIdOtherBody),
    },
)
def put_on_site(
    session_id: uuid.UUID, body: OnSiteIn, session: Tx, viewer: CurrentViewer, response: Response
) -> OnSiteReceipt:
    """A working session on site under an id made on the phone: which units stood there and what was decided (Z08)."""
    row, is_new = onsite.receive(session, viewer, session_id, body)
    response.status_code = 201 if is_new else 200
    return onsite.receipt(session, row)


# ---- watches ----
@router.get("/patrols/watches", response_model=WatchList, responses=_READ)
def list_watches(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, state: WatchState | None = None
) -> WatchList:
    """Points looked at three times a day, and proposals for it after a relapse."""
    rows = session.scalars(queries.watches(viewer, town_id, state)).all()
    return WatchList(items=desk.show_watches(session, rows))


@router.post(
    "/patrols/watches", response_model=WatchOut, status_code=201, responses=_WRITE | problems(PointWatched)
)
def open_watch(body: WatchIn, session: Tx, viewer: CurrentViewer) -> WatchOut:
    """Three looks a day at a point from now on, until it was clean for a week."""
    return desk.show_watches(session, [watches.open_watch(session, viewer, body)])[0]


@router.post(
    "/patrols/watches/{watch_id}/decide", response_model=WatchOut, responses=_WRITE | problems(WatchDecided)
)
def decide_watch(watch_id: uuid.UUID, body: WatchDecisionIn, session: Tx, viewer: CurrentViewer) -> WatchOut:
    """Accept or refuse a proposal, or end a watch."""
    return desk.show_watches(session, [watches.decide(session, viewer, watch_id, body)])[0]


# ---- coverage ----
@router.get("/patrols/coverage", response_model=CoverageOut, responses=_READ | problems(Forbidden, Invalid))
def patrol_coverage(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    first: date,
    last: date,
    level: Level = None,
    kind: Kind | None = None,
) -> CoverageOut:
    """M24, M25, M26, M29, M30: every number with what it is out of."""
    return desk.coverage(session, viewer, town_id, *_period(first, last), level, kind)


@router.get("/patrols/weak-items", response_model=WeakList, responses=_READ | problems(Forbidden, Invalid))
def patrol_weak_items(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, first: date, last: date
) -> WeakList:
    """短板: which items fall short most often, at which kind of place (J20)."""
    return desk.weak_items(session, viewer, town_id, *_period(first, last))


@router.get("/patrols/blind-spots", response_model=BlindSpots, responses=_READ | problems(Forbidden))
def patrol_blind_spots(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    days: Annotated[int, Query(ge=1, le=400)] = 7,
    level: Level = None,
) -> BlindSpots:
    """M27: points and grids that nobody looked at for so many days."""
    return desk.blind_spots(session, viewer, town_id, days, level)


@router.get("/patrols/not-done", response_model=NotDoneList, responses=_READ | problems(Forbidden))
def patrols_not_done(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, on: date | None = None
) -> NotDoneList:
    """Committees without a level-3 patrol on a day, today unless said (X08)."""
    return desk.not_done(session, viewer, town_id, on or desk.today(session, town_id))


@router.get("/patrols/tallies", response_model=TallyList, responses=_READ | problems(Invalid))
def patrol_tallies(
    first: date,
    last: date,
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    by: Annotated[
        Literal["day", "point"], Query(description="point: only what was counted at places")
    ] = "day",
) -> TallyList:
    """What was handed out and who was dissuaded from what, by day and code, or by point and code (Z36)."""
    return TallyList(items=reading.tallies(session, viewer, town_id, _period(first, last), by))
