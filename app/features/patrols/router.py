"""HTTP of patrols: what a phone takes along and sends back."""

import uuid
from typing import Any

from fastapi import Response

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.patrols import (
    at_points,
    desk_routes,
    intake,
    jobs,
    mine,
    onsite,
    receipts,
    retention,
    rounds,
    watches,
)
from app.features.patrols.errors import SameIdOtherBody
from app.features.patrols.schemas import MineOut, PatrolIn, PatrolReceipt, VisitIn, VisitReceipt

router = Routes(tags=["patrols"])
# Their words come before `/patrols/{patrol_id}`.
router.include_router(desk_routes.router)
REGISTERED = (at_points, jobs, onsite, retention, rounds, watches)
"""Imported for what they register: jobs, sections of a case, listeners."""
_SENT = problems(Unauthenticated, Forbidden, SameIdOtherBody, Invalid)
_PATROL: dict[int | str, dict[str, Any]] = {
    200: {"model": PatrolReceipt, "description": "The same patrol again, or more of it"},
    **_SENT,
}
_VISIT: dict[int | str, dict[str, Any]] = {
    200: {"model": VisitReceipt, "description": "The same visit again"},
    **_SENT,
}


@router.get("/patrols/mine", response_model=MineOut, responses=problems(Unauthenticated))
def list_my_patrols(session: Read, viewer: CurrentViewer) -> MineOut:
    """All a phone needs for the rounds of today and tomorrow, to be kept for when there is no network."""
    return mine.pack(session, viewer)


@router.put("/patrols/{patrol_id}", response_model=PatrolReceipt, status_code=201, responses=_PATROL)
def put_patrol(
    patrol_id: uuid.UUID, body: PatrolIn, session: Tx, viewer: CurrentViewer, response: Response
) -> PatrolReceipt:
    """One walk under an id made on the phone. Until it has ended it may be sent again with more."""
    patrol, is_new = intake.receive_patrol(session, viewer, patrol_id, body)
    response.status_code = 201 if is_new else 200
    return receipts.of_patrol(session, patrol)


@router.put("/visits/{visit_id}", response_model=VisitReceipt, status_code=201, responses=_VISIT)
def put_visit(
    visit_id: uuid.UUID, body: VisitIn, session: Tx, viewer: CurrentViewer, response: Response
) -> VisitReceipt:
    """One look at a point or grid under an id made on the phone, before or after its patrol and its photos."""
    visit, is_new = intake.receive_visit(session, viewer, visit_id, body)
    response.status_code = 201 if is_new else 200
    return receipts.of_visit(session, visit)


@router.get("/visits/{visit_id}", response_model=VisitReceipt, responses=problems(Unauthenticated, NotFound))
def get_visit(visit_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> VisitReceipt:
    """What became of an own visit."""
    visit = intake.find_visit(session, viewer.user_id, visit_id)
    if visit is None:
        raise NotFound()
    return receipts.of_visit(session, visit)
