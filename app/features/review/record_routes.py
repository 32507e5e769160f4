"""HTTP of what is written down beside the cases: visits to those concerned, special actions, scores of a meeting."""

import uuid

from fastapi import Response

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.issues.errors import SameIdOtherBody
from app.features.review import case_visits, scores, special_actions
from app.features.review.record_schemas import (
    CaseVisitIn,
    CaseVisitReceipt,
    ScoreSheetIn,
    ScoreSheetList,
    ScoreSheetOut,
    SpecialActionIn,
    SpecialActionList,
    SpecialActionOut,
)
from app.features.standards.town import ViewedTown

router = Routes(tags=["review"])
_READ = problems(Unauthenticated, NotFound)
_WRITE = problems(Unauthenticated, Forbidden, NotFound, Invalid)


@router.put(
    "/case-visits/{visit_id}",
    response_model=CaseVisitReceipt,
    status_code=201,
    responses={
        200: {"model": CaseVisitReceipt, "description": "The same again"},
        **problems(Unauthenticated, Forbidden, SameIdOtherBody, Invalid),
    },
)
def put_case_visit(
    visit_id: uuid.UUID, body: CaseVisitIn, session: Tx, viewer: CurrentViewer, response: Response
) -> CaseVisitReceipt:
    """上门劝说: one visit to those concerned by a case, under an id made on the phone (S07)."""
    row, is_new = case_visits.receive(session, viewer, visit_id, body)
    response.status_code = 201 if is_new else 200
    return case_visits.receipt(session, row)


@router.get("/special-actions", response_model=SpecialActionList, responses=_READ)
def list_special_actions(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> SpecialActionList:
    """专项行动 of the town, the latest first."""
    rows = special_actions.actions_of(session, viewer, town_id)
    return SpecialActionList(
        items=special_actions.show(session, viewer, rows), headcount=sum(row.headcount for row in rows)
    )


@router.post("/special-actions", response_model=SpecialActionOut, status_code=201, responses=_WRITE)
def add_special_action(
    body: SpecialActionIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown
) -> SpecialActionOut:
    """Plan one, for a kind that keeps coming back at a place, or for a kind all over town (J13, S39)."""
    row = special_actions.add(session, viewer, town_id, body)
    return special_actions.show(session, viewer, [row])[0]


@router.put(
    "/special-actions/{action_id}",
    response_model=SpecialActionOut,
    responses=_WRITE | problems(VersionConflict, VersionNeeded),
)
def change_special_action(
    action_id: uuid.UUID,
    body: SpecialActionIn,
    session: Tx,
    viewer: CurrentViewer,
    base: BaseVersion,
    response: Response,
) -> SpecialActionOut:
    """All of it as it is now: who came, what came of it."""
    row = special_actions.change(session, viewer, action_id, body, base)
    response.headers["ETag"] = row_etag(row.version)
    return special_actions.show(session, viewer, [row])[0]


@router.get("/review/scores", response_model=ScoreSheetList, responses=_READ)
def list_score_sheets(session: Read, viewer: CurrentViewer, town_id: ViewedTown) -> ScoreSheetList:
    """Sheets the viewer may read, the latest first."""
    return ScoreSheetList(items=scores.sheets(session, viewer, town_id))


@router.get("/review/scores/{sheet_id}", response_model=ScoreSheetOut, responses=_READ)
def get_score_sheet(sheet_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> ScoreSheetOut:
    """One sheet; a unit reads what was said of itself."""
    return scores.sheet_out(session, viewer, sheet_id)


@router.put(
    "/review/scores/{sheet_id}",
    response_model=ScoreSheetOut,
    status_code=201,
    responses={
        200: {"model": ScoreSheetOut, "description": "As it is now"},
        **problems(Unauthenticated, Forbidden, Invalid),
    },
)
def put_score_sheet(
    sheet_id: uuid.UUID, body: ScoreSheetIn, session: Tx, viewer: CurrentViewer, response: Response
) -> ScoreSheetOut:
    """逐项点评: units scored item by item at a meeting, under an id made on the device; sent again, it replaces (J19)."""
    sheet, is_new = scores.receive(session, viewer, sheet_id, body)
    response.status_code = 201 if is_new else 200
    return scores.show(session, viewer, sheet)
