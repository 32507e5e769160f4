"""HTTP of the office: rings, pairings, rounds."""

import uuid
from typing import Any

from fastapi import Response

from app.core import audit
from app.core.db import Read, Tx, reading, transaction
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.crosscheck import planning, policy, queries, revealing, showing
from app.features.crosscheck.bodies import PairingIn, PostponeIn, ReasonIn, RingIn, RingPatch, RoundIn
from app.features.crosscheck.errors import NotYet, RingCodeTaken, RoundMoveNotAllowed, RoundNotReady
from app.features.crosscheck.models import CrossRound
from app.features.crosscheck.schemas import PairingOut, RingList, RingOut, RoundList, RoundOut
from app.features.identity.errors import StepUpNeeded
from app.features.identity.models import Role
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.standards.town import ViewedTown

router = Routes(prefix="/cross", tags=["cross-check"])
ACT = problems(Unauthenticated, Forbidden, StepUpNeeded, NotFound, RoundMoveNotAllowed)


# ---- rings ----
@router.get("/rings", responses=problems(Unauthenticated, Forbidden))
def list_cross_rings(session: Read, viewer: CurrentViewer, town: ViewedTown) -> RingList:
    """The town's rings."""
    if not viewer.reaches(session, town, *policy.ORGANISERS, Role.AUDITOR):
        raise Forbidden()
    return RingList(items=[showing.ring_out(session, r) for r in queries.rings(session, viewer, town)])


@router.post(
    "/rings", status_code=201, responses=problems(Unauthenticated, Forbidden, RingCodeTaken, Invalid)
)
def add_cross_ring(body: RingIn, session: Tx, viewer: CurrentViewer, town: ViewedTown) -> RingOut:
    """Units in a circle, to be used again."""
    return showing.ring_out(session, planning.add_ring(session, viewer, town, body))


@router.patch(
    "/rings/{ring_id}",
    responses=problems(Unauthenticated, Forbidden, NotFound, VersionConflict, VersionNeeded, Invalid),
)
def change_cross_ring(
    ring_id: uuid.UUID, body: RingPatch, base_version: BaseVersion, session: Tx, viewer: CurrentViewer,
    response: Response,
) -> RingOut:  # fmt: skip
    """Rounds keep the units they were planned with."""
    ring = planning.change_ring(session, viewer, ring_id, body, base_version)
    response.headers["ETag"] = row_etag(ring.version)
    return showing.ring_out(session, ring)


@router.post("/pairings", responses=problems(Unauthenticated, Forbidden, Invalid))
def propose_cross_pairing(
    body: PairingIn, session: Read, viewer: CurrentViewer, town: ViewedTown
) -> PairingOut:
    """A table to begin with: by ring order, or random without anyone inspecting the own unit. Nothing is kept."""
    return PairingOut(edges=showing.edges_out(session, planning.propose(session, viewer, town, body)))


# ---- rounds ----
@router.get("/rounds", responses=problems(Unauthenticated))
def list_cross_rounds(viewer: CurrentViewer, town: ViewedTown) -> RoundList:
    """The rounds that the viewer may know of: own ones, and those of the town whose findings were released."""
    with reading() as session:
        rounds = queries.rounds(session, viewer, town)
        shown = [showing.round_out(session, viewer, r) for r in rounds]
        hidden = [r.id for r in rounds if r.released_at is None]
    _looked_at(viewer, hidden)
    return RoundList(items=shown)


@router.post(
    "/rounds", status_code=201, responses=problems(Unauthenticated, Forbidden, StepUpNeeded, Invalid)
)
def plan_cross_round(body: RoundIn, session: Tx, viewer: CurrentViewer, town: ViewedTown) -> RoundOut:
    """Plan a round, with a fresh second factor. Nobody else learns of it before its time."""
    return showing.round_out(session, viewer, planning.plan(session, viewer, town, body))


@router.get("/rounds/{round_id}", responses=problems(Unauthenticated, NotFound))
def get_cross_round(round_id: uuid.UUID, viewer: CurrentViewer) -> RoundOut:
    """One round. Looking at a hidden one is logged; so is a try to."""
    with reading() as session:
        round_ = queries.round_seen(session, viewer, round_id)
        shown = showing.round_out(session, viewer, round_) if round_ else None
        is_hidden = round_ is not None and round_.released_at is None
    if shown is None:
        with transaction() as session:
            policy.refuse(session, viewer, "cross_round", round_id)
        raise NotFound()
    _looked_at(viewer, [round_id] if is_hidden else [])
    return shown


def _looked_at(viewer: Viewer, round_ids: list[uuid.UUID]) -> None:
    if not round_ids:
        return
    with transaction() as session:
        for round_id in round_ids:
            audit.record(
                session,
                "cross.viewed",
                actor_id=viewer.user_id,
                subject_kind="cross_round",
                subject_id=round_id,
            )


@router.post("/rounds/{round_id}/postpone", responses=ACT | problems(Invalid))
def postpone_cross_round(
    round_id: uuid.UUID, body: PostponeIn, session: Tx, viewer: CurrentViewer
) -> RoundOut:
    """Another time, before the reveal."""
    return _done(session, viewer, planning.postpone(session, viewer, round_id, body.start_at))


@router.post("/rounds/{round_id}/call-off", responses=ACT)
def call_off_cross_round(round_id: uuid.UUID, body: ReasonIn, session: Tx, viewer: CurrentViewer) -> RoundOut:
    """Before the reveal: it stays hidden for good."""
    return _done(session, viewer, planning.call_off(session, viewer, round_id, body.reason))


@router.post("/rounds/{round_id}/reveal", responses=ACT | problems(NotYet, RoundNotReady))
def reveal_cross_round(round_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> RoundOut:
    """Draw and tell the teams, with a fresh second factor. Refused before its time, and without nonces or captains."""
    return _done(session, viewer, revealing.reveal(session, viewer, round_id))


def _done(session: Any, viewer: Viewer, round_: CrossRound) -> RoundOut:
    session.flush()
    return showing.round_out(session, viewer, round_)


@router.post("/rounds/{round_id}/close", responses=ACT)
def close_cross_round(round_id: uuid.UUID, body: ReasonIn, session: Tx, viewer: CurrentViewer) -> RoundOut:
    """After the release: nothing more is taken from phones."""
    return _done(session, viewer, planning.close(session, viewer, round_id, body.reason))
