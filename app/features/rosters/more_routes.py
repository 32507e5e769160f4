"""HTTP of roll-calls, trainings and call-outs."""

import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response

from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.rosters import call_out_reading, call_outs, musters, trainings
from app.features.rosters.call_out_schemas import (
    CallOutIn,
    CallOutList,
    CallOutOut,
    CallOutReceipt,
    TeamPickIn,
    WordIn,
)
from app.features.rosters.errors import CalledOut, CallOutState, SameIdOtherBody
from app.features.rosters.muster_schemas import (
    MusterIn,
    MusterReceipt,
    RollCall,
    TrainingIn,
    TrainingList,
    TrainingOut,
)
from app.features.standards.town import ViewedTown

router = Routes(tags=["rosters"])
_READ = problems(Unauthenticated, Forbidden, NotFound)
_CHANGE = problems(Unauthenticated, Forbidden, NotFound, Invalid)
_LED = _CHANGE | problems(VersionConflict, VersionNeeded, CallOutState)
_WORD: dict[int | str, dict[str, Any]] = {
    200: {"model": CallOutReceipt, "description": "Said before; the first word counts"},
    **problems(Unauthenticated, NotFound, Invalid, CallOutState),
}
_MUSTER: dict[int | str, dict[str, Any]] = {
    200: {"model": MusterReceipt, "description": "The same roll-call again"},
    **problems(Unauthenticated, Forbidden, NotFound, Invalid, SameIdOtherBody),
}


@router.get("/musters/roll", responses=_READ)
def get_roll(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, unit: uuid.UUID | None = None
) -> RollCall:
    """点名: all who are stationed in an area today; without `unit` at the points that the viewer answers for."""
    return musters.roll(session, viewer, town_id, unit)


@router.put("/musters/{muster_id}", status_code=201, responses=_MUSTER)
def put_muster(
    muster_id: uuid.UUID, body: MusterIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown, response: Response
) -> MusterReceipt:  # fmt: skip
    """One roll-call under an id made on the phone. Who is present and had not checked in has thereby come."""
    row, is_new = musters.hold(session, viewer, muster_id, town_id, body)
    response.status_code = 201 if is_new else 200
    return musters.receipt(session, row, len(body.marks))


@router.get("/trainings", responses=_READ)
def list_trainings(
    session: Read, viewer: CurrentViewer, town_id: ViewedTown, since: date | None = None
) -> TrainingList:
    """培训, the latest first, and by topic how many people were reached."""
    return trainings.listed(session, viewer, town_id, since)


@router.post("/trainings", status_code=201, responses=_CHANGE)
def record_training(body: TrainingIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown) -> TrainingOut:
    """These people took part; once more: more of them."""
    return trainings.record(session, viewer, town_id, body)


@router.get("/call-outs", responses=_READ)
def list_call_outs(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> CallOutList:
    """出动 of the last days, open ones first; of a team's member those of the team."""
    return call_out_reading.listed(session, viewer, town_id, days)


@router.post("/call-outs", status_code=201, responses=_CHANGE | problems(CalledOut))
def call_team_out(body: CallOutIn, session: Tx, viewer: CurrentViewer) -> CallOutOut:
    """The office calls a team to a case."""
    return call_out_reading.one(session, viewer, call_outs.call(session, viewer, body))


@router.put("/call-outs/{call_out_id}/team", responses=_LED)
def pick_team(
    call_out_id: uuid.UUID, body: TeamPickIn, session: Tx, viewer: CurrentViewer, base: BaseVersion
) -> CallOutOut:
    """Another team, or the one that no rule could propose."""
    row = call_outs.pick(session, viewer, call_out_id, body.team_id, base)
    return call_out_reading.one(session, viewer, row)


@router.post("/call-outs/{call_out_id}/withdraw", responses=_LED)
def withdraw_call_out(
    call_out_id: uuid.UUID, session: Tx, viewer: CurrentViewer, base: BaseVersion
) -> CallOutOut:
    """Nobody need go."""
    return call_out_reading.one(session, viewer, call_outs.withdraw(session, viewer, call_out_id, base))


@router.put("/call-outs/{call_out_id}/arrived", status_code=201, responses=_WORD)
def arrive_at_call_out(
    call_out_id: uuid.UUID, body: WordIn, session: Tx, viewer: CurrentViewer, response: Response
) -> CallOutReceipt:
    """到场, from the phone of a member of the team, also later from its outbox."""
    row, is_first = call_outs.arrive(session, viewer, call_out_id, body)
    response.status_code = 201 if is_first else 200
    return call_out_reading.receipt(session, row)


@router.put("/call-outs/{call_out_id}/done", status_code=201, responses=_WORD)
def finish_call_out(
    call_out_id: uuid.UUID, body: WordIn, session: Tx, viewer: CurrentViewer, response: Response
) -> CallOutReceipt:
    """处置完毕, and what was done."""
    row, is_first = call_outs.finish(session, viewer, call_out_id, body)
    response.status_code = 201 if is_first else 200
    return call_out_reading.receipt(session, row)
