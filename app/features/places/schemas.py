"""Wire forms of points, grids and responsibilities. Positions come with their crs and go out as WGS-84."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.geo import Crs
from app.features.standards.schemas import PLAIN

PointCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=40)]
GridCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=20)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=120)]
NameEn = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=160)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)]
TypeCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,24}$")]
ProfileText = Annotated[str, StringConstraints(pattern=PLAIN, max_length=400)]
ProfileKey = Annotated[str, StringConstraints(pattern=PLAIN, min_length=1, max_length=40)]
Profile = Annotated[dict[ProfileKey, ProfileText | int | float | bool | None], Field(max_length=60)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PositionIn(In):
    """A position as received; `crs` says in what system."""

    lon: float
    lat: float
    crs: Crs = Crs.WGS84


class PointIn(In):
    """`geometry` is GeoJSON in the position's crs; without a position its middle is taken."""

    code: PointCode
    type_code: TypeCode
    name_zh: Name
    name_en: NameEn = ""
    address: Address = ""
    is_key: bool = False
    is_point: bool = True
    position: PositionIn
    geometry: dict[str, Any] | None = None
    buffer_m: int | None = Field(None, ge=0, le=500)
    """Null: as the point type says."""
    grid_id: uuid.UUID | None = None
    """Null: the grid the position lies in."""
    territory_id: uuid.UUID | None = None
    responsible_unit_id: uuid.UUID | None = None
    support_unit_id: uuid.UUID | None = None
    point_chief_id: uuid.UUID | None = None
    profile: Profile = {}
    is_active: bool = True


class PointPatch(In):
    """Only what is named changes. A geometry comes with the position that states its crs."""

    type_code: TypeCode | None = None
    name_zh: Name | None = None
    name_en: NameEn | None = None
    address: Address | None = None
    is_key: bool | None = None
    is_point: bool | None = None
    position: PositionIn | None = None
    geometry: dict[str, Any] | None = None
    buffer_m: int | None = Field(None, ge=0, le=500)
    grid_id: uuid.UUID | None = None
    territory_id: uuid.UUID | None = None
    responsible_unit_id: uuid.UUID | None = None
    support_unit_id: uuid.UUID | None = None
    point_chief_id: uuid.UUID | None = None
    profile: Profile | None = None
    is_active: bool | None = None

    @model_validator(mode="after")
    def _crs(self) -> Self:
        if self.geometry is not None and self.position is None:
            raise ValueError("a geometry needs the position that states its crs")
        return self


class PointListItem(Out):
    id: uuid.UUID
    code: str
    type_code: str
    name_zh: str
    name_en: str
    address: str
    is_key: bool
    is_point: bool
    lon: float
    lat: float
    grid_id: uuid.UUID | None
    territory_id: uuid.UUID | None
    responsible_unit_id: uuid.UUID | None
    is_active: bool
    version: int


class OfflinePoint(Out):
    """What a phone keeps of a point; `geometry` is simplified by at most 2 m."""

    id: uuid.UUID
    code: str
    type_code: str
    name_zh: str
    name_en: str
    is_key: bool
    is_point: bool
    lon: float
    lat: float
    buffer_m: int
    geometry: dict[str, Any] | None
    grid_id: uuid.UUID | None
    territory_id: uuid.UUID | None
    responsible_unit_id: uuid.UUID | None


class OfflinePoints(BaseModel):
    """All active points of a town; its `ETag` tells whether a kept copy is still right."""

    town_id: uuid.UUID
    items: list[OfflinePoint]


class Named(Out):
    """A unit or a person by name."""

    id: uuid.UUID
    name_zh: str
    name_en: str


ResponsibilityRole = Literal["area_leader", "point_chief", "adopter", "support", "stationed"]
"""包干领导, 点位长, 包干单位, 帮包单位, 驻守单位."""


class ResponsibilityIn(In):
    """包干: exactly one of user and unit answers for exactly one of point and grid."""

    role: ResponsibilityRole
    user_id: uuid.UUID | None = None
    unit_id: uuid.UUID | None = None
    point_id: uuid.UUID | None = None
    grid_id: uuid.UUID | None = None
    from_on: date | None = None
    until_on: date | None = None
    duty: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] = ""
    milestone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] = ""
    measure: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=400)] = ""

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if (self.user_id is None) == (self.unit_id is None):
            raise ValueError("one of user_id and unit_id")
        if (self.point_id is None) == (self.grid_id is None):
            raise ValueError("one of point_id and grid_id")
        if self.from_on and self.until_on and self.until_on < self.from_on:
            raise ValueError("until_on lies before from_on")
        return self


class ResponsibilityPatch(In):
    from_on: date | None = None
    until_on: date | None = None
    duty: Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] | None = (
        None
    )
    milestone: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=200)] | None
    ) = None
    measure: (
        Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, max_length=400)] | None
    ) = None


class ResponsibilityOut(Out):
    id: uuid.UUID
    role: str
    user_id: uuid.UUID | None
    unit_id: uuid.UUID | None
    point_id: uuid.UUID | None
    grid_id: uuid.UUID | None
    subject: Named
    target: Named
    from_on: date | None
    until_on: date | None
    duty: str
    milestone: str
    measure: str
    version: int


class PointOut(PointListItem):
    """A point's card."""

    town_id: uuid.UUID
    geometry: dict[str, Any] | None
    source: dict[str, Any]
    buffer_m: int
    support_unit_id: uuid.UUID | None
    point_chief_id: uuid.UUID | None
    profile: dict[str, Any]
    grid: Named | None = None
    territory: Named | None = None
    responsible_unit: Named | None = None
    support_unit: Named | None = None
    point_chief: Named | None = None
    responsibilities: list[ResponsibilityOut] = []


Tier = Literal["officer", "support_unit", "community", "town", "departments", "town+departments"]


class ResponseLevels(In):
    """分级响应: who answers for a case of a grid: l1 an ordinary one, l2 an urgent one, l3 a difficult one."""

    l1: Tier = "officer"
    l2: Tier = "community"
    l3: Tier = "town+departments"
    department_ids: list[uuid.UUID] = Field(default=[], max_length=20)
    """联动: the departments called with the town."""


class GridIn(In):
    code: GridCode
    name_zh: Name
    name_en: NameEn = ""
    community_id: uuid.UUID | None = None
    support_unit_id: uuid.UUID | None = None
    officer_id: uuid.UUID | None = None
    response_levels: ResponseLevels = ResponseLevels()
    geometry: dict[str, Any]
    crs: Crs = Crs.WGS84
    is_active: bool = True


class GridPatch(In):
    name_zh: Name | None = None
    name_en: NameEn | None = None
    community_id: uuid.UUID | None = None
    support_unit_id: uuid.UUID | None = None
    officer_id: uuid.UUID | None = None
    response_levels: ResponseLevels | None = None
    geometry: dict[str, Any] | None = None
    crs: Crs = Crs.WGS84
    is_active: bool | None = None


class GridOut(Out):
    id: uuid.UUID
    town_id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    community_id: uuid.UUID | None
    support_unit_id: uuid.UUID | None
    officer_id: uuid.UUID | None
    response_levels: dict[str, Any]
    accepted_at: datetime | None
    geometry: dict[str, Any]
    is_active: bool
    version: int


class GridList(BaseModel):
    """All grids of a town, switched-off ones included; kept by `ETag`."""

    town_id: uuid.UUID
    items: list[GridOut]


class NearPoint(Out):
    id: uuid.UUID
    code: str
    type_code: str
    name_zh: str
    name_en: str
    distance_m: float
    is_inside: bool
    """Inside the point's area or within its buffer."""
    grid_id: uuid.UUID | None
    territory_id: uuid.UUID | None
    responsible_unit_id: uuid.UUID | None


class SnapGrid(Out):
    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    community_id: uuid.UUID | None


class SnapOut(Out):
    """To what a position belongs. `point` null: to no point; `candidates`: the nearest ones, at most 8."""

    lon: float
    lat: float
    point: NearPoint | None
    distance_m: float | None
    is_inside: bool
    grid: SnapGrid | None
    candidates: list[NearPoint]
    unit_id: uuid.UUID | None
    """The unit proposed for it, and why: point, grid, territory, or null."""
    unit_reason: str | None


class MapSource(BaseModel):
    """The configured background map. `crs` of its tiles: positions are shifted to it for display only."""

    url: str | None = None
    crs: Crs = Crs.WGS84
    attribution: str = ""
    max_zoom: int = 19
