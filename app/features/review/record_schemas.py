"""Wire forms of visits to those concerned, special actions and scores of a meeting."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from app.features.issues.schemas import CategoryRef, Named
from app.features.review.schemas import Body

_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_PLAIN)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_PLAIN)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[^\x00-\x1f\x7f]*$")]
VisitKind = Literal["persuasion", "check", "joint"]


# ---- S07 ----
class CaseVisitIn(Body):
    """上门劝说, a look, or several units together; no case moves by it."""

    issue_id: uuid.UUID
    kind: VisitKind = "persuasion"
    visited_at: AwareDatetime
    clock_offset_seconds: Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)] | None = None
    note: Text = ""


class CaseVisitReceipt(BaseModel):
    id: uuid.UUID
    received_at: datetime
    visited_at: datetime
    visits: int
    """Of the case, this one included."""


# ---- J13 ----
class SpecialActionIn(Body):
    """`category`, with a point or grid or all over town. `headcount` and `results` are filled in afterwards."""

    name_zh: Name
    category: Code | None = None
    point_id: uuid.UUID | None = None
    grid_id: uuid.UUID | None = None
    lead_unit_id: uuid.UUID
    unit_ids: Annotated[list[uuid.UUID], Field(max_length=200)] = []
    issue_ids: Annotated[list[uuid.UUID], Field(max_length=200)] = []
    start_on: date
    until_on: date
    headcount: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    results: Text = ""
    is_done: bool = False

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.until_on < self.start_on:
            raise ValueError("it ends before it begins")
        if self.point_id and self.grid_id:
            raise ValueError("a point or a grid")
        return self


class ActionCase(BaseModel):
    """A case of it that the viewer sees."""

    id: uuid.UUID
    no: int | None
    state: str


class SpecialActionOut(BaseModel):
    id: uuid.UUID
    name_zh: str
    category: CategoryRef | None
    point: Named | None
    grid: Named | None
    lead_unit: Named
    units: list[Named]
    issues: list[ActionCase]
    start_on: date
    until_on: date
    headcount: int
    results: str
    is_done: bool
    version: int


class SpecialActionList(BaseModel):
    """The latest first. `headcount`: of all of them."""

    items: list[SpecialActionOut]
    headcount: int


# ---- J19 ----
class ScoreIn(Body):
    """One item of one unit: a code of the standard's result scale, and what was said."""

    unit_id: uuid.UUID
    item: Code
    result: Code
    comment: Text = ""


class ScoreSheetIn(Body):
    """The whole sheet; sent again it replaces what stood there."""

    name_zh: Name
    held_on: date
    scores: Annotated[list[ScoreIn], Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({(one.unit_id, one.item) for one in self.scores}) != len(self.scores):
            raise ValueError("an item is scored twice")
        return self


class ScoreOut(BaseModel):
    item: str
    zh: str
    en: str
    result: str
    share_percent: int | None
    """Null: does not apply."""
    weight: int
    comment: str


class UnitScored(BaseModel):
    """`total` = 100 · Σ weight · share / Σ weight over the items that apply; null where none does."""

    unit: Named
    total: float | None
    items: list[ScoreOut]


class ScoreSheetItem(BaseModel):
    id: uuid.UUID
    name_zh: str
    held_on: date
    received_at: datetime
    is_mine: bool


class ScoreSheetOut(ScoreSheetItem):
    units: list[UnitScored]
    """The best first."""


class ScoreSheetList(BaseModel):
    items: list[ScoreSheetItem]
