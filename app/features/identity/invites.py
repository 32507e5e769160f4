"""Invites: made by a supervisor, redeemed once on a phone; also the way back in after a lost phone or password."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit, db
from app.core.clock import now
from app.core.config import get_settings
from app.core.errors import Invalid, NotFound
from app.core.secrets import signature
from app.features.identity import throttle
from app.features.identity.errors import AgeRule, ConsentOutdated, InviteInvalid, RoleNeedsAccount
from app.features.identity.granting import granting_of
from app.features.identity.models import (
    OFFICE_ROLES,
    Invite,
    InvitePurpose,
    InviteUse,
    Role,
    RoleHold,
    Unit,
    User,
    UserStatus,
)
from app.features.identity.passwords import check_strength, hash_password
from app.features.identity.queries import find_unit, system_holds, visible_invites
from app.features.identity.roles import AGE_RULED
from app.features.identity.sessions import Device, Step, end_all, locked_user, next_step
from app.features.identity.viewer import Viewer, token_hash

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of the short code: nothing that looks like something else. Eight of 32: 40 bits, throttled."""
SHORT_LENGTH = 8
MAX_HOURS = 72
MAX_USES = 500
PERSONAL_HOURS = 24
VOLUNTEER_AGES = (18, 65)
ADULT = 18


@dataclass(frozen=True)
class Made:
    """A new invite with its codes, which are shown this once."""

    invite: Invite
    code: str
    short_code: str

    @property
    def link(self) -> str:
        """The code stands in the fragment: it reaches no server's log and no Referer."""
        return f"{get_settings().public_url.rstrip('/')}/join#{self.code}"


@dataclass(frozen=True)
class Newcomer:
    """What somebody says when joining."""

    name: str = ""
    phone: str | None = None
    birth_on: date | None = None
    consent_version: str | None = None
    password: str | None = None
    locale: str = "zh"
    key: str | None = None


def short_hash(code: str) -> str:
    """Keyed: forty bits alone could be searched by who reads the database."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return signature("short-code", plain)


# ---- making ----
def _make(session: Session, viewer: Viewer, hours: int, **values: Any) -> Made:
    code = secrets.token_urlsafe(24)
    short_code = "".join(secrets.choice(ALPHABET) for _ in range(SHORT_LENGTH))
    invite = Invite(
        code_hash=token_hash(code),
        short_hash=short_hash(short_code),
        created_by_id=viewer.user_id,
        expires_at=now() + timedelta(hours=hours),
        **values,
    )
    session.add(invite)
    session.flush()
    audit.record(
        session,
        "invite-made",
        actor_id=viewer.user_id,
        subject_kind="invite",
        subject_id=invite.id,
        detail={"role": invite.role, "unit_id": str(invite.unit_id), "purpose": invite.purpose},
    )
    return Made(invite, code, short_code)


def invite_people(
    session: Session, viewer: Viewer, *, role: Role, unit_id: uuid.UUID, max_uses: int, hours: int, note: str
) -> Made:
    """An invite for new people of one unit and role. Office roles need an account instead."""
    unit = find_unit(session, viewer, unit_id)
    if unit is None or not unit.is_active:
        raise NotFound()
    granting_of(session, viewer).require(role, unit_id)
    if role in OFFICE_ROLES:
        raise RoleNeedsAccount(role=role)
    return _make(session, viewer, hours, unit_id=unit_id, role=role, max_uses=max_uses, note=note)


def invite_back(
    session: Session, viewer: Viewer, user: User, *, resets_password: bool, resets_second_factor: bool
) -> Made:
    """A one-time invite for a person on a new phone. Who holds an office role always sets a new password with it."""
    holds = system_holds(session, [user.id])
    is_reset = resets_password or any(h.role in OFFICE_ROLES for h in holds)
    if is_reset and user.login is None:
        raise missing("login")
    return _make(
        session,
        viewer,
        PERSONAL_HOURS,
        unit_id=user.unit_id,
        role=holds[0].role if holds else Role.PUBLIC,
        user_id=user.id,
        purpose=InvitePurpose.RESET if is_reset else InvitePurpose.REJOIN,
        resets_second_factor=resets_second_factor,
    )


def revoke(session: Session, viewer: Viewer, invite_id: uuid.UUID) -> None:
    """An invite that leaked or is not needed any more."""
    invite = session.scalar(
        visible_invites(viewer, granting_of(session, viewer)).where(Invite.id == invite_id)
    )
    if invite is None:
        raise NotFound()
    if invite.revoked_at is None:
        invite.revoked_at = now()
        audit.record(
            session, "invite-revoked", actor_id=viewer.user_id, subject_kind="invite", subject_id=invite.id
        )


# ---- redeeming ----
def find(code: str | None, short_code: str | None, network: str, key: str | None = None) -> Invite:
    """The invite of a code that works now; others answer alike, and guesses are counted."""
    subjects = throttle.code_subjects(network)
    with db.reading() as session:
        throttle.check(session, subjects)
        invite = _by_code(session, code, short_code)
        if invite is not None and (_works(session, invite) or _used_by(session, invite, key) is not None):
            return invite
    with db.transaction() as session:
        throttle.record_failure(session, subjects)
    raise InviteInvalid()


def _by_code(session: Session, code: str | None, short_code: str | None) -> Invite | None:
    found = select(Invite)
    if code:
        return session.scalar(found.where(Invite.code_hash == token_hash(code)))
    return session.scalar(found.where(Invite.short_hash == short_hash(short_code or "")))


def _works(session: Session, invite: Invite) -> bool:
    is_open = invite.revoked_at is None and invite.expires_at > now() and invite.used < invite.max_uses
    unit = session.get(Unit, invite.unit_id)
    person = session.get(User, invite.user_id) if invite.user_id else None
    is_disabled = person is not None and person.status == UserStatus.DISABLED
    return is_open and unit is not None and unit.is_active and not is_disabled


def _used_by(session: Session, invite: Invite, key: str | None) -> uuid.UUID | None:
    # The answer to a join may be lost; the phone asks again with the same key, at most while the invite lives.
    if key is None or invite.revoked_at is not None or invite.expires_at <= now():
        return None
    used = InviteUse.invite_id == invite.id, InviteUse.key_hash == token_hash(key)
    return session.scalar(select(InviteUse.user_id).where(*used))


def join(code: str | None, short_code: str | None, newcomer: Newcomer, device: Device) -> Step:
    """Redeem an invite: a new pending person, or the same person on a new phone, or a new password."""
    invite = find(code, short_code, device.network, newcomer.key)
    hashed = None
    if invite.purpose == InvitePurpose.RESET:
        hashed = _new_password_hash(invite, newcomer)
    elif invite.purpose == InvitePurpose.JOIN:
        _check_newcomer(invite, newcomer)
    with db.transaction() as session:
        # Locked before looking: the same join sent twice at once is still one person.
        session.get(Invite, invite.id, with_for_update=True, populate_existing=True)
        user_id = _used_by(session, invite, newcomer.key)
        if user_id is None:
            _use_up(session, invite)
            user_id = invite.user_id or _add_person(session, invite, newcomer).id
            session.add(InviteUse(invite_id=invite.id, user_id=user_id, key_hash=_key_hash(newcomer)))
            session.flush()
            audit.record(
                session,
                "invite-used",
                actor_id=user_id,
                subject_kind="invite",
                subject_id=invite.id,
                detail={"purpose": invite.purpose},
            )
        if hashed is not None:
            _reset(session, user_id, hashed, invite.resets_second_factor)
        return next_step(session, user_id, device)


def _key_hash(newcomer: Newcomer) -> str | None:
    return token_hash(newcomer.key) if newcomer.key else None


def _use_up(session: Session, invite: Invite) -> None:
    # One statement: of all who race for the last use, the database lets one through.
    left = update(Invite).where(
        Invite.id == invite.id,
        Invite.used < Invite.max_uses,
        Invite.revoked_at.is_(None),
        Invite.expires_at > now(),
    )
    if session.execute(left.values(used=Invite.used + 1)).rowcount != 1:  # type: ignore[attr-defined]
        raise InviteInvalid()


def _check_newcomer(invite: Invite, newcomer: Newcomer) -> None:
    if not newcomer.name.strip():
        raise missing("name")
    if not newcomer.consent_version:
        raise missing("consent_version")
    check_consent(newcomer.consent_version)
    with db.reading() as session:
        check_age(session, invite.unit_id, invite.role, newcomer.birth_on)


def _add_person(session: Session, invite: Invite, newcomer: Newcomer) -> User:
    user = User(
        name_zh=newcomer.name.strip(),
        phone=newcomer.phone,
        birth_on=newcomer.birth_on,
        unit_id=invite.unit_id,
        status=UserStatus.PENDING,
        locale=newcomer.locale,
        consent_version=newcomer.consent_version,
        consented_at=now(),
    )
    session.add(user)
    session.flush()
    session.add(RoleHold(user_id=user.id, role=invite.role, unit_id=invite.unit_id))
    session.flush()
    return user


def check_consent(version: str) -> None:
    """Only the text in force can be agreed to: an old PWA shows an old one and has to be loaded anew."""
    if version != (current := get_settings().consent_version):
        raise ConsentOutdated(current=current)


def missing(field: str) -> Invalid:
    """A field that this case needs and another does not."""
    return Invalid(fields=[{"at": ["body", field], "why": "missing", "message": "Field required"}])


def check_age(session: Session, unit_id: uuid.UUID, role: str, birth_on: date | None) -> None:
    """Volunteers are 18 to 65 on the day they register, both inclusive; nobody under 18 has an account."""
    youngest, oldest = VOLUNTEER_AGES
    if birth_on is None:
        if role in AGE_RULED:
            raise missing("birth_on")
        return
    today = now().astimezone(town_zone(session, unit_id)).date()
    age = today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
    if age < ADULT or (role in AGE_RULED and not youngest <= age <= oldest):
        raise AgeRule(min=youngest, max=oldest)


def town_zone(session: Session, unit_id: uuid.UUID) -> ZoneInfo:
    """The time zone of a unit's town."""
    unit = session.get(Unit, unit_id)
    town = session.get(Unit, unit.town_id) if unit and unit.town_id else None
    settings: Mapping[str, Any] = town.settings if town else {}
    return ZoneInfo(settings.get("timezone", "Asia/Shanghai"))


def _new_password_hash(invite: Invite, newcomer: Newcomer) -> str:
    if newcomer.password is None:
        raise missing("password")
    with db.reading() as session:
        user = session.get_one(User, invite.user_id)
    check_strength(newcomer.password, user.login or "")
    return hash_password(newcomer.password)


def _reset(session: Session, user_id: uuid.UUID, hashed: str, resets_second_factor: bool) -> None:
    user = locked_user(session, user_id)
    if user is None or user.status == UserStatus.DISABLED:
        raise InviteInvalid()
    user.password_hash = hashed
    if resets_second_factor:
        user.totp_secret = None
    end_all(session, user.id)
    audit.record(session, "password-reset", actor_id=user.id, subject_kind="user", subject_id=user.id)
