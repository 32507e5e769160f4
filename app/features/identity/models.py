"""People, the unit tree, roles with a scope, sessions and invites. Knows nothing of campaigns or cases."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id


class Role(StrEnum):
    """Role codes of DOMAIN.md §3. A role is held at a unit and reaches that unit's whole subtree."""

    ADMIN = "admin"
    OFFICE_ADMIN = "office_admin"
    DISPATCHER = "dispatcher"
    REVIEWER = "reviewer"
    PRINCIPAL_LEADER = "principal_leader"
    LINE_LEADER = "line_leader"
    LEADER = "leader"
    POINT_CHIEF = "point_chief"
    LIAISON = "liaison"
    UNIT_PRINCIPAL = "unit_principal"
    RECTIFIER = "rectifier"
    INSPECTOR = "inspector"
    PATROLLER = "patroller"
    VOLUNTEER = "volunteer"
    BUILDING_LEADER = "building_leader"
    GRID_OFFICER = "grid_officer"
    CROSS_CAPTAIN = "cross_captain"
    CROSS_MEMBER = "cross_member"
    THIRD_PARTY = "third_party"
    DISTRICT_INSPECTOR = "district_inspector"
    EMERGENCY_MEMBER = "emergency_member"
    PUBLIC = "public"
    AUDITOR = "auditor"


OFFICE_ROLES = frozenset(
    {
        Role.ADMIN,
        Role.OFFICE_ADMIN,
        Role.DISPATCHER,
        Role.REVIEWER,
        Role.PRINCIPAL_LEADER,
        Role.LINE_LEADER,
        Role.LEADER,
        Role.AUDITOR,
        Role.DISTRICT_INSPECTOR,
    }
)
"""Roles that sign in with password and second factor and have the short session (12 h idle, 7 d)."""


class UnitKind(StrEnum):
    DISTRICT = "district"
    TOWN = "town"
    HQ = "hq"
    OFFICE = "office"
    DEPARTMENT = "department"
    COMMUNITY = "community"
    VILLAGE = "village"
    PROPERTY = "property"
    ENTERPRISE = "enterprise"
    THIRD_PARTY = "third_party"


def one_of(column: str, values: type[StrEnum]) -> str:
    """SQL of a CHECK: `column` is one of the enum's values."""
    return f"{column} IN ({', '.join(repr(v.value) for v in values)})"


class Unit(Base):
    """A node of the unit tree: district, towns below it, everything of a town below that."""

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("town_id", "code"),
        CheckConstraint(one_of("kind", UnitKind), name="kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    town_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    """The town this unit belongs to (itself for a town; null for a district)."""
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    kind: Mapped[str] = mapped_column(String(20))
    tags: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of a town: timezone, is_demo, map centre."""
    active_from: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class UnitReach(Base):
    """Closure of the tree: every unit with each of its ancestors and itself. Rebuilt by service.rebuild_reach."""

    __tablename__ = "unit_reach"

    ancestor_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("units.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("units.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class UserStatus(StrEnum):
    PENDING = "pending"
    """Joined by an invite, not yet confirmed by a supervisor: may capture and send, units do not see it."""
    ACTIVE = "active"
    DISABLED = "disabled"


class User(Base):
    """A person with an account. Name, optional phone and, of volunteers, the birth date for the age rule: no more is asked."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(one_of("status", UserStatus), name="status"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    login: Mapped[str | None] = mapped_column(String(80), unique=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    title: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str | None] = mapped_column(String(40))
    birth_on: Mapped[date | None]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    status: Mapped[str] = mapped_column(String(12), default=UserStatus.ACTIVE)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    """Encrypted with the server's key; null until enrolled."""
    totp_last_step: Mapped[int | None]
    """The last accepted 30-second step: a code works once."""
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    consent_version: Mapped[str | None] = mapped_column(String(20))
    consented_at: Mapped[datetime | None]
    substitute_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    substitute_until: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)


class RoleHold(Base):
    """One role of one person, held at a unit."""

    __tablename__ = "role_holds"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "unit_id"),
        CheckConstraint(one_of("role", Role), name="role"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    until_on: Mapped[date | None]
    """Third-party staff get roles that expire."""


class SessionRow(Base):
    """A signed-in device. The token itself is never stored, only its SHA-256."""

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    idle_seconds: Mapped[int]
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    """Fresh TOTP for step-up."""
    revoked_at: Mapped[datetime | None]
    renew_due: Mapped[bool] = mapped_column(default=False)
    """The person's roles changed: the next GET /me hands out a new token."""
    previous_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The token before, good until the new one is first used: an answer lost on the way strands nobody."""


class InvitePurpose(StrEnum):
    JOIN = "join"
    """New people."""
    REJOIN = "rejoin"
    """One person without a password, on a new phone."""
    RESET = "reset"
    """One person who forgot the password: sets a new one."""


class Invite(Base):
    """A QR invite or short code: scoped to unit and role, capped, at most 72 hours. Only hashes are stored."""

    __tablename__ = "invites"
    __table_args__ = (
        CheckConstraint(
            "used <= max_uses", name="capped"
        ),  # a raced invite is refused by the database itself
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint(one_of("purpose", InvitePurpose), name="purpose"),
        # only an invite for new people is for nobody in particular
        CheckConstraint("(purpose = 'join') = (user_id IS NULL)", name="person"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    purpose: Mapped[str] = mapped_column(String(8), default=InvitePurpose.JOIN)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    short_hash: Mapped[str] = mapped_column(String(64), unique=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Whom a re-join or reset invite is for: the same person signs in on a new phone."""
    resets_second_factor: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(120), default="")
    max_uses: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class InviteUse(Base):
    """Who came by an invite. `key_hash` is of a random key made on the phone: its repeated request is the same join."""

    __tablename__ = "invite_uses"
    __table_args__ = (UniqueConstraint("invite_id", "key_hash"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    invite_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invites.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)


class SignInFailure(Base):
    """Failed sign-ins for throttling, per account and per network; rows older than a day are deleted by the next failure."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_subject_at", "subject", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    subject: Mapped[str] = mapped_column(String(80))
    """sha256 of 'account:<login>@<network>', 'login:<login>', 'network:<prefix>', 'code:<prefix>' or 'totp:<user>'."""
    at: Mapped[datetime] = mapped_column(default=now)
