"""HTTP of daily sheets and of orders that nobody claims."""

import uuid
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse

from app.core import audit, db
from app.core.db import Read, Tx
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.dispatch import daily, daily_reading
from app.features.dispatch.daily_schemas import SheetList, SheetOut, UnclaimedList
from app.features.identity.viewer import CurrentViewer
from app.features.issues.export import MEDIA_TYPE

router = Routes(tags=["dispatch"])
_READ = problems(Unauthenticated, Forbidden)
_ONE = problems(Unauthenticated, Forbidden, NotFound)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/daily-sheets", responses=_READ)
def list_daily_sheets(
    session: Read, viewer: CurrentViewer, limit: Annotated[int, Query(ge=1, le=100)] = 31
) -> SheetList:
    """日表: the latest first. A unit sees those with orders to it."""
    return SheetList(items=daily_reading.listed(session, viewer, limit))


@router.get("/daily-sheets/{sheet_id}", responses=_ONE)
def get_daily_sheet(sheet_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> SheetOut:
    """One sheet: the state of all tasks of a day (D21). A unit sees its own rows."""
    return daily_reading.show(session, viewer, daily.find(session, viewer, sheet_id))


@router.get("/daily-sheets/{sheet_id}/sheet.xlsx", response_class=Response, responses=_ONE | _FILE)
def export_daily_sheet(sheet_id: uuid.UUID, viewer: CurrentViewer) -> Response:
    """The same as a spreadsheet, with the receipts."""
    with db.reading() as session:
        sheet = daily.find(session, viewer, sheet_id)
        content, name = daily_reading.workbook(session, viewer, sheet), f"daily-{sheet.on}"
    audit.record_now("export", actor_id=viewer.user_id, subject_kind="daily_sheet", subject_id=str(sheet_id))
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/daily-sheets/{sheet_id}/text", response_class=PlainTextResponse, responses=_ONE)
def daily_sheet_text(sheet_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> PlainTextResponse:
    """日报 in words, for a chat group of leaders (D03). For those who read whole sheets."""
    if not viewer.has(*daily.READERS):
        raise Forbidden()
    return PlainTextResponse(daily_reading.chat_text(session, viewer, daily.find(session, viewer, sheet_id)))


@router.put("/daily-sheets/{sheet_id}/receipt", responses=_ONE)
def receive_daily_sheet(sheet_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> SheetOut:
    """签收, for the units that the viewer works for. A second time changes nothing."""
    return daily_reading.show(session, viewer, daily.receive(session, viewer, sheet_id))


@router.get("/dispatch/unclaimed", responses=_READ)
def list_unclaimed(
    session: Read,
    viewer: CurrentViewer,
    hours: Annotated[
        int | None, Query(ge=1, le=720, description="Waiting longer; without: as the campaign says")
    ] = None,
) -> UnclaimedList:
    """Orders that nobody has claimed in time, by unit (D19)."""
    if not viewer.has(*daily.READERS):
        raise Forbidden()
    return daily_reading.unclaimed(session, viewer, hours)
