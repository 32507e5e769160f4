"""HTTP of cases. Importing this registers the feature's effects, guards, listeners and hooks."""

from typing import Annotated

from fastapi import Path

from app.core.db import Tx
from app.core.errors import Invalid, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.issues import (
    action_routes,
    at_points,
    commands,
    evidence,
    guards,
    handover,
    intake_routes,
    paircheck,
    partners,
    read_routes,
    retention,
    search,
    triage,
    watermarks,
    witnessing,
)
from app.features.issues.bodies import BulkIn
from app.features.issues.lifecycle import Action
from app.features.issues.receipts import BulkOut

router = Routes()
REGISTERED = (
    at_points,
    evidence,
    guards,
    handover,
    paircheck,
    retention,
    search,
    triage,
    watermarks,
    witnessing,
)
action_routes.add_actions(
    router,
    Action.ORDER_SITE_CHECK,
    Action.ANSWER_SITE_CHECK,
    Action.CORRECT,
    Action.REJECT,
    Action.APPEAL,
    Action.MERGE,
    Action.UNMERGE,
    Action.ADD_WITNESS,
)


@router.post(
    "/issues/bulk/{action}",
    response_model=BulkOut,
    responses=problems(Unauthenticated, Invalid),
    tags=["actions"],
)
def bulk_issues(
    action: Annotated[Action, Path()], body: BulkIn, session: Tx, viewer: CurrentViewer
) -> BulkOut:
    """The same action on several cases at once; each succeeds or is refused by itself."""
    return BulkOut(results=commands.bulk(session, viewer, action, body))


router.include_router(read_routes.router)
router.include_router(partners.router)
router.include_router(intake_routes.router)
