"""What a point's card tells of cases: those at the point itself, and those in its surroundings (周边).

At the point: inside its area, or within the snap radius of its line or position. Around it: beyond that, within its
buffer, whether the case was filed for this point, another one, or none.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.identity.viewer import Viewer
from app.features.issues import conditions, listing, policy
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue
from app.features.places.models import Point
from app.features.places.point_card import card_section
from app.features.places.spatial import widened
from app.features.standards import service as standards

SHOWN = 10
MOST = 2000
DEFAULT_SNAP_M = 50
_AREAS = ("Polygon", "MultiPolygon")


@card_section("issues")
def of_point(session: Session, viewer: Viewer, point: Point) -> dict[str, Any]:
    """Open cases the viewer may see: at the point, and in its surroundings."""
    here: list[Any] = []
    around: list[Any] = []
    own_m = _own_reach(session, point)
    for row in session.execute(_near(viewer, point)):
        away = _away(point, row.lon, row.lat)
        if row.point_id == point.id and (away is None or away <= own_m or away > point.buffer_m):
            here.append(row)
        elif away is not None and away <= point.buffer_m:
            around.append(row)
    return _told(session, viewer, here) | {"surroundings": _told(session, viewer, around)}


def _own_reach(session: Session, point: Point) -> float:
    if point.geometry is not None and point.geometry["type"] in _AREAS:
        return 0.0
    campaign = standards.active_campaign(session, point.town_id)
    return float(standards.setting(campaign, "snap_radius_m")) if campaign else DEFAULT_SNAP_M


def _near(viewer: Viewer, point: Point) -> Select[*tuple[Any, ...]]:
    box = geo.bbox(point.geometry) if point.geometry else geo.Box(point.lon, point.lat, point.lon, point.lat)
    west, south, east, north = widened(box, point.buffer_m)
    # Two questions, each with an index of its own.
    filed: Select[uuid.UUID] = _open(point, Issue.point_id == point.id)
    lying = _open(point, Issue.lat.between(south, north), Issue.lon.between(west, east))
    due = func.coalesce(Issue.due_at, Issue.campaign_due_at)
    columns = (
        Issue.id,
        Issue.point_id,
        Issue.lon,
        Issue.lat,
        conditions.is_overdue(now()).label("is_overdue"),
    )
    either = Issue.id.in_(filed.union(lying))
    return select(*columns).where(either, policy.visible(viewer)).order_by(due, Issue.id).limit(MOST)


def _open(point: Point, *conditions_of: ColumnElement[bool]) -> Select[uuid.UUID]:
    return select(Issue.id).where(Issue.town_id == point.town_id, Issue.state.in_(OPEN), *conditions_of)


def _away(point: Point, lon: float | None, lat: float | None) -> float | None:
    if lon is None or lat is None:
        return None
    if point.geometry is not None:
        return geo.distance_to_geometry_m(lon, lat, point.geometry)
    return geo.distance_m(lon, lat, point.lon, point.lat)


def _told(session: Session, viewer: Viewer, rows: Sequence[Any]) -> dict[str, Any]:
    items = listing.show_ids(session, viewer, [row.id for row in rows[:SHOWN]])
    return {
        "open": len(rows),
        "overdue": sum(bool(row.is_overdue) for row in rows),
        "items": [item.model_dump(mode="json") for item in items],
    }
