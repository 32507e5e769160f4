"""To which point and grid a position belongs, and which unit answers for it. Asked with every report: a few ms."""

import math
import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.places.models import Grid, Point, Responsibility
from app.features.places.spatial import cells_near
from app.features.standards import service as standards
from app.features.standards.schemas import CampaignSettings

CANDIDATES = 8
NEAR_M = 100.0
WIDE_M = 1000.0
"""The second look, where the first found too few to choose from."""
_BATCH = 24


@dataclass(frozen=True)
class Near:
    """A point near a position. `is_inside`: in its area or within its buffer."""

    id: uuid.UUID
    code: str
    type_code: str
    name_zh: str
    name_en: str
    grid_id: uuid.UUID | None
    territory_id: uuid.UUID | None
    responsible_unit_id: uuid.UUID | None
    distance_m: float
    is_inside: bool


@dataclass(frozen=True)
class GridRef:
    """The grid a position lies in."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    community_id: uuid.UUID | None


@dataclass(frozen=True)
class SnapResult:
    """`point` is None where none is near enough; `candidates` are the nearest ones either way."""

    point: Near | None
    distance_m: float | None
    is_inside: bool
    grid: GridRef | None
    candidates: list[Near] = field(default_factory=list)


def snap(
    session: Session,
    town_id: uuid.UUID,
    lon: float,
    lat: float,
    accuracy_m: float | None = None,
    *,
    to_choose: bool = True,
) -> SnapResult:
    """The point a WGS-84 position belongs to: inside its area or buffer, or within the campaign's snap radius.

    The nearest such point wins; of two at the same distance the smaller one. A poor accuracy widens what is
    offered, never what is taken. `to_choose`: look farther where few are near, for candidates to choose from.
    """
    geo.check_position(lon, lat)
    radius = _snap_radius(session, town_id)
    reach = max(NEAR_M, radius, min(accuracy_m or 0.0, WIDE_M))
    candidates = nearest_points(session, town_id, lon, lat, reach)
    if to_choose and len(candidates) < CANDIDATES and reach < WIDE_M:
        # As far as the density seen so far lets us expect enough, so that a dense town is not read in full.
        wider = reach * 1.5 * math.sqrt(CANDIDATES / max(len(candidates), 0.1))
        candidates = nearest_points(session, town_id, lon, lat, min(WIDE_M, wider))
    taken = next((near for near in candidates if near.is_inside or near.distance_m <= radius), None)
    return SnapResult(
        point=taken,
        distance_m=taken.distance_m if taken else None,
        is_inside=taken is not None and taken.is_inside,
        grid=grid_at(session, town_id, lon, lat),
        candidates=candidates,
    )


def _snap_radius(session: Session, town_id: uuid.UUID) -> float:
    campaign = standards.active_campaign(session, town_id)
    if campaign is None:
        return float(CampaignSettings().snap_radius_m)
    return float(standards.setting(campaign, "snap_radius_m"))


_FOUND = (
    Point.id,
    Point.lon,
    Point.lat,
    Point.buffer_m,
    Point.min_lon,
    Point.min_lat,
    Point.max_lon,
    Point.max_lat,
)


def nearest_points(
    session: Session, town_id: uuid.UUID, lon: float, lat: float, radius_m: float
) -> list[Near]:
    """The active points nearest to a position, at most 8, none farther than `radius_m` beyond its buffer."""
    box = geo.bbox_around(lon, lat, radius_m)
    found = session.execute(select(*_FOUND).where(*_meeting(Point, town_id, box))).all()
    ranked = sorted(((_least_distance(row, lon, lat), row.id) for row in found), key=lambda pair: pair[0])
    nearest: list[tuple[float, float, Near]] = []
    for start in range(0, len(ranked), _BATCH):
        if len(nearest) == CANDIDATES and nearest[-1][0] <= ranked[start][0]:
            break  # no box that is left comes nearer than what we have
        ids = [point_id for _, point_id in ranked[start : start + _BATCH]]
        nearest += _measured(session, ids, lon, lat)
        nearest = sorted(nearest, key=lambda item: (item[0], item[1], item[2].code))[:CANDIDATES]
    return [near for distance, _, near in nearest if near.is_inside or distance <= radius_m]


def _meeting(kind: type[Point] | type[Grid], town_id: uuid.UUID, box: geo.Box) -> list[ColumnElement[bool]]:
    return [
        kind.town_id == town_id,
        kind.cell.in_(cells_near(box)),
        kind.min_lon <= box.east,
        kind.max_lon >= box.west,
        kind.min_lat <= box.north,
        kind.max_lat >= box.south,
        kind.is_active.is_(True),
    ]


def _least_distance(row: Any, lon: float, lat: float) -> float:
    """Metres to the point's box: its shape cannot be nearer than that. The box holds the buffer too."""
    nearest_lon = min(max(lon, row.min_lon), row.max_lon)
    nearest_lat = min(max(lat, row.min_lat), row.max_lat)
    return geo.distance_m(lon, lat, nearest_lon, nearest_lat)


_SHOWN = (
    "id",
    "code",
    "type_code",
    "name_zh",
    "name_en",
    "grid_id",
    "territory_id",
    "responsible_unit_id",
)


def _measured(
    session: Session, ids: list[uuid.UUID], lon: float, lat: float
) -> list[tuple[float, float, Near]]:
    rows = session.execute(
        select(*(getattr(Point, name) for name in _SHOWN), *_FOUND[1:], Point.geometry).where(
            Point.id.in_(ids)
        )
    )
    measured = []
    for row in rows:
        if row.geometry is None:
            distance = geo.distance_m(lon, lat, row.lon, row.lat)
        else:
            distance = geo.distance_to_geometry_m(lon, lat, row.geometry)
        size = (row.max_lon - row.min_lon) * (row.max_lat - row.min_lat)
        near = Near(
            **dict(zip(_SHOWN, row, strict=False)), distance_m=distance, is_inside=distance <= row.buffer_m
        )
        measured.append((distance, size, near))
    return measured


def grid_at(session: Session, town_id: uuid.UUID, lon: float, lat: float) -> GridRef | None:
    """The active grid that holds a position; on a shared edge the one with the smaller code."""
    columns = select(Grid.id, Grid.code, Grid.name_zh, Grid.name_en, Grid.community_id, Grid.geometry)
    spot = geo.Box(lon, lat, lon, lat)
    for row in session.execute(columns.where(*_meeting(Grid, town_id, spot)).order_by(Grid.code)):
        if geo.contains(row.geometry, lon, lat):
            return GridRef(*row[:5])
    return None


def propose_unit(
    session: Session, point_id: uuid.UUID | None, grid_id: uuid.UUID | None
) -> tuple[uuid.UUID | None, str | None]:
    """The unit to send a case to, and why: `point`, `grid` or `territory`; (None, None) where nobody answers."""
    point = session.execute(_POINT_OWNERS, {"point": point_id}).first() if point_id else None
    if grid_id is None and point is not None:
        grid_id = point.grid_id
    if point is not None:
        unit_id = point.responsible_unit_id or _answering(session, point_id, None)
        if unit_id is not None:
            return unit_id, "point"
    if grid_id is not None:
        unit_id = _answering(session, None, grid_id) or session.scalar(_COMMUNITY, {"grid": grid_id})
        if unit_id is not None:
            return unit_id, "grid"
    if point is not None and point.territory_id is not None:
        return point.territory_id, "territory"
    return None, None


# Made once, and columns only: the shape of a point or grid may be large.
_POINT_OWNERS = select(Point.grid_id, Point.responsible_unit_id, Point.territory_id).where(
    Point.id == bindparam("point")
)
_COMMUNITY = select(Grid.community_id).where(Grid.id == bindparam("grid"))
_today: BindParameter[date] = bindparam("today", type_=Date)


def _adopter(is_target: ColumnElement[bool]) -> Select[uuid.UUID | None]:
    return (
        select(Responsibility.unit_id)
        .where(
            is_target,
            Responsibility.unit_id.is_not(None),
            Responsibility.role == "adopter",
            or_(Responsibility.from_on.is_(None), Responsibility.from_on <= _today),
            or_(Responsibility.until_on.is_(None), Responsibility.until_on >= _today),
        )
        .order_by(Responsibility.id)
        .limit(1)
    )


_ADOPTER_OF_POINT = _adopter(Responsibility.point_id == bindparam("target"))
_ADOPTER_OF_GRID = _adopter(Responsibility.grid_id == bindparam("target"))


def _answering(session: Session, point_id: uuid.UUID | None, grid_id: uuid.UUID | None) -> uuid.UUID | None:
    """The unit that took on a point or grid (包干) and is bound to it today."""
    statement = _ADOPTER_OF_POINT if point_id else _ADOPTER_OF_GRID
    return session.scalar(statement, {"target": point_id or grid_id, "today": now().date()})
