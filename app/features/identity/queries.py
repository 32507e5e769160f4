"""Reads of people, units and invites. `visible_…` are the scope filters; everything else starts from them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.clock import now
from app.features.identity.granting import Granting
from app.features.identity.models import Invite, RoleHold, Unit, UnitReach, User, UserStatus
from app.features.identity.roles import AT_WORK, DIRECTORY_READERS
from app.features.identity.viewer import Viewer

After = tuple[str, uuid.UUID]
"""Sort keys of the last entry of the page before."""


def visible_units(viewer: Viewer) -> Select[Unit]:
    """Units of the own town, and of every town that a role reaches. A pending person sees the own unit and town."""
    if viewer.is_pending:
        return select(Unit).where(Unit.id.in_([viewer.unit_id, viewer.town_id]))
    held = [h.unit_id for h in viewer.holds]
    towns = {viewer.town_id, *(h.town_id for h in viewer.holds)} - {None}
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(held))
    return select(Unit).where(or_(Unit.id == viewer.unit_id, Unit.town_id.in_(towns), Unit.id.in_(below)))


def visible_people(viewer: Viewer) -> Select[User]:
    """Oneself, and the people of the units in reach, for those whose work needs to know them."""
    if viewer.is_pending:
        return select(User).where(User.id == viewer.user_id)
    return select(User).where(
        or_(User.id == viewer.user_id, User.unit_id.in_(viewer.reach(*DIRECTORY_READERS)))
    )


def colleagues(session: Session, viewer: Viewer) -> Sequence[User]:
    """Who could stand in for the viewer: active people with work in the own unit. Volunteers have no such colleagues."""
    if not viewer.has(*AT_WORK):
        return []
    works = exists().where(RoleHold.user_id == User.id, RoleHold.role.in_(AT_WORK))
    others = select(User).where(
        User.unit_id == viewer.unit_id, User.id != viewer.user_id, User.status == UserStatus.ACTIVE, works
    )
    return session.scalars(others.order_by(User.name_zh, User.id).limit(200)).all()


def visible_invites(viewer: Viewer, granting: Granting) -> Select[Invite]:
    """The own invites, and those the viewer could have made."""
    grantable = [
        and_(Invite.role == role, Invite.unit_id.in_(units)) for role, units in granting.units.items()
    ]
    return select(Invite).where(or_(Invite.created_by_id == viewer.user_id, *grantable))


def live_invites(session: Session, viewer: Viewer, granting: Granting) -> Sequence[Invite]:
    """Invites that still work, newest first; two hundred at most."""
    found = visible_invites(viewer, granting).where(
        Invite.revoked_at.is_(None), Invite.expires_at > now(), Invite.used < Invite.max_uses
    )
    return session.scalars(found.order_by(Invite.created_at.desc(), Invite.id).limit(200)).all()


def find_unit(session: Session, viewer: Viewer, unit_id: uuid.UUID) -> Unit | None:
    """A unit, if the viewer may see it."""
    return session.scalar(visible_units(viewer).where(Unit.id == unit_id))


def find_person(session: Session, viewer: Viewer, user_id: uuid.UUID) -> User | None:
    """A person, if the viewer may see them."""
    return session.scalar(visible_people(viewer).where(User.id == user_id))


def list_units(
    session: Session, viewer: Viewer, *, q: str, with_inactive: bool, after: After | None, limit: int
) -> Sequence[Unit]:
    """Units by code."""
    found = visible_units(viewer)
    if not with_inactive:
        found = found.where(Unit.is_active)
    if q:
        like = f"%{_escaped(q)}%"
        found = found.where(
            or_(*(c.ilike(like, escape="\\") for c in (Unit.code, Unit.name_zh, Unit.name_en)))
        )
    if after:
        found = found.where(_beyond(Unit.code, Unit.id, after))
    return session.scalars(found.order_by(Unit.code, Unit.id).limit(limit)).all()


def list_people(
    session: Session,
    viewer: Viewer,
    *,
    q: str,
    unit_id: uuid.UUID | None,
    role: str | None,
    status: UserStatus | None,
    after: After | None,
    limit: int,
) -> Sequence[User]:
    """People by name. `unit_id` means its whole subtree; without `status` the disabled are left out."""
    found = visible_people(viewer)
    found = found.where(User.status == status) if status else found.where(User.status != UserStatus.DISABLED)
    if q:
        like = f"%{_escaped(q)}%"
        columns = (User.name_zh, User.name_en, User.login, User.title)
        found = found.where(or_(*(c.ilike(like, escape="\\") for c in columns)))
    if unit_id:
        below = select(UnitReach.unit_id).where(UnitReach.ancestor_id == unit_id)
        found = found.where(User.unit_id.in_(below))
    if role:
        found = found.where(exists().where(RoleHold.user_id == User.id, RoleHold.role == role, _in_force()))
    if after:
        found = found.where(_beyond(User.name_zh, User.id, after))
    return session.scalars(found.order_by(User.name_zh, User.id).limit(limit)).all()


def _beyond(
    name: InstrumentedAttribute[str], key: InstrumentedAttribute[uuid.UUID], after: After
) -> ColumnElement[bool]:
    return or_(name > after[0], and_(name == after[0], key > after[1]))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _in_force() -> ColumnElement[bool]:
    return or_(RoleHold.until_on.is_(None), RoleHold.until_on >= now().date())


def system_holds(session: Session, user_ids: Sequence[uuid.UUID]) -> Sequence[RoleHold]:
    """All roles of some people, expired ones included, oldest first."""
    found = select(RoleHold).where(RoleHold.user_id.in_(user_ids)) if user_ids else None
    if found is None:
        return []
    return session.scalars(found.order_by(RoleHold.id)).all()


def system_units(session: Session, unit_ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID, Unit]:
    """Units by id, for the names beside other rows."""
    wanted = {unit_id for unit_id in unit_ids if unit_id is not None}
    return {u.id: u for u in session.scalars(select(Unit).where(Unit.id.in_(wanted) if wanted else false()))}


def system_people(session: Session, user_ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID, User]:
    """People by id, for the names beside other rows."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    return {u.id: u for u in session.scalars(select(User).where(User.id.in_(wanted) if wanted else false()))}
