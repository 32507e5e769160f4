"""Typed routes of registered actions: POST /issues/{id}/actions/{action}. Each feature adds those it registered."""

import uuid
from typing import Any

from fastapi import Response

from app.core.db import Tx
from app.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.issues import detail, moves
from app.features.issues.errors import GuardFailed, MoveNotAllowed, PhotosMissing
from app.features.issues.lifecycle import Action
from app.features.issues.moves import Spec
from app.features.issues.schemas import IssueOut

REFUSALS = problems(
    Unauthenticated,
    Forbidden,
    NotFound,
    VersionConflict,
    MoveNotAllowed,
    GuardFailed,
    PhotosMissing,
    Conflict,
    VersionNeeded,
)


def add_actions(router: Routes, *actions: Action) -> None:
    """Add the route of each of these actions; their effects must be registered already."""
    for action in actions:
        spec = moves.SPECS[action]
        router.add_api_route(
            f"/issues/{{issue_id}}/actions/{action}",
            _endpoint(spec),
            methods=["POST"],
            name=f"{action}_issue",
            response_model=IssueOut,
            responses=REFUSALS,
            summary=str(action),
            description=(spec.effect.__doc__ or "").strip() or None,
            tags=["actions"],
        )


def _endpoint(spec: Spec) -> Any:
    def act(
        issue_id: uuid.UUID,
        body: Any,
        base_version: BaseVersion,
        session: Tx,
        viewer: CurrentViewer,
        response: Response,
    ) -> IssueOut:
        issue = moves.perform(session, viewer, issue_id, spec.action, body, base_version=base_version)
        response.headers["ETag"] = row_etag(issue.version)
        return detail.acted_on(session, viewer, issue)

    act.__annotations__["body"] = spec.body  # each action has a body of its own; FastAPI reads it from here
    return act
