"""Reads of dispatch: what a case's detail shows of orders and plans, and whom the desk can send to."""

import uuid
from typing import Any

from sqlalchemy import BindParameter, Uuid, bindparam, select
from sqlalchemy.orm import Session

from app.features.dispatch.models import Coordination, Deferral, Dispatch, RectificationRound
from app.features.identity.models import Role, RoleHold, Unit, UnitKind, User, UserStatus
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.policy import DISPATCHERS, UNIT_ROLES

SENDABLE = (
    UnitKind.DEPARTMENT,
    UnitKind.COMMUNITY,
    UnitKind.VILLAGE,
    UnitKind.PROPERTY,
    UnitKind.ENTERPRISE,
    UnitKind.OFFICE,
)


# Made once: building a statement anew for each case costs more than asking it.
_case: BindParameter[uuid.UUID] = bindparam("case", type_=Uuid())
_ORDERS = select(Dispatch).where(Dispatch.issue_id == _case).order_by(Dispatch.order_no)
_ROUNDS = (
    select(RectificationRound).where(RectificationRound.issue_id == _case).order_by(RectificationRound.no)
)
_COORDINATION = (
    select(Coordination)
    .where(Coordination.issue_id == _case)
    .order_by(Coordination.opened_at.desc())
    .limit(1)
)
_DEFERRALS = select(Deferral).where(Deferral.issue_id == _case).order_by(Deferral.from_at)


def orders_of(session: Session, viewer: Viewer, issue: Issue) -> list[Dispatch]:
    """The orders of a case the viewer may see; a unit sees its own ones only."""
    found = _ORDERS
    if not viewer.has(*DISPATCHERS, Role.REVIEWER, Role.AUDITOR, Role.INSPECTOR, Role.DISTRICT_INSPECTOR):
        found = found.where(Dispatch.unit_id.in_(viewer.reach(*UNIT_ROLES)))
    return list(session.scalars(found, {"case": issue.id}))


def rounds_of(session: Session, viewer: Viewer, issue: Issue) -> list[RectificationRound]:
    """The unit's tries. Only for those who handle the case: a reporter sees the steps instead."""
    if not viewer.has(*DISPATCHERS, *UNIT_ROLES, Role.REVIEWER, Role.AUDITOR, Role.LEADER, Role.POINT_CHIEF):
        return []
    return list(session.scalars(_ROUNDS, {"case": issue.id}))


def coordination_of(session: Session, viewer: Viewer, issue: Issue) -> Coordination | None:
    """The last coordination of a case, for those who handle it."""
    if not viewer.has(*DISPATCHERS, *UNIT_ROLES, Role.REVIEWER, Role.AUDITOR, Role.LEADER):
        return None
    return session.scalars(_COORDINATION, {"case": issue.id}).first()


def deferrals_of(session: Session, viewer: Viewer, issue: Issue) -> list[Deferral]:
    """Why and until when the case was or is on account, for those who handle it."""
    if not viewer.has(*DISPATCHERS, *UNIT_ROLES, Role.REVIEWER, Role.AUDITOR, Role.LEADER):
        return []
    return list(session.scalars(_DEFERRALS, {"case": issue.id}))


def targets(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """Units of the viewer's town that a case can be sent to, each with its people: liaisons first. Two statements."""
    units = session.scalars(
        select(Unit)
        .where(Unit.town_id == viewer.town_id, Unit.is_active, Unit.kind.in_(SENDABLE))
        .order_by(Unit.kind, Unit.code)
    ).all()
    rows = session.execute(
        select(RoleHold.unit_id, User.id, User.name_zh, User.name_en, RoleHold.role)
        .join(User, User.id == RoleHold.user_id)
        .where(
            RoleHold.unit_id.in_([u.id for u in units]),
            RoleHold.role.in_(UNIT_ROLES),
            User.status == UserStatus.ACTIVE,
        )
        .order_by(RoleHold.role, User.name_zh)
    ).all()
    people: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for unit_id, user_id, zh, en, role in rows:
        people.setdefault(unit_id, []).append({"id": user_id, "zh": zh, "en": en, "role": role})
    return [
        {
            "id": u.id,
            "code": u.code,
            "zh": u.name_zh,
            "en": u.name_en,
            "kind": u.kind,
            "has_liaison": any(p["role"] != Role.RECTIFIER for p in people.get(u.id, [])),
            "people": people.get(u.id, []),
        }
        for u in units
    ]


def workmates(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """People to whom a unit's liaison can assign work: those with a unit role in the reached units."""
    rows = session.execute(
        select(User.id, User.name_zh, User.name_en, RoleHold.role, RoleHold.unit_id)
        .join(RoleHold, RoleHold.user_id == User.id)
        .where(
            RoleHold.unit_id.in_(viewer.reach(Role.LIAISON, Role.UNIT_PRINCIPAL)),
            RoleHold.role.in_(UNIT_ROLES),
            User.status == UserStatus.ACTIVE,
        )
        .order_by(User.name_zh)
        .limit(200)
    ).all()
    return [{"id": i, "zh": zh, "en": en, "role": r, "unit_id": u} for i, zh, en, r, u in rows]
