"""People and their roles, as a supervisor changes them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.errors import LastAdmin, LoginTaken, NotPending, OwnAccount, RolesConflict
from app.features.identity.granting import granting_of
from app.features.identity.invites import check_age, missing
from app.features.identity.models import Role, RoleHold, UnitReach, User, UserStatus
from app.features.identity.passwords import hash_password
from app.features.identity.queries import find_person, find_unit, system_holds
from app.features.identity.roles import are_separate
from app.features.identity.sessions import end_all, locked_user, normal_login, roles_changed
from app.features.identity.viewer import Viewer

Confirmed = Callable[[Session, User], None]
HandedOver = Callable[[Session, User, User, uuid.UUID], int]
_on_confirmed: list[Confirmed] = []
_on_handed_over: list[HandedOver] = []


def on_confirmed(callback: Confirmed) -> Confirmed:
    """Register what happens when a pending person is confirmed: callback(session, user), in the same transaction."""
    _on_confirmed.append(callback)
    return callback


def on_handed_over(callback: HandedOver) -> HandedOver:
    """Register who moves a leaver's work: callback(session, from_user, to_user, actor_id) -> how many things moved."""
    _on_handed_over.append(callback)
    return callback


@dataclass(frozen=True)
class Grant:
    """A role to be held at a unit, perhaps only until a day."""

    role: str
    unit_id: uuid.UUID
    until_on: date | None = None


# ---- making ----
def add_person(
    session: Session, *, unit_id: uuid.UUID, name_zh: str, grants: list[Grant], **values: Any
) -> User:
    """A new person with roles and, if given, `login` and `password`. Asks nobody: for commands and imports."""
    password = values.pop("password", None)
    if values.get("login"):
        values["login"] = normal_login(values["login"])
    user = User(unit_id=unit_id, name_zh=name_zh, **values)
    if password:
        user.password_hash = hash_password(password)
    session.add(user)
    session.flush()
    session.add_all(
        RoleHold(user_id=user.id, role=g.role, unit_id=g.unit_id, until_on=g.until_on) for g in grants
    )
    session.flush()
    return user


def create_person(
    session: Session, viewer: Viewer, *, unit_id: uuid.UUID, grants: list[Grant], **values: Any
) -> User:
    """A new, confirmed person of a unit in reach. They set their password by a one-time invite."""
    granting = granting_of(session, viewer)
    if find_unit(session, viewer, unit_id) is None:
        raise NotFound()
    if unit_id not in granting.managed:
        raise Forbidden()
    for grant in grants:
        granting.require(grant.role, grant.unit_id)
        _check_expiry(grant)
        check_age(session, unit_id, grant.role, values.get("birth_on"))
    _check_separate({g.role for g in grants})
    _check_login(session, values.get("login"))
    user = add_person(session, unit_id=unit_id, grants=grants, **values)
    _log(session, viewer, "person-created", user, roles=sorted(g.role for g in grants))
    return user


def _check_expiry(grant: Grant) -> None:
    if grant.role == Role.THIRD_PARTY and grant.until_on is None:
        raise missing("until_on")


def _check_separate(roles: set[str]) -> None:
    if not are_separate(roles):
        raise RolesConflict()


def _check_login(session: Session, login: str | None, of: User | None = None) -> None:
    if login:
        taken = session.scalar(select(User.id).where(User.login == normal_login(login)))
        if taken is not None and (of is None or taken != of.id):
            raise LoginTaken()


def _log(session: Session, viewer: Viewer, action: str, user: User, **detail: Any) -> None:
    audit.record(
        session, action, actor_id=viewer.user_id, subject_kind="user", subject_id=user.id, detail=detail
    )


# ---- changing ----
def managed_person(session: Session, viewer: Viewer, user_id: uuid.UUID, *, is_own_ok: bool = False) -> User:
    """A person the viewer may manage, locked. Unseen: 404; seen, but not for this role to change: 403."""
    if find_person(session, viewer, user_id) is None:
        raise NotFound()
    if user_id == viewer.user_id and not is_own_ok:
        raise OwnAccount()
    user = locked_user(session, user_id)
    if user is None:
        raise NotFound()
    if not granting_of(session, viewer).may_manage(user, system_holds(session, [user.id])):
        raise Forbidden()
    return user


def change_person(
    session: Session, viewer: Viewer, user_id: uuid.UUID, base_version: int, changes: Mapping[str, Any]
) -> User:
    """Change a person's fields; `unit_id` moves them to another unit in reach."""
    user = managed_person(session, viewer, user_id, is_own_ok=True)
    if user.version != base_version:
        raise VersionConflict(current_version=user.version)
    if "unit_id" in changes and changes["unit_id"] not in granting_of(session, viewer).managed:
        raise NotFound()
    _check_login(session, changes.get("login"), user)
    for name, value in changes.items():
        setattr(user, name, normal_login(value) if name == "login" and value else value)
    if user.login is None and user.password_hash is not None:
        raise missing("login")
    _changed(session, user)
    _log(session, viewer, "person-changed", user, fields=sorted(changes))
    return user


def _changed(session: Session, user: User) -> None:
    user.version += 1
    session.flush()


def confirm(session: Session, viewer: Viewer, user_id: uuid.UUID) -> User:
    """Take a pending person in: what they sent meanwhile becomes visible to units."""
    user = managed_person(session, viewer, user_id)
    if user.status != UserStatus.PENDING:
        raise NotPending()
    user.status = UserStatus.ACTIVE
    _changed(session, user)
    _log(session, viewer, "person-confirmed", user)
    for callback in _on_confirmed:
        callback(session, user)
    return user


def disable(session: Session, viewer: Viewer, user_id: uuid.UUID) -> User:
    """Nobody signs in as this person any more, from this moment on."""
    user = managed_person(session, viewer, user_id)
    for hold in system_holds(session, [user.id]):
        check_not_last_admin(session, user, hold)
    user.status = UserStatus.DISABLED
    end_all(session, user.id)
    _changed(session, user)
    _log(session, viewer, "person-disabled", user)
    return user


def enable(session: Session, viewer: Viewer, user_id: uuid.UUID) -> User:
    """Let a disabled person sign in again."""
    user = managed_person(session, viewer, user_id)
    if user.status == UserStatus.DISABLED:
        user.status = UserStatus.ACTIVE
        _changed(session, user)
        _log(session, viewer, "person-enabled", user)
    return user


def sign_out_everywhere(session: Session, viewer: Viewer, user_id: uuid.UUID) -> None:
    """A lost phone: end every session of this person."""
    user = managed_person(session, viewer, user_id, is_own_ok=True)
    end_all(session, user.id)
    _log(session, viewer, "signed-out-everywhere", user)


# ---- roles ----
def grant_role(session: Session, viewer: Viewer, user_id: uuid.UUID, grant: Grant) -> User:
    """One more role; held already: its last day changes."""
    user = managed_person(session, viewer, user_id)
    if find_unit(session, viewer, grant.unit_id) is None:
        raise NotFound()
    granting_of(session, viewer).require(grant.role, grant.unit_id)
    _check_expiry(grant)
    check_age(session, user.unit_id, grant.role, user.birth_on)
    holds = system_holds(session, [user.id])
    _check_separate({grant.role, *(h.role for h in holds)})
    held = next((h for h in holds if (h.role, h.unit_id) == (grant.role, grant.unit_id)), None)
    if held is not None:
        held.until_on = grant.until_on
    else:
        session.add(
            RoleHold(user_id=user.id, role=grant.role, unit_id=grant.unit_id, until_on=grant.until_on)
        )
    _roles_changed(session, viewer, user, "role-granted", grant.role, grant.unit_id)
    return user


def revoke_role(session: Session, viewer: Viewer, user_id: uuid.UUID, hold_id: uuid.UUID) -> User:
    """Take a role away, at once."""
    user = managed_person(session, viewer, user_id)
    hold = session.get(RoleHold, hold_id)
    if hold is None or hold.user_id != user.id:
        raise NotFound()
    check_not_last_admin(session, user, hold)
    session.delete(hold)
    _roles_changed(session, viewer, user, "role-revoked", hold.role, hold.unit_id)
    return user


def _roles_changed(
    session: Session, viewer: Viewer, user: User, action: str, role: str, unit_id: uuid.UUID
) -> None:
    roles_changed(session, user)
    _changed(session, user)
    _log(session, viewer, action, user, role=role, unit_id=str(unit_id))


def check_not_last_admin(session: Session, user: User, hold: RoleHold) -> None:
    """LastAdmin, if without this hold of this person nobody would administer."""
    if hold.role != Role.ADMIN:
        return
    # All administrators are locked in one order: two who take each other's role away at once do not both succeed.
    session.scalars(
        select(RoleHold).where(RoleHold.role == Role.ADMIN).order_by(RoleHold.id).with_for_update()
    ).all()
    above = select(UnitReach.ancestor_id).where(UnitReach.unit_id == hold.unit_id)
    others = (
        select(RoleHold.id)
        .join(User, User.id == RoleHold.user_id)
        .where(
            RoleHold.role == Role.ADMIN,
            RoleHold.unit_id.in_(above),
            User.id != user.id,
            User.status == UserStatus.ACTIVE,
            or_(RoleHold.until_on.is_(None), RoleHold.until_on >= now().date()),
        )
    )
    if session.scalar(others.limit(1)) is None:
        raise LastAdmin()


# ---- absence and leaving ----
def set_substitute(
    session: Session,
    viewer: Viewer,
    user_id: uuid.UUID,
    substitute_id: uuid.UUID | None,
    until_on: date | None,
) -> User:
    """Who stands in for an absent person: named by a supervisor, or by oneself among the own unit."""
    if user_id == viewer.user_id:
        user = locked_user(session, user_id)
    else:
        user = managed_person(session, viewer, user_id)
    if user is None:
        raise NotFound()
    if substitute_id is not None:
        _check_substitute(session, viewer, user, substitute_id)
    user.substitute_id, user.substitute_until = substitute_id, until_on if substitute_id else None
    _changed(session, user)
    _log(session, viewer, "substitute-set", user, substitute_id=str(substitute_id) if substitute_id else None)
    return user


def _check_substitute(session: Session, viewer: Viewer, user: User, substitute_id: uuid.UUID) -> None:
    other = session.get(User, substitute_id)
    is_colleague = other is not None and other.unit_id == user.unit_id
    if other is None or not (is_colleague or find_person(session, viewer, substitute_id)):
        raise NotFound()
    if other.id == user.id or other.status != UserStatus.ACTIVE:
        raise Invalid("A substitute is another, active person.")


def hand_over(session: Session, viewer: Viewer, user_id: uuid.UUID, to_id: uuid.UUID) -> int:
    """Move a leaver's open work to a colleague; returns how many things moved."""
    leaver = managed_person(session, viewer, user_id)
    heir = session.get(User, to_id) if find_person(session, viewer, to_id) else None
    if heir is None:
        raise NotFound()
    if heir.id == leaver.id or heir.status != UserStatus.ACTIVE:
        raise Invalid("Work is handed to another, active person.")
    moved = sum(callback(session, leaver, heir, viewer.user_id) for callback in _on_handed_over)
    _log(session, viewer, "work-handed-over", leaver, to_id=str(heir.id), moved=moved)
    return moved
