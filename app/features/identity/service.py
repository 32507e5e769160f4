"""The public door of identity for other features and commands: making towns and people, hooks, the closure."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.features.identity.errors import LoginTaken
from app.features.identity.models import Role, Unit, UnitKind, User
from app.features.identity.passwords import check_strength
from app.features.identity.people import Grant, add_person, on_confirmed, on_handed_over
from app.features.identity.queries import find_person
from app.features.identity.sessions import normal_login
from app.features.identity.units import add_unit, rebuild_reach

__all__ = [
    "Grant",
    "create_admin",
    "create_unit",
    "create_user",
    "find_person",
    "on_confirmed",
    "on_handed_over",
    "rebuild_reach",
]

create_unit = add_unit
create_user = add_person


def create_admin(
    session: Session, *, login: str, password: str, name_zh: str, town_code: str, town_name: str
) -> User:
    """The first administrator: of the town with `town_code`, which is made if it does not exist."""
    check_strength(password, login)
    if session.scalar(select(User.id).where(User.login == normal_login(login))) is not None:
        raise LoginTaken()
    town = session.scalar(select(Unit).where(Unit.kind == UnitKind.TOWN, Unit.code == town_code))
    if town is None:
        town = add_unit(
            session,
            code=town_code,
            name_zh=town_name,
            kind=UnitKind.TOWN,
            parent=None,
            settings={"timezone": "Asia/Shanghai"},
        )
    return _add_admin(session, town.id, login=login, password=password, name_zh=name_zh)


def _add_admin(session: Session, town_id: uuid.UUID, **values: Any) -> User:
    user = add_person(session, unit_id=town_id, grants=[Grant(Role.ADMIN, town_id)], **values)
    audit.record(session, "admin-created", actor_id=None, subject_kind="user", subject_id=user.id)
    return user
