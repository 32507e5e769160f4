"""一日三查: after a relapse three looks a day at the point are proposed, with volunteers stationed there; seven clean days end it."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from app.core import audit, changes, db
from app.core.clock import now
from app.core.errors import NotFound
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import Action
from app.features.issues.models import Issue, IssueEvent, Report
from app.features.issues.moves import listen
from app.features.patrols import plans, policy, schedule, slots, targets
from app.features.patrols.errors import PointWatched, WatchDecided
from app.features.patrols.models import Kind, PatrolPlan, PatrolSlot, Visit, WatchPeriod, WatchState
from app.features.patrols.plan_schemas import PlanIn
from app.features.patrols.watch_schemas import WatchDecisionIn, WatchIn
from app.features.places.models import Point
from app.features.standards import service as standards
from app.features.volunteers.models import Team

THREE_A_DAY = "FREQ=DAILY;BYHOUR=8,13,18;BYMINUTE=0"
VOLUNTEERS = 2
"""Proposed to be stationed at the point, until the office says otherwise (S08)."""
LIVE = (WatchState.PROPOSED, WatchState.OPEN)


@listen
def propose_after_relapse(session: Session, issue: Issue, event: IssueEvent) -> None:
    """A relapse, as a round of the case or as a case of its own, proposes a watch for its point."""
    came_back = event.action == Action.RELAPSE or (event.seq == 1 and issue.recurs_from_id is not None)
    if came_back and issue.point_id is not None:
        _propose(session, issue.town_id, issue.point_id, issue.id)


def _propose(session: Session, town_id: uuid.UUID, point_id: uuid.UUID, issue_id: uuid.UUID | None) -> None:
    if db.rows(session, _LIVE, {"point": point_id}):
        return
    # The point's row is locked, so that two relapses at once propose once.
    session.execute(select(Point.id).where(Point.id == point_id).with_for_update(key_share=True))
    if _live(session, point_id) is not None:
        return
    watch = WatchPeriod(
        town_id=town_id, point_id=point_id, issue_id=issue_id, state=WatchState.PROPOSED, volunteers_asked=VOLUNTEERS,
        needed_days=_needed_days(session, town_id), proposed_at=now(),
    )  # fmt: skip
    session.add(watch)
    session.flush()
    changes.note(session, town_id, "watch", watch.id)


_LIVE = select(WatchPeriod.id).where(WatchPeriod.point_id == bindparam("point"), WatchPeriod.state.in_(LIVE))


def _live(session: Session, point_id: uuid.UUID) -> WatchPeriod | None:
    found = WatchPeriod.point_id == point_id, WatchPeriod.state.in_(LIVE)
    return session.scalar(select(WatchPeriod).where(*found))


def _needed_days(session: Session, town_id: uuid.UUID) -> int:
    campaign = standards.active_campaign(session, town_id)
    return int(standards.setting(campaign, "watch_clean_days")) if campaign else 7


def open_watch(session: Session, viewer: Viewer, body: WatchIn) -> WatchPeriod:
    """Put a point under watch from now on; a proposal for it is thereby accepted. Raises PointWatched."""
    point = session.get(Point, body.point_id, with_for_update={"key_share": True}, populate_existing=True)
    if point is None or not viewer.reaches(session, point.town_id, *policy.OVERSEERS):
        raise NotFound()
    plans.may_plan(session, viewer, point.town_id)
    watch = _live(session, point.id)
    if watch is not None and watch.state == WatchState.OPEN:
        raise PointWatched()
    if watch is None:
        watch = WatchPeriod(town_id=point.town_id, point_id=point.id, proposed_at=now(),
                            needed_days=_needed_days(session, point.town_id))  # fmt: skip
    watch.volunteers_asked, watch.reason = body.volunteers_asked, body.reason
    watch.team_id = _team(session, point.town_id, body.team_id)
    _begin(session, viewer, watch)
    return watch


def decide(session: Session, viewer: Viewer, watch_id: uuid.UUID, body: WatchDecisionIn) -> WatchPeriod:
    """Accept or refuse a proposal, or end a watch early. Raises WatchDecided where it is in another state by now."""
    watch = session.get(WatchPeriod, watch_id, with_for_update=True, populate_existing=True)
    if watch is None or not viewer.reaches(session, watch.town_id, *policy.OVERSEERS):
        raise NotFound()
    plans.may_plan(session, viewer, watch.town_id)
    needs = WatchState.OPEN if body.decision == "end" else WatchState.PROPOSED
    if watch.state != needs:
        raise WatchDecided(state=watch.state)
    if body.decision == "accept":
        if body.volunteers_asked is not None:
            watch.volunteers_asked = body.volunteers_asked
        watch.team_id = _team(session, watch.town_id, body.team_id)
        _begin(session, viewer, watch)
        return watch
    watch.state = WatchState.REFUSED if body.decision == "refuse" else WatchState.ENDED
    watch.reason = body.reason
    _over(session, watch, viewer.user_id)
    return watch


def _team(session: Session, town_id: uuid.UUID, team_id: uuid.UUID | None) -> uuid.UUID | None:
    if team_id is None:
        return None
    team = session.get(Team, team_id)
    if team is None or team.town_id != town_id:
        raise NotFound()
    return team.id


def _begin(session: Session, viewer: Viewer, watch: WatchPeriod) -> None:
    plan = _plan(session, watch.town_id)
    watch.state, watch.opened_at, watch.decided_by_id = WatchState.OPEN, now(), viewer.user_id
    session.add(watch)
    session.flush()
    for window in _windows(session, plan):
        slots.put(session, plan, *_as_round(session, watch, window))
    _note(session, watch, viewer.user_id, "watch.opened")


def _as_round(session: Session, watch: WatchPeriod, window: schedule.Window) -> Any:
    party, group = slots.watch_round(session, watch)
    return party, window, group


def _windows(session: Session, plan: PatrolPlan) -> Sequence[schedule.Window]:
    """What is left of the slots that are made ahead: later ones come with the others."""
    rhythm = slots.rhythm_of(plan)
    if rhythm is None or plan.filled_until is None:
        return []
    at = now()
    zone = slots.zone_of_town(session, plan.town_id)
    return schedule.windows(rhythm, zone, at, max(at, plan.filled_until))


def _plan(session: Session, town_id: uuid.UUID) -> PatrolPlan:
    """The town's plan for watches; made where there is none."""
    found = session.scalars(
        select(PatrolPlan)
        .where(PatrolPlan.town_id == town_id, PatrolPlan.kind == Kind.WATCH, PatrolPlan.is_active)
        .order_by(PatrolPlan.code)
        .limit(1)
    ).first()
    if found is not None:
        return found
    zone = slots.zone_of_town(session, town_id)
    usual = PlanIn.model_validate({
        "code": "WATCH", "name_zh": "问题点位一日三查", "name_en": "Problem point three times a day", "level": 3,
        "kind": Kind.WATCH, "rrule": THREE_A_DAY, "window_minutes": schedule.TIMED_MINUTES,
        "targets": targets.WATCHED, "start_on": now().astimezone(zone).date(),
        "parties": [{"kind": "territory", "code": "all"}],
    })  # fmt: skip
    return plans.put_plan(session, town_id, usual, None)


def _over(session: Session, watch: WatchPeriod, by_id: uuid.UUID | None) -> None:
    watch.ended_at = now()
    if by_id is not None:
        watch.decided_by_id = by_id
    session.flush()
    slots.drop_future(session, PatrolSlot.watch_id == watch.id)
    _note(session, watch, by_id, f"watch.{watch.state}")


def _note(session: Session, watch: WatchPeriod, by_id: uuid.UUID | None, what: str) -> None:
    audit.record(session, what, actor_id=by_id, subject_kind="watch", subject_id=str(watch.id),
                 detail={"point": str(watch.point_id), "clean_days": watch.clean_days})  # fmt: skip
    changes.note(session, watch.town_id, "watch", watch.id)


# ---- the end ----
def review(session: Session, watch_id: uuid.UUID) -> None:
    """Count the clean days on end; after enough of them the watch is over."""
    watch = session.get(WatchPeriod, watch_id, with_for_update=True, populate_existing=True)
    if watch is None or watch.state != WatchState.OPEN:
        return
    today = now().astimezone(slots.zone_of_town(session, watch.town_id)).date()
    watch.clean_days = schedule.clean_days(_days(session, watch), today)
    if watch.clean_days >= watch.needed_days:
        watch.state = WatchState.ENDED
        _over(session, watch, None)


def _days(session: Session, watch: WatchPeriod) -> list[tuple[date, bool]]:
    """Each whole day of the watch: all its slots done, and every look clean. The day it was opened counts if all were made."""
    since = now() - timedelta(days=watch.needed_days + 3)
    unclean = exists().where(Visit.slot_id == PatrolSlot.id, ~_was_clean())
    rows = session.execute(
        select(
            PatrolSlot.local_on,
            func.count().label("all"),
            func.count(PatrolSlot.done_at).label("done"),
            func.sum(_one_if(unclean)).label("unclean"),
        )
        .where(PatrolSlot.watch_id == watch.id, PatrolSlot.ends_at > since)
        .group_by(PatrolSlot.local_on)
    ).all()
    a_day = max((row.all for row in rows), default=0)
    return [(row.local_on, row.all == row.done == a_day and not row.unclean) for row in rows]


def _one_if(condition: Any) -> Any:
    return case((condition, 1), else_=0)


def _was_clean() -> Any:
    """Nothing short of its full share, and no finding filed with the visit."""
    found = exists().where(and_(Report.visit_id == Visit.client_id, Report.user_id == Visit.user_id))
    return and_(Visit.is_clean.is_(True), ~found)
