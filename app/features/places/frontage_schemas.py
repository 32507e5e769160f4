"""Wire forms of the register of shops (门前五包)."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.features.places.schemas import Address, In, Name, Named, NameEn, Out, PointCode, PositionIn
from app.features.standards.schemas import PLAIN

FiveDuty = Literal["hygiene", "greenery", "order", "facilities", "dissuasion"]
"""包卫生, 包绿化, 包秩序, 包设施, 包劝阻: these five and no other."""
DUTIES: tuple[FiveDuty, ...] = ("hygiene", "greenery", "order", "facilities", "dissuasion")
OwnerName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=60)]
OwnerPhone = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+\- ()]*$", max_length=40)
]
Duties = Annotated[list[FiveDuty], Field(max_length=len(DUTIES))]
Reach = Annotated[int, Field(ge=1, le=200)]


class FrontageIn(In):
    """A shop. Without a point the one its position belongs to; without a unit the one that answers for the place."""

    code: PointCode
    name_zh: Name
    name_en: NameEn = ""
    address: Address = ""
    position: PositionIn
    reach_m: Reach = 15
    point_id: uuid.UUID | None = None
    unit_id: uuid.UUID | None = None
    owner_name: OwnerName = ""
    owner_phone: OwnerPhone = ""
    duties: Duties = []
    signed_on: date | None = None
    is_active: bool = True


class FrontagePatch(In):
    """Only what is named changes; an empty text clears."""

    name_zh: Name | None = None
    name_en: NameEn | None = None
    address: Address | None = None
    position: PositionIn | None = None
    reach_m: Reach | None = None
    point_id: uuid.UUID | None = None
    unit_id: uuid.UUID | None = None
    owner_name: OwnerName | None = None
    owner_phone: OwnerPhone | None = None
    duties: Duties | None = None
    signed_on: date | None = None
    is_active: bool | None = None


class FrontageOut(Out):
    """A shop. Its owner is named to those who work with the people of its unit; the telephone is masked for everybody."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    address: str
    lon: float
    lat: float
    reach_m: int
    point: Named | None
    unit: Named
    duties: list[FiveDuty]
    signed_on: date | None
    is_active: bool
    owner_name: str | None
    owner_phone_masked: str | None
    may_change: bool
    version: int


class FrontagePage(Out):
    """By code. `shops` and how many of them `signed`: of all that the filter finds, not of this page alone."""

    items: list[FrontageOut]
    next: str | None
    shops: int
    signed: int
    may_add: bool
