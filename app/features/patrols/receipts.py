"""What a phone is told of its patrol or visit."""

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.instance import durability
from app.features.patrols import checking
from app.features.patrols.models import Patrol, PatrolSlot, Visit
from app.features.patrols.schemas import PatrolReceipt, VisitReceipt
from app.features.patrols.slots import state_of


def _slot_state(session: Session, slot_id: uuid.UUID | None) -> Any:
    slot = session.get(PatrolSlot, slot_id) if slot_id else None
    return state_of(slot, now()) if slot else None


def of_patrol(session: Session, patrol: Patrol) -> PatrolReceipt:
    """As stored."""
    epoch, through = durability(session)
    visits = session.scalar(select(func.count()).where(Visit.patrol_id == patrol.id))
    return PatrolReceipt.model_validate({
        "id": patrol.client_id, "slot_id": patrol.slot_id, "slot_state": _slot_state(session, patrol.slot_id),
        "kind": patrol.kind, "level": patrol.level, "visibility": patrol.visibility, "started_at": patrol.started_at,
        "ended_at": patrol.ended_at, "received_at": patrol.received_at, "visits": visits, "flags": patrol.flags,
        "restore_epoch": epoch, "durable_through": through,
    })  # fmt: skip


def of_visit(session: Session, visit: Visit) -> VisitReceipt:
    """As stored."""
    epoch, through = durability(session)
    return VisitReceipt(
        id=visit.client_id, patrol_id=visit.patrol_client_id, is_attached=visit.patrol_id is not None,
        point_id=visit.point_id, grid_id=visit.grid_id, arrived_at=visit.arrived_at, received_at=visit.received_at,
        is_inside=visit.is_inside, distance_m=visit.distance_m, score=visit.score, is_clean=visit.is_clean,
        slot_state=_slot_state(session, visit.slot_id), photos=checking.photo_progress(session, visit),
        flags=visit.flags, restore_epoch=epoch, durable_through=through,
    )  # fmt: skip
