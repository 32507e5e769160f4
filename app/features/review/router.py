"""HTTP of the review desk: the queue, its counts, and the action routes of review and look-backs."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.models import Role
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues import listing
from app.features.issues.action_routes import add_actions
from app.features.issues.lifecycle import Action
from app.features.issues.policy import REVIEWERS
from app.features.issues.receipts import BulkOut
from app.features.issues.schemas import IssueListItem
from app.features.review import (
    list_routes,
    lookbacks,
    queries,
    record_routes,
    retention,
    sections,
    service,
    sheet,
)
from app.features.review.list_routes import LOOKERS
from app.features.review.queries import Tab
from app.features.review.schemas import SheetIn

router = Routes(tags=["review"])
# Importing these registers effects, guards and sections of a case.
REGISTERED = (lookbacks, retention, sections, service, sheet)
router.include_router(list_routes.router)
router.include_router(record_routes.router)
add_actions(
    router,
    Action.START_REVIEW,
    Action.DECIDE_PAIR,
    Action.RETURN,
    Action.CLOSE,
    Action.APPROVE_CLOSE,
    Action.LOOKBACK_PASS,
    Action.LOOKBACK_NOT_DONE,
    Action.NOT_FIXED,
    Action.RELAPSE,
    Action.ASK_REOPEN,
    Action.REOPEN,
)


class QueueItem(BaseModel):
    """A case that waits, and why it stands where it stands."""

    issue: IssueListItem
    is_suspect: bool
    is_unsure: bool
    """The engine does not say that both photos show the same place."""
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
    sheet: int
    """On the contact sheet; 0 too where the town does not allow it."""
    hints_checked: int
    """Clear cases of the campaign that were reviewed in full …"""
    hints_wrong: int
    """… and how many of them the reviewer sent back."""


class SheetOut(BaseModel):
    """The contact sheet. `most`: what may be closed at once, 0 where the town does not allow it; `drawn`: kept for full review."""

    items: list[IssueListItem]
    most: int
    total: int
    drawn: int


def _may(viewer: Viewer, tab: Tab) -> None:
    if not viewer.has(*(LOOKERS if tab == "look_backs" else (*REVIEWERS, Role.LEADER))):
        raise Forbidden()


@router.get("/review/queue", responses=problems(Unauthenticated, Forbidden))
def list_review_queue(
    session: Read, viewer: CurrentViewer, tab: Tab = "all", limit: Annotated[int, Query(ge=1, le=200)] = 100
) -> QueueOut:
    """What needs eyes first: suspect, unsure, urgent, waiting longest. `second` waits for an approval; `look_backs` are due."""
    _may(viewer, tab)
    ids = queries.queue(session, viewer, tab, limit)
    suspect, unsure = queries.suspects(session, viewer, ids), queries.unsure(session, viewer, ids)
    dues = queries.look_back_due_at(session, viewer, ids) if tab == "look_backs" else {}
    return QueueOut(
        items=[
            QueueItem(
                issue=item,
                is_suspect=item.id in suspect,
                is_unsure=item.id in unsure,
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
    wrong, checked = sheet.hint_checks(session, viewer)
    clear = sheet.count(session, viewer, is_sampled=False) if sheet.most_at_once(session, viewer) else 0
    told = queries.counts(session, viewer, local_midnight(session, viewer))
    return ReviewCounts(**told, sheet=clear, hints_checked=checked, hints_wrong=wrong)


@router.get("/review/sheet", responses=problems(Unauthenticated, Forbidden))
def show_contact_sheet(
    session: Read, viewer: CurrentViewer, limit: Annotated[int, Query(ge=1, le=100)] = 40
) -> SheetOut:
    """Clear cases that may be closed together: same place, something changed, nothing against it."""
    _may(viewer, "all")
    most = sheet.most_at_once(session, viewer)
    if not most:
        return SheetOut(items=[], most=0, total=0, drawn=0)
    return SheetOut(
        items=listing.show_ids(session, viewer, sheet.ids(session, viewer, min(limit, most))),
        most=most,
        total=sheet.count(session, viewer, is_sampled=False),
        drawn=sheet.count(session, viewer, is_sampled=True),
    )


@router.post("/review/sheet/close", responses=problems(Unauthenticated, Forbidden))
def close_contact_sheet(body: SheetIn, session: Tx, viewer: CurrentViewer) -> BulkOut:
    """Close these clear cases, each with its own event; each succeeds or is refused by itself."""
    _may(viewer, "all")
    return BulkOut(results=sheet.close(session, viewer, body.items))
