"""HTTP of what phones send: reports (also in one shot), commands, and the own reports."""

import uuid
from typing import Any

from fastapi import Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.core.db import Read, Tx, gated_transaction
from app.core.errors import (
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
    VersionConflict,
    problems,
)
from app.core.etag import VersionNeeded
from app.core.paging import Cursor, Limit, Page
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues import commands, intake, multipart, my_reports
from app.features.issues.bodies import CommandIn, ReportIn
from app.features.issues.errors import (
    Gone,
    GuardFailed,
    MoveNotAllowed,
    NoCampaign,
    PhotosMissing,
    SameIdOtherBody,
)
from app.features.issues.receipts import CommandOut, MyReport, ReportOut

router = Routes(tags=["reports"])
_AGAIN: dict[int | str, dict[str, Any]] = {200: {"model": ReportOut, "description": "The same report again"}}
_REPORT = _AGAIN | problems(Unauthenticated, Forbidden, SameIdOtherBody, NoCampaign, Gone, Invalid)
_AGAIN_COMMAND: dict[int | str, dict[str, Any]] = {
    200: {"model": CommandOut, "description": "The same command again, with its first answer"}
}
_COMMAND = _AGAIN_COMMAND | problems(
    Unauthenticated, Forbidden, NotFound, SameIdOtherBody, VersionConflict, MoveNotAllowed, GuardFailed, PhotosMissing,
    VersionNeeded, Invalid,
)  # fmt: skip


@router.put("/reports/{report_id}", response_model=ReportOut, status_code=201, responses=_REPORT)
def put_report(
    report_id: uuid.UUID, body: ReportIn, session: Tx, viewer: CurrentViewer, response: Response
) -> ReportOut:
    """One report under an id made on the phone, before or after its photos. The case arises when all of it is here."""
    report, is_new = intake.receive(session, viewer, report_id, body)
    response.status_code = 201 if is_new else 200
    return intake.receipt(session, viewer, report)


@router.get("/reports/{report_id}", response_model=ReportOut, responses=problems(Unauthenticated, NotFound))
def get_report(report_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> ReportOut:
    """What became of an own report."""
    return intake.receipt(session, viewer, intake.find(session, viewer.user_id, report_id))


@router.post(
    "/reports",
    response_model=ReportOut,
    status_code=201,
    responses=_REPORT | problems(TooLarge, UnsupportedMedia),
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": multipart.SCHEMA}}}
    },
)
async def post_report(
    request: Request,
    viewer: CurrentViewer,
    response: Response,
    idempotency_key: str | None = Header(None, max_length=200),
) -> ReportOut:
    """Report and photos in one shot, for curl and mini-programs. With an Idempotency-Key it may be repeated."""
    report_id = multipart.report_id_of(idempotency_key)
    body = await multipart.read(request, viewer, report_id)
    async with gated_transaction() as session:
        told, is_new = await run_in_threadpool(_receive, session, viewer, report_id, body)
    response.status_code = 201 if is_new else 200
    return told


def _receive(session: Tx, viewer: Viewer, report_id: uuid.UUID, body: ReportIn) -> tuple[ReportOut, bool]:
    report, is_new = intake.receive(session, viewer, report_id, body)
    return intake.receipt(session, viewer, report), is_new


@router.get("/my/reports", response_model=Page[MyReport], responses=problems(Unauthenticated))
def list_my_reports(
    session: Read, viewer: CurrentViewer, cursor: Cursor = None, limit: Limit = 20
) -> Page[MyReport]:
    """The own reports with their steps, incomplete ones included, newest first."""
    return my_reports.show_page(session, viewer, cursor, limit)


@router.put("/commands/{command_id}", response_model=CommandOut, status_code=201, responses=_COMMAND)
def put_command(
    command_id: uuid.UUID, body: CommandIn, session: Tx, viewer: CurrentViewer, response: Response
) -> Any:
    """Anything but a report, under an id made on the phone: done once, answered the same again. `body` is the action's own."""
    command, is_new = commands.perform(session, viewer, command_id, body)
    if command.status >= 400:
        # Answered, not raised: the refusal is kept, so the transaction must commit.
        return JSONResponse(
            command.answer["problem"],
            command.status,
            {"Cache-Control": "no-store"},
            media_type="application/problem+json",
        )
    response.status_code = 201 if is_new else 200
    return commands.answer(command)
