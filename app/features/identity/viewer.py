"""Who asks, and what they may reach. Every read starts from a Viewer; every guard asks one."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy import BindParameter, Date, Select, String, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.core import db, threads
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

    # A pending person holds the role of their invite in name only: whoever forwarded a link must not open a unit with it.
    def has(self, *roles: str) -> bool:
        """Holds one of `roles` anywhere, and was confirmed."""
        return bool(self.held_at(*roles))

    def held_at(self, *roles: str) -> list[uuid.UUID]:
        """Units at which one of `roles` is held; empty list: nowhere, or the person is pending."""
        return [] if self.is_pending else [h.unit_id for h in self.holds if h.role in roles]

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


_absent, _home = aliased(User), aliased(Unit)
_today: BindParameter[date] = bindparam("today", type_=Date)
_FACTS = (
    select(
        User.id, User.unit_id, User.status, User.name_zh, _home.town_id.label("home_id"),
        RoleHold.role, RoleHold.unit_id.label("held_at"), Unit.kind, Unit.town_id, _absent.id.label("absent_id"),
    )
    .join(_home, _home.id == User.unit_id)
    .outerjoin(
        RoleHold, and_(RoleHold.user_id == User.id, or_(RoleHold.until_on.is_(None), RoleHold.until_on >= _today))
    )
    .outerjoin(Unit, Unit.id == RoleHold.unit_id)
    .outerjoin(
        _absent,
        and_(
            _absent.substitute_id == User.id,
            or_(_absent.substitute_until.is_(None), _absent.substitute_until >= _today),
        ),
    )
)  # fmt: skip
"""All that makes a Viewer, in one statement: a row for each role in force and each person stood in for."""
_OF_PERSON = _FACTS.where(User.id == bindparam("user"))
_hash: BindParameter[str] = bindparam("hash", type_=String)
_OF_TOKEN = (
    _FACTS.add_columns(
        SessionRow.id.label("session_id"), SessionRow.token_hash, SessionRow.previous_hash, SessionRow.last_seen_at,
        SessionRow.idle_seconds, SessionRow.expires_at, SessionRow.revoked_at, SessionRow.renew_due,
        SessionRow.second_factor_at,
    )
    .join(SessionRow, SessionRow.user_id == User.id)
    .where(or_(SessionRow.token_hash == _hash, SessionRow.previous_hash == _hash))
)  # fmt: skip


def load_viewer(session: Session, user: User) -> Viewer:
    """The Viewer of a person, with the roles in force today."""
    return viewer_of(session, user.id)


def viewer_of(session: Session, user_id: uuid.UUID) -> Viewer:
    """The same, by id."""
    return _made(db.rows(session, _OF_PERSON, {"user": user_id, "today": now().date()}))


def _made(rows: Sequence[Any], of_session: Any = None) -> Viewer:
    first = rows[0]
    holds = dict.fromkeys(
        Hold(row.role, row.held_at, row.kind, row.town_id) for row in rows if row.role is not None
    )
    return Viewer(
        user_id=first.id,
        session_id=of_session.session_id if of_session else None,
        unit_id=first.unit_id,
        town_id=first.home_id,
        is_pending=first.status == UserStatus.PENDING,
        holds=tuple(holds),
        second_factor_at=of_session.second_factor_at if of_session else None,
        name_zh=first.name_zh,
        stands_in_for=tuple(dict.fromkeys(row.absent_id for row in rows if row.absent_id is not None)),
        is_renewal_due=of_session is not None and of_session.renew_due,
    )


def _live_session(session: Session, token: str | None) -> Sequence[Any]:
    """The facts behind a token, or nothing: unknown, revoked, expired, idle too long, person disabled."""
    if not token:
        return ()
    at = now()
    rows = db.rows(session, _OF_TOKEN, {"hash": token_hash(token), "today": at.date()})
    if not rows:
        return ()
    row = rows[0]
    idle = row.last_seen_at + timedelta(seconds=row.idle_seconds)
    if row.revoked_at is not None or at >= row.expires_at or at >= idle or row.status == UserStatus.DISABLED:
        return ()
    return rows


def viewer_of_token(session: Session, token: str | None) -> Viewer | None:
    """The viewer behind a live session token, or None."""
    rows = _live_session(session, token)
    return _made(rows, rows[0]) if rows else None


def _touch(session_id: uuid.UUID, token_in_use: str) -> None:
    with db.transaction() as session:
        mine = update(SessionRow).where(SessionRow.id == session_id)
        session.execute(mine.values(last_seen_at=now()))
        # The new token has arrived: from now on the one before is void.
        session.execute(mine.where(SessionRow.token_hash == token_in_use).values(previous_hash=None))


def _asked(request: Request, token: str | None) -> Sequence[Any]:
    # The route's own session, or one that is closed at once: a request holds one connection, not two.
    with db.begun(request) as session:
        return _live_session(session, token)


async def _current_viewer(request: Request, after: BackgroundTasks) -> Viewer:
    token = presented_token(request)
    rows = await threads.apart(_asked, request, token)
    if not rows or token is None:
        raise Unauthenticated()
    row, viewer = rows[0], _made(rows, rows[0])
    is_new_token_in_use = row.previous_hash is not None and row.token_hash == token_hash(token)
    if is_new_token_in_use or now() - row.last_seen_at >= SEEN_EVERY:
        after.add_task(_touch, row.session_id, token_hash(token))
    request.state.viewer = viewer
    return viewer


CurrentViewer = Annotated[Viewer, Depends(_current_viewer)]
"""The signed-in person, or 401."""
