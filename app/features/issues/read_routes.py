"""HTTP of reading cases: list, detail, counts, map, nearby, files, live updates."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.core import audit, db
from app.core.db import Read, Tx
from app.core.errors import BadRequest, Forbidden, NotFound, Unauthenticated, problems
from app.core.etag import row_etag
from app.core.geo import Box, Crs, to_wgs84
from app.core.paging import Cursor, Limit, Page
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer, Viewer, presented_token
from app.features.issues import comments, detail, export, listing, overview, queries, stream
from app.features.issues.bodies import CommentIn, Lat, Lon
from app.features.issues.lifecycle import Nature, State
from app.features.issues.queries import Filters, Sort
from app.features.issues.schemas import CommentOut, Counts, IssueListItem, IssueOut, MapOut, NearList
from app.features.standards.town import ViewedTown

router = Routes(tags=["issues"])
_READ = problems(Unauthenticated)
_ONE = problems(Unauthenticated, NotFound)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {export.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


async def _filters(
    state: Annotated[list[State], Query()] = [],  # noqa: B006
    unit: uuid.UUID | Literal["mine"] | None = None,
    point: uuid.UUID | None = None,
    grid: uuid.UUID | None = None,
    category: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006
    nature: Annotated[list[Nature], Query()] = [],  # noqa: B006
    source: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006
    overdue: bool | None = None,
    due_before: datetime | None = None,
    found_from: datetime | None = None,
    found_until: datetime | None = None,
    reporter: Literal["me"] | None = None,
    assignee: Literal["me"] | None = None,
    held: bool | None = None,
    sampled: bool | None = None,
    bounced: bool | None = None,
    lead: bool | None = None,
    near: bool | None = None,
    to_decide: bool | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Filters:
    for at in (due_before, found_from, found_until):
        if at is not None and at.tzinfo is None:
            raise BadRequest("A time needs its offset.")
    return Filters(
        state=state, unit=unit, point=point, grid=grid, category=category, nature=nature, source=source, overdue=overdue,
        due_before=due_before, found_from=found_from, found_until=found_until, reporter=reporter, assignee=assignee,
        held=held, sampled=sampled, bounced=bounced, lead=lead, near=near, to_decide=to_decide, q=q,
    )  # fmt: skip


Wanted = Annotated[Filters, Depends(_filters)]


async def _box(
    bbox: Annotated[str, Query(max_length=120, description="west,south,east,north in WGS-84")],
) -> Box:
    try:
        box = Box(*(float(part) for part in bbox.split(",")))
    except (TypeError, ValueError) as exc:
        raise BadRequest("bbox is west,south,east,north.") from exc
    if not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise BadRequest("bbox is west,south,east,north.")
    return box


@router.get("/issues", response_model=Page[IssueListItem], responses=_READ)
def list_issues(
    session: Read,
    viewer: CurrentViewer,
    wanted: Wanted,
    sort: Sort = "found",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[IssueListItem]:
    """Cases the viewer may see. found, updated: newest first; due: soonest first."""
    return listing.show_page(session, viewer, wanted, sort, cursor, limit)


@router.get("/issues.xlsx", response_class=Response, responses=_READ | _FILE)
def export_issues(viewer: CurrentViewer, wanted: Wanted, sort: Sort = "found") -> Response:
    """The same list as a spreadsheet, at most 5000 rows, without names of people."""
    with db.reading() as session:
        content = export.list_xlsx(session, viewer, wanted, sort)
    return _file(viewer, content, "issues", viewer.town_id)


@router.get("/issues/counts", response_model=Counts, responses=_READ)
def count_issues(session: Read, viewer: CurrentViewer, wanted: Wanted) -> Counts:
    """Numbers for badges, of what the viewer may see."""
    return overview.counts(session, viewer, wanted)


@router.get("/issues/map", response_model=MapOut, responses=_ONE)
def map_issues(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    box: Annotated[Box, Depends(_box)],
    wanted: Wanted,
) -> MapOut:
    """Points by their worst open case, and the cases in the box; clusters where there are more than 500."""
    return overview.show_map(session, viewer, town_id, box, wanted)


@router.get("/issues/nearby", response_model=NearList, responses=_ONE)
def list_nearby_issues(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    category: Annotated[str, Query(max_length=32)],
    crs: Crs = Crs.WGS84,
) -> NearList:
    """Open cases of the same kind within 50 m and 14 days, to be joined as a witness instead of filing anew."""
    lon, lat = to_wgs84(lon, lat, crs)
    return NearList(items=listing.near(session, viewer, town_id, lon, lat, category))


@router.get("/issues/{issue_id}.xlsx", response_class=Response, responses=_ONE | _FILE)
def export_issue(issue_id: uuid.UUID, viewer: CurrentViewer) -> Response:
    """One case as a spreadsheet, without names of people."""
    with db.reading() as session:
        case = detail.show(session, viewer, issue_id)
        content = export.case_xlsx(session, viewer, case)
    return _file(viewer, content, f"issue-{case.no or case.id}", case.id)


def _file(viewer: Viewer, content: bytes, name: str, subject_id: uuid.UUID | None) -> Response:
    # A read worth auditing is written in a transaction of its own, after the reading one has ended.
    audit.record_now(
        "export", actor_id=viewer.user_id, subject_kind=name.split("-")[0], subject_id=str(subject_id)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=export.MEDIA_TYPE, headers=headers)


@router.get("/issues/{issue_id}", response_model=IssueOut, responses=_ONE)
def get_issue(issue_id: uuid.UUID, session: Read, viewer: CurrentViewer, response: Response) -> IssueOut:
    """One case, as far as the viewer may know it."""
    case = detail.show(session, viewer, issue_id)
    response.headers["ETag"] = row_etag(case.version)
    return case


@router.post(
    "/issues/{issue_id}/comments",
    response_model=CommentOut,
    status_code=201,
    responses=problems(Unauthenticated, Forbidden, NotFound),
)
def comment_issue(issue_id: uuid.UUID, body: CommentIn, session: Tx, viewer: CurrentViewer) -> CommentOut:
    """A line to the office, the unit, or the reporter too."""
    return comments.write(session, viewer, queries.find_visible(session, viewer, issue_id), body)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=_READ | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
def stream_changes(request: Request, viewer: CurrentViewer) -> StreamingResponse:
    """Server-sent events: which lists to load anew. Only of what the viewer may see; polling does as well."""
    return StreamingResponse(
        stream.events(presented_token(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
