"""Slots as people read them: with the plan's name, who is to go and what state the clock says they are in."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.models import Unit, User
from app.features.patrols.models import PatrolPlan, PatrolSlot
from app.features.patrols.schemas import AssigneeOut, PlanRef, SlotOut
from app.features.patrols.slots import state_of
from app.features.patrols.targets import PER_POINT
from app.features.volunteers.models import Team

_OWN = (
    "id", "kind", "level", "visibility", "local_on", "starts_at", "ends_at", "started_at", "done_at", "targets_total",
    "targets_done",
)  # fmt: skip


def show_slots(session: Session, found: Sequence[PatrolSlot]) -> list[SlotOut]:
    """The same slots in the same order; four statements however many there are."""
    plans = {
        plan.id: plan
        for plan in session.scalars(select(PatrolPlan).where(PatrolPlan.id.in_({s.plan_id for s in found})))
    }
    names = _names(session, found)
    at = now()
    return [
        SlotOut(
            **{name: getattr(slot, name) for name in _OWN},
            plan=plan_ref(plans[slot.plan_id]),
            mode=plans[slot.plan_id].mode,
            state=state_of(slot, at),
            assignee=_assignee(slot, names),
            needs_position=slot.kind in PER_POINT,
            has_publicity=plans[slot.plan_id].has_publicity,
        )
        for slot in found
    ]


def plan_ref(plan: PatrolPlan) -> PlanRef:
    """A plan by name."""
    return PlanRef(id=plan.id, code=plan.code, zh=plan.name_zh, en=plan.name_en)


def _names(session: Session, found: Sequence[PatrolSlot]) -> dict[uuid.UUID, Any]:
    names: dict[uuid.UUID, Any] = {}
    wanted: tuple[tuple[type[Any], set[uuid.UUID | None]], ...] = (
        (User, {slot.user_id for slot in found}),
        (Team, {slot.team_id for slot in found}),
        (Unit, {slot.unit_id for slot in found}),
    )
    for model, ids in wanted:
        if some := ids - {None}:
            rows = session.execute(select(model.id, model.name_zh, model.name_en).where(model.id.in_(some)))
            names |= {row.id: row for row in rows}
    return names


def _assignee(slot: PatrolSlot, names: dict[uuid.UUID, Any]) -> AssigneeOut:
    kind, owner = (
        ("person", slot.user_id)
        if slot.user_id
        else ("team", slot.team_id)
        if slot.team_id
        else ("role" if slot.role else "unit", slot.unit_id)
    )
    name = names[owner] if owner else None
    return AssigneeOut.model_validate(
        {
            "kind": kind,
            "zh": name.name_zh if name else "",
            "en": name.name_en if name else "",
            "role": slot.role,
        }
    )
