"""Who decides what is asked of a case: the same people may grant and refuse (DECISIONS 9)."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Forbidden
from app.features.identity.models import Role, RoleHold
from app.features.issues.guards import fail
from app.features.issues.lifecycle import MOVES, Action, ApprovalKind
from app.features.issues.models import Issue
from app.features.issues.moves import Moving, guard
from app.features.issues.policy import Standing, standing
from app.features.places.models import Responsibility

GRANTED_BY = {
    ApprovalKind.EXTEND: Action.EXTEND,
    ApprovalKind.DEFER: Action.DEFER,
    ApprovalKind.VOID: Action.VOID,
    ApprovalKind.ESCALATE: Action.ESCALATE,
    ApprovalKind.CLOSE: Action.APPROVE_CLOSE,
    ApprovalKind.REOPEN: Action.REOPEN,
}


@guard
def area_approver(m: Moving) -> None:
    """The approver of an area is its leader holding line_leader, else any line leader of the town (DECISIONS 9)."""
    if not _approves_here(m.session, m.issue, m.actor_id):
        raise fail("area_approver")


def _approves_here(session: Session, issue: Issue, user_id: uuid.UUID | None) -> bool:
    answering = (
        select(Responsibility.user_id)
        .join(RoleHold, RoleHold.user_id == Responsibility.user_id)
        .where(
            Responsibility.point_id == issue.point_id,
            Responsibility.role == "area_leader",
            RoleHold.role == Role.LINE_LEADER,
        )
    )
    leaders = set(session.scalars(answering)) if issue.point_id else set()
    return not leaders or user_id in leaders


def can_decide(session: Session, st: Standing, issue: Issue, kind: ApprovalKind) -> bool:
    """Whoever may grant a request may refuse it, and nobody else."""
    who = next(m.who for (_, a), m in MOVES.items() if a == GRANTED_BY[kind])
    is_of_area = kind in (ApprovalKind.EXTEND, ApprovalKind.DEFER)
    return st.stands(who, issue) and (not is_of_area or _approves_here(session, issue, st.viewer.user_id))


@guard
def decides_this(m: Moving) -> None:
    if m.viewer is not None and not can_decide(
        m.session, standing(m.session, m.viewer), m.issue, ApprovalKind(m.body.kind)
    ):
        raise Forbidden()
