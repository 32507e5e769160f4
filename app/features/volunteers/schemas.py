"""Wire forms of teams and volunteers' profiles."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.features.standards.schemas import PLAIN

Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=40)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=120)]
NameEn = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=160)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
DutyPhone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+() -]*$", max_length=40)]
Areas = Annotated[list[uuid.UUID], Field(max_length=200)]
VolunteerKind = Literal["resident", "party_member", "student", "employee", "commando"]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TeamIn(In):
    code: Code
    name_zh: Name
    name_en: NameEn = ""
    kind: Kind = "volunteer"
    unit_id: uuid.UUID
    is_emergency: bool = False
    size: int | None = Field(None, ge=0, le=100_000)
    duty_phone: DutyPhone = ""
    area_unit_ids: Areas = []


class TeamPatch(In):
    name_zh: Name | None = None
    name_en: NameEn | None = None
    kind: Kind | None = None
    is_emergency: bool | None = None
    size: int | None = Field(None, ge=0, le=100_000)
    duty_phone: DutyPhone | None = None
    area_unit_ids: Areas | None = None
    is_active: bool | None = None


class TeamOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    unit_id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    kind: str
    is_emergency: bool
    size: int | None
    """How many it is to have, where that is set."""
    duty_phone: str
    """Of the desk on duty; empty for who has no business to call it."""
    area_unit_ids: list[uuid.UUID]
    """Units in whose area an emergency team is called first (Z33)."""
    is_active: bool
    version: int
    members: int


class TeamList(BaseModel):
    items: list[TeamOut]


class MemberOut(BaseModel):
    id: uuid.UUID
    name_zh: str
    name_en: str
    unit_id: uuid.UUID


class MemberList(BaseModel):
    items: list[MemberOut]


class ProfileIn(In):
    kind: VolunteerKind = "resident"
    external_id: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=60)] | None
    ) = None
    """The number at the municipal registry (志愿云), if there is one."""
    registered_on: date | None = None


class ProfileOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    user_id: uuid.UUID
    kind: str
    external_id: str | None
    registered_on: date | None
