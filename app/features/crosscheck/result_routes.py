"""HTTP of what a round brings: consolidation, release, requests to the office."""

import uuid

from fastapi import APIRouter

from app.core import audit
from app.core.db import Read, Tx, reading, transaction
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, problems
from app.features.crosscheck import consolidating, policy, queries, releasing, requests, showing
from app.features.crosscheck.bodies import AnswerIn, ConsolidateIn, ReasonIn
from app.features.crosscheck.errors import RoundMoveNotAllowed
from app.features.crosscheck.schemas import FindingList, FindingOut, RequestList, RequestOut, RoundOut
from app.features.identity.viewer import CurrentViewer
from app.features.issues.errors import NoCampaign

router = APIRouter(prefix="/cross", tags=["cross-check"])
ACT = problems(Unauthenticated, Forbidden, NotFound, RoundMoveNotAllowed, Invalid)


@router.get("/rounds/{round_id}/findings", responses=problems(Unauthenticated, NotFound))
def list_cross_findings(round_id: uuid.UUID, viewer: CurrentViewer) -> FindingList:
    """All findings of a round, with what may be the same. Looking at hidden ones is logged, and so is a try to."""
    with reading() as session:
        round_ = queries.round_seen(session, viewer, round_id)
        items = consolidating.findings(session, viewer, round_) if round_ else []
        is_hidden = round_ is not None and round_.released_at is None
    if is_hidden or round_ is None:
        with transaction() as session:
            if round_ is None:
                policy.refuse(session, viewer, "cross_round", round_id)
            else:
                audit.record(
                    session, "cross.viewed", actor_id=viewer.user_id, subject_kind="cross_round",
                    subject_id=round_id, detail={"what": "findings"},
                )  # fmt: skip
    if round_ is None:
        raise NotFound()
    return FindingList(items=items)


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
