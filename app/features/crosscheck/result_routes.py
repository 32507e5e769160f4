"""HTTP of what a round brings: consolidation, release, requests to the office."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Response
from sqlalchemy.orm import Session

from app.core import audit
from app.core.db import Read, Tx, reading, transaction
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.crosscheck import (
    consolidating,
    policy,
    queries,
    releasing,
    report,
    requests,
    showing,
    workbook,
)
from app.features.crosscheck.bodies import AnswerIn, ConsolidateIn, ReasonIn
from app.features.crosscheck.errors import RoundMoveNotAllowed
from app.features.crosscheck.models import CrossRound
from app.features.crosscheck.schemas import (
    FindingList,
    FindingOut,
    ReportOut,
    RequestList,
    RequestOut,
    RoundOut,
)
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues.errors import NoCampaign

router = Routes(prefix="/cross", tags=["cross-check"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}
T = TypeVar("T")
ACT = problems(Unauthenticated, Forbidden, NotFound, RoundMoveNotAllowed, Invalid)


@router.get("/rounds/{round_id}/findings", responses=problems(Unauthenticated, NotFound))
def list_cross_findings(round_id: uuid.UUID, viewer: CurrentViewer) -> FindingList:
    """All findings of a round, with what may be the same. Looking at hidden ones is logged, and so is a try to."""
    return _of_round(
        viewer, round_id, "findings", lambda s, r: FindingList(items=consolidating.findings(s, viewer, r))
    )


@router.get("/rounds/{round_id}/report", responses=problems(Unauthenticated, NotFound))
def get_cross_report(round_id: uuid.UUID, viewer: CurrentViewer) -> ReportOut:
    """The round on paper: ring and draw, scores against the goal, mirrors, completeness, lessons, five questions, misses."""
    return _of_round(viewer, round_id, "report", lambda s, r: report.build(s, viewer, r))


@router.get(
    "/rounds/{round_id}.xlsx", response_class=Response, responses=problems(Unauthenticated, NotFound) | FILE
)
def export_cross_round(round_id: uuid.UUID, viewer: CurrentViewer) -> Response:
    """The same as a workbook, without names of people."""
    content = _of_round(viewer, round_id, "export", lambda s, r: _book(s, viewer, r))
    headers = {
        "Content-Disposition": f'attachment; filename="round-{round_id}.xlsx"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=XLSX, headers=headers)


def _book(session: Session, viewer: Viewer, round_: CrossRound) -> bytes:
    built = report.build(session, viewer, round_)
    return workbook.xlsx(built, consolidating.findings(session, viewer, round_))


def _of_round(viewer: Viewer, round_id: uuid.UUID, what: str, make: Callable[[Session, CrossRound], T]) -> T:
    """What `make` tells of a visible round. A look at a hidden one is logged, and so is a try to look at none."""
    with reading() as session:
        round_ = queries.round_seen(session, viewer, round_id)
        told = make(session, round_) if round_ else None
    if round_ is None or round_.released_at is None:
        with transaction() as session:
            if round_ is None:
                policy.refuse(session, viewer, "cross_round", round_id)
            else:
                audit.record(
                    session, "cross.viewed", actor_id=viewer.user_id, subject_kind="cross_round",
                    subject_id=round_id, detail={"what": what},
                )  # fmt: skip
    if told is None:
        raise NotFound()
    return told


@router.patch("/findings/{finding_id}", responses=ACT)
def rule_cross_finding(
    finding_id: uuid.UUID, body: ConsolidateIn, session: Tx, viewer: CurrentViewer
) -> FindingOut:
    """What the office says of a finding, as a whole: merged into another, the same as an open case, another kind."""
    finding = consolidating.rule(session, viewer, finding_id, body)
    return consolidating.one(session, viewer, finding)


@router.post("/assignments/{assignment_id}/excuse", responses=ACT)
def excuse_cross_team(
    assignment_id: uuid.UUID, body: ReasonIn, session: Tx, viewer: CurrentViewer
) -> RoundOut:
    """The round goes on without this captain's signature."""
    return showing.round_out(
        session, viewer, consolidating.excuse_team(session, viewer, assignment_id, body.reason)
    )


@router.post("/rounds/{round_id}/consolidate", responses=ACT)
def consolidate_cross_round(round_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> RoundOut:
    """The office has gone through the findings."""
    return showing.round_out(session, viewer, consolidating.consolidate(session, viewer, round_id))


@router.post("/rounds/{round_id}/release", responses=ACT | problems(NoCampaign))
def release_cross_round(round_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> RoundOut:
    """Each inspected unit gets its findings as cases and orders, unit by unit; `released_at` is set when all have."""
    return showing.round_out(session, viewer, releasing.release(session, viewer, round_id))


@router.get("/requests", responses=problems(Unauthenticated))
def list_cross_requests(session: Read, viewer: CurrentViewer) -> RequestList:
    """What neighbourhoods asked the office to help with: the fifth question."""
    return RequestList(items=requests.listed(session, viewer))


@router.post(
    "/requests/{request_id}/answer", responses=problems(Unauthenticated, Forbidden, NotFound, Invalid)
)
def answer_cross_request(
    request_id: uuid.UUID, body: AnswerIn, session: Tx, viewer: CurrentViewer
) -> RequestOut:
    """The office's word."""
    return requests.answer(session, viewer, request_id, body.answer)
