"""HTTP of the review desk: the queue, its counts, and the action routes of review and look-backs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.features.identity.models import Role
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues import listing
from app.features.issues.action_routes import add_actions
from app.features.issues.lifecycle import Action
from app.features.issues.policy import REVIEWERS
from app.features.issues.schemas import IssueListItem
from app.features.review import lookbacks, queries, retention, sections, service
from app.features.review.queries import Tab

router = APIRouter(tags=["review"])
# Importing these registers effects, guards and sections of a case.
REGISTERED = (lookbacks, retention, sections, service)
LOOKERS = (
    *REVIEWERS,
    Role.DISPATCHER,
    Role.LEADER,
    Role.INSPECTOR,
    Role.POINT_CHIEF,
    Role.THIRD_PARTY,
    Role.DISTRICT_INSPECTOR,
)
add_actions(
    router,
    Action.START_REVIEW,
    Action.DECIDE_PAIR,
    Action.RETURN,
    Action.CLOSE,
    Action.APPROVE_CLOSE,
    Action.LOOKBACK_PASS,
    Action.NOT_FIXED,
    Action.RELAPSE,
    Action.ASK_REOPEN,
    Action.REOPEN,
)


class QueueItem(BaseModel):
    """A case that waits, and why it stands where it stands."""

    issue: IssueListItem
    is_suspect: bool
    waits_for_second: bool
    waiting_since: datetime
    look_back_due_at: datetime | None = None


class QueueOut(BaseModel):
    items: list[QueueItem]


class ReviewCounts(BaseModel):
    """How many wait on each tab; `reviewed_today`: the viewer's own decisions on the town's local day."""

    all: int
    eyes: int
    second: int
    look_backs: int
    reviewed_today: int


def _may(viewer: Viewer, tab: Tab) -> None:
    if not viewer.has(*(LOOKERS if tab == "look_backs" else (*REVIEWERS, Role.LEADER))):
        raise Forbidden()


@router.get("/review/queue", responses=problems(Unauthenticated, Forbidden))
def list_review_queue(
    session: Read, viewer: CurrentViewer, tab: Tab = "all", limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> QueueOut:
    """What needs eyes first: suspect, urgent, waiting longest. `second` waits for an approval; `look_backs` are due."""
    _may(viewer, tab)
    ids = queries.queue(session, viewer, tab, limit)
    suspect = queries.suspects(session, viewer, ids)
    dues = queries.look_back_due_at(session, viewer, ids) if tab == "look_backs" else {}
    return QueueOut(
        items=[
            QueueItem(
                issue=item,
                is_suspect=item.id in suspect,
                waits_for_second=tab == "second",
                waiting_since=item.rectified_at or item.received_at,
                look_back_due_at=dues.get(item.id),
            )
            for item in listing.show_ids(session, viewer, ids)
        ]
    )


@router.get("/review/counts", responses=problems(Unauthenticated, Forbidden))
def count_review_queue(session: Read, viewer: CurrentViewer) -> ReviewCounts:
    """For the tabs and the badge."""
    _may(viewer, "look_backs")
    return ReviewCounts.model_validate(queries.counts(session, viewer, local_midnight(session, viewer)))
