"""What merging means for orders: a merged case's order ends, and comes back in force if the cases are parted again."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.features.dispatch.models import Dispatch
from app.features.issues.lifecycle import Action, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import listen


@listen
def follow_merge(session: Session, issue: Issue, event: IssueEvent) -> None:
    """End the order in force with the merge; revive the one that this merge ended."""
    if event.action not in (Action.MERGE, Action.UNMERGE):
        return
    orders = update(Dispatch).where(Dispatch.issue_id == issue.id)
    if event.action == Action.MERGE:
        session.execute(orders.where(Dispatch.ended_at.is_(None)).values(ended_at=event.at))
    elif event.action == Action.UNMERGE and event.to_state == State.DISPATCHED:
        merged_at = (
            select(IssueEvent.at)
            .where(IssueEvent.issue_id == issue.id, IssueEvent.action == Action.MERGE)
            .order_by(IssueEvent.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        session.execute(orders.where(Dispatch.ended_at == merged_at).values(ended_at=None))
