"""Who asks, and what they may reach. Every read starts from a Viewer; every guard asks one."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.errors import Unauthenticated
from app.features.identity.models import RoleHold, SessionRow, Unit, UnitReach, User, UserStatus

COOKIE = "__Host-xunfang"
SEEN_EVERY = timedelta(minutes=5)
STEP_UP_LASTS = timedelta(minutes=10)


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
    stands_in_for: tuple[uuid.UUID, ...] = field(default=())
    """People who named this one as their substitute until today or later."""
    is_renewal_due: bool = False
    """The session's token is to be replaced: the person's roles changed."""

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(h.role for h in self.holds)

    @property
    def has_stepped_up(self) -> bool:
        """Whether the second factor was given in the last ten minutes: for exports with names and the like."""
        return self.second_factor_at is not None and now() - self.second_factor_at <= STEP_UP_LASTS

    def has(self, *roles: str) -> bool:
        """Holds one of `roles` anywhere."""
        return any(h.role in roles for h in self.holds)

    def held_at(self, *roles: str) -> list[uuid.UUID]:
        """Units at which one of `roles` is held; empty list: nowhere."""
        return [h.unit_id for h in self.holds if h.role in roles]

    def reach(self, *roles: str) -> Select[uuid.UUID]:
        """Subquery of all unit ids in the subtrees where one of `roles` is held. For use in `column.in_(...)`."""
        return select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(self.held_at(*roles)))

    def reaches(self, session: Session, unit_id: uuid.UUID | None, *roles: str) -> bool:
        """Whether `unit_id` lies in a subtree where one of `roles` is held."""
        held = self.held_at(*roles)
        if unit_id is None or not held:
            return False
        if unit_id in held:
            return True
        found = (
            select(UnitReach.unit_id)
            .where(UnitReach.unit_id == unit_id, UnitReach.ancestor_id.in_(held))
            .limit(1)
        )
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
    absent = select(User.id).where(
        User.substitute_id == user.id, or_(User.substitute_until.is_(None), User.substitute_until >= today)
    )
    return Viewer(
        user_id=user.id,
        session_id=row.id if row else None,
        unit_id=user.unit_id,
        town_id=town_id,
        is_pending=user.status == UserStatus.PENDING,
        holds=tuple(Hold(*r) for r in rows),
        second_factor_at=row.second_factor_at if row else None,
        name_zh=user.name_zh,
        stands_in_for=tuple(session.scalars(absent)),
        is_renewal_due=row is not None and row.renew_due,
    )


def live_session(session: Session, token: str | None) -> tuple[SessionRow, User] | None:
    """The session behind a token and its person, or None: unknown, revoked, expired, idle too long, person disabled."""
    if not token:
        return None
    hashed = token_hash(token)
    found = session.execute(
        select(SessionRow, User)
        .join(User, User.id == SessionRow.user_id)
        .where(or_(SessionRow.token_hash == hashed, SessionRow.previous_hash == hashed))
    ).first()
    if found is None:
        return None
    row, user = found
    at = now()
    idle = row.last_seen_at + timedelta(seconds=row.idle_seconds)
    if row.revoked_at is not None or at >= row.expires_at or at >= idle or user.status == UserStatus.DISABLED:
        return None
    return row, user


def viewer_of_token(session: Session, token: str | None) -> Viewer | None:
    """The viewer behind a live session token, or None."""
    found = live_session(session, token)
    return load_viewer(session, found[1], found[0]) if found else None


def _touch(session_id: uuid.UUID, token_in_use: str) -> None:
    with db.transaction() as session:
        mine = update(SessionRow).where(SessionRow.id == session_id)
        session.execute(mine.values(last_seen_at=now()))
        # The new token has arrived: from now on the one before is void.
        session.execute(mine.where(SessionRow.token_hash == token_in_use).values(previous_hash=None))


def _current_viewer(request: Request, after: BackgroundTasks) -> Viewer:
    token = presented_token(request)
    # A session of its own, closed at once: the route's own transaction starts later and holds one connection, not two.
    with db.reading() as session:
        found = live_session(session, token)
        if found is None or token is None:
            raise Unauthenticated()
        row, user = found
        viewer = load_viewer(session, user, row)
        is_new_token_in_use = row.previous_hash is not None and row.token_hash == token_hash(token)
        if is_new_token_in_use or now() - row.last_seen_at >= SEEN_EVERY:
            after.add_task(_touch, row.id, token_hash(token))
    request.state.viewer = viewer
    return viewer


CurrentViewer = Annotated[Viewer, Depends(_current_viewer)]
"""The signed-in person, or 401."""
