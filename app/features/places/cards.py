"""What readers get to see of points, grids and responsibilities: rows put together with the names they refer to."""

import uuid
from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from app.core import geo
from app.core.errors import NotFound
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.models import Grid, Point, Responsibility
from app.features.places.schemas import (
    GridList,
    GridOut,
    Named,
    NearPoint,
    OfflinePoint,
    OfflinePoints,
    PointOut,
    ResponsibilityOut,
    SnapGrid,
    SnapOut,
)
from app.features.places.snapping import propose_unit, snap

_SIMPLIFIED_M = 2.0
_PLAIN_VERTICES = 12
"""Shapes up to this size go out as they are."""


def point_card(session: Session, viewer: Viewer, point_id: uuid.UUID) -> PointOut:
    """One point with all names; 404 where the viewer does not see its town."""
    row = session.scalar(queries.visible_points(viewer).where(Point.id == point_id))
    if row is None:
        raise NotFound()
    unit_ids = [row.territory_id, row.responsible_unit_id, row.support_unit_id]
    units = queries.system_names(session, Unit, unit_ids)
    people = queries.system_names(session, User, [] if viewer.is_pending else [row.point_chief_id])
    grids = queries.system_names(session, Grid, [row.grid_id])
    card = PointOut.model_validate(row)
    names = {
        "territory": units.get(row.territory_id),
        "responsible_unit": units.get(row.responsible_unit_id),
        "support_unit": units.get(row.support_unit_id),
        "point_chief": people.get(row.point_chief_id),
        "grid": grids.get(row.grid_id),
    }
    found = {field: Named.model_validate(name) for field, name in names.items() if name is not None}
    held = with_names(session, queries.responsibilities_for(session, viewer, row.id))
    return card.model_copy(update=found | {"responsibilities": held})


def with_names(session: Session, rows: Sequence[Responsibility]) -> list[ResponsibilityOut]:
    """Responsibilities with the names of subject and target: four queries however many there are."""
    names = partial(queries.system_names, session)
    known = (
        names(User, [row.user_id for row in rows])
        | names(Unit, [row.unit_id for row in rows])
        | names(Point, [row.point_id for row in rows])
        | names(Grid, [row.grid_id for row in rows])
    )
    return [
        ResponsibilityOut.model_validate(
            {
                **{name: getattr(row, name) for name in _OWN_FIELDS},
                "subject": known[row.user_id or row.unit_id],
                "target": known[row.point_id or row.grid_id],
            }
        )
        for row in rows
    ]


_OWN_FIELDS = set(ResponsibilityOut.model_fields) - {"subject", "target"}
_kept: dict[str, bytes] = {}
_MOST_KEPT = 4


def offline_body(session: Session, viewer: Viewer, town_id: uuid.UUID, tag: str) -> bytes:
    """The JSON of OfflinePoints. Made once per tag and process: a whole town asks for the same bytes."""
    if (body := _kept.get(tag)) is None:
        rows = session.execute(queries.active_points(viewer, town_id))
        items = [_offline(OfflinePoint.model_validate(row)) for row in rows]
        body = OfflinePoints(town_id=town_id, items=items).model_dump_json().encode()
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[tag] = body
    return body


def _offline(point: OfflinePoint) -> OfflinePoint:
    shape = point.geometry
    if shape is not None and str(shape).count(",") > 2 * _PLAIN_VERTICES:
        point.geometry = geo.simplify(shape, _SIMPLIFIED_M)
    return point


def grid_list(session: Session, viewer: Viewer, town_id: uuid.UUID) -> GridList:
    """All grids of a town, by code."""
    rows = session.scalars(queries.visible_grids(viewer).where(Grid.town_id == town_id).order_by(Grid.code))
    return GridList(town_id=town_id, items=[GridOut.model_validate(row) for row in rows])


def snap_out(
    session: Session, town_id: uuid.UUID, lon: float, lat: float, accuracy_m: float | None
) -> SnapOut:
    """Where a WGS-84 position belongs, and the unit proposed for it."""
    result = snap(session, town_id, lon, lat, accuracy_m)
    unit_id, reason = propose_unit(
        session, result.point.id if result.point else None, result.grid.id if result.grid else None
    )
    return SnapOut(
        lon=lon,
        lat=lat,
        point=NearPoint.model_validate(result.point) if result.point else None,
        distance_m=result.distance_m,
        is_inside=result.is_inside,
        grid=SnapGrid.model_validate(result.grid) if result.grid else None,
        candidates=[NearPoint.model_validate(near) for near in result.candidates],
        unit_id=unit_id,
        unit_reason=reason,
    )
