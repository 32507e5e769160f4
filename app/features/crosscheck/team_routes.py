"""HTTP of the teams: the envelope, the own task, and one PUT for each kind of record."""

import uuid
from datetime import date
from typing import Any

from fastapi import Response

from app.core.db import Read, Tx
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.crosscheck import intake, revealing, showing, tasks
from app.features.crosscheck.bodies import NonceIn, SubmissionIn, TaskDoneIn
from app.features.crosscheck.errors import (
    NonceTooLate,
    NoSoftening,
    NotComplete,
    RoundMoveNotAllowed,
    RoundOver,
)
from app.features.crosscheck.intake import Kind
from app.features.crosscheck.schemas import EnvelopeOut, Mine, NonceOut, Receipt, TaskDone, TaskList
from app.features.identity.viewer import CurrentViewer
from app.features.issues.errors import PhotosMissing, SameIdOtherBody

router = Routes(prefix="/cross", tags=["cross-check"])
_AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "The same was here already"}}
_PUT = _AGAIN | problems(
    Unauthenticated, NotFound, SameIdOtherBody, RoundOver, NoSoftening, Conflict, Invalid
)


@router.get("/envelope", responses=problems(Unauthenticated, Forbidden))
def get_cross_envelope(viewer: CurrentViewer) -> EnvelopeOut:
    """The sealed envelope of today: the same for every captain, whether or not there is a round."""
    return revealing.open_envelope(viewer)


@router.put(
    "/nonces/{day}",
    response_model=NonceOut,
    status_code=201,
    responses=_AGAIN | problems(Unauthenticated, Forbidden, SameIdOtherBody, NonceTooLate),
)
def put_cross_nonce(
    day: date, body: NonceIn, session: Tx, viewer: CurrentViewer, response: Response
) -> NonceOut:
    """What this captain's phone adds to a draw, each day it opens the envelope: 32 random bytes, hex."""
    kept, is_new = revealing.put_nonce(session, viewer, day, body.nonce)
    response.status_code = 201 if is_new else 200
    return NonceOut(id=kept.on, nonce=kept.nonce, received_at=kept.received_at)


@router.get("/mine")
def get_cross_mine(viewer: CurrentViewer, response: Response) -> Mine:
    """The own team's tasks from the reveal on, with all that the phone needs offline. Every look is logged."""
    response.headers["Cache-Control"] = "no-store"
    return Mine(items=showing.mine(viewer))


def _endpoint(kind: Kind) -> Any:
    def put(
        record_id: uuid.UUID, body: Any, session: Tx, viewer: CurrentViewer, response: Response
    ) -> Receipt:
        row, is_new = intake.receive(session, viewer, kind, record_id, body)
        response.status_code = 201 if is_new else 200
        missing = intake.photos_missing(session, row)
        return Receipt(id=row.client_id, kind=kind.name, received_at=row.received_at, photos_missing=missing)

    put.__annotations__["body"] = kind.body  # each kind has a body of its own; FastAPI reads it from here
    return put


for _kind in intake.KINDS.values():
    router.add_api_route(
        f"/{_kind.name}s/{{record_id}}",
        _endpoint(_kind),
        methods=["PUT"],
        name=f"put_cross_{_kind.name}",
        response_model=Receipt,
        status_code=201,
        responses=_PUT,
        description=(_kind.body.__doc__ or "").strip(),
    )


@router.put(
    "/submissions/{record_id}",
    response_model=Receipt,
    status_code=201,
    responses=_AGAIN
    | problems(
        Unauthenticated,
        Forbidden,
        NotFound,
        NotComplete,
        RoundMoveNotAllowed,
        SameIdOtherBody,
        RoundOver,
        Invalid,
    ),
)
def put_cross_submission(
    record_id: uuid.UUID, body: SubmissionIn, session: Tx, viewer: CurrentViewer, response: Response
) -> Receipt:
    """The captain signs that the task is complete; refused with the list of what is missing."""
    task, is_new = intake.submit(session, viewer, record_id, body)
    response.status_code = 201 if is_new else 200
    if task.submitted_at is None:
        raise AssertionError("submitted without a time")
    return Receipt(id=record_id, kind="submission", received_at=task.submitted_at, photos_missing=[])


# ---- own to-dos ----
@router.get("/tasks", responses=problems(Unauthenticated))
def list_cross_tasks(session: Read, viewer: CurrentViewer) -> TaskList:
    """What the own unit took home from rounds: open ones first."""
    return TaskList(items=tasks.listed(session, viewer))


@router.put(
    "/tasks/{task_id}/done",
    responses=problems(Unauthenticated, Forbidden, NotFound, PhotosMissing, SameIdOtherBody, Invalid),
)
def finish_cross_task(task_id: uuid.UUID, body: TaskDoneIn, session: Tx, viewer: CurrentViewer) -> TaskDone:
    """Done, with a photo."""
    return tasks.finish(session, viewer, task_id, body)
