"""Erasing a person: what says who they are goes, at once and for good; ids, hashes and what happened stay."""

import uuid
from collections.abc import Callable

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden
from app.features.identity.errors import StepUpNeeded
from app.features.identity.models import Invite, InviteUse, Role, RoleHold, SessionRow, User, UserStatus
from app.features.identity.people import check_not_last_admin, managed_person
from app.features.identity.queries import system_holds
from app.features.identity.viewer import Viewer

ERASERS = (Role.ADMIN, Role.OFFICE_ADMIN)
NAME_ZH, NAME_EN = "已注销", "Erased"
"""Stands where the name stood: also on paper and in files, where no screen could translate a code."""

Erased = Callable[[Session, uuid.UUID], None]
_on_erased: list[Erased] = []


def on_erased(callback: Erased) -> Erased:
    """Register who keeps personal text of people: callback(session, user_id) erases it in the same transaction."""
    _on_erased.append(callback)
    return callback


def erase_person(session: Session, viewer: Viewer, user_id: uuid.UUID) -> None:
    """Erase a person that the viewer manages. Nobody can sign in as them again; asked twice, it is done once more."""
    user = managed_person(session, viewer, user_id)
    if not viewer.reaches(session, user.unit_id, *ERASERS):
        raise Forbidden()
    if not viewer.has_stepped_up:
        raise StepUpNeeded()
    for hold in system_holds(session, [user.id]):
        check_not_last_admin(session, user, hold)
    _empty(user)
    for table, of in ((SessionRow, SessionRow.user_id), (RoleHold, RoleHold.user_id)):
        session.execute(delete(table).where(of == user.id))
    session.execute(delete(InviteUse).where(InviteUse.user_id == user.id))
    session.execute(delete(Invite).where(Invite.user_id == user.id))
    session.execute(
        update(User).where(User.substitute_id == user.id).values(substitute_id=None, substitute_until=None)
    )
    for callback in _on_erased:
        callback(session, user.id)
    session.flush()
    audit.record(session, "person-erased", actor_id=viewer.user_id, subject_kind="user", subject_id=user.id)


def _empty(user: User) -> None:
    user.name_zh, user.name_en, user.title = NAME_ZH, NAME_EN, ""
    user.login = user.phone = user.birth_on = None
    user.password_hash = user.totp_secret = user.totp_last_step = None
    user.substitute_id = user.substitute_until = None
    user.status = UserStatus.DISABLED
    user.version += 1
