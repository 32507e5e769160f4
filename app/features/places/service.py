"""What an office does with points, grids and responsibilities; and the one way by which their places are stored."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, geo
from app.core.errors import Invalid, NotFound, VersionConflict
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.places import areas, duty, queries
from app.features.places.models import Grid, Point, Responsibility
from app.features.places.schemas import (
    GridIn,
    GridPatch,
    PointIn,
    PointPatch,
    PositionIn,
    ResponseLevels,
    ResponsibilityIn,
    ResponsibilityPatch,
)
from app.features.places.snapping import SnapResult, grid_at, propose_unit, snap
from app.features.places.spatial import cell_of, widened
from app.features.standards import service as standards
from app.features.standards.errors import CodeTaken
from app.features.standards.models import PointType

__all__ = ["SnapResult", "accept_grid", "grid_at", "propose_unit", "snap"]

accept_grid = duty.accept

Row = TypeVar("Row", Point, Grid, Responsibility)
LINKS: Mapping[str, type[Any]] = {
    "grid_id": Grid,
    "point_id": Point,
    "territory_id": Unit,
    "responsible_unit_id": Unit,
    "support_unit_id": Unit,
    "community_id": Unit,
    "unit_id": Unit,
    "point_chief_id": User,
    "officer_id": User,
    "user_id": User,
}
_SHAPES = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")
_AREAS = ("Polygon", "MultiPolygon")


def add_point(session: Session, viewer: Viewer, *, town_id: uuid.UUID, point: PointIn) -> Point:
    """A new point of a town."""
    standards.require_configurer(session, viewer, town_id)
    taken = select(Point.id).where(Point.town_id == town_id, Point.code == point.code)
    if session.scalar(taken) is not None:
        raise CodeTaken(value=point.code)
    _check_links(session, town_id, point.model_dump(include=set(LINKS)))
    row = put_point(session, town_id, point)
    _changed(session, row, viewer.user_id, "added", [])
    return row


def put_point(session: Session, town_id: uuid.UUID, point: PointIn) -> Point:
    """Make a point; links are resolved by the caller: a loader, an import."""
    values = point.model_dump(exclude={"position", "geometry", "buffer_m"})
    kind = _require_type(session, town_id, point.type_code)
    buffer_m = kind.buffer_m if point.buffer_m is None else point.buffer_m
    values |= _point_place(point.position, point.geometry, buffer_m)
    if values["grid_id"] is None:
        grid = grid_at(session, town_id, values["lon"], values["lat"])
        values["grid_id"] = grid.id if grid else None
    return _new(session, Point(town_id=town_id, **values))


def change_point(
    session: Session, viewer: Viewer, *, point_id: uuid.UUID, patch: PointPatch, base_version: int
) -> Point:
    """Change what `patch` names."""
    row = _editable(session, viewer, Point, point_id, base_version)
    _check_links(session, row.town_id, patch.model_dump(include=set(LINKS)))
    changes = patch_point(session, row, patch)
    _changed(session, row, viewer.user_id, "changed", changes)
    return row


def patch_point(session: Session, row: Point, patch: PointPatch) -> list[str]:
    """Write what `patch` names, links resolved by the caller; returns what it really changed."""
    changes = {name: getattr(patch, name) for name in _named(patch, Point) - {"geometry", "buffer_m"}}
    if "type_code" in changes:
        _require_type(session, row.town_id, changes["type_code"])
    changes |= _moved(row, patch)
    if patch.position is not None and "grid_id" not in changes:
        grid = grid_at(session, row.town_id, changes["lon"], changes["lat"])
        changes["grid_id"] = grid.id if grid else row.grid_id
    changes.pop("position", None)
    return _write(row, changes)


def _require_type(session: Session, town_id: uuid.UUID, code: str) -> PointType:
    kind = standards.point_type_by_code(session, town_id, code)
    if kind is None or not kind.is_active:
        raise Invalid(fields=[{"at": ["body", "type_code"], "why": "unknown-code"}])
    return kind


def _moved(row: Point, patch: PointPatch) -> dict[str, Any]:
    buffer_m = row.buffer_m if patch.buffer_m is None else patch.buffer_m
    if patch.position is not None:
        place = _point_place(patch.position, patch.geometry, buffer_m)
        if "geometry" not in patch.model_fields_set and row.geometry is not None:  # the shape stays
            place |= {"geometry": row.geometry} | _box(geo.bbox(row.geometry), buffer_m)
        return place
    if "geometry" in patch.model_fields_set:  # set to null: a plain position again
        return {"geometry": None} | _box(geo.Box(row.lon, row.lat, row.lon, row.lat), buffer_m)
    if buffer_m == row.buffer_m:
        return {}
    box = geo.bbox(row.geometry) if row.geometry else geo.Box(row.lon, row.lat, row.lon, row.lat)
    return {"buffer_m": buffer_m} | _box(box, buffer_m)


def _point_place(position: PositionIn, geometry: dict[str, Any] | None, buffer_m: int) -> dict[str, Any]:
    lon, lat = _wgs84(position.lon, position.lat, position.crs)
    shape = None if geometry is None else _shape(geometry, position.crs, _SHAPES)
    source: dict[str, Any] = {}
    if position.crs is not geo.Crs.WGS84:
        source = {"crs": position.crs, "position": [position.lon, position.lat]}
        source |= {"geometry": _received(geometry)} if geometry is not None else {}
    box = geo.bbox(shape) if shape else geo.Box(lon, lat, lon, lat)
    place = {"lon": lon, "lat": lat, "geometry": shape, "source": source, "buffer_m": buffer_m}
    return place | _box(box, buffer_m)


def _received(geometry: Mapping[str, Any]) -> dict[str, Any]:
    # Only what was checked is kept: a geometry may carry any other member.
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def _wgs84(lon: float, lat: float, crs: geo.Crs) -> geo.Position:
    try:
        return geo.to_wgs84(lon, lat, crs)
    except geo.GeometryRefused as refused:
        if refused.reason == "range" and abs(lat) <= 180.0 and abs(lon) <= 90.0:
            raise geo.GeometryRefused("swapped", "Longitude and latitude seem to be swapped.") from refused
        raise


def _shape(geometry: dict[str, Any], crs: geo.Crs, kinds: tuple[str, ...]) -> geo.Geometry:
    shape = geo.transform_geometry(geometry, crs)
    if shape["type"] not in kinds:
        raise geo.GeometryRefused("type", f"Here a geometry is one of {', '.join(kinds)}.")
    return shape


def _box(box: geo.Box, buffer_m: int) -> dict[str, Any]:
    box = widened(box, buffer_m)
    sides = {"min_lon": box.west, "min_lat": box.south, "max_lon": box.east, "max_lat": box.north}
    return {"cell": cell_of(box), **sides}


def add_grid(session: Session, viewer: Viewer, *, town_id: uuid.UUID, grid: GridIn) -> Grid:
    """A new grid of a town."""
    standards.require_configurer(session, viewer, town_id)
    taken = select(Grid.id).where(Grid.town_id == town_id, Grid.code == grid.code)
    if session.scalar(taken) is not None:
        raise CodeTaken(value=grid.code)
    _check_links(session, town_id, grid.model_dump(include=set(LINKS)))
    _check_departments(session, town_id, grid.response_levels)
    row = put_grid(session, town_id, grid)
    _changed(session, row, viewer.user_id, "added", [])
    return row


def put_grid(session: Session, town_id: uuid.UUID, grid: GridIn) -> Grid:
    """Make a grid; links are resolved by the caller: a loader, an import."""
    values = grid.model_dump(exclude={"geometry", "crs", "response_levels"})
    values |= _grid_place(grid.geometry, grid.crs)
    values["response_levels"] = grid.response_levels.model_dump(mode="json")
    return _new(session, Grid(town_id=town_id, **values))


def _grid_place(geometry: dict[str, Any], crs: geo.Crs) -> dict[str, Any]:
    shape = _shape(geometry, crs, _AREAS)
    source = {} if crs is geo.Crs.WGS84 else {"crs": crs, "geometry": _received(geometry)}
    return {"geometry": shape, "source": source} | _box(geo.bbox(shape), 0)


def change_grid(
    session: Session, viewer: Viewer, *, grid_id: uuid.UUID, patch: GridPatch, base_version: int
) -> Grid:
    """Change what `patch` names."""
    row = _editable(session, viewer, Grid, grid_id, base_version)
    _check_links(session, row.town_id, patch.model_dump(include=set(LINKS)))
    if patch.response_levels is not None:
        _check_departments(session, row.town_id, patch.response_levels)
    changes = patch_grid(session, row, patch)
    _changed(session, row, viewer.user_id, "changed", changes)
    return row


def patch_grid(session: Session, row: Grid, patch: GridPatch) -> list[str]:
    """Write what `patch` names, links resolved by the caller; returns what it really changed."""
    changes = {name: getattr(patch, name) for name in _named(patch, Grid) - {"geometry", "crs"}}
    if patch.geometry is not None:
        changes |= _grid_place(patch.geometry, patch.crs)
    if patch.response_levels is not None:
        changes["response_levels"] = patch.response_levels.model_dump(mode="json")
    written = _write(row, changes)
    duty.holders_changed(session, row, written)
    return written


def examine_grids(session: Session, town_id: uuid.UUID, grids: Iterable[Grid]) -> areas.Findings:
    """Overlaps and holes of the active ones of `grids`, and the town's points that do not lie in exactly one."""
    active = sorted((grid for grid in grids if grid.is_active), key=lambda grid: grid.code)
    spots = select(Point.code, Point.lon, Point.lat).where(Point.town_id == town_id, Point.is_active)
    return areas.examine(
        [areas.Area(grid.code, grid.geometry) for grid in active],
        [areas.Spot(*row) for row in session.execute(spots.order_by(Point.code))],
    )


def give_responsibility(
    session: Session, viewer: Viewer, *, town_id: uuid.UUID, responsibility: ResponsibilityIn
) -> Responsibility:
    """包干: somebody of the town takes on a point or a grid of the town."""
    standards.require_configurer(session, viewer, town_id)
    values = responsibility.model_dump()
    _check_links(session, town_id, {name: values[name] for name in values if name in LINKS})
    row = _new(session, Responsibility(town_id=town_id, **values))
    _changed(session, row, viewer.user_id, "added", [])
    return row


def change_responsibility(
    session: Session,
    viewer: Viewer,
    *,
    responsibility_id: uuid.UUID,
    patch: ResponsibilityPatch,
    base_version: int,
) -> Responsibility:
    """Its period, milestone and measure. Somebody else is a new one: who answered when stays known."""
    row = _editable(session, viewer, Responsibility, responsibility_id, base_version)
    changes = {name: getattr(patch, name) for name in _named(patch, Responsibility)}
    from_on, until_on = changes.get("from_on", row.from_on), changes.get("until_on", row.until_on)
    if from_on and until_on and until_on < from_on:
        raise Invalid(fields=[{"at": ["body", "until_on"], "why": "before-start"}])
    _changed(session, row, viewer.user_id, "changed", _write(row, changes))
    return row


def withdraw_responsibility(session: Session, viewer: Viewer, *, responsibility_id: uuid.UUID) -> None:
    """Delete one that was a mistake; one that ended gets an end date instead."""
    row = _editable(session, viewer, Responsibility, responsibility_id, None)
    _changed(session, row, viewer.user_id, "withdrawn", [])
    session.delete(row)
    session.flush()


def _named(patch: Any, kind: type[Any]) -> set[str]:
    """The fields a patch sets; null only where the column may hold none."""
    columns = kind.__table__.columns
    return {
        name
        for name in patch.model_fields_set
        if getattr(patch, name) is not None or (name in columns and columns[name].nullable)
    }


def _editable(
    session: Session, viewer: Viewer, kind: type[Row], row_id: uuid.UUID, base_version: int | None
) -> Row:
    visible: Mapping[Any, Any] = {
        Point: queries.visible_points,
        Grid: queries.visible_grids,
        Responsibility: queries.visible_responsibilities,
    }
    found = visible[kind](viewer).where(kind.id == row_id).with_for_update()
    row: Row | None = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    standards.require_configurer(session, viewer, row.town_id)
    if base_version is not None and row.version != base_version:
        raise VersionConflict(version=row.version)
    return row


def _check_links(session: Session, town_id: uuid.UUID, links: Mapping[str, uuid.UUID | None]) -> None:
    """Every unit, person, point or grid that is named belongs to the town."""
    unknown: list[str] = []
    for kind in (Unit, User, Grid, Point):
        named = {name: value for name, value in links.items() if value is not None and LINKS[name] is kind}
        if named:
            known = queries.system_belonging(session, kind, town_id, set(named.values()))
            unknown += [name for name, value in named.items() if value not in known]
    if unknown:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown-id"} for name in sorted(unknown)])


def _check_departments(session: Session, town_id: uuid.UUID, levels: ResponseLevels) -> None:
    named = set(levels.department_ids)
    if named - queries.system_belonging(session, Unit, town_id, named):
        raise Invalid(fields=[{"at": ["body", "response_levels", "department_ids"], "why": "unknown-id"}])


def _new(session: Session, row: Row) -> Row:
    session.add(row)
    return row


def _write(row: Point | Grid | Responsibility, values: Mapping[str, Any]) -> list[str]:
    """Set what differs and return its names; the version counts only real changes."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.version += 1
    return sorted(changed)


def _changed(
    session: Session, row: Point | Grid | Responsibility, actor_id: uuid.UUID, what: str, fields: list[str]
) -> None:
    if what == "changed" and not fields:
        return
    session.flush()
    audit.record(
        session,
        f"{row.__tablename__}.{what}",
        actor_id=actor_id,
        subject_kind=row.__tablename__,
        subject_id=row.id,
        detail={"version": row.version, "fields": fields},
    )
