"""What a case keeps for how long: a while after its campaign's end its words and pictures go, its numbers stay.

Events, hashes, times, states and positions stay for the figures and for the audit; what people wrote, photographed and
sent is erased. The same for what one erased person wrote.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.core import audit, db, jobs
from app.core.clock import now
from app.core.config import get_settings
from app.features.identity.erasing import on_erased
from app.features.issues.models import (
    Approval,
    Command,
    Comment,
    EventText,
    Issue,
    IssueEvent,
    IssuePhoto,
    IssueText,
    PhotoPair,
    Report,
    ReportPhoto,
    SiteCheck,
)
from app.features.photos import service as photos
from app.features.standards.models import Campaign

log = structlog.get_logger()
BATCH = 200
Retired = Callable[[Session, Sequence[uuid.UUID]], None]
_on_retired: list[Retired] = []
DONE = ("complete", "attached")


def on_retired(callback: Retired) -> Retired:
    """Register a feature above that keeps words of cases: callback(session, issue_ids) erases them."""
    _on_retired.append(callback)
    return callback


@jobs.every("issues.retire", "17 18 * * *")
def retire() -> None:
    """Erase words and pictures of cases whose campaign ended long enough ago, some at a time."""
    days, count = get_settings().retention_days, 0
    if not days:
        return
    while True:
        with db.transaction() as session:
            found = _due(session, days)
            if not found:
                break
            _erase(session, found)
            detail = {"cases": len(found), "days": days}
            audit.record(
                session,
                "retired",
                actor_id=None,
                subject_kind="issues",
                subject_id=str(found[0]),
                detail=detail,
            )
        count += len(found)
    log.info("cases_retired", count=count)


def _due(session: Session, days: int) -> Sequence[uuid.UUID]:
    ended = select(Campaign.id).where(Campaign.end_on < (now() - timedelta(days=days)).date())
    # The search text goes with the rest and every case has one: what has none is done.
    todo = or_(Issue.description != "", Issue.id.in_(select(IssueText.issue_id)))
    due = select(Issue.id).where(Issue.campaign_id.in_(ended), todo)
    return session.scalars(due.order_by(Issue.id).limit(BATCH)).all()


def _erase(session: Session, ids: Sequence[uuid.UUID]) -> None:
    def empty(table: Any, condition: Any, **values: Any) -> None:
        session.execute(update(table).where(condition).values(**values))

    empty(Issue, Issue.id.in_(ids), description="", requirement="", measure="", position={})
    empty(Approval, Approval.issue_id.in_(ids), reason="", decision_note="")
    empty(SiteCheck, SiteCheck.issue_id.in_(ids), question="", finding="")
    empty(PhotoPair, PhotoPair.issue_id.in_(ids), override_reason="")
    # Their fingerprints stay: the same request is still known as the same.
    empty(Report, Report.issue_id.in_(ids), body={})
    empty(Command, Command.target_id.in_(ids), body={})
    events = select(IssueEvent.id).where(IssueEvent.issue_id.in_(ids))
    session.execute(delete(EventText).where(EventText.event_id.in_(events)))
    for table in (Comment, IssueText):
        session.execute(delete(table).where(table.issue_id.in_(ids)))
    in_case = select(IssuePhoto.photo_id).where(IssuePhoto.issue_id.in_(ids))
    sent = (
        select(ReportPhoto.photo_id)
        .join(Report, Report.id == ReportPhoto.report_id)
        .where(Report.issue_id.in_(ids), ReportPhoto.photo_id.is_not(None))
    )
    photos.mark_deleted(session, [*session.scalars(in_case), *(p for p in session.scalars(sent) if p)])
    for callback in _on_retired:
        callback(session, ids)


@on_erased
def erase_words_of(session: Session, user_id: uuid.UUID) -> None:
    """What a person wrote and what their phone sent. Cases and pictures stay: they are of the place, not of the person."""
    events = select(IssueEvent.id).where(IssueEvent.actor_id == user_id)
    session.execute(delete(EventText).where(EventText.event_id.in_(events)))
    session.execute(delete(Comment).where(Comment.author_id == user_id))
    sent = update(Report).where(Report.user_id == user_id, Report.state.in_(DONE))
    session.execute(sent.values(body={}))
    session.execute(update(Command).where(Command.user_id == user_id).values(body={}))
