"""HTTP of the responsibility table, and of both registers as documents."""

import uuid
from datetime import date, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from sqlalchemy.orm import Session

from app.core import audit, db
from app.core.clock import now
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.models import OFFICE_ROLES, Unit
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.places import coverage, duty, registers
from app.features.places.duty_schemas import ResponsibilityTable
from app.features.standards import service as standards
from app.features.standards.town import ViewedTown

router = Routes()
_FILE = problems(Unauthenticated, Forbidden, NotFound) | {200: {"content": {registers.MEDIA_TYPE: {}}}}
On = Annotated[date | None, Query(description="Who answers on that day; without: today")]


def zone_of(session: Session, town_id: uuid.UUID) -> tzinfo:
    """The town's time zone."""
    return ZoneInfo(session.get_one(Unit, town_id).settings.get("timezone", "Asia/Shanghai"))


def _day(session: Session, town_id: uuid.UUID, on: date | None) -> date:
    return on or now().astimezone(zone_of(session, town_id)).date()


@router.get(
    "/responsibilities/table",
    response_model=ResponsibilityTable,
    responses=problems(Unauthenticated, NotFound),
)
def get_responsibility_table(
    viewer: CurrentViewer, town_id: ViewedTown, session: db.Read, on: On = None
) -> ResponsibilityTable:
    """包干分工表: every point with who answers for it, what is missing, and how much is covered."""
    return coverage.table(session, viewer, town_id, _day(session, town_id, on))


@router.get("/responsibilities/table.xlsx", response_class=Response, responses=_FILE)
def export_responsibility_table(
    viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx, on: On = None
) -> Response:
    """The same as a workbook; phones masked, and it is logged who took it."""
    _require_office(session, viewer, town_id)
    table = coverage.table(session, viewer, town_id, _day(session, town_id, on))
    kinds = {kind.code: kind.name_zh for kind in standards.point_types(session, town_id)}
    return _workbook(session, viewer, town_id, "responsibilities", registers.table_xlsx(table, kinds))


@router.get("/grids/duty.xlsx", response_class=Response, responses=_FILE)
def export_grid_duty(viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> Response:
    """网格责任清册 as a workbook; it is logged who took it."""
    _require_office(session, viewer, town_id)
    table = duty.table(session, viewer, town_id)
    return _workbook(
        session, viewer, town_id, "grids", registers.grids_xlsx(table, zone_of(session, town_id))
    )


def _require_office(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    if not viewer.reaches(session, town_id, *OFFICE_ROLES):
        raise Forbidden()


def _workbook(session: Session, viewer: Viewer, town_id: uuid.UUID, name: str, content: bytes) -> Response:
    audit.record(
        session, f"{name}.exported", actor_id=viewer.user_id, subject_kind="town", subject_id=town_id
    )
    disposition = f'attachment; filename="{name}.xlsx"'
    return Response(content, media_type=registers.MEDIA_TYPE, headers={"Content-Disposition": disposition})
