"""Reads of points, grids and responsibilities. Everything of the own town shows, nothing of another."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, String, false, func, or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.places.models import Grid, Point, Responsibility
from app.features.standards.town import visible_towns


def visible_points(viewer: Viewer) -> Select[Point]:
    """Points, switched-off ones included, of the towns `viewer` sees."""
    return select(Point).where(Point.town_id.in_(visible_towns(viewer)))


def visible_grids(viewer: Viewer) -> Select[Grid]:
    """Grids of the towns `viewer` sees."""
    return select(Grid).where(Grid.town_id.in_(visible_towns(viewer)))


def visible_responsibilities(viewer: Viewer) -> Select[Responsibility]:
    """包干 of the towns `viewer` sees. It names people: a pending person sees none."""
    if viewer.is_pending:
        return select(Responsibility).where(false())
    return select(Responsibility).where(Responsibility.town_id.in_(visible_towns(viewer)))


def points_page(
    viewer: Viewer, town_id: uuid.UUID, *, after: str | None, limit: int, q: str | None, **equal: Any
) -> Select[Point]:
    """One page of a town's points by code; `q` is looked for in code, names and address."""
    found = visible_points(viewer).where(Point.town_id == town_id)
    for column, value in equal.items():
        if value is not None:
            found = found.where(getattr(Point, column) == value)
    if q:
        texts = (Point.code, Point.name_zh, Point.name_en, Point.address)
        found = found.where(or_(*(_holds(text, q) for text in texts)))
    if after is not None:
        found = found.where(Point.code > after)
    return found.order_by(Point.code).limit(limit + 1)


def _holds(column: Any, q: str) -> Any:
    # icontains would fold case on SQLite for ASCII only; lower() makes both databases agree there.
    return func.lower(column, type_=String).contains(q.lower(), autoescape=True)


def active_points(viewer: Viewer, town_id: uuid.UUID) -> Select[Any]:
    """The columns a phone keeps of every active point of a town."""
    columns = (
        Point.id,
        Point.code,
        Point.type_code,
        Point.name_zh,
        Point.name_en,
        Point.is_key,
        Point.is_point,
        Point.lon,
        Point.lat,
        Point.buffer_m,
        Point.geometry,
        Point.grid_id,
        Point.territory_id,
        Point.responsible_unit_id,
    )
    is_shown = (Point.town_id == town_id, Point.town_id.in_(visible_towns(viewer)), Point.is_active.is_(True))
    return select(*columns).where(*is_shown).order_by(Point.code)


def responsibilities_of(
    viewer: Viewer,
    town_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
    **equal: uuid.UUID | str | None,
) -> Select[Responsibility]:
    """One page of a town's responsibilities, filtered."""
    found = visible_responsibilities(viewer).where(Responsibility.town_id == town_id)
    for column, value in equal.items():
        if value is not None:
            found = found.where(getattr(Responsibility, column) == value)
    if after is not None:
        found = found.where(Responsibility.id > after)
    return found.order_by(Responsibility.id).limit(limit + 1)


def system_names(
    session: Session, kind: type[Any], ids: Iterable[uuid.UUID | None]
) -> dict[uuid.UUID | None, Any]:
    """Id and names of units, people, points or grids, by id, in one query."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(select(kind.id, kind.name_zh, kind.name_en).where(kind.id.in_(wanted)))
    return {row.id: row for row in rows}


def system_belonging(
    session: Session, kind: type[Any], town_id: uuid.UUID, ids: set[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of `ids` that are units, people, points or grids of the town."""
    if kind is User:
        found = select(User.id).join(Unit, Unit.id == User.unit_id).where(Unit.town_id == town_id)
    else:
        found = select(kind.id).where(kind.town_id == town_id)
    return set(session.scalars(found.where(kind.id.in_(ids))))


def responsibilities_for(session: Session, viewer: Viewer, point_id: uuid.UUID) -> Sequence[Responsibility]:
    """Who answers for one point."""
    found = visible_responsibilities(viewer).where(Responsibility.point_id == point_id)
    return session.scalars(found.order_by(Responsibility.role, Responsibility.id).limit(50)).all()
