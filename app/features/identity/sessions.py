"""Signing in and out: password, second factor, tokens, devices.

Signing in opens its own short transactions: the slow hash is computed outside any, and a refusal is still recorded.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.core import audit, changes, db
from app.core.clock import now
from app.core.config import get_settings
from app.core.errors import Conflict, NotFound, Unauthenticated
from app.core.secrets import seal, unseal
from app.features.identity import throttle, totp
from app.features.identity.errors import SignInExpired, WrongCode, WrongPassword, WrongSignIn
from app.features.identity.models import OFFICE_ROLES, RoleHold, SessionRow, User, UserStatus
from app.features.identity.passwords import check_strength, hash_password, is_password
from app.features.identity.viewer import Viewer, token_hash

TICKET_SECONDS = 300
TICKET = "sign-in-ticket"
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Device:
    """Where a request comes from: what the browser calls itself, its network, and the session it had before."""

    name: str
    network: str
    token: str | None = None


@dataclass(frozen=True)
class Opened:
    """A new session; the token is shown this once."""

    token: str
    session_id: uuid.UUID
    user_id: uuid.UUID
    expires_at: datetime


@dataclass(frozen=True)
class Step:
    """What follows a right password: a session, or a second factor (`needed`, or `enrol` with a new secret)."""

    opened: Opened | None = None
    second_factor: str | None = None
    ticket: str | None = None
    secret: str | None = None
    account: str = ""


def normal_login(login: str) -> str:
    """How logins are stored and compared."""
    return login.strip().casefold()


# ---- signing in ----
def sign_in(login: str, password: str, device: Device) -> Step:
    """Check a password. Unknown login, wrong password and disabled person: the same answer in the same time."""
    login = normal_login(login)
    subjects = throttle.sign_in_subjects(login, device.network)
    with db.reading() as session:
        user = session.scalar(select(User).where(User.login == login))
        throttle.check(
            session, throttle.of_known_device(subjects) if _knows(session, user, device) else subjects
        )
    is_right = is_password(user.password_hash if user else None, password)
    if user is None or not is_right or user.status == UserStatus.DISABLED:
        with db.transaction() as session:
            throttle.record_failure(session, subjects)
            _log_refusal(session, "sign-in-refused", user.id if user else None, login)
        raise WrongSignIn()
    with db.transaction() as session:
        throttle.forget(session, subjects)
        return next_step(session, user.id, device)


def _knows(session: Session, user: User | None, device: Device) -> bool:
    """Whether this person was signed in on this device before: its cookie proves it, also after the session's end."""
    # Asked also of an unknown login, so that its answer takes as long.
    user_id = user.id if user else uuid.UUID(int=0)
    mine = SessionRow.token_hash == token_hash(device.token or ""), SessionRow.user_id == user_id
    return session.scalar(select(SessionRow.id).where(*mine)) is not None


def next_step(session: Session, user_id: uuid.UUID, device: Device) -> Step:
    """After the first factor: ask for the second where there is one or must be one, else open the session."""
    user = session.get_one(User, user_id)
    account = user.login or user.name_zh
    if user.totp_secret is not None:
        return Step(second_factor="needed", ticket=_ticket(user), account=account)
    if get_settings().totp_required and _holds_office_role(session, user.id):
        secret = totp.new_secret()
        return Step(second_factor="enrol", ticket=_ticket(user, secret), secret=secret, account=account)
    return Step(opened=open_session(session, user, device))


def confirm_second_factor(ticket: str, code: str, device: Device) -> Opened:
    """The six digits for a ticket; an enrolling ticket's secret is stored by the first right code."""
    with db.transaction() as session:
        user, secret = _redeem(session, ticket)
        if accept_code(session, user, code, secret):
            return open_session(session, user, device, second_factor_at=now())
    raise WrongCode()


def accept_code(session: Session, user: User, code: str, new_secret: str | None = None) -> bool:
    """Use up a code of this person's secret, or of `new_secret`, which is then theirs. A wrong one is counted."""
    subjects = throttle.second_factor_subjects(user.id)
    throttle.check(session, subjects)
    secret = new_secret or totp.secret_of(user)
    step = totp.accepted_step(secret, code, None if new_secret else user.totp_last_step) if secret else None
    if secret is None or step is None:
        throttle.record_failure(session, subjects)
        _log_refusal(session, "second-factor-refused", user.id, "")
        return False
    throttle.forget(session, subjects)
    if new_secret:
        totp.store_secret(user, new_secret, step)
        audit.record(
            session, "second-factor-enrolled", actor_id=user.id, subject_kind="user", subject_id=user.id
        )
    user.totp_last_step = step
    return True


def _ticket(user: User, secret: str | None = None) -> str:
    held = {"user": str(user.id), "at": int(now().timestamp()), "hash": _fingerprint(user), "secret": secret}
    return seal(TICKET, json.dumps(held).encode())


def enrol_ticket(user: User, secret: str) -> str:
    """A ticket by which a signed-in person enrols."""
    return _ticket(user, secret)


def _fingerprint(user: User) -> str:
    # A ticket dies with the password and the factor it was made for.
    return hashlib.sha256(f"{user.password_hash}/{user.totp_secret}".encode()).hexdigest()[:16]


def _redeem(session: Session, ticket: str) -> tuple[User, str | None]:
    raw = unseal(TICKET, ticket)
    held = json.loads(raw) if raw else None
    if held is None or not 0 <= now().timestamp() - held["at"] <= TICKET_SECONDS:
        raise SignInExpired()
    user = locked_user(session, uuid.UUID(held["user"]))
    if user is None or user.status == UserStatus.DISABLED or _fingerprint(user) != held["hash"]:
        raise SignInExpired()
    return user, held["secret"]


def enrol(viewer: Viewer, ticket: str, code: str) -> None:
    """Complete an enrolment that the signed-in person began."""
    with db.transaction() as session:
        user, secret = _redeem(session, ticket)
        if user.id != viewer.user_id or secret is None:
            raise SignInExpired()
        if accept_code(session, user, code, secret):
            return
    raise WrongCode()


def locked_user(session: Session, user_id: uuid.UUID) -> User | None:
    """The person's row, locked and read anew."""
    return session.get(User, user_id, with_for_update=True, populate_existing=True)


def _log_refusal(session: Session, action: str, user_id: uuid.UUID | None, login: str) -> None:
    subject = str(user_id) if user_id else hashlib.sha256(login.encode()).hexdigest()
    audit.record(
        session, action, actor_id=user_id, subject_kind="user" if user_id else "login", subject_id=subject
    )


# ---- sessions ----
def _holds_office_role(session: Session, user_id: uuid.UUID) -> bool:
    held = select(RoleHold.id).where(
        RoleHold.user_id == user_id,
        RoleHold.role.in_(OFFICE_ROLES),
        or_(RoleHold.until_on.is_(None), RoleHold.until_on >= now().date()),
    )
    return session.scalar(held.limit(1)) is not None


def open_session(
    session: Session, user: User, device: Device, *, second_factor_at: datetime | None = None
) -> Opened:
    """A new token for this device; the one it had before ends."""
    is_office = _holds_office_role(session, user.id)
    token, at = secrets.token_urlsafe(32), now()
    row = SessionRow(
        user_id=user.id,
        token_hash=token_hash(token),
        device=device.name[:200],
        created_at=at,
        last_seen_at=at,
        idle_seconds=12 * HOUR if is_office else 30 * DAY,
        expires_at=at + timedelta(days=7 if is_office else 90),
        second_factor_at=second_factor_at,
    )
    session.add(row)
    if device.token:
        before = SessionRow.token_hash == token_hash(device.token)
        session.execute(
            update(SessionRow).where(before, SessionRow.revoked_at.is_(None)).values(revoked_at=at)
        )
    session.flush()
    audit.record(session, "signed-in", actor_id=user.id, subject_kind="session", subject_id=row.id)
    return Opened(token, row.id, user.id, row.expires_at)


def sign_out(session: Session, viewer: Viewer) -> None:
    """End the session that asks."""
    if viewer.session_id is not None:
        end_session(session, viewer, viewer.session_id)


def end_session(session: Session, viewer: Viewer, session_id: uuid.UUID) -> None:
    """End one of the own sessions, at once; another person's does not exist."""
    row = session.get(SessionRow, session_id)
    if row is None or row.user_id != viewer.user_id or row.revoked_at is not None:
        raise NotFound()
    row.revoked_at = now()
    _end_streams(session, viewer.user_id)
    audit.record(session, "signed-out", actor_id=viewer.user_id, subject_kind="session", subject_id=row.id)


def end_all(session: Session, user_id: uuid.UUID, *, but: uuid.UUID | None = None) -> None:
    """End every session of a person, at once."""
    live = update(SessionRow).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
    session.execute((live.where(SessionRow.id != but) if but else live).values(revoked_at=now()))
    _end_streams(session, user_id)


def _end_streams(session: Session, user_id: uuid.UUID) -> None:
    # A change wakes the open streams, which look up anew who they speak to: those of an ended session end. It is of no
    # town, and no list shows it.
    changes.note(session, user_id, "session", user_id)


def roles_changed(session: Session, user: User) -> None:
    """Old tokens end. Who has no password could not come back, so their phones get a new token at the next GET /me."""
    if user.password_hash is not None:
        return end_all(session, user.id)
    mine = update(SessionRow).where(SessionRow.user_id == user.id, SessionRow.revoked_at.is_(None))
    session.execute(mine.values(renew_due=True))
    return None


def renew(session: Session, viewer: Viewer) -> Opened | None:
    """A new token for a session whose person's roles changed; None: not due, or another request was first."""
    token = secrets.token_urlsafe(32)
    due = update(SessionRow).where(SessionRow.id == viewer.session_id, SessionRow.renew_due)
    done = session.execute(
        due.values(renew_due=False, previous_hash=SessionRow.token_hash, token_hash=token_hash(token))
    )
    if done.rowcount != 1 or viewer.session_id is None:  # type: ignore[attr-defined]
        return None
    row = session.get_one(SessionRow, viewer.session_id, populate_existing=True)
    return Opened(token, row.id, row.user_id, row.expires_at)


def live_sessions(session: Session, viewer: Viewer) -> Sequence[SessionRow]:
    """The viewer's own signed-in devices, last seen first; a hundred at most."""
    at = now()
    mine = select(SessionRow).where(
        SessionRow.user_id == viewer.user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > at
    )
    rows = session.scalars(mine.order_by(SessionRow.last_seen_at.desc(), SessionRow.id).limit(100)).all()
    return [row for row in rows if at < row.last_seen_at + timedelta(seconds=row.idle_seconds)]


# ---- the own password and factor ----
def step_up(viewer: Viewer, code: str | None, password: str | None) -> None:
    """Confirm who sits there: by a fresh code, or by the password where no second factor is enrolled."""
    with db.reading() as session:
        user = session.get_one(User, viewer.user_id)
        has_factor = user.totp_secret is not None
        subjects = throttle.sign_in_subjects(user.login or str(user.id), "step-up")
        throttle.check(session, subjects)
    is_right = not has_factor and password is not None and is_password(user.password_hash, password)
    with db.transaction() as session:
        row = session.get(SessionRow, viewer.session_id)
        user = locked_user(session, viewer.user_id) or user
        if has_factor:
            is_right = accept_code(session, user, code or "")
        elif not is_right:
            throttle.record_failure(session, subjects)
        if is_right and row is not None:
            row.second_factor_at = now()
            return
    raise WrongCode() if has_factor else WrongPassword()


def change_password(viewer: Viewer, current: str, new: str, device: Device) -> Opened:
    """A new password; every other device is signed out and this one gets a new token."""
    with db.reading() as session:
        user = session.get_one(User, viewer.user_id)
        subjects = throttle.sign_in_subjects(user.login or str(user.id), device.network)
        throttle.check(session, subjects)
    if not is_password(user.password_hash, current):
        with db.transaction() as session:
            throttle.record_failure(session, subjects)
        raise WrongPassword()
    check_strength(new, user.login or "")
    hashed = hash_password(new)
    with db.transaction() as session:
        found = locked_user(session, viewer.user_id)
        if found is None:
            raise Unauthenticated()
        found.password_hash = hashed
        end_all(session, found.id)
        audit.record(session, "password-changed", actor_id=found.id, subject_kind="user", subject_id=found.id)
        return open_session(session, found, device, second_factor_at=viewer.second_factor_at)


def remove_second_factor(viewer: Viewer, code: str) -> None:
    """Only where the role does not demand one, and with a right code."""
    with db.transaction() as session:
        user = locked_user(session, viewer.user_id)
        if user is None or user.totp_secret is None:
            raise NotFound()
        if get_settings().totp_required and _holds_office_role(session, user.id):
            raise Conflict("The role demands a second factor.")
        if accept_code(session, user, code):
            user.totp_secret = None
            audit.record(
                session, "second-factor-removed", actor_id=user.id, subject_kind="user", subject_id=user.id
            )
            return
    raise WrongCode()
