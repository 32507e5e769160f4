"""Reads of the review desk: the queue in the order of what needs eyes, its counts, look-backs due."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, and_, case, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from app.core.clock import now
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import ApprovalKind, ApprovalState, State
from app.features.issues.models import DECIDED, Approval, Issue, IssueEvent, PhotoPair
from app.features.issues.policy import visible
from app.features.issues.ranking import EYES
from app.features.review.models import LookBack

LookBackWindow = timedelta(days=1)
Tab = Literal["all", "eyes", "second", "look_backs"]


def look_backs_of(session: Session, viewer: Viewer, issue: Issue) -> list[LookBack]:
    """A case's look-backs, oldest first. Whoever sees the case sees them."""
    seen = select(LookBack).join(Issue, Issue.id == LookBack.issue_id).where(visible(viewer, [issue.id]))
    return list(session.scalars(seen.where(LookBack.issue_id == issue.id).order_by(LookBack.due_at)))


def _suspect() -> Any:
    return exists().where(
        PhotoPair.issue_id == Issue.id, PhotoPair.round_no == Issue.round_no, PhotoPair.is_suspect
    )


def _unsure() -> Any:
    """The engine does not say that it is the same place: eyes are needed more than elsewhere."""
    return exists().where(
        PhotoPair.issue_id == Issue.id,
        PhotoPair.round_no == Issue.round_no,
        PhotoPair.verdict.in_(("different", "unsure")),
    )


def _asked() -> Any:
    """Cases that wait for a second approval: few."""
    return select(Approval.issue_id).where(
        Approval.kind == ApprovalKind.CLOSE, Approval.state == ApprovalState.ASKED
    )


def _waiting(viewer: Viewer, *, is_second: bool = False) -> Select[uuid.UUID]:
    of = Issue.id.in_(_asked()) if is_second else Issue.id.not_in(_asked())
    return select(Issue.id).where(visible(viewer), Issue.review_rank.is_not(None), of)


def queue(session: Session, viewer: Viewer, tab: Tab, limit: int) -> list[uuid.UUID]:
    """Ids of cases to review, suspect first, then unsure, urgent, then waiting longest. `second`: those that wait for an approval."""
    if tab == "look_backs":
        return list(session.scalars(_look_backs_due(viewer).limit(limit)))
    found = _waiting(viewer, is_second=tab == "second")
    if tab == "eyes":
        found = found.where(Issue.review_rank <= EYES)
    return list(session.scalars(found.order_by(Issue.review_rank, Issue.rectified_at, Issue.id).limit(limit)))


def _look_backs_due(viewer: Viewer) -> Select[uuid.UUID]:
    due = (
        select(LookBack.issue_id, func.min(LookBack.due_at).label("due_at"))
        .where(LookBack.result.is_(None), LookBack.due_at <= now() + LookBackWindow)
        .group_by(LookBack.issue_id)
        .subquery()
    )
    return (
        select(Issue.id)
        .join(due, due.c.issue_id == Issue.id)
        .where(visible(viewer), Issue.state == State.CLOSED)
        .order_by(due.c.due_at, Issue.id)
    )


def _next_look_backs(viewer: Viewer, days: int) -> Select[LookBack]:
    """Of each visible closed case the next open look-back, where it is due within so many days."""
    earlier = aliased(LookBack)
    sooner = exists().where(
        earlier.issue_id == LookBack.issue_id,
        earlier.result.is_(None),
        or_(
            earlier.due_at < LookBack.due_at,
            and_(earlier.due_at == LookBack.due_at, earlier.id < LookBack.id),
        ),
    )
    return (
        select(LookBack)
        .join(Issue, Issue.id == LookBack.issue_id)
        .where(
            visible(viewer),
            Issue.state == State.CLOSED,
            LookBack.result.is_(None),
            LookBack.due_at <= now() + timedelta(days=days),
            ~sooner,
        )
    )


def look_back_list(session: Session, viewer: Viewer, days: int, limit: int) -> list[LookBack]:
    """What to look at again within so many days, the soonest due first."""
    wanted = _next_look_backs(viewer, days).order_by(LookBack.due_at, LookBack.id)
    return list(session.scalars(wanted.limit(limit)))


def look_backs_counted(session: Session, viewer: Viewer, days: int) -> tuple[int, int]:
    """Cases due by now, and those that come within so many days."""
    rows = _next_look_backs(viewer, days).subquery()
    due = func.coalesce(func.sum(case((rows.c.due_at <= now(), 1), else_=0)), 0)
    row = session.execute(select(due.label("due"), func.count().label("all")).select_from(rows)).one()
    return int(row.due), int(row.all) - int(row.due)


def suspects(session: Session, viewer: Viewer, issue_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these visible cases have a suspect pair in their present round."""
    return set(session.scalars(select(Issue.id).where(Issue.id.in_(issue_ids), visible(viewer), _suspect())))


def unsure(session: Session, viewer: Viewer, issue_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these visible cases have a pair of which the engine does not say that it is the same place."""
    return set(session.scalars(select(Issue.id).where(Issue.id.in_(issue_ids), visible(viewer), _unsure())))


def look_back_due_at(
    session: Session, viewer: Viewer, issue_ids: list[uuid.UUID]
) -> dict[uuid.UUID, datetime]:
    """The next open look-back of each of these visible cases."""
    rows = session.execute(
        select(LookBack.issue_id, func.min(LookBack.due_at))
        .join(Issue, Issue.id == LookBack.issue_id)
        .where(visible(viewer), LookBack.issue_id.in_(issue_ids), LookBack.result.is_(None))
        .group_by(LookBack.issue_id)
    ).all()
    return {row[0]: row[1] for row in rows}


def counts(session: Session, viewer: Viewer, day_start: datetime) -> dict[str, int]:
    """How many wait on each tab, and how many the viewer reviewed since `day_start`. One statement a number."""

    def count(found: Select[uuid.UUID]) -> int:
        return session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0

    waiting = _waiting(viewer)
    reviewed = select(IssueEvent.issue_id).where(
        IssueEvent.actor_id == viewer.user_id,
        text(DECIDED),  # as the index says it: it serves no other words
        IssueEvent.at >= day_start,
    )
    return {
        "all": count(waiting),
        "eyes": count(waiting.where(Issue.review_rank <= EYES)),
        "second": count(_waiting(viewer, is_second=True)),
        "look_backs": count(_look_backs_due(viewer)),
        "reviewed_today": count(reviewed),
    }
