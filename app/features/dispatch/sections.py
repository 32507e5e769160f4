"""What dispatch adds to the detail of a case: orders, rectification rounds, coordination, deferrals."""

import uuid
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.features.dispatch import queries
from app.features.dispatch.models import (
    Coordination,
    Deferral,
    Dispatch,
    IssueFrontage,
    RectificationRound,
)
from app.features.dispatch.service import due_for
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues.detail import section
from app.features.issues.guards import liaison_of
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.issues.people import is_office, is_unit
from app.features.issues.policy import DISPATCHERS, Standing
from app.features.places import frontages
from app.features.places import service as places
from app.features.places.models import Frontage

_UNITS = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(bindparam("ids", expanding=True)))


def _names(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    if not ids:
        return {}
    rows = db.rows(session, _UNITS, {"ids": sorted(ids)})
    return {i: {"id": str(i), "zh": zh, "en": en} for i, zh, en in rows}


@section("orders", Dispatch)
def _orders(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> list[dict[str, Any]]:
    rows = queries.orders_of(session, viewer, issue)
    units = _names(session, {r.unit_id for r in rows})
    return [
        {
            "order_no": r.order_no,
            "unit": units.get(r.unit_id),
            "due_at": r.due_at.isoformat(),
            "requirement": r.requirement,
            "sent_at": r.sent_at.isoformat(),
            "claimed_at": r.claimed_at.isoformat() if r.claimed_at else None,
            "bounced_at": r.bounced_at.isoformat() if r.bounced_at else None,
            "bounce_reason": r.bounce_reason,
            "bounce_note": r.bounce_note,
            "ruling": r.ruling,
            "ended_at": r.ended_at.isoformat() if r.ended_at else None,
        }
        for r in rows
    ]


@section("rounds", RectificationRound)
def _rounds(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> list[dict[str, Any]]:
    return [
        {
            "no": r.no,
            "round_no": r.round_no,
            "measure": r.measure,
            "submitted_at": r.submitted_at.isoformat(),
            "withdrawn_at": r.withdrawn_at.isoformat() if r.withdrawn_at else None,
            "returned_at": r.returned_at.isoformat() if r.returned_at else None,
            "return_reason": r.return_reason,
            "return_note": r.return_note,
        }
        for r in queries.rounds_of(session, viewer, issue)
    ]


@section("coordination", Coordination, without=lambda: None)
def _coordination(
    session: Session, viewer: Viewer, standing: Standing, issue: Issue
) -> dict[str, Any] | None:
    row = queries.coordination_of(session, viewer, issue)
    if row is None:
        return None
    return {
        "kind": row.kind,
        "opened_at": row.opened_at.isoformat(),
        "plan_due_at": row.plan_due_at.isoformat(),
        "meeting": row.meeting,
        "measures": row.measures,
        "milestones": row.milestones,
        "final_due_at": row.final_due_at.isoformat() if row.final_due_at else None,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
    }


@section("deferrals", Deferral)
def _deferrals(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> list[dict[str, Any]]:
    return [
        {
            "reason_code": r.reason_code,
            "safety_measure": r.safety_measure,
            "from_at": r.from_at.isoformat(),
            "resume_at": r.resume_at.isoformat(),
            "resumed_at": r.resumed_at.isoformat() if r.resumed_at else None,
        }
        for r in queries.deferrals_of(session, viewer, issue)
    ]


@section("proposal")
def _proposal(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> dict[str, Any] | None:
    """What the triage form begins with: unit by point, grid or territory (`why`), its liaison, the end of its clock."""
    if issue.state not in (State.SUBMITTED, State.DISPATCHED, State.RECTIFYING) or not standing.over(
        issue, *DISPATCHERS
    ):
        return None
    unit_id, why = places.propose_unit(session, issue.point_id, issue.grid_id)
    person = liaison_of(session, unit_id) if unit_id else None
    return {
        "unit": _names(session, {unit_id}).get(unit_id) if unit_id else None,
        "why": why,
        "person": _person(person),
        "due_at": due_for(session, issue, now()).isoformat(),
        "nature": issue.nature,
        "frontages": [
            _shop(shop) | {"distance_m": round(metres, 1)}
            for shop, metres in frontages.around(
                session, issue.town_id, issue.lon, issue.lat, issue.accuracy_m
            )
        ],
    }


@section("frontage", IssueFrontage, without=lambda: None)
def _frontage(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> dict[str, Any] | None:
    """The shop named with the order: told to the office and to who works on the case."""
    if not (is_office(standing, issue) or is_unit(standing, issue)):
        return None
    named = select(Frontage).join(IssueFrontage, IssueFrontage.frontage_id == Frontage.id)
    shop = session.scalar(named.where(IssueFrontage.issue_id == issue.id))
    return _shop(shop) if shop else None


def _shop(shop: Frontage) -> dict[str, Any]:
    return {
        "id": str(shop.id),
        "zh": shop.name_zh,
        "en": shop.name_en,
        "duties": shop.duties,
        "signed_on": shop.signed_on.isoformat() if shop.signed_on else None,
    }


def _person(person: User | None) -> dict[str, Any] | None:
    return {"id": str(person.id), "name": person.name_zh} if person else None
