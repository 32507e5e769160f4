"""Reads of rounds. All start from policy.py, or say that they are the system's."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import now
from app.features.crosscheck import policy
from app.features.crosscheck.models import Assignment, CrossFinding, CrossRound, Ring, TeamMember
from app.features.identity.models import Role, RoleHold, Unit, User, UserStatus
from app.features.identity.viewer import Viewer
from app.features.issues.schemas import Named
from app.features.photos.models import Photo
from app.features.places.models import Point


def rings(session: Session, viewer: Viewer, town_id: uuid.UUID) -> Sequence[Ring]:
    """The town's rings, by code."""
    reached = Ring.town_id.in_(viewer.reach(*policy.ORGANISERS, Role.AUDITOR))
    found = select(Ring).where(Ring.town_id == town_id, reached)
    return session.scalars(found.order_by(Ring.code)).all()


def rounds(session: Session, viewer: Viewer, town_id: uuid.UUID) -> Sequence[CrossRound]:
    """What the viewer may know of, newest first."""
    found = select(CrossRound).where(CrossRound.town_id == town_id, policy.visible_rounds(viewer))
    return session.scalars(found.order_by(CrossRound.start_at.desc(), CrossRound.id).limit(200)).all()


def round_seen(session: Session, viewer: Viewer, round_id: uuid.UUID) -> CrossRound | None:
    """A round, if the viewer may know of it."""
    return session.scalar(select(CrossRound).where(CrossRound.id == round_id, policy.visible_rounds(viewer)))


def assignments_of(session: Session, viewer: Viewer, round_id: uuid.UUID) -> Sequence[Assignment]:
    """The tasks of a round, as far as the viewer sees them."""
    found = select(Assignment).where(Assignment.round_id == round_id, policy.visible_assignments(viewer))
    return session.scalars(found.order_by(Assignment.id)).all()


def own_assignments(session: Session, viewer: Viewer) -> Sequence[tuple[Assignment, CrossRound]]:
    """The tasks of the viewer's own team that are not over."""
    found = (
        select(Assignment, CrossRound)
        .join(CrossRound, CrossRound.id == Assignment.round_id)
        .join(TeamMember, TeamMember.assignment_id == Assignment.id)
        .where(TeamMember.user_id == viewer.user_id, CrossRound.closed_at.is_(None))
    )
    return [(row[0], row[1]) for row in session.execute(found.order_by(CrossRound.start_at, Assignment.id))]


def system_members(session: Session, assignment_id: uuid.UUID) -> list[tuple[TeamMember, User]]:
    """A team, its captain first."""
    found = select(TeamMember, User).join(User, User.id == TeamMember.user_id)
    rows = session.execute(
        found.where(TeamMember.assignment_id == assignment_id).order_by(
            TeamMember.is_captain.desc(), User.name_zh, User.id
        )
    )
    return [(row[0], row[1]) for row in rows]


def system_captains(session: Session, unit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Unit → who leads its team: active, principal of the unit and captain by role (S12)."""
    lead, also = aliased(RoleHold), aliased(RoleHold)
    today = now().date()
    found = (
        select(lead.unit_id, User.id)
        .join(User, User.id == lead.user_id)
        .join(also, (also.user_id == User.id) & (also.unit_id == lead.unit_id))
        .where(lead.role == Role.CROSS_CAPTAIN, also.role == Role.UNIT_PRINCIPAL)
        .where(lead.unit_id.in_(unit_ids), User.status == UserStatus.ACTIVE)
        .where(*(or_(h.until_on.is_(None), h.until_on >= today) for h in (lead, also)))
        .order_by(lead.unit_id, User.id.desc())
    )
    return {row[0]: row[1] for row in session.execute(found)}


def system_team(session: Session, unit_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Who goes with the captain: guidance officer and committee cadres, by role at the unit."""
    in_force = or_(RoleHold.until_on.is_(None), RoleHold.until_on >= now().date())
    found = select(RoleHold.user_id).join(User, User.id == RoleHold.user_id)
    held = found.where(
        RoleHold.unit_id == unit_id, RoleHold.role.in_(policy.ON_CALL), User.status == UserStatus.ACTIVE
    )
    return session.scalars(held.where(in_force).distinct()).all()


def system_units(session: Session, unit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Named]:
    """Names of units."""
    rows = session.scalars(select(Unit).where(Unit.id.in_(set(unit_ids))))
    return {u.id: Named(id=u.id, zh=u.name_zh, en=u.name_en) for u in rows}


def system_scope(
    session: Session, town_id: uuid.UUID, unit_id: uuid.UUID, types: Collection[str]
) -> Sequence[Point]:
    """The points of a unit that a round of these types looks at."""
    of_unit = or_(Point.territory_id == unit_id, Point.responsible_unit_id == unit_id)
    found = select(Point).where(Point.town_id == town_id, Point.type_code.in_(types), Point.is_active)
    return session.scalars(found.where(of_unit).order_by(Point.code)).all()


def system_photos(
    session: Session, named: Collection[tuple[uuid.UUID, uuid.UUID]]
) -> dict[tuple[uuid.UUID, uuid.UUID], Photo]:
    """Photos by owner and the phone's id; those whose bytes are here and were not deleted."""
    owners, ids = {owner for owner, _ in named}, {photo for _, photo in named}
    rows = session.scalars(
        select(Photo).where(Photo.owner_id.in_(owners), Photo.client_id.in_(ids), Photo.deleted_at.is_(None))
    )
    return {(p.owner_id, p.client_id): p for p in rows if (p.owner_id, p.client_id) in named}


def system_found(session: Session, assignment_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many findings each task has."""
    task = CrossFinding.assignment_id
    rows = session.execute(select(task, func.count()).where(task.in_(assignment_ids)).group_by(task))
    return {row[0]: row[1] for row in rows}


def system_codes(session: Session, assignment_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Task → its round's code."""
    rows = session.execute(
        select(Assignment.id, CrossRound.code)
        .join(CrossRound, CrossRound.id == Assignment.round_id)
        .where(Assignment.id.in_(assignment_ids))
    )
    return {row[0]: row[1] for row in rows}
