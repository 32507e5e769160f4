"""Plans: made, changed and ended by the office. What was due before a change stays due; what comes after is made anew."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, changes
from app.core.clock import now
from app.core.errors import Forbidden, NotFound, VersionConflict
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.patrols import policy, schedule, slots, targets
from app.features.patrols.errors import PlanCodeTaken
from app.features.patrols.models import PatrolPlan, PatrolSlot
from app.features.patrols.plan_schemas import PlanIn, PreviewIn, SlotIn
from app.features.patrols.schedule import Rhythm, Window
from app.features.places.models import Point

FORESEEN = timedelta(days=5 * 366)
RHYTHM = ("rrule", "start_on", "until_on", "window_minutes", "window_days")


def may_plan(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    """403 for whoever does not plan patrols in the town."""
    if not viewer.reaches(session, town_id, *policy.PLANNERS):
        raise Forbidden()


def add_plan(session: Session, viewer: Viewer, town_id: uuid.UUID, body: PlanIn) -> PatrolPlan:
    """A new plan, and its first slots. Raises PlanCodeTaken."""
    may_plan(session, viewer, town_id)
    plan = put_plan(session, town_id, body, viewer.user_id)
    _told(session, viewer, plan, "patrol_plan.added")
    return plan


def put_plan(session: Session, town_id: uuid.UUID, body: PlanIn, by_id: uuid.UUID | None) -> PatrolPlan:
    """The same, asking nobody: for the demo and imports."""
    taken = select(PatrolPlan.id).where(PatrolPlan.town_id == town_id, PatrolPlan.code == body.code)
    if session.scalar(taken) is not None:
        raise PlanCodeTaken()
    plan = PatrolPlan(
        town_id=town_id, created_by_id=by_id, **body.model_dump(mode="python", exclude={"parties"})
    )
    plan.parties = [party.model_dump() for party in body.parties]
    session.add(plan)
    session.flush()
    slots.fill(session, plan.id)
    return plan


def change_plan(
    session: Session, viewer: Viewer, plan_id: uuid.UUID, body: PlanIn, base_version: int
) -> PatrolPlan:
    """The plan as it is to be from now on: slots that have not begun are made anew."""
    plan = _locked(session, viewer, plan_id)
    if plan.version != base_version:
        raise VersionConflict(current={"version": plan.version})
    for name, value in body.model_dump(mode="python", exclude={"parties", "code"}).items():
        setattr(plan, name, value)
    if body.code != plan.code:
        raise PlanCodeTaken()
    plan.parties = [party.model_dump() for party in body.parties]
    plan.version += 1
    session.flush()
    slots.drop_future(session, PatrolSlot.plan_id == plan.id)
    plan.filled_until = now()
    session.flush()
    slots.fill(session, plan.id)
    _told(session, viewer, plan, "patrol_plan.changed")
    return plan


def _locked(session: Session, viewer: Viewer, plan_id: uuid.UUID) -> PatrolPlan:
    plan = session.get(PatrolPlan, plan_id, with_for_update=True, populate_existing=True)
    if plan is None or not viewer.reaches(session, plan.town_id, *policy.OVERSEERS, *policy.PLANNERS):
        raise NotFound()
    may_plan(session, viewer, plan.town_id)
    return plan


def _told(session: Session, viewer: Viewer, plan: PatrolPlan, what: str) -> None:
    audit.record(session, what, actor_id=viewer.user_id, subject_kind="patrol_plan", subject_id=str(plan.id),
                 detail={"code": plan.code, "version": plan.version})  # fmt: skip
    changes.note(session, plan.town_id, "patrol_plan", plan.id)


def add_slots(session: Session, viewer: Viewer, plan_id: uuid.UUID, body: SlotIn) -> list[PatrolSlot]:
    """Slots put in by hand: one for everybody the plan sends. Again with the same times: nothing new."""
    plan = _locked(session, viewer, plan_id)
    return put_slots(session, plan, body)


def put_slots(session: Session, plan: PatrolPlan, body: SlotIn) -> list[PatrolSlot]:
    """The same, asking nobody."""
    zone = slots.zone_of_town(session, plan.town_id)
    at = body.starts_at
    window = Window(at, at.astimezone(zone).date(), at, body.ends_at)
    known = set(
        session.scalars(
            select(PatrolSlot.party).where(PatrolSlot.plan_id == plan.id, PatrolSlot.anchor_at == at)
        )
    )
    chosen = _chosen(session, plan, body.target_codes) if body.target_codes else None
    made = []
    for party, group in slots.rounds_of(session, plan, at):
        if party.key not in known:
            made.append(slots.put(session, plan, party, window, group if chosen is None else chosen))
    return made


def _chosen(session: Session, plan: PatrolPlan, codes: Sequence[str]) -> list[targets.Target]:
    rows = session.execute(
        select(Point.id, Point.lon, Point.lat)
        .where(Point.town_id == plan.town_id, Point.code.in_(codes), Point.is_active)
        .order_by(Point.code)
    )
    return targets.in_walking_order([targets.Target(row.id, None, row.lon, row.lat) for row in rows])


def preview(session: Session, viewer: Viewer, body: PreviewIn) -> list[Window]:
    """The next slots of a rule."""
    rhythm = Rhythm(**{name: getattr(body, name) for name in RHYTHM})
    return next_windows(rhythm, zone_of(session, viewer), body.count)


def next_windows(rhythm: Rhythm, zone: ZoneInfo, count: int) -> list[Window]:
    """The next `count` slots from today on, the town's today; fewer where the rule ends."""
    since = schedule.midnight(max(now().astimezone(zone).date(), rhythm.start_on), zone)
    found: list[Window] = []
    for months in (2, 14, 61):
        found = schedule.windows(rhythm, zone, since, since + min(timedelta(days=31 * months), FORESEEN))
        if len(found) >= count:
            break
    return found[:count]


def dates_of(session: Session, plan: PatrolPlan, first: date, last: date) -> list[Window]:
    """The slots of a plan between two days of the town, made or to come: for a calendar."""
    rhythm: Any = slots.rhythm_of(plan)
    if rhythm is None:
        return []
    zone = slots.zone_of_town(session, plan.town_id)
    since, until = schedule.midnight(first, zone), schedule.midnight(last + timedelta(days=1), zone)
    return schedule.windows(rhythm, zone, since, until)
