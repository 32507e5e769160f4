"""To which point and grid a position belongs, and which unit answers for it. Asked with every report."""

import math
import uuid
from bisect import insort
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    Uuid,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.core import db, geo
from app.core.clock import now
from app.features.places import nearby
from app.features.places.models import Grid, Point, Responsibility
from app.features.places.nearby import GridRef, Nearby, Placed, PointRow
from app.features.standards.models import Campaign, ListTag
from app.features.standards.schemas import CampaignSettings

CANDIDATES = 8
NEAR_M = 100.0
WIDE_M = 1000.0
"""The second look, where the first found too few to choose from."""


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
    points_tag, grids_tag, settings = db.rows(session, _STATE, {"town": town_id})[0]
    radius = _snap_radius(settings)
    near = nearby.points(session, town_id, points_tag or "")
    reach = max(NEAR_M, radius, min(accuracy_m or 0.0, WIDE_M))
    measured: dict[uuid.UUID, Near] = {}
    candidates = _nearest(near, lon, lat, reach, measured)
    if to_choose and len(candidates) < CANDIDATES and reach < WIDE_M:
        # As far as the density seen so far lets us expect enough, so that a dense town is not read in full.
        wider = reach * 1.5 * math.sqrt(CANDIDATES / max(len(candidates), 0.1))
        candidates = _nearest(near, lon, lat, min(WIDE_M, wider), measured)
    taken = next((near for near in candidates if near.is_inside or near.distance_m <= radius), None)
    return SnapResult(
        point=taken,
        distance_m=taken.distance_m if taken else None,
        is_inside=taken is not None and taken.is_inside,
        grid=_holding(nearby.grids(session, town_id, grids_tag or ""), lon, lat),
        candidates=candidates,
    )


def _tag(name: str) -> ScalarSelect[str]:
    is_list = ListTag.town_id == bindparam("town"), ListTag.name == name
    return select(ListTag.tag).where(*is_list).scalar_subquery()


_CAMPAIGN = Campaign.town_id == bindparam("town"), Campaign.is_active
# Made once: building it costs more than asking.
_STATE = select(_tag("points"), _tag("grids"), select(Campaign.settings).where(*_CAMPAIGN).scalar_subquery())


def _snap_radius(settings: dict[str, Any] | None) -> float:
    return float(
        (settings or {}).get("snap_radius_m", CampaignSettings.model_fields["snap_radius_m"].default)
    )


def _nearest(
    points: Nearby[PointRow], lon: float, lat: float, radius_m: float, measured: dict[uuid.UUID, Near]
) -> list[Near]:
    """The active points nearest to a position, at most 8, none farther than `radius_m` beyond its buffer.

    `measured`: what an earlier look from the same position found, for the next one.
    """
    found = points.meeting(geo.bbox_around(lon, lat, radius_m))
    ranked = sorted(((_least_distance(placed.box, lon, lat), placed) for placed in found), key=itemgetter(0))
    nearest: list[tuple[float, float, str, Near]] = []
    for least, placed in ranked:
        if len(nearest) == CANDIDATES and nearest[-1][0] < least * _NEVER_LESS:
            break  # no box that is left comes nearer than what we have
        near = measured.get(placed.row.id) or _measured(placed, lon, lat)
        measured[near.id] = near
        size = (placed.box.east - placed.box.west) * (placed.box.north - placed.box.south)
        insort(nearest, (near.distance_m, size, near.code, near), key=itemgetter(0, 1, 2))
        del nearest[CANDIDATES:]
    return [near for *_, near in nearest if near.is_inside or near.distance_m <= radius_m]


_NEVER_LESS = 0.999
"""Distances to a box and to a shape are measured at different latitudes: they agree to 1 : 10 000."""


def _least_distance(box: geo.Box, lon: float, lat: float) -> float:
    """Metres to the point's box: its shape cannot be nearer than that. The box holds the buffer too."""
    nearest_lon = min(max(lon, box.west), box.east)
    nearest_lat = min(max(lat, box.south), box.north)
    return geo.distance_m(lon, lat, nearest_lon, nearest_lat)


def _measured(placed: Placed[PointRow], lon: float, lat: float) -> Near:
    row, shape = placed.row, placed.geometry
    if shape is None:
        distance = geo.distance_m(lon, lat, row.lon, row.lat)
    else:
        distance = geo.distance_to_geometry_m(lon, lat, shape)
    return Near(**_shown(row), distance_m=distance, is_inside=distance <= row.buffer_m)


def _shown(row: PointRow) -> dict[str, Any]:
    own = row.__dict__
    return {name: own[name] for name in _SHOWN}


_SHOWN = (
    "id", "code", "type_code", "name_zh", "name_en", "grid_id", "territory_id", "responsible_unit_id",
)  # fmt: skip


def grid_at(session: Session, town_id: uuid.UUID, lon: float, lat: float) -> GridRef | None:
    """The active grid that holds a position; on a shared edge the one with the smaller code."""
    tag = session.scalar(_GRIDS_TAG, {"town": town_id})
    return _holding(nearby.grids(session, town_id, tag or ""), lon, lat)


_GRIDS_TAG = select(_tag("grids"))


def _holding(grids: Nearby[GridRef], lon: float, lat: float) -> GridRef | None:
    near = sorted(grids.meeting(geo.Box(lon, lat, lon, lat)), key=lambda placed: placed.row.code)
    return next((one.row for one in near if one.geometry and geo.contains(one.geometry, lon, lat)), None)


def propose_unit(
    session: Session, point_id: uuid.UUID | None, grid_id: uuid.UUID | None
) -> tuple[uuid.UUID | None, str | None]:
    """The unit to send a case to, and why: `point`, `grid` or `territory`; (None, None) where nobody answers."""
    asked = {"point": point_id, "grid": grid_id, "today": now().date()}
    [(of_point, bound_to_point, bound_to_grid, community, territory)] = db.rows(session, _OWNERS, asked)
    if unit_id := of_point or bound_to_point:
        return unit_id, "point"
    if unit_id := bound_to_grid or community:
        return unit_id, "grid"
    return (territory, "territory") if territory else (None, None)


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


_point: BindParameter[uuid.UUID | None] = bindparam("point", type_=Uuid())


def _of_point(column: Any) -> Any:
    return select(column).where(Point.id == _point).scalar_subquery()


_grid = func.coalesce(bindparam("grid", type_=Uuid()), _of_point(Point.grid_id))
# Made once, and columns only: the shape of a point or grid may be large.
_OWNERS = select(
    _of_point(Point.responsible_unit_id),
    _adopter(Responsibility.point_id == _point).scalar_subquery(),
    _adopter(Responsibility.grid_id == _grid).scalar_subquery(),
    select(Grid.community_id).where(Grid.id == _grid).scalar_subquery(),
    _of_point(Point.territory_id),
)
"""Who answers for a point, and for a grid or else the point's: by its register, and bound to it today (包干)."""
