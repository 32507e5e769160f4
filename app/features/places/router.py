"""HTTP of points, grids, responsibilities and snapping."""

import uuid
from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.core import db, etag, geo, paging
from app.core.config import get_settings
from app.core.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    VersionConflict,
    problems,
)
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.places import (
    cards,
    declaration_routes,
    duty_routes,
    frontage_routes,
    pair_routes,
    point_card,
    queries,
    service,
    table_routes,
)
from app.features.places.duty_schemas import PointCard
from app.features.places.models import Responsibility
from app.features.places.schemas import (
    GridIn,
    GridList,
    GridOut,
    GridPatch,
    MapSource,
    OfflinePoints,
    PointIn,
    PointListItem,
    PointOut,
    PointPatch,
    ResponsibilityIn,
    ResponsibilityOut,
    ResponsibilityPatch,
    ResponsibilityRole,
    SnapOut,
)
from app.features.standards import service as standards
from app.features.standards.errors import CodeTaken
from app.features.standards.schemas import PLAIN
from app.features.standards.town import ViewedTown

router = Routes(tags=["places"])
router.include_router(duty_routes.router)
router.include_router(declaration_routes.router)
router.include_router(table_routes.router)
router.include_router(pair_routes.router)
router.include_router(frontage_routes.router)
_READ = problems(Unauthenticated, NotFound)
_KEPT = _READ | {304: {"description": "Unchanged"}}
_ADD = problems(Unauthenticated, Forbidden, NotFound, CodeTaken, Invalid, geo.GeometryRefused)
_CHANGE = problems(
    Unauthenticated, Forbidden, NotFound, VersionConflict, Invalid, geo.GeometryRefused, etag.VersionNeeded
)
Search = Annotated[
    str | None, Query(max_length=60, pattern=PLAIN, description="Looked for in code, names and address")
]


@router.get("/points", response_model=paging.Page[PointListItem], responses=_READ)
def list_points(
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Read,
    q: Search = None,
    type_code: Annotated[str | None, Query(max_length=24, pattern=PLAIN)] = None,
    grid_id: uuid.UUID | None = None,
    territory_id: uuid.UUID | None = None,
    responsible_unit_id: uuid.UUID | None = None,
    is_key: bool | None = None,
    is_active: bool | None = True,
    limit: paging.Limit = 50,
    cursor: paging.Cursor = None,
) -> paging.Page[PointListItem]:
    """The town's points by code."""
    page = queries.points_page(
        viewer,
        town_id,
        after=str(paging.keys_of(cursor, 1)[0]) if cursor else None,
        limit=limit,
        q=q,
        type_code=type_code,
        grid_id=grid_id,
        territory_id=territory_id,
        responsible_unit_id=responsible_unit_id,
        is_key=is_key,
        is_active=is_active,
    )
    rows, has_more = paging.cut(session.scalars(page).all(), limit)
    items = [PointListItem.model_validate(row) for row in rows]
    return paging.Page(items=items, next=paging.cursor_of(items[-1].code) if has_more else None)


@router.get("/points/offline", response_model=OfflinePoints, responses=_KEPT)
def offline_points(
    request: Request, viewer: CurrentViewer, town_id: ViewedTown, session: db.Read
) -> Response:
    """Every active point, for phones to keep by ETag: a 304 costs one row."""
    tag = etag.list_etag(standards.list_tag(session, town_id, "points"), town_id)
    if etag.is_current(request, tag):
        return etag.not_modified(tag)
    body = cards.offline_body(session, viewer, town_id, tag)
    return Response(body, media_type="application/json", headers=etag.list_headers(tag))


@router.get("/points/{point_id}", response_model=PointOut, responses=_READ)
def get_point(point_id: uuid.UUID, response: Response, viewer: CurrentViewer, session: db.Read) -> PointOut:
    """A point's card: place, who answers for it, profile."""
    card = cards.point_card(session, viewer, point_id)
    response.headers["ETag"] = etag.row_etag(card.version)
    return card


@router.get("/points/{point_id}/card", response_model=PointCard, responses=_READ)
def get_point_card(point_id: uuid.UUID, viewer: CurrentViewer, session: db.Read) -> PointCard:
    """点位卡: what is asked of the point, who answers for it, its open cases and its surroundings."""
    return point_card.show(session, viewer, point_id)


@router.post("/points", response_model=PointOut, status_code=201, responses=_ADD)
def add_point(body: PointIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> PointOut:
    """A new point."""
    row = service.add_point(session, viewer, town_id=town_id, point=body)
    return cards.point_card(session, viewer, row.id)


@router.patch("/points/{point_id}", response_model=PointOut, responses=_CHANGE)
def change_point(
    point_id: uuid.UUID, body: PointPatch, base: etag.BaseVersion, viewer: CurrentViewer, session: db.Tx
) -> PointOut:
    """Change what the body names; `is_active: false` switches the point off."""
    row = service.change_point(session, viewer, point_id=point_id, patch=body, base_version=base)
    return cards.point_card(session, viewer, row.id)


@router.get("/grids", response_model=GridList, responses=_KEPT)
def list_grids(
    request: Request, response: Response, viewer: CurrentViewer, town_id: ViewedTown, session: db.Read
) -> GridList | Response:
    """Every grid of the town, for phones to keep by ETag."""
    tag = etag.list_etag(standards.list_tag(session, town_id, "grids"), town_id)
    if etag.is_current(request, tag):
        return etag.not_modified(tag)
    response.headers.update(etag.list_headers(tag))
    return cards.grid_list(session, viewer, town_id)


@router.post("/grids", response_model=GridOut, status_code=201, responses=_ADD)
def add_grid(body: GridIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> GridOut:
    """A new grid."""
    return GridOut.model_validate(service.add_grid(session, viewer, town_id=town_id, grid=body))


@router.patch("/grids/{grid_id}", response_model=GridOut, responses=_CHANGE)
def change_grid(
    grid_id: uuid.UUID, body: GridPatch, base: etag.BaseVersion, viewer: CurrentViewer, session: db.Tx
) -> GridOut:
    """Change what the body names."""
    row = service.change_grid(session, viewer, grid_id=grid_id, patch=body, base_version=base)
    return GridOut.model_validate(row)


@router.get("/snap", response_model=SnapOut, responses=_READ | problems(geo.GeometryRefused))
def snap(
    lon: float,
    lat: float,
    town_id: ViewedTown,
    session: db.Read,
    crs: geo.Crs = geo.Crs.WGS84,
    accuracy_m: Annotated[float | None, Query(ge=0, le=100_000)] = None,
) -> SnapOut:
    """To which point, grid and unit a position belongs, and the nearest points to choose from."""
    lon, lat = geo.to_wgs84(lon, lat, crs)
    return cards.snap_out(session, town_id, lon, lat, accuracy_m)


@router.get("/responsibilities", response_model=paging.Page[ResponsibilityOut], responses=_READ)
def list_responsibilities(
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Read,
    point_id: uuid.UUID | None = None,
    grid_id: uuid.UUID | None = None,
    user_id: uuid.UUID | None = None,
    unit_id: uuid.UUID | None = None,
    role: ResponsibilityRole | None = None,
    limit: paging.Limit = 50,
    cursor: paging.Cursor = None,
) -> paging.Page[ResponsibilityOut]:
    """Who answers for what (包干)."""
    page = queries.responsibilities_of(
        viewer,
        town_id,
        after=_after_id(cursor),
        limit=limit,
        point_id=point_id,
        grid_id=grid_id,
        user_id=user_id,
        unit_id=unit_id,
        role=role,
    )
    rows, has_more = paging.cut(session.scalars(page).all(), limit)
    following = paging.cursor_of(str(rows[-1].id)) if has_more else None
    return paging.Page(items=cards.with_names(session, rows), next=following)


@router.post("/responsibilities", response_model=ResponsibilityOut, status_code=201, responses=_ADD)
def give_responsibility(
    body: ResponsibilityIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx
) -> ResponsibilityOut:
    """A person or unit takes on a point or a grid."""
    row = service.give_responsibility(session, viewer, town_id=town_id, responsibility=body)
    return _one(session, row)


@router.patch("/responsibilities/{responsibility_id}", response_model=ResponsibilityOut, responses=_CHANGE)
def change_responsibility(
    responsibility_id: uuid.UUID,
    body: ResponsibilityPatch,
    base: etag.BaseVersion,
    viewer: CurrentViewer,
    session: db.Tx,
) -> ResponsibilityOut:
    """Its period, milestone and measure."""
    row = service.change_responsibility(
        session, viewer, responsibility_id=responsibility_id, patch=body, base_version=base
    )
    return _one(session, row)


@router.delete(
    "/responsibilities/{responsibility_id}",
    status_code=204,
    responses=problems(Unauthenticated, Forbidden, NotFound),
)
def withdraw_responsibility(responsibility_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Take back one given by mistake."""
    service.withdraw_responsibility(session, viewer, responsibility_id=responsibility_id)


def _after_id(cursor: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(paging.keys_of(cursor, 1)[0])) if cursor else None
    except ValueError as exc:
        raise BadRequest("This cursor is not one of ours.") from exc


def _one(session: Session, row: Responsibility) -> ResponsibilityOut:
    return cards.with_names(session, [row])[0]


@router.get("/map", response_model=MapSource, responses=problems(Unauthenticated))
def map_source(viewer: CurrentViewer) -> MapSource:
    """Which tiles the town's map shows; `url` null: plain ground with grids and points only."""
    settings = get_settings()
    tiles = geo.TILE_SOURCES.get(settings.map_tiles)
    if tiles is None:
        return MapSource()
    return MapSource(
        url=tiles.url.replace("{key}", settings.map_key),
        crs=tiles.crs,
        attribution=tiles.attribution,
        max_zoom=tiles.max_zoom,
    )
