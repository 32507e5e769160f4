"""Where phones were at check-ins, notes and words go so long after their time as those of cases; who was on duty when stays as an id.

An erased person's go at once, with what is to come.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.core import audit, db, jobs
from app.core.clock import now
from app.core.config import get_settings
from app.features.identity.erasing import on_erased
from app.features.issues.retention import on_retired
from app.features.rosters.models import CallOut, Shift, TrainingAttendee

BATCH = 500
SILENT = {"note": "", "in_lon": None, "in_lat": None, "in_accuracy_m": None, "in_distance_m": None}


@on_erased
def erase_duties_of(session: Session, user_id: uuid.UUID) -> None:
    """Trainings and what was planned go; what was done stays, without position and words."""
    session.execute(delete(TrainingAttendee).where(TrainingAttendee.user_id == user_id))
    planned = Shift.user_id == user_id, Shift.checked_in_at.is_(None), Shift.starts_at > now()
    session.execute(delete(Shift).where(*planned))
    session.execute(update(Shift).where(Shift.user_id == user_id).values(SILENT))
    session.execute(update(CallOut).where(CallOut.done_by_id == user_id).values(note=""))


@on_retired
def erase_words(session: Session, issue_ids: Sequence[uuid.UUID]) -> None:
    """What teams said of these cases."""
    session.execute(update(CallOut).where(CallOut.issue_id.in_(issue_ids)).values(note=""))


def _old(days: int) -> ColumnElement[bool]:
    says = or_(Shift.note != "", Shift.in_lon.is_not(None))
    return (Shift.ends_at < now() - timedelta(days=days)) & says


@jobs.every("rosters.retire", "47 18 * * *")
def retire() -> None:
    """Positions and notes of shifts that ended long enough ago, some at a time."""
    days = get_settings().retention_days
    while days and _retire_some(days):
        pass


def _retire_some(days: int) -> bool:
    with db.transaction() as session:
        found = session.scalars(select(Shift.id).where(_old(days)).limit(BATCH)).all()
        if not found:
            return False
        session.execute(update(Shift).where(Shift.id.in_(found)).values(SILENT))
        audit.record(session, "retired", actor_id=None, subject_kind="shifts", subject_id=str(found[0]),
                     detail={"shifts": len(found), "days": days})  # fmt: skip
    return True
