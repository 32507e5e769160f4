"""Wire forms of plans: who looks at what, how often."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from app.features.identity.models import Role, UnitKind
from app.features.issues.bodies import In
from app.features.patrols import targets
from app.features.patrols.models import Kind, Mode, Openness
from app.features.patrols.schedule import RuleRefused, is_timed, read_rule
from app.features.patrols.schemas import SlotOut
from app.features.standards.schemas import Name, NameEn

PlanCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=40)]
Targets = Literal[
    "own_points", "chosen", "all_points", "all_key_points", "own_territory", "watched_points",
    "key_and_radiating_points", "all_grids", "cameras", "closed_last_30_days", "points", "grids",
]  # fmt: skip


def _rule(text: str) -> str:
    try:
        read_rule(text)
    except RuleRefused as refused:
        raise ValueError(refused.why) from refused
    return text.strip().upper()


Rule = Annotated[str, StringConstraints(max_length=200), AfterValidator(_rule)]


class PartyIn(In):
    """Whom the plan sends: a unit, all units of a kind, a team, all who hold a role; `territory`: who lives there."""

    kind: Literal["unit", "unit_kind", "team", "role", "territory"]
    code: PlanCode

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        known: dict[str, set[str]] = {"unit_kind": set(UnitKind), "role": set(Role)}
        if self.code not in known.get(self.kind, {self.code}):
            raise ValueError("unknown")
        return self


class PlanIn(In):
    """A plan. Without `rrule` its slots are put in by hand."""

    code: PlanCode
    name_zh: Name
    name_en: NameEn = ""
    level: Annotated[int, Field(ge=1, le=3)] | None = None
    kind: Kind
    mode: Mode = Mode.SEPARATE
    visibility: Openness = Openness.OPEN
    rrule: Rule | None = None
    """RFC 5545 in the town's time: FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, BYHOUR, BYMINUTE, WKST."""
    start_on: date
    until_on: date | None = None
    window_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    """Around the rule's time of day; null with a rule that names none: the whole day."""
    window_days: Annotated[int, Field(ge=1, le=31)] = 1
    targets: Targets
    target_codes: Annotated[list[PlanCode], Field(max_length=400)] = []
    """Of `points`, `chosen` or `grids`."""
    parties: Annotated[list[PartyIn], Field(max_length=100)] = []
    has_publicity: bool = False
    is_active: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.until_on is not None and self.until_on < self.start_on:
            raise ValueError("until_on lies before start_on")
        if self.window_minutes is not None and self.rrule is not None and not is_timed(self.rrule):
            raise ValueError("a window of minutes needs a time of day (BYHOUR)")
        if self.targets in (targets.POINTS, targets.SOME_GRIDS) and not self.target_codes:
            raise ValueError("target_codes is missing")
        if (self.kind == Kind.WATCH) != (self.targets == targets.WATCHED):
            raise ValueError("a watch plan is of watched_points, and no other is")
        return self


class PlanOut(BaseModel):
    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    level: int | None
    kind: Kind
    mode: Mode
    visibility: Openness
    rrule: str | None
    start_on: date
    until_on: date | None
    window_minutes: int | None
    window_days: int
    targets: Targets
    target_codes: list[str]
    parties: list[PartyIn]
    has_publicity: bool
    is_active: bool
    version: int

    model_config = {"from_attributes": True}


class PlanList(BaseModel):
    items: list[PlanOut]


class PreviewIn(In):
    """The rhythm of a plan that is being written."""

    rrule: Rule
    start_on: date
    until_on: date | None = None
    window_minutes: Annotated[int, Field(ge=5, le=1440)] | None = None
    window_days: Annotated[int, Field(ge=1, le=31)] = 1
    count: Annotated[int, Field(ge=1, le=60)] = 10


class WindowOut(BaseModel):
    local_on: date
    starts_at: datetime
    ends_at: datetime


class WindowList(BaseModel):
    """The next slots of a rule; empty: it never comes true within five years."""

    items: list[WindowOut]


class SlotIn(In):
    """A slot put in by hand, for everybody the plan sends."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    target_codes: Annotated[list[PlanCode], Field(max_length=400)] | None = None
    """Points, instead of the plan's."""

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if not 0 < (self.ends_at - self.starts_at).total_seconds() <= 31 * 86400:
            raise ValueError("it ends after it begins, and within a month")
        return self


class SlotList(BaseModel):
    items: list[SlotOut]
