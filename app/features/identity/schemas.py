"""Bodies of identity's routes."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.features.identity.models import Role, UnitKind, UserStatus

PLAIN = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=PLAIN)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=PLAIN)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=PLAIN)]
Login = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=80, pattern=r"^[^\s\x00-\x1f\x7f]+$"),
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9 ()-]{5,30}$")]
Digits = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$")]
UnitCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
Consent = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,20}$")]
Locale = Literal["zh", "en"]
Ticket = Annotated[str, StringConstraints(max_length=1000)]
ClientKind = Literal["pwa", "bearer"]


class In(BaseModel):
    """Input: unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


# ---- signing in ----
class SignInIn(In):
    login: Annotated[str, StringConstraints(max_length=80)]
    password: Password
    client: ClientKind = "pwa"


class SecondFactorIn(In):
    ticket: Ticket
    code: Digits
    client: ClientKind = "pwa"


class StepUpIn(In):
    """The six digits; or the password, where the person has no second factor."""

    code: Digits | None = None
    password: Password | None = None


class Enrolment(BaseModel):
    """For an authenticator app: as text, as otpauth:// link, and as a QR code (a whole SVG document)."""

    secret: str
    uri: str
    qr_svg: str


class SessionOpened(BaseModel):
    id: uuid.UUID
    user_id: uuid.UUID
    expires_at: datetime


class SignInOut(BaseModel):
    """Either a session, or what comes next: `needed` (send the code) or `enrol` (set the app up, then send the code)."""

    second_factor: Literal["needed", "enrol"] | None = None
    ticket: str | None = None
    enrolment: Enrolment | None = None
    session: SessionOpened | None = None
    token: str | None = Field(None, description="Only for `client: bearer`; the PWA has its cookie")


class SessionOut(BaseModel):
    id: uuid.UUID
    device: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


# ---- me ----
class Capability(StrEnum):
    """What the navigation shows. Each route asks for itself what is allowed."""

    REPORT = "may_report"
    TRIAGE = "may_triage"
    REVIEW = "may_review"
    LEAD = "may_lead"
    CONFIGURE = "may_configure"
    MANAGE_PEOPLE = "may_manage_people"
    ADMINISTER = "may_administer"
    AUDIT = "may_audit"
    UNIT = "is_unit"


class UnitName(BaseModel):
    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    kind: UnitKind


class TownName(UnitName):
    timezone: str
    is_demo: bool


class RoleOut(BaseModel):
    id: uuid.UUID
    role: Role
    unit: UnitName
    until_on: date | None


class MeOut(BaseModel):
    id: uuid.UUID
    login: str | None
    name_zh: str
    name_en: str
    title: str
    phone: str | None
    locale: Locale
    status: UserStatus
    is_pending: bool
    has_password: bool
    has_second_factor: bool
    consent_version: str | None
    consent_current: str
    """The version in force; another one than `consent_version`: ask again."""
    substitute_id: uuid.UUID | None
    substitute_until: date | None
    stands_in_for: list[uuid.UUID]
    unit: UnitName
    town: TownName | None
    roles: list[RoleOut]
    capabilities: list[Capability]
    session_id: uuid.UUID | None
    second_factor_at: datetime | None
    server_time: datetime
    restore_epoch: int
    durable_through: datetime
    token: str | None = Field(
        None, description="A new token, when a Bearer client's became due: use it from now on"
    )


class MePatch(In):
    name_zh: Name | None = None
    name_en: LongText | None = None
    phone: Phone | None = None
    locale: Locale | None = None


class PasswordIn(In):
    current: Password
    new: Password
    client: ClientKind = "pwa"


class ConsentIn(In):
    version: Consent


class CodeIn(In):
    code: Digits


class EnrolmentOut(BaseModel):
    ticket: str
    enrolment: Enrolment


class EnrolIn(In):
    ticket: Ticket
    code: Digits


# ---- invites ----
class InviteIn(In):
    role: Role
    unit_id: uuid.UUID
    max_uses: int = Field(1, ge=1, le=500)
    hours: int = Field(72, ge=1, le=72)
    note: LongText = ""


class WayBackIn(In):
    """`resets_password`: the person sets a new one (always so for office roles); else the phone is signed in at once."""

    resets_password: bool = False
    resets_second_factor: bool = False


class InviteOut(BaseModel):
    id: uuid.UUID
    purpose: Literal["join", "rejoin", "reset"]
    role: Role
    unit: UnitName
    note: str
    max_uses: int
    used: int
    created_at: datetime
    expires_at: datetime


class InviteMade(InviteOut):
    """The codes, shown this once: link for the QR code, short code to be typed."""

    link: str
    short_code: str
    qr_svg: str


class InviteCode(In):
    """The long code of the link's fragment, or the short one as typed."""

    code: Annotated[str, StringConstraints(max_length=100)] | None = None
    short_code: Annotated[str, StringConstraints(max_length=20)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "InviteCode":
        if bool(self.code) == bool(self.short_code):
            raise ValueError("either code or short_code")
        return self


class InvitePreview(BaseModel):
    """What a code is for, and which fields the join form asks."""

    purpose: Literal["join", "rejoin", "reset"]
    role: Role
    unit: UnitName
    town: UnitName | None
    person: str | None
    needs: list[Literal["name", "birth_on", "consent_version", "password"]]
    ages: tuple[int, int] | None


class JoinIn(InviteCode):
    """`key`: 16 or more random characters made on the phone; the same join sent again is the same person."""

    name: Text = ""
    phone: Phone | None = None
    birth_on: date | None = None
    consent_version: Consent | None = None
    password: Password | None = None
    locale: Locale = "zh"
    key: Annotated[str, StringConstraints(min_length=16, max_length=100)] | None = None
    client: ClientKind = "pwa"


# ---- people ----
class GrantIn(In):
    role: Role
    unit_id: uuid.UUID
    until_on: date | None = None


class PersonIn(In):
    name_zh: Name
    name_en: LongText = ""
    title: Text = ""
    login: Login | None = None
    phone: Phone | None = None
    birth_on: date | None = None
    unit_id: uuid.UUID
    roles: list[GrantIn] = Field(default_factory=list, max_length=30)
    locale: Locale = "zh"


class PersonPatch(In):
    name_zh: Name | None = None
    name_en: LongText | None = None
    title: Text | None = None
    login: Login | None = None
    phone: Phone | None = None
    birth_on: date | None = None
    unit_id: uuid.UUID | None = None


class PersonOut(BaseModel):
    """A person as others see them: the phone masked, the login only for those who manage the account."""

    id: uuid.UUID
    name_zh: str
    name_en: str
    title: str
    login: str | None
    phone_masked: str | None
    unit: UnitName
    status: UserStatus
    roles: list[RoleOut]
    has_password: bool
    has_second_factor: bool
    substitute_id: uuid.UUID | None
    substitute_until: date | None
    created_at: datetime
    version: int
    may_manage: bool


class PhoneOut(BaseModel):
    phone: str | None


class Colleague(BaseModel):
    id: uuid.UUID
    name_zh: str
    name_en: str
    title: str


class SubstituteIn(In):
    substitute_id: uuid.UUID
    until_on: date | None = None


class HandOverIn(In):
    to_id: uuid.UUID


class HandedOver(BaseModel):
    moved: int


# ---- units ----
class UnitIn(In):
    code: UnitCode
    name_zh: LongText = Field(min_length=1)
    name_en: LongText = ""
    kind: UnitKind
    parent_id: uuid.UUID
    tags: list[Text] = Field(default_factory=list, max_length=20)


class UnitPatch(In):
    code: UnitCode | None = None
    name_zh: LongText | None = Field(None, min_length=1)
    name_en: LongText | None = None
    kind: UnitKind | None = None
    parent_id: uuid.UUID | None = None
    tags: list[Text] | None = Field(None, max_length=20)
    is_active: bool | None = None


class UnitOut(UnitName):
    parent_id: uuid.UUID | None
    town_id: uuid.UUID | None
    tags: list[str]
    is_active: bool
    version: int
