"""What is found on a covert patrol is no case until the patrol is released (S10).

It stays a report of its finder: no number, list, count, hint, figure or stream of cases can tell of it by construction.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.clock import now
from app.features.identity.viewer import Viewer
from app.features.issues import intake
from app.features.issues.models import Report
from app.features.issues.photoset import server_time
from app.features.patrols import policy
from app.features.patrols.models import Openness, Patrol, PatrolSlot, Visit

PATIENCE = timedelta(hours=72)
"""So long a finding waits for the visit it names; then it is a case like any other rather than lost with a phone."""
SWEEP_MOST = 200


@intake.withhold
def is_held_back(session: Session, viewer: Viewer, report: Report) -> bool:
    """Whether the visit named belongs to a covert patrol; while that is still on the phone, whether it may."""
    if report.visit_id is None:
        return False
    named = (
        select(Patrol.visibility, Patrol.released_at)
        .join(Visit, Visit.patrol_id == Patrol.id)
        .where(Visit.user_id == report.user_id, Visit.client_id == report.visit_id)
    )
    patrol = session.execute(named).one_or_none()
    if patrol is not None:
        return patrol.visibility == Openness.COVERT and patrol.released_at is None
    if report.received_at < now() - PATIENCE:
        return False
    return _may_be_covert(session, viewer, report)


def _may_be_covert(session: Session, viewer: Viewer, report: Report) -> bool:
    """By the patrols the finder was on at the time; where none is here yet, by whether they go covertly at all."""
    captured = datetime.fromisoformat(report.body["captured_at"])
    found, _ = server_time(captured, report.body["clock_offset_seconds"], report.received_at)
    walking = session.scalars(
        select(policy.shown(Patrol)).where(
            Patrol.user_id == report.user_id,
            Patrol.started_at <= found,
            or_(Patrol.ended_at.is_(None), Patrol.ended_at >= found),
        )
    ).all()
    if walking:
        return not all(walking)
    covertly = select(PatrolSlot.id).where(
        policy.my_slots(viewer),
        ~policy.shown(PatrolSlot),
        PatrolSlot.starts_at <= found,
        PatrolSlot.ends_at > found,
    )
    return viewer.has(*policy.MAY_BE_COVERT) or session.scalar(covertly.limit(1)) is not None


def file_what_waits(session: Session, patrol: Patrol) -> None:
    """Visits of the patrol came, or it was released: what its walker found is looked at anew, by jobs, oldest first."""
    if patrol.visibility == Openness.COVERT and patrol.released_at is None:
        return
    waiting = select(Report.id).where(Report.user_id == patrol.user_id, Report.withheld_at.is_not(None))
    for report_id in session.scalars(waiting.order_by(Report.received_at, Report.id)):
        intake.file_later(session, report_id)


@jobs.sweeper("patrols.withheld")
def requeue(session: Session) -> None:
    """Findings of patrols that are open or released, and those whose visit never came: left behind by a race or a crash."""
    same_visit = and_(Visit.user_id == Report.user_id, Visit.client_id == Report.visit_id)
    attached = exists().where(same_visit, Visit.patrol_id.is_not(None))
    shown = exists().where(same_visit, Visit.patrol_id == Patrol.id, policy.shown(Patrol))
    given_up = and_(~attached, Report.received_at < now() - PATIENCE)
    left = select(Report.id).where(Report.withheld_at.is_not(None), or_(shown, given_up))
    for report_id in session.scalars(left.order_by(Report.received_at).limit(SWEEP_MOST)):
        intake.file_later(session, report_id)


def findings_of(patrol_id: uuid.UUID) -> Select[Report]:
    """What is held back of a patrol."""
    return (
        select(Report)
        .join(Visit, and_(Visit.user_id == Report.user_id, Visit.client_id == Report.visit_id))
        .where(Visit.patrol_id == patrol_id, Report.withheld_at.is_not(None))
    )
