"""What a viewer may do with one case, after the guards that read data (DECISIONS 10: complete on a case)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Problem
from app.features.issues import moves
from app.features.issues.deciders import can_decide
from app.features.issues.lifecycle import MOVES, Action, ApprovalKind, ApprovalState, State
from app.features.issues.models import Approval, Issue
from app.features.issues.moves import GUARDS, Moving
from app.features.issues.policy import Standing

NEED_THE_BODY = frozenset(
    {
        "has_before_photo", "has_after_photo", "unit_has_liaison", "master_fits", "assignee_of_unit", "plan_complete",
        "pairs_covered", "has_measure", "suspect_explained", "pairs_matched", "bounce_is_no_refusal",
    }
)  # fmt: skip
"""Guards that judge what the person is about to send: they cannot be asked before."""


def allowed(session: Session, st: Standing, issue: Issue, *, has_requests: bool = True) -> list[Action]:
    """The actions of `moves.allowed_actions` whose guards would not refuse now. `has_requests`: False if it is known that none was ever made."""
    found = moves.allowed_actions(st, issue)
    return [
        a for a in found if (has_requests or a != Action.REFUSE_REQUEST) and _passes(session, st, issue, a)
    ]


def _passes(session: Session, st: Standing, issue: Issue, action: Action) -> bool:
    if action == Action.REFUSE_REQUEST:
        return _has_request_to_refuse(session, st, issue)
    state = State(issue.state)
    asked = Moving(session, st.viewer, issue, action, None, now(), state)
    for name in MOVES[state, action].guards:
        if name in NEED_THE_BODY:
            continue
        try:
            GUARDS[name](asked)
        except Problem:
            return False
    return True


def _has_request_to_refuse(session: Session, st: Standing, issue: Issue) -> bool:
    of_others = select(Approval.kind).where(
        Approval.issue_id == issue.id,
        Approval.state == ApprovalState.ASKED,
        Approval.asked_by_id != st.viewer.user_id,
    )
    return any(can_decide(session, st, issue, ApprovalKind(kind)) for kind in session.scalars(of_others))
