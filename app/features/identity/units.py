"""The unit tree: making, changing, moving units, and the closure that scopes are asked from."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.errors import UnitCodeTaken, UnitInUse, UnitLoop
from app.features.identity.models import Unit, UnitKind, UnitReach, User, UserStatus
from app.features.identity.queries import find_unit
from app.features.identity.roles import CONFIGURERS
from app.features.identity.viewer import Viewer

ABOVE_TOWNS = frozenset({UnitKind.DISTRICT})


def add_unit(
    session: Session,
    *,
    code: str,
    name_zh: str,
    kind: str,
    parent: Unit | None,
    name_en: str = "",
    **values: Any,
) -> Unit:
    """A new unit below `parent`, reachable at once. Asks nobody: for commands and imports."""
    unit = Unit(
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        kind=kind,
        parent_id=parent.id if parent else None,
        **values,
    )
    session.add(unit)
    session.flush()
    unit.town_id = unit.id if kind == UnitKind.TOWN else parent.town_id if parent else None
    above = (
        session.scalars(select(UnitReach.ancestor_id).where(UnitReach.unit_id == parent.id)) if parent else ()
    )
    session.add_all(UnitReach(ancestor_id=ancestor, unit_id=unit.id) for ancestor in {*above, unit.id})
    session.flush()
    return unit


def rebuild_reach(session: Session, town_id: uuid.UUID | None = None) -> None:
    """Write the closure anew from parent_id: of one town, or of all units (after an import, a restore)."""
    session.flush()
    units = session.execute(select(Unit.id, Unit.parent_id)).all()
    parents: dict[uuid.UUID, uuid.UUID | None] = {row.id: row.parent_id for row in units}
    wanted = set(parents)
    if town_id is not None:
        wanted = set(session.scalars(select(Unit.id).where(Unit.town_id == town_id)))
    session.execute(delete(UnitReach).where(UnitReach.unit_id.in_(wanted)))
    rows = []
    for unit_id in wanted:
        node: uuid.UUID | None = unit_id
        while node is not None:
            rows.append({"ancestor_id": node, "unit_id": unit_id})
            node = parents.get(node)
    if rows:
        session.execute(insert(UnitReach), rows)


def create_unit(
    session: Session,
    viewer: Viewer,
    *,
    code: str,
    name_zh: str,
    kind: UnitKind,
    parent_id: uuid.UUID,
    name_en: str = "",
    tags: list[str] | None = None,
) -> Unit:
    """A new unit below one in the viewer's reach. Towns and districts are made by command."""
    parent = _configurable(session, viewer, parent_id)
    if kind in (UnitKind.TOWN, UnitKind.DISTRICT):
        raise Invalid("Towns and districts are made by `xunfang create-admin` or an import.")
    _check_code(session, parent.town_id, code)
    unit = add_unit(
        session, code=code, name_zh=name_zh, name_en=name_en, kind=kind, parent=parent, tags=tags or []
    )
    audit.record(session, "unit-created", actor_id=viewer.user_id, subject_kind="unit", subject_id=unit.id)
    return unit


def change_unit(
    session: Session, viewer: Viewer, unit_id: uuid.UUID, base_version: int, changes: Mapping[str, Any]
) -> Unit:
    """Change fields of a unit, move it (`parent_id`), or close and reopen it (`is_active`)."""
    unit = _configurable(session, viewer, unit_id)
    if unit.version != base_version:
        raise VersionConflict(current_version=unit.version)
    if "code" in changes and changes["code"] != unit.code:
        _check_code(session, unit.town_id, changes["code"])
    if changes.get("is_active") is False and unit.is_active:
        _check_unused(session, unit)
    moves = "parent_id" in changes and changes["parent_id"] != unit.parent_id
    if moves:
        _check_move(session, viewer, unit, changes["parent_id"])
    for name, value in changes.items():
        setattr(unit, name, value)
    unit.version += 1
    if moves:
        rebuild_reach(session, unit.town_id)
    session.flush()
    audit.record(
        session,
        "unit-changed",
        actor_id=viewer.user_id,
        subject_kind="unit",
        subject_id=unit.id,
        detail={"fields": sorted(changes)},
    )
    return unit


def _configurable(session: Session, viewer: Viewer, unit_id: uuid.UUID | None) -> Unit:
    unit = find_unit(session, viewer, unit_id) if unit_id else None
    if unit is None:
        raise NotFound()
    if viewer.is_pending or not viewer.reaches(session, unit.id, *CONFIGURERS):
        raise Forbidden()
    return session.get_one(Unit, unit.id, with_for_update=True, populate_existing=True)


def _check_code(session: Session, town_id: uuid.UUID | None, code: str) -> None:
    if session.scalar(select(Unit.id).where(Unit.town_id == town_id, Unit.code == code)) is not None:
        raise UnitCodeTaken()


def _check_unused(session: Session, unit: Unit) -> None:
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id == unit.id)
    people = select(func.count()).where(User.unit_id.in_(below), User.status != UserStatus.DISABLED)
    units = select(func.count()).where(Unit.id.in_(below), Unit.id != unit.id, Unit.is_active)
    people_left, units_left = session.scalar(people) or 0, session.scalar(units) or 0
    if people_left or units_left:
        raise UnitInUse(people=people_left, units=units_left)


def _check_move(session: Session, viewer: Viewer, unit: Unit, parent_id: uuid.UUID | None) -> None:
    parent = _configurable(session, viewer, parent_id)
    if unit.kind in (UnitKind.TOWN, UnitKind.DISTRICT) or parent.town_id != unit.town_id:
        raise Invalid("A unit stays in its town.")
    inside = select(UnitReach.unit_id).where(UnitReach.ancestor_id == unit.id, UnitReach.unit_id == parent.id)
    if session.scalar(inside) is not None:
        raise UnitLoop()
