"""What people wrote in a round goes when they are erased, or long enough after it; what was counted stays. Days and nonces go sooner."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import db, jobs
from app.core.clock import now
from app.core.config import get_settings
from app.features.crosscheck.intake import KINDS
from app.features.crosscheck.models import (
    Assignment,
    CoordinationRequest,
    CrossFinding,
    CrossRound,
    CrossVisit,
    EnvelopeDay,
    Nonce,
    PracticeTask,
)
from app.features.identity import service as identity
from app.features.identity.erasing import on_erased
from app.features.identity.models import User

WORDS = ("text", "note", "description", "remark", "none_reason", "away_reason", "excuse")
ENVELOPES_KEPT = timedelta(days=90)
"""A round keeps the seed and the nonces that it used itself."""


@on_erased
def erase_words(session: Session, user_id: uuid.UUID) -> None:
    """All that one person wrote, and the nonces of their phone."""
    for kind in KINDS.values():
        _wipe(session, session.scalars(select(kind.model).where(kind.model.user_id == user_id)))
    session.execute(delete(Nonce).where(Nonce.user_id == user_id))


@identity.on_handed_over
def hand_over(session: Session, leaver: User, heir: User, _: uuid.UUID) -> int:
    """The organiser's rounds go to the heir. Nothing is counted: whoever hands over may not know that there are any."""
    mine = update(CrossRound).where(CrossRound.organiser_id == leaver.id, CrossRound.closed_at.is_(None))
    session.execute(mine.values(organiser_id=heir.id))
    return 0


@jobs.every("crosscheck.retire", "37 18 * * *")
def retire() -> None:
    """Erase the words of rounds that are older than what the deployment keeps; drop old envelopes."""
    with db.transaction() as session:
        old = (now() - ENVELOPES_KEPT).date()
        session.execute(delete(EnvelopeDay).where(EnvelopeDay.on < old))
        session.execute(delete(Nonce).where(Nonce.on < old))
        if days := get_settings().retention_days:
            ended = CrossRound.closed_at < now() - timedelta(days=days)
            tasks = select(Assignment.id).join(CrossRound, CrossRound.id == Assignment.round_id).where(ended)
            for kind in KINDS.values():
                _wipe(session, session.scalars(select(kind.model).where(kind.model.assignment_id.in_(tasks))))


def _wipe(session: Session, rows: Iterable[Any]) -> None:
    record_ids = []
    for row in rows:
        row.body = {name: "" if name in WORDS else value for name, value in row.body.items()}
        if isinstance(row, CrossFinding):
            row.office_note = ""
        if isinstance(row, CrossVisit) and row.excuse:
            row.excuse = "—"  # it still says that the point was excused
        record_ids.append(row.id)
    session.flush()
    for table, values in (
        (PracticeTask, {"text": "", "done": None}),
        (CoordinationRequest, {"text": "", "answer": ""}),
    ):
        session.execute(update(table).where(table.record_id.in_(record_ids)).values(**values))
