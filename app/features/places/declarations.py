"""点位申报表: the declared points by version, what changed from one to the next, which of them nobody looks after yet."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.errors import Invalid, NotFound
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.duty_schemas import (
    DeclarationChanges,
    DeclarationDetail,
    DeclarationOut,
    DeclaredChange,
    DeclaredIn,
    DeclaredOut,
    PointSummary,
    TypeCount,
)
from app.features.places.models import DeclaredPoint, Point, PointDeclaration
from app.features.places.schemas import Named
from app.features.standards.models import PointType
from app.features.standards.town import visible_towns

MOST_CORNERS = 200


def put_declaration(
    session: Session,
    town_id: uuid.UUID,
    rows: Sequence[DeclaredIn],
    *,
    label: str,
    source_name: str,
    source_sha256: str,
    declared_by_id: uuid.UUID | None,
) -> PointDeclaration:
    """A new version of the town's list; who may is asked by the caller: an import."""
    last = session.scalar(
        select(func.max(PointDeclaration.number)).where(PointDeclaration.town_id == town_id)
    )
    declaration = PointDeclaration(
        town_id=town_id,
        number=(last or 0) + 1,
        label=label,
        source_name=source_name,
        source_sha256=source_sha256,
        declared_by_id=declared_by_id,
    )
    session.add(declaration)
    session.flush()
    session.add_all(DeclaredPoint(declaration_id=declaration.id, **row.model_dump()) for row in rows)
    session.flush()
    return declaration


def system_in_force(session: Session, town_id: uuid.UUID) -> dict[str, DeclaredPoint]:
    """The declared points of the newest version, by code."""
    newest = (
        select(PointDeclaration.id)
        .where(PointDeclaration.town_id == town_id)
        .order_by(PointDeclaration.number.desc())
        .limit(1)
    )
    found = select(DeclaredPoint).where(DeclaredPoint.declaration_id == newest.scalar_subquery())
    return {row.code: row for row in session.scalars(found)}


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID) -> list[DeclarationOut]:
    """All versions, newest first."""
    counts = (
        select(
            DeclaredPoint.declaration_id,
            func.count().label("points"),
            func.count().filter(DeclaredPoint.is_key).label("key_points"),
        )
        .group_by(DeclaredPoint.declaration_id)
        .subquery()
    )
    found = (
        select(PointDeclaration, counts.c.points, counts.c.key_points)
        .outerjoin(counts, counts.c.declaration_id == PointDeclaration.id)
        .where(PointDeclaration.town_id == town_id, PointDeclaration.town_id.in_(visible_towns(viewer)))
        .order_by(PointDeclaration.number.desc())
        .limit(200)
    )
    rows = session.execute(found).all()
    whose = [] if viewer.is_pending else [row[0].declared_by_id for row in rows]
    names = queries.system_names(session, User, whose)
    return [_told(row, names, points or 0, key_points or 0) for row, points, key_points in rows]


def _told(row: PointDeclaration, names: dict[Any, Any], points: int, key_points: int) -> DeclarationOut:
    by = names.get(row.declared_by_id)
    return DeclarationOut(
        id=row.id,
        number=row.number,
        label=row.label,
        source_name=row.source_name,
        declared_at=row.declared_at,
        declared_by=Named.model_validate(by) if by is not None else None,
        points=points,
        key_points=key_points,
    )


def show(
    session: Session, viewer: Viewer, town_id: uuid.UUID, number: int, area: str | None = None
) -> DeclarationDetail:
    """One version with its rows, within `area` where one is given, and which of them have no point."""
    declaration = next((one for one in listed(session, viewer, town_id) if one.number == number), None)
    if declaration is None:
        raise NotFound()
    rows = within(area, _rows(session, declaration.id))
    points = session.execute(
        select(Point.code, Point.id, Point.name_zh, Point.name_en).where(
            Point.town_id == town_id, Point.is_active, Point.code.in_([row.code for row in rows])
        )
    )
    known = {row.code: Named.model_validate(row) for row in points}
    units = queries.system_names(session, Unit, [row.unit_id for row in rows])
    items = [
        DeclaredOut(
            **{name: getattr(row, name) for name in _OWN},
            unit=Named.model_validate(units[row.unit_id]) if row.unit_id in units else None,
            point=known.get(row.code),
        )
        for row in rows
    ]
    return DeclarationDetail(
        **declaration.model_dump(),
        items=items,
        missing=sum(item.point is None for item in items),
        by_type=_counted(session, town_id, rows),
    )


_OWN = ("code", "type_code", "name_zh", "address", "is_key", "lon", "lat")


def _rows(session: Session, declaration_id: uuid.UUID) -> Sequence[DeclaredPoint]:
    found = select(DeclaredPoint).where(DeclaredPoint.declaration_id == declaration_id)
    return session.scalars(found.order_by(DeclaredPoint.code)).all()


def changes(
    session: Session, viewer: Viewer, town_id: uuid.UUID, number: int, since: int
) -> DeclarationChanges:
    """What version `number` added, left out and changed since version `since`."""
    by_number = {one.number: one for one in listed(session, viewer, town_id)}
    if number not in by_number or since not in by_number:
        raise NotFound()
    before = {row.code: row for row in _rows(session, by_number[since].id)}
    after = {row.code: row for row in _rows(session, by_number[number].id)}
    changed = []
    for code in sorted(before.keys() & after.keys()):
        fields = differing(before[code], after[code])
        if fields:
            old, new = DeclaredIn.model_validate(before[code]), DeclaredIn.model_validate(after[code])
            changed.append(DeclaredChange(code=code, fields=fields, before=old, after=new))
    return DeclarationChanges(
        number=number,
        since=since,
        added=[DeclaredIn.model_validate(after[code]) for code in sorted(after.keys() - before.keys())],
        removed=[DeclaredIn.model_validate(before[code]) for code in sorted(before.keys() - after.keys())],
        changed=changed,
    )


def differing(one: DeclaredPoint | DeclaredIn, other: DeclaredPoint | DeclaredIn) -> list[str]:
    """The fields in which two rows of the same code differ."""
    return [name for name in DeclaredIn.model_fields if getattr(one, name) != getattr(other, name)]


def summary(session: Session, viewer: Viewer, town_id: uuid.UUID, area: str | None = None) -> PointSummary:
    """How many points and key points of each type the town looks after, within `area` where one is given."""
    columns = (Point.code, Point.type_code, Point.is_key, Point.lon, Point.lat)
    found = select(*columns).where(
        Point.town_id == town_id, Point.town_id.in_(visible_towns(viewer)), Point.is_active, Point.is_point
    )
    rows = within(area, session.execute(found).all())
    return PointSummary(
        points=len(rows),
        key_points=sum(row.is_key for row in rows),
        by_type=_counted(session, town_id, rows),
    )


def _counted(session: Session, town_id: uuid.UUID, rows: Sequence[Any]) -> list[TypeCount]:
    codes = sorted({row.type_code for row in rows})
    kinds = select(PointType).where(
        PointType.town_id == town_id, PointType.superseded_at.is_(None), PointType.code.in_(codes)
    )
    names = {kind.code: kind for kind in session.scalars(kinds)}
    return [
        TypeCount(
            type_code=code,
            name_zh=names[code].name_zh if code in names else code,
            name_en=names[code].name_en if code in names else code,
            points=sum(row.type_code == code for row in rows),
            key_points=sum(row.type_code == code and row.is_key for row in rows),
        )
        for code in codes
    ]


def within(area: str | None, rows: Sequence[Any]) -> Sequence[Any]:
    """Rows whose position lies in `area`: its corners as `lon,lat;lon,lat;…` (WGS-84). Without an area: all."""
    if area is None:
        return rows
    ring = _corners(area)
    shape: geo.Geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return [
        row
        for row in rows
        if row.lon is not None and row.lat is not None and geo.contains(shape, row.lon, row.lat)
    ]


def _corners(area: str) -> list[list[float]]:
    try:
        ring = [[float(one) for one in corner.split(",")] for corner in area.split(";") if corner.strip()]
    except ValueError:
        ring = []
    if not 3 <= len(ring) <= MOST_CORNERS or any(len(corner) != 2 for corner in ring):
        raise Invalid(fields=[{"at": ["query", "area"], "why": "not-an-area"}])
    for lon, lat in ring:
        geo.check_position(lon, lat)
    return ring
