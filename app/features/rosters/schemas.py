"""Wire forms of rosters: standby periods, shifts, check-ins, who is where."""

import uuid
from datetime import date, datetime, time
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.features.issues.bodies import Clean
from app.features.issues.schemas import Named, PointRef
from app.features.patrols.schemas import FixIn, Offset
from app.features.rosters.attendance import State
from app.features.rosters.models import Duty, ShiftKind
from app.features.standards.schemas import Name, NameEn

Words = Annotated[str, Clean, StringConstraints(strip_whitespace=True, max_length=200)]
Duties = Annotated[list[Duty], Field(max_length=len(Duty))]
MOST_DAYS = 92


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


# ---- standby periods ----
class PeriodIn(In):
    name_zh: Name
    name_en: NameEn = ""
    from_on: date
    until_on: date

    @model_validator(mode="after")
    def _days(self) -> Self:
        if self.until_on < self.from_on:
            raise ValueError("until_on lies before from_on")
        return self


class PeriodOut(Out):
    id: uuid.UUID
    name_zh: str
    name_en: str
    from_on: date
    until_on: date
    version: int


class PeriodList(BaseModel):
    items: list[PeriodOut]
    may_plan: bool


# ---- shifts: as they are made ----
class PlaceIn(In):
    """Exactly one of point, grid and unit; `is_around`: in the surroundings of the point (周边)."""

    point_id: uuid.UUID | None = None
    is_around: bool = False
    grid_id: uuid.UUID | None = None
    at_unit_id: uuid.UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.point_id, self.grid_id, self.at_unit_id].count(None) != 2:
            raise ValueError("one of point_id, grid_id and at_unit_id")
        if self.is_around and self.point_id is None:
            raise ValueError("is_around is of a point")
        return self


class ShiftsIn(PlaceIn):
    """The same shift for some people on each day from `from_on` to `until_on`, at these times of the town's day."""

    user_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=200)]
    team_id: uuid.UUID | None = None
    kind: ShiftKind = ShiftKind.STATIONING
    from_on: date
    until_on: date
    starts: time
    ends: time
    """Not after `starts`: on the next day."""
    duties: Duties = []
    note: Words = ""

    @model_validator(mode="after")
    def _span(self) -> Self:
        if not 0 <= (self.until_on - self.from_on).days < MOST_DAYS:
            raise ValueError(f"from_on to until_on are 1 to {MOST_DAYS} days")
        if self.starts.tzinfo or self.ends.tzinfo:
            raise ValueError("times of the town's day have no offset")
        return self


class ShiftsMade(BaseModel):
    created: int
    unchanged: int
    """Of a person who begins the very same shift at that time already."""


class ShiftPatch(PlaceIn):
    """Another place, other duties or times of a shift that was not begun."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    duties: Duties = []
    note: Words = ""


# ---- shifts: as they are read ----
class Rostered(Out):
    id: uuid.UUID
    name_zh: str
    name_en: str


class ShiftOut(Out):
    id: uuid.UUID
    kind: ShiftKind
    person: Rostered
    unit: Named
    """The person's."""
    team: Named | None
    point: PointRef | None
    is_around: bool
    grid: Named | None
    at_unit: Named | None
    starts_at: datetime
    ends_at: datetime
    duties: list[str]
    note: str
    state: State
    is_late: bool
    checked_in_at: datetime | None
    called_roll: bool
    """Somebody else said that the person is there."""
    in_distance_m: float | None
    checked_out_at: datetime | None
    version: int
    may_change: bool


class Counts(BaseModel):
    """Of the shifts that the viewer may know of; `late` are there, too."""

    rostered: int
    people: int
    present: int
    late: int
    absent: int
    planned: int
    left: int


class TeamOnDuty(BaseModel):
    """An emergency team on the day: how many are on its roster, how many are there now."""

    id: uuid.UUID
    name_zh: str
    name_en: str
    kind: str
    duty_phone: str
    rostered: int
    on_duty: int


class Roster(BaseModel):
    """A day's roster, who is missing first."""

    on: date
    at: datetime
    standby: PeriodOut | None
    counts: Counts
    items: list[ShiftOut]
    more: int
    """Shifts that are not among `items`."""
    units: list[Named]
    """Units of the people on it: to filter by."""
    teams: list[TeamOnDuty]
    may_plan: bool
    may_plan_town: bool
    may_call_roll: bool


class PointOnDuty(PointRef):
    lon: float
    lat: float
    is_point: bool
    rostered: int
    """Shifts at or around it on the day."""
    there: int
    around: int
    """On duty now: at the point, in its surroundings."""
    absent: int
    asked: int
    """Volunteers that a watch after a relapse asks for here (S08)."""


class CoverageOut(BaseModel):
    """Which points have somebody on duty, at or around them: now, or on another day by the roster."""

    on: date
    at: datetime
    is_now: bool
    points: int
    covered: int
    key_points: int
    key_covered: int
    items: list[PointOnDuty]


class MyShift(BaseModel):
    id: uuid.UUID
    kind: ShiftKind
    team: Named | None
    point: PointRef | None
    is_around: bool
    grid: Named | None
    at_unit: Named | None
    lon: float | None
    lat: float | None
    starts_at: datetime
    ends_at: datetime
    may_begin_at: datetime
    duties: list[str]
    note: str
    state: State
    checked_in_at: datetime | None
    checked_out_at: datetime | None


class MyDuty(BaseModel):
    """All a phone needs for the duty of today and tomorrow, to be kept for when there is no network."""

    at: datetime
    items: list[MyShift]
    missing_training: list[str]
    """Topics without which no shift can be begun (Z24)."""
    call_outs: int
    """Open ones of the viewer's teams."""


# ---- sent by the phone ----
class CheckIn(In):
    at: AwareDatetime
    clock_offset_seconds: Offset | None = None
    position: FixIn | None = None


class CheckOut(In):
    at: AwareDatetime
    clock_offset_seconds: Offset | None = None


class ShiftReceipt(BaseModel):
    """What is on record of this shift. The first check-in counts; a later one changes nothing."""

    id: uuid.UUID
    received_at: datetime
    state: State
    checked_in_at: datetime
    checked_out_at: datetime | None
    in_distance_m: float | None
    restore_epoch: int
    durable_through: datetime | None
