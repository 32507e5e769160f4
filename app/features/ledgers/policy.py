"""Who keeps the office's ledgers and who reads them: the office and leaders of the town, a unit what concerns itself."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden, Invalid
from app.features.identity.models import Role, Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues.policy import DISPATCHERS, SEERS, unit_reach, works_for_unit
from app.features.issues.schemas import Named

KEEPERS = DISPATCHERS
"""The desk, line leaders and the principal leader."""
READERS = (*SEERS, Role.LEADER)


def reads_town(viewer: Viewer, town: Any) -> ColumnElement[bool]:
    """Rows of the towns that the viewer reads whole."""
    if not viewer.has(*READERS):
        return false()
    return or_(town == viewer.town_id, town.in_(viewer.reach(*READERS)))


def visible(viewer: Viewer, town: Any, unit: Any) -> ColumnElement[bool]:
    """Rows of the town, or of the units the viewer works for. Raises Forbidden for who reads neither."""
    if not (viewer.has(*READERS) or works_for_unit(viewer)):
        raise Forbidden()
    return or_(reads_town(viewer, town), unit.in_(unit_reach(viewer)))


def require_keeper(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    """403 unless the viewer keeps the ledgers of the town."""
    if not keeps(session, viewer, town_id):
        raise Forbidden()


def keeps(session: Session, viewer: Viewer, town_id: uuid.UUID | None) -> bool:
    """Whether the viewer writes into the ledgers of the town."""
    return viewer.reaches(session, town_id, *KEEPERS)


def own_units(session: Session, viewer: Viewer) -> set[uuid.UUID]:
    """Units for which the viewer answers."""
    return set(session.scalars(unit_reach(viewer))) if works_for_unit(viewer) else set()


# ---- what every ledger needs ----
def require_units(session: Session, town_id: uuid.UUID, field: str, ids: Collection[uuid.UUID]) -> None:
    """Active units of the town, or Invalid."""
    known = select(Unit.id).where(Unit.id.in_(ids), Unit.town_id == town_id, Unit.is_active)
    if set(ids) - set(session.scalars(known)):
        raise Invalid(fields=[{"at": ["body", field], "why": "unknown"}])


def unit_names(session: Session, ids: Collection[uuid.UUID | None]) -> dict[uuid.UUID | None, Named]:
    rows = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_({*ids} - {None})))
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def people_names(session: Session, ids: Collection[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    rows = session.execute(select(User.id, User.name_zh).where(User.id.in_({*ids} - {None})))
    return {row.id: row.name_zh for row in rows}


def recorded(
    session: Session, viewer: Viewer, kind: str, subject_id: uuid.UUID, what: str, fields: Sequence[str] = ()
) -> None:
    """Who wrote what into which ledger; never its words."""
    audit.record(
        session,
        f"{kind}.{what}",
        actor_id=viewer.user_id,
        subject_kind=kind,
        subject_id=subject_id,
        detail={"fields": sorted(fields)},
    )
