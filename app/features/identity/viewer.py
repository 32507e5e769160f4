"""Who asks, and what they may reach. Every read starts from a Viewer; every guard asks one."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.errors import Unauthenticated
from app.features.identity.models import RoleHold, SessionRow, Unit, UnitReach, User, UserStatus

COOKIE = "__Host-xunfang"


@dataclass(frozen=True)
class Hold:
    """One role at one unit; `town_id` null means the unit lies above all towns (district)."""

    role: str
    unit_id: uuid.UUID
    unit_kind: str
    town_id: uuid.UUID | None


@dataclass(frozen=True)
class Viewer:
    """The signed-in person as seen by policies. Built once a request."""

    user_id: uuid.UUID
    session_id: uuid.UUID | None
    unit_id: uuid.UUID
    town_id: uuid.UUID | None
    is_pending: bool
    holds: tuple[Hold, ...] = field(default=())
    second_factor_at: datetime | None = None
    name_zh: str = ""

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(h.role for h in self.holds)

    def has(self, *roles: str) -> bool:
        """Holds one of `roles` anywhere."""
        return any(h.role in roles for h in self.holds)

    def held_at(self, *roles: str) -> list[uuid.UUID]:
        """Units at which one of `roles` is held; empty list: nowhere."""
        return [h.unit_id for h in self.holds if h.role in roles]

    def reach(self, *roles: str) -> Select[tuple[uuid.UUID]]:
        """Subquery of all unit ids in the subtrees where one of `roles` is held. For use in `column.in_(...)`."""
        return select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(self.held_at(*roles)))

    def reaches(self, session: Session, unit_id: uuid.UUID | None, *roles: str) -> bool:
        """Whether `unit_id` lies in a subtree where one of `roles` is held."""
        held = self.held_at(*roles)
        if unit_id is None or not held:
            return False
        if unit_id in held:
            return True
        found = select(UnitReach.unit_id).where(UnitReach.unit_id == unit_id, UnitReach.ancestor_id.in_(held)).limit(1)
        return session.scalar(found) is not None


def token_hash(token: str) -> str:
    """SHA-256 of a session token or invite code, hex. The values are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def presented_token(request: Request) -> str | None:
    """The session token of a request: Bearer header first (other clients), else the PWA's cookie."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    return request.cookies.get(COOKIE)


def load_viewer(session: Session, user: User, row: SessionRow | None = None) -> Viewer:
    """The Viewer of a person, with the roles in force today."""
    today = now().date()
    rows = session.execute(
        select(RoleHold.role, RoleHold.unit_id, Unit.kind, Unit.town_id)
        .join(Unit, Unit.id == RoleHold.unit_id)
        .where(RoleHold.user_id == user.id, or_(RoleHold.until_on.is_(None), RoleHold.until_on >= today))
    ).all()
    town_id = session.scalar(select(Unit.town_id).where(Unit.id == user.unit_id))
    return Viewer(
        user_id=user.id,
        session_id=row.id if row else None,
        unit_id=user.unit_id,
        town_id=town_id,
        is_pending=user.status == UserStatus.PENDING,
        holds=tuple(Hold(*r) for r in rows),
        second_factor_at=row.second_factor_at if row else None,
        name_zh=user.name_zh,
    )


def viewer_of_token(session: Session, token: str | None) -> Viewer | None:
    """The viewer behind a live session token, or None: unknown, revoked, expired, idle too long, or disabled person."""
    if not token:
        return None
    found = session.execute(
        select(SessionRow, User).join(User, User.id == SessionRow.user_id).where(SessionRow.token_hash == token_hash(token))
    ).first()
    if found is None:
        return None
    row, user = found
    at = now()
    idle = row.last_seen_at + timedelta(seconds=row.idle_seconds)
    if row.revoked_at is not None or at >= row.expires_at or at >= idle or user.status == UserStatus.DISABLED:
        return None
    return load_viewer(session, user, row)


def _current_viewer(request: Request, session: db.Read) -> Viewer:
    viewer = viewer_of_token(session, presented_token(request))
    if viewer is None:
        raise Unauthenticated()
    request.state.viewer = viewer
    return viewer


CurrentViewer = Annotated[Viewer, Depends(_current_viewer, scope="function")]
"""The signed-in person, or 401."""
