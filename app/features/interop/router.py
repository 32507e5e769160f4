"""HTTP of imports and webhooks."""

from typing import Annotated

from fastapi import File, Form, Query, Response, UploadFile

from app.core import db, geo
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.interop import sending, service, webhook_routes
from app.features.interop.errors import FileRefused, ImportRefused
from app.features.interop.schemas import ImportReport, Kind, TemplateFormat
from app.features.standards.town import ViewedTown

__all__ = ["router", "sending"]  # whoever serves the routes also runs the jobs
router = Routes(tags=["interop"])
router.include_router(webhook_routes.routes)
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.post(
    "/imports/{kind}",
    response_model=ImportReport,
    responses=problems(Unauthenticated, Forbidden, NotFound, FileRefused, ImportRefused),
)
def import_rows(
    kind: Kind,
    file: Annotated[UploadFile, File(description="CSV (UTF-8, GB18030), XLSX or GeoJSON")],
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Tx,
    dry_run: Annotated[bool, Query(description="Check only; nothing is changed")] = True,
    crs: Annotated[geo.Crs, Query(description="Of coordinates whose row names none")] = geo.Crs.WGS84,
    photos: Annotated[
        str, Form(description="Of findings: {file name: id of the photo PUT before}", max_length=200_000)
    ] = "",
) -> ImportReport:
    """Import rows by their code: all of them, or none. Empty cells leave what is there."""
    report = service.import_as(
        session, viewer, kind, file.file.read(), town_id=town_id, crs=crs, is_dry_run=dry_run,
        source_name=file.filename or "", photos=photos,
    )  # fmt: skip
    if report.error_count and not dry_run:
        raise ImportRefused(error_count=report.error_count, errors=[e.model_dump() for e in report.errors])
    return report


@router.get(
    "/imports/{kind}/template",
    response_class=Response,
    responses=problems(Unauthenticated) | {200: {"content": {_MEDIA["xlsx"]: {}, "text/csv": {}}}},
)
def import_template(
    kind: Kind, viewer: CurrentViewer, file_format: Annotated[TemplateFormat, Query(alias="format")] = "xlsx"
) -> Response:
    """An empty table with the right heads."""
    disposition = f'attachment; filename="{kind}.{file_format}"'
    return Response(
        service.template(kind, file_format),
        media_type=_MEDIA[file_format],
        headers={"Content-Disposition": disposition},
    )
