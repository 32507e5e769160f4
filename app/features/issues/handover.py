"""When people change: a confirmed reporter's cases are released, a leaver's work goes to the heir, photos follow their case."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity import service as identity
from app.features.identity.models import User
from app.features.identity.viewer import Viewer
from app.features.issues import intake, moves, policy
from app.features.issues.lifecycle import ENDED, MOVES, Action, State
from app.features.issues.models import Issue, IssuePhoto, SiteCheck
from app.features.issues.moves import Moving
from app.features.photos import service as photos


@identity.on_confirmed
def release(session: Session, user: User) -> None:
    """The cases of a confirmed person get their numbers."""
    intake.release_held(session, user.id)


@identity.on_handed_over
def hand_over(session: Session, leaver: User, heir: User, actor_id: uuid.UUID) -> int:
    """Assigned cases and open site checks go to the heir; each case says so in its story."""
    assigned = (
        select(Issue).where(Issue.assignee_id == leaver.id, Issue.state.not_in(ENDED)).order_by(Issue.id)
    )
    cases = session.scalars(assigned.with_for_update()).all()
    for issue in cases:
        issue.assignee_id = heir.id
        state = State(issue.state)
        moving = Moving(session, None, issue, Action.CORRECT, None, now(), state)
        moving.data = {"assignee": [str(leaver.id), str(heir.id)], "by": str(actor_id)}
        moves.finish(moving, state, MOVES[state, Action.CORRECT])
    checks = update(SiteCheck).where(SiteCheck.assignee_id == leaver.id, SiteCheck.done_at.is_(None))
    moved = session.execute(checks.values(assignee_id=heir.id))
    return len(cases) + int(moved.rowcount)  # type: ignore[attr-defined]


def sees_photo(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
    """Whoever may see a case sees its photos."""
    of_case = select(IssuePhoto.id).join(Issue, Issue.id == IssuePhoto.issue_id)
    return (
        session.scalar(of_case.where(IssuePhoto.photo_id == photo_id, policy.visible(viewer)).limit(1))
        is not None
    )


photos.register_visibility(sees_photo)
