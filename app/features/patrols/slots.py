"""Slots made from plans a few days ahead, refreshed until they begin, settled by what was walked. Safe to run twice at once."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.ids import public_id
from app.features.identity.models import Unit
from app.features.identity.towns import DEFAULT_ZONE
from app.features.patrols import schedule, targets
from app.features.patrols.models import Kind, Patrol, PatrolPlan, PatrolSlot, SlotTarget, Visit, WatchPeriod
from app.features.patrols.schedule import Rhythm, Window
from app.features.patrols.targets import PER_POINT, Party, Target
from app.features.places.models import Point

AHEAD = timedelta(days=8)
"""So far ahead slots are made: what a phone takes along, and the office's week."""
FRESH = timedelta(hours=26)
"""Targets of slots that begin this soon are looked up anew: points under watch, cases closed, people who moved."""


def zone_of_town(session: Session, town_id: uuid.UUID) -> ZoneInfo:
    """The town's own time."""
    return ZoneInfo(session.get_one(Unit, town_id).settings.get("timezone", DEFAULT_ZONE))


def rhythm_of(plan: PatrolPlan) -> Rhythm | None:
    """The plan's rule; None for one whose slots are put in by hand."""
    if plan.rrule is None:
        return None
    return Rhythm(plan.rrule, plan.start_on, plan.until_on, plan.window_minutes, plan.window_days)


def fill(session: Session, plan_id: uuid.UUID) -> int:
    """Make the slots of a plan that begin before the horizon and are not there yet; how many.

    What a server that was away has missed is made, too: nobody went there, and that shows.
    """
    plan = session.get(PatrolPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or not plan.is_active or (rhythm := rhythm_of(plan)) is None:
        return 0
    zone, at = zone_of_town(session, plan.town_id), now()
    since = plan.filled_until or schedule.midnight(at.astimezone(zone).date(), zone)
    until = at + AHEAD
    if until <= since:
        return 0
    due = schedule.windows(rhythm, zone, since, until)
    if plan.filled_until is None:
        due = [window for window in due if window.ends_at > at]
    plan.filled_until = until
    known = _known(session, plan, due)
    return sum(_put_all(session, plan, window, known) for window in due)


def _known(session: Session, plan: PatrolPlan, due: Sequence[Window]) -> set[tuple[str, datetime]]:
    if not due:
        return set()
    there = select(PatrolSlot.party, PatrolSlot.anchor_at).where(
        PatrolSlot.plan_id == plan.id, PatrolSlot.anchor_at.between(due[0].anchor_at, due[-1].anchor_at)
    )
    return {(row.party, row.anchor_at) for row in session.execute(there)}


def _put_all(session: Session, plan: PatrolPlan, window: Window, known: set[tuple[str, datetime]]) -> int:
    made = 0
    for party, group in rounds_of(session, plan, window.starts_at):
        if (party.key, window.anchor_at) not in known:
            put(session, plan, party, window, group)
            made += 1
    return made


def rounds_of(session: Session, plan: PatrolPlan, at: datetime) -> Iterator[tuple[Party, list[Target]]]:
    """Who walks a round of the plan that begins `at`, and what each is to look at."""
    if plan.kind == Kind.WATCH:
        for watch in targets.watched(session, plan.town_id):
            yield watch_round(session, watch)
        return
    for party in targets.parties_of(session, plan):
        found = targets.targets_of(session, plan, party, at)
        if plan.kind not in PER_POINT:
            yield party, found
            continue
        for one in found:
            yield replace(party, key=f"{party.key}@{one.point_id}"), [one]


def watch_round(session: Session, watch: WatchPeriod) -> tuple[Party, list[Target]]:
    """The people of the point's territory look after a point under watch."""
    point = session.get_one(Point, watch.point_id)
    unit_id = point.territory_id or point.responsible_unit_id or watch.town_id
    return Party(f"watch:{watch.id}", unit_id=unit_id), [Target(point.id, None, point.lon, point.lat)]


def put(
    session: Session, plan: PatrolPlan, party: Party, window: Window, group: Sequence[Target]
) -> PatrolSlot:
    """One slot with its targets."""
    is_watch = party.key.startswith("watch:")
    slot = PatrolSlot(
        id=public_id(),
        town_id=plan.town_id,
        plan_id=plan.id,
        party=party.key,
        unit_id=party.unit_id,
        team_id=party.team_id,
        user_id=party.user_id,
        role=party.role,
        watch_id=uuid.UUID(party.key.partition(":")[2]) if is_watch else None,
        level=plan.level,
        kind=plan.kind,
        visibility=plan.visibility,
        anchor_at=window.anchor_at,
        local_on=window.local_on,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
    )
    session.add(slot)
    session.flush()
    _write_targets(session, slot, group)
    return slot


def _write_targets(session: Session, slot: PatrolSlot, group: Sequence[Target]) -> None:
    slot.targets_total = len(group)
    session.add_all(
        SlotTarget(slot_id=slot.id, order_no=number, point_id=one.point_id, grid_id=one.grid_id)
        for number, one in enumerate(group)
    )
    session.flush()


def refresh(session: Session, plan_id: uuid.UUID) -> None:
    """Look up anew what soon beginning slots of a plan are to look at, unless somebody has begun."""
    plan = session.get(PatrolPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or plan.kind in PER_POINT or plan.targets == targets.CHOSEN:
        return
    at = now()
    soon = (PatrolSlot.ends_at > at, PatrolSlot.starts_at < at + FRESH, PatrolSlot.started_at.is_(None))
    for slot in session.scalars(select(PatrolSlot).where(PatrolSlot.plan_id == plan.id, *soon)):
        wanted = targets.targets_of(session, plan, slot, slot.starts_at)
        there = session.execute(
            select(SlotTarget.point_id, SlotTarget.grid_id)
            .where(SlotTarget.slot_id == slot.id)
            .order_by(SlotTarget.order_no)
        ).all()
        if [tuple(row) for row in there] != [(one.point_id, one.grid_id) for one in wanted]:
            session.execute(delete(SlotTarget).where(SlotTarget.slot_id == slot.id))
            _write_targets(session, slot, wanted)


def drop_future(session: Session, *conditions: ColumnElement[bool]) -> None:
    """Take away slots that have not begun and that nobody has begun."""
    begun = exists().where(Patrol.slot_id == PatrolSlot.id)
    seen = exists().where(Visit.slot_id == PatrolSlot.id)
    idle = (PatrolSlot.starts_at > now(), PatrolSlot.started_at.is_(None), ~begun, ~seen)
    session.execute(delete(PatrolSlot).where(*conditions, *idle).execution_options(synchronize_session=False))


def state_of(slot: PatrolSlot, at: datetime) -> str:
    """due, running, done or missed: what the clock says of a slot."""
    if slot.done_at is not None:
        return "done"
    if slot.ends_at <= at:
        return "missed"
    return "running" if slot.started_at is not None else "due"


def settle(session: Session, slot_id: uuid.UUID) -> None:
    """Say of a slot when it was begun, how much of it was looked at and when it was done, from its patrols and visits.

    Done: a check-in at the point and in time, where the slot is of one point; every target, where it is a baseline sweep;
    else a patrol that ended and looked at something. A look from elsewhere counts only with a reason.
    """
    session.flush()
    slot = session.get_one(PatrolSlot, slot_id, with_for_update=True, populate_existing=True)
    patrols = session.scalars(select(Patrol).where(Patrol.slot_id == slot.id)).all()
    starts = [patrol.started_at for patrol in patrols]
    slot.started_at = min(starts) if starts else None
    wanted = set(
        session.scalars(
            select(func.coalesce(SlotTarget.point_id, SlotTarget.grid_id)).where(
                SlotTarget.slot_id == slot.id
            )
        )
    )
    counted = [(hit, visit) for visit in _counted(session, slot) if (hit := _hit(visit, wanted))]
    slot.targets_done = len({hit for hit, _ in counted if hit in wanted})
    slot.done_at = _done_at(slot, patrols, [visit for _, visit in counted])
    session.flush()


def _counted(session: Session, slot: PatrolSlot) -> Iterator[Visit]:
    in_time = Visit.arrived_at >= slot.starts_at, Visit.arrived_at < slot.ends_at
    for visit in session.scalars(select(Visit).where(Visit.slot_id == slot.id, *in_time)):
        is_there = visit.is_inside or slot.kind == Kind.VIDEO
        if is_there or (visit.away_reason and slot.kind not in PER_POINT):
            yield visit


def _hit(visit: Visit, wanted: set[uuid.UUID]) -> uuid.UUID | None:
    """The target a visit was at; where the walkers choose, whatever it was at."""
    places = [one for one in (visit.point_id, visit.grid_id) if one is not None]
    return next((one for one in places if one in wanted or not wanted), None)


def _done_at(slot: PatrolSlot, patrols: Sequence[Patrol], visits: Sequence[Visit]) -> datetime | None:
    if not visits:
        return None
    arrived = sorted(visit.arrived_at for visit in visits)
    if slot.kind in PER_POINT:
        return arrived[0]
    if slot.kind == Kind.BASELINE:
        return arrived[-1] if slot.targets_done == slot.targets_total else None
    walked = {visit.patrol_id for visit in visits}
    ended = [one.ended_at for one in patrols if one.ended_at is not None and one.id in walked]
    return min(ended, default=None)
