"""Wire forms of duty: the point card, grids and who accepted them, declared points, the responsibility table."""

import uuid
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from app.features.places.schemas import (
    Address,
    In,
    Name,
    Named,
    Out,
    PointCode,
    PointOut,
    ResponsibilityOut,
    TypeCode,
)
from app.features.standards.schemas import ChecklistOut


class Answering(ResponsibilityOut):
    """Who answers for a point today."""

    phone_masked: str | None


class PointCard(BaseModel):
    """A point with what is asked of it (`checklist`), who answers for it, and a section of each feature that knows more.

    `sections.issues`: {open, overdue, items, surroundings: {open, overdue, items}}; items as in GET /issues.
    """

    point: PointOut
    checklist: ChecklistOut | None
    answering: list[Answering]
    sections: dict[str, Any]


class DutyPart(BaseModel):
    """One of the three who answer for a grid. `is_mine`: the viewer accepts in this name."""

    subject: Named | None
    accepted_at: datetime | None
    accepted_by: Named | None
    is_mine: bool


class Level(BaseModel):
    """Who answers at a level of response; empty where nobody is named."""

    level: int
    tier: str
    who: list[Named]


class DutyRow(BaseModel):
    """A grid with its duty. `is_full`: all three are named and have accepted."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    area_m2: int
    support_unit: DutyPart
    community: DutyPart
    officer: DutyPart
    levels: list[Level]
    is_full: bool
    accepted_at: datetime | None
    version: int


class DutySummary(BaseModel):
    """`full` of `grids`; how many have each part named and accepted."""

    grids: int
    full: int
    named: dict[str, int]
    accepted: dict[str, int]


class DutyTable(BaseModel):
    town_id: uuid.UUID
    summary: DutySummary
    items: list[DutyRow]


class DeclaredIn(Out):
    """A row of a declaration (点位申报表); its position is WGS-84."""

    code: PointCode
    type_code: TypeCode
    name_zh: Name
    address: Address = ""
    is_key: bool = False
    lon: float | None = None
    lat: float | None = None
    unit_id: uuid.UUID | None = None


class DeclarationOut(BaseModel):
    """A version of the declaration: from which file, when, by whom."""

    id: uuid.UUID
    number: int
    label: str
    source_name: str
    declared_at: datetime
    declared_by: Named | None
    points: int
    key_points: int


class DeclarationList(BaseModel):
    items: list[DeclarationOut]


class TypeCount(BaseModel):
    type_code: str
    name_zh: str
    name_en: str
    points: int
    key_points: int


class PointSummary(BaseModel):
    """Points, non-point areas left out, by type."""

    points: int
    key_points: int
    by_type: list[TypeCount]


class DeclaredOut(BaseModel):
    """`point` null: declared, but nobody looks after it yet."""

    code: str
    type_code: str
    name_zh: str
    address: str
    is_key: bool
    lon: float | None
    lat: float | None
    unit: Named | None
    point: Named | None


class DeclarationDetail(DeclarationOut):
    items: list[DeclaredOut]
    missing: int
    """How many of `items` have no point."""
    by_type: list[TypeCount]


class DeclaredChange(BaseModel):
    code: str
    fields: list[str]
    before: DeclaredIn
    after: DeclaredIn


class DeclarationChanges(BaseModel):
    number: int
    since: int
    added: list[DeclaredIn]
    removed: list[DeclaredIn]
    changed: list[DeclaredChange]


class Overlap(BaseModel):
    codes: tuple[str, str]
    area_m2: int


class Hole(BaseModel):
    """A place within it; no grid holds it, though grids lie all around."""

    lon: float
    lat: float
    area_m2: int


class PointInSeveral(BaseModel):
    code: str
    grids: list[str]


class GridCheck(BaseModel):
    """What is not right with a town's grids; all by their codes."""

    grids: int
    points: int
    overlaps: list[Overlap]
    holes: list[Hole]
    points_outside: list[str]
    points_in_several: list[PointInSeveral]


class Holder(Named):
    """A person who answers for a point."""

    phone_masked: str | None


class TableRow(BaseModel):
    """点位包干分工表: one point with everybody who answers for it on the day. `missing`: what it still lacks."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    type_code: str
    is_key: bool
    is_point: bool
    territory: Named | None
    leaders: list[Holder]
    point_chief: Holder | None
    responsible_unit: Named | None
    support_units: list[Named]
    adopters: list[Named]
    stationed: list[Named]
    duty: str
    milestone: str
    measure: str
    missing: list[str]
    """leader, duty, milestone, measure: a 包干 is complete with all four."""


class Share(BaseModel):
    """`n` of `d`; shown as a rate, or "—" where `d` is 0."""

    n: int
    d: int


class Adoption(BaseModel):
    """Points of a type by how many units adopted them: each should have exactly one."""

    type_code: str
    points: int
    exactly_one: int
    none: list[str]
    several: list[str]
    """Codes."""
    person_times: int
    """人次: sign-ins there, since the adoption, of people of the unit that adopted; those the viewer may know of."""


class Coverage(BaseModel):
    """包干覆盖率 (M28): key points with a leader, leaders with a target, complete 包干, adopted objects."""

    key_points: Share
    points: Share
    leaders: Share
    idle_leaders: list[Named]
    mean_load: float | None
    """Key points per leader."""
    complete: Share
    adoption: list[Adoption]


class ResponsibilityTable(BaseModel):
    on: date
    coverage: Coverage
    items: list[TableRow]


class UnitPairIn(In):
    a_id: uuid.UUID
    b_id: uuid.UUID


class UnitPairsIn(In):
    """All pairs of the active campaign; each unit at most once."""

    pairs: list[UnitPairIn] = Field(max_length=200)


class UnitPairOut(BaseModel):
    a: Named
    b: Named


class UnitPairs(BaseModel):
    """`unpaired`: villages and communities without a partner."""

    campaign_id: uuid.UUID | None
    items: list[UnitPairOut]
    unpaired: list[Named]
