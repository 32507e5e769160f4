"""门前五包: the register of shops. Who keeps it, who reads whose name in it, and before whose door a case lies."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from app.core import audit, geo
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.errors import StepUpNeeded
from app.features.identity.models import Role, Unit
from app.features.identity.presentation import masked_phone
from app.features.identity.roles import CONFIGURERS, DIRECTORY_READERS, PHONE_READERS
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.frontage_schemas import DUTIES, FrontageIn, FrontageOut, FrontagePatch
from app.features.places.models import Frontage, Point
from app.features.places.schemas import Named, PositionIn
from app.features.places.snapping import propose_unit, snap
from app.features.standards.errors import CodeTaken
from app.features.standards.town import visible_towns

KEEPERS = (*CONFIGURERS, Role.LIAISON, Role.UNIT_PRINCIPAL)
"""Configurers keep the town's register, a unit its own part of it."""
REACH_MOST_M = 200
NEAR_MOST = 3


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Shops of the towns the viewer sees. They have owners: a pending person sees none."""
    return false() if viewer.is_pending else Frontage.town_id.in_(visible_towns(viewer))


# ---- reading ----
def found(
    viewer: Viewer,
    town_id: uuid.UUID,
    *,
    q: str | None = None,
    is_signed: bool | None = None,
    is_active: bool | None = None,
    **equal: uuid.UUID | None,
) -> Select[Frontage]:
    """Shops of a town; `q` is looked for in code, names and address."""
    shops = select(Frontage).where(visible(viewer), Frontage.town_id == town_id)
    for column, value in equal.items():
        if value is not None:
            shops = shops.where(getattr(Frontage, column) == value)
    if q:
        texts = (Frontage.code, Frontage.name_zh, Frontage.name_en, Frontage.address)
        shops = shops.where(
            or_(*(func.lower(text, type_=String).contains(q.lower(), autoescape=True) for text in texts))
        )
    if is_signed is not None:
        shops = shops.where(Frontage.signed_on.is_not(None) if is_signed else Frontage.signed_on.is_(None))
    return shops if is_active is None else shops.where(Frontage.is_active.is_(is_active))


def counted(session: Session, shops: Select[Frontage]) -> tuple[int, int]:
    """How many there are, and how many of them signed."""
    of = shops.order_by(None).subquery()
    row = session.execute(select(func.count(), func.count(of.c.signed_on)).select_from(of)).one()
    return row[0], row[1]


def may_add(viewer: Viewer) -> bool:
    """Whether the viewer keeps any part of the register."""
    return viewer.has(*KEEPERS)


def show(session: Session, viewer: Viewer, rows: Sequence[Frontage]) -> list[FrontageOut]:
    """The same in the same order, each with what this viewer may know of its owner."""
    units = {row.unit_id for row in rows}
    named, kept = (
        _reached(session, viewer, units, DIRECTORY_READERS),
        _reached(session, viewer, units, KEEPERS),
    )
    unit_names = queries.system_names(session, Unit, units)
    points = queries.system_names(session, Point, [row.point_id for row in rows])
    return [
        FrontageOut(
            **{name: getattr(row, name) for name in _PLAIN},
            point=Named.model_validate(points[row.point_id]) if row.point_id else None,
            unit=Named.model_validate(unit_names[row.unit_id]),
            owner_name=row.owner_name if row.unit_id in named else None,
            owner_phone_masked=masked_phone(row.owner_phone) if row.unit_id in named else None,
            may_change=row.unit_id in kept,
        )
        for row in rows
    ]


_PLAIN = (
    "id", "code", "name_zh", "name_en", "address", "lon", "lat", "reach_m", "duties", "signed_on", "is_active", "version",
)  # fmt: skip


def _reached(
    session: Session, viewer: Viewer, units: Collection[uuid.UUID], roles: Sequence[Role]
) -> set[uuid.UUID]:
    if not units or not viewer.has(*roles):
        return set()
    return set(session.scalars(select(Unit.id).where(Unit.id.in_(units), Unit.id.in_(viewer.reach(*roles)))))


def find(session: Session, viewer: Viewer, frontage_id: uuid.UUID) -> Frontage:
    """A shop the viewer sees, or NotFound."""
    row = session.scalar(select(Frontage).where(Frontage.id == frontage_id, visible(viewer)))
    if row is None:
        raise NotFound()
    return row


def phone(session: Session, viewer: Viewer, frontage_id: uuid.UUID) -> Frontage:
    """For who may read the whole number, now. Raises NotFound, Forbidden, StepUpNeeded."""
    row = find(session, viewer, frontage_id)
    if not viewer.reaches(session, row.unit_id, *PHONE_READERS):
        raise Forbidden()
    if not viewer.has_stepped_up:
        raise StepUpNeeded()
    return row


# Made once: building it costs more than asking.
_AROUND = select(Frontage).where(
    Frontage.town_id == bindparam("town"),
    Frontage.is_active,
    Frontage.lat.between(bindparam("south"), bindparam("north")),
    Frontage.lon.between(bindparam("west"), bindparam("east")),
)


def around(
    session: Session, town_id: uuid.UUID, lon: float | None, lat: float | None, accuracy_m: float | None
) -> list[tuple[Frontage, float]]:
    """Shops before whose door a position lies, the nearest first. A position that is not sure widens the door a little."""
    if lon is None or lat is None:
        return []
    asked = {"town": town_id} | geo.bbox_around(lon, lat, REACH_MOST_M)._asdict()
    shops = session.scalars(_AROUND, asked)
    doubt = min(accuracy_m or 0.0, 20.0)
    near = [(shop, geo.distance_m(lon, lat, shop.lon, shop.lat)) for shop in shops]
    inside = [(shop, metres) for shop, metres in near if metres <= shop.reach_m + doubt]
    return sorted(inside, key=lambda one: (one[1], one[0].code))[:NEAR_MOST]


# ---- writing ----
def add(session: Session, viewer: Viewer, town_id: uuid.UUID, body: FrontageIn) -> Frontage:
    """One more shop. Raises Forbidden, Invalid, CodeTaken, GeometryRefused."""
    if not viewer.has(*KEEPERS):
        raise Forbidden()
    taken = select(Frontage.id).where(Frontage.town_id == town_id, Frontage.code == body.code)
    if session.scalar(taken) is not None:
        raise CodeTaken(value=body.code)
    _check_links(session, town_id, body.model_dump(include={"point_id", "unit_id"}))
    row = put(session, town_id, body)
    _require_keeper(session, viewer, row.unit_id)
    session.flush()
    _recorded(session, row, viewer.user_id, "added", [])
    return row


def put(session: Session, town_id: uuid.UUID, body: FrontageIn) -> Frontage:
    """Make one; links are resolved by the caller: a loader, an import."""
    values = body.model_dump(exclude={"position", "duties"})
    values |= _placed(body.position) | {"duties": _in_order(body.duties)}
    if values["point_id"] is None or values["unit_id"] is None:
        values |= _where(session, town_id, values)
    if values["unit_id"] is None:
        raise Invalid(fields=[{"at": ["body", "unit_id"], "why": "missing"}])
    row = Frontage(town_id=town_id, **values)
    session.add(row)
    return row


def _where(session: Session, town_id: uuid.UUID, values: Mapping[str, Any]) -> dict[str, uuid.UUID | None]:
    near = snap(session, town_id, values["lon"], values["lat"], to_choose=False)
    point_id = values["point_id"] or (near.point.id if near.point else None)
    unit_id = values["unit_id"] or propose_unit(session, point_id, near.grid.id if near.grid else None)[0]
    return {"point_id": point_id, "unit_id": unit_id}


def _placed(position: PositionIn) -> dict[str, Any]:
    lon, lat = geo.to_wgs84(position.lon, position.lat, position.crs)
    is_shifted = position.crs is not geo.Crs.WGS84
    source = {"crs": position.crs, "position": [position.lon, position.lat]} if is_shifted else {}
    return {"lon": lon, "lat": lat, "source": source}


def _in_order(duties: Collection[str]) -> list[str]:
    return [one for one in DUTIES if one in duties]


def change(
    session: Session, viewer: Viewer, frontage_id: uuid.UUID, patch: FrontagePatch, base: int
) -> Frontage:
    """Change what `patch` names. Raises NotFound, Forbidden, Invalid, VersionConflict."""
    wanted = select(Frontage).where(Frontage.id == frontage_id, visible(viewer)).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    _require_keeper(session, viewer, row.unit_id)
    if row.version != base:
        raise VersionConflict(version=row.version)
    _check_links(session, row.town_id, patch.model_dump(include={"point_id", "unit_id"}))
    if patch.unit_id is not None:
        _require_keeper(session, viewer, patch.unit_id)
    if changes := rewrite(row, patch):
        session.flush()
        _recorded(session, row, viewer.user_id, "changed", changes)
    return row


def rewrite(row: Frontage, patch: FrontagePatch) -> list[str]:
    """Write what `patch` names, links resolved by the caller; returns what it really changed."""
    may_be_null = {"point_id", "signed_on"}
    said = patch.model_dump(exclude_unset=True, exclude={"position", "duties"})
    values = {name: value for name, value in said.items() if value is not None or name in may_be_null}
    if patch.position is not None:
        values |= _placed(patch.position)
    if patch.duties is not None:
        values["duties"] = _in_order(patch.duties)
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    row.version += bool(changed)
    return changed


def _require_keeper(session: Session, viewer: Viewer, unit_id: uuid.UUID) -> None:
    if not viewer.reaches(session, unit_id, *KEEPERS):
        raise Forbidden()


def _check_links(session: Session, town_id: uuid.UUID, links: Mapping[str, uuid.UUID | None]) -> None:
    kinds: dict[str, type[Any]] = {"point_id": Point, "unit_id": Unit}
    wrong = [
        name
        for name, one in links.items()
        if one is not None and not queries.system_belonging(session, kinds[name], town_id, {one})
    ]
    if wrong:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown-id"} for name in wrong])


def _recorded(session: Session, row: Frontage, actor_id: uuid.UUID, what: str, fields: list[str]) -> None:
    audit.record(
        session,
        f"frontages.{what}",
        actor_id=actor_id,
        subject_kind="frontages",
        subject_id=row.id,
        detail={"version": row.version, "fields": fields},
    )
