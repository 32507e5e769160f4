"""Wire forms of documents."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.features.documents.models import Series
from app.features.figures.metrics import Definition, Figure
from app.features.figures.pages import Group
from app.features.issues.schemas import Named

_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000, pattern=_PLAIN)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_PLAIN)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_PLAIN)
]
MOST_DAYS = 400
DocumentAction = Literal["edit", "sign", "discard", "withdraw"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftIn(Body):
    """A draft of the local days from `start_on` to `until_on`, both included."""

    series: Series
    start_on: date
    until_on: date

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if not 0 <= (self.until_on - self.start_on).days < MOST_DAYS:
            raise ValueError("the period ends before it begins, or is too long")
        return self


class DraftPatch(Body):
    """What stays out stays as it is."""

    title: Title | None = None
    start_on: date | None = None
    until_on: date | None = None
    practice: Text | None = None
    next_steps: Text | None = None
    unit_ids: Annotated[list[uuid.UUID], Field(max_length=500)] | None = None
    pair_ids: Annotated[list[uuid.UUID], Field(max_length=12)] | None = None


class WithdrawIn(Body):
    reason: Reason


# ---- what a document says ----
class Change(BaseModel):
    """The same figure of as many days just before; `change`: this one less that one, null where one of them is "—"."""

    id: str
    before: Figure
    change: float | None


class Pair(BaseModel):
    """A typical pair: both photos cleared. A link is null once the clearing was withdrawn."""

    id: uuid.UUID
    issue_no: int | None
    category_zh: str
    category_en: str
    place_zh: str
    place_en: str
    closed_at: datetime
    before_photo_id: uuid.UUID
    after_photo_id: uuid.UUID
    before_url: str | None = None
    after_url: str | None = None


class Content(BaseModel):
    """All figures of a document at `as_of`, with the words that belong to them."""

    as_of: datetime
    definitions: list[Definition]
    figures: list[Figure]
    changes: list[Change]
    before_start_on: date
    before_until_on: date
    categories: list[Group]
    point_types: list[Group]
    units: list[Group]
    pairs: list[Pair]


# ---- documents ----
class DocumentItem(BaseModel):
    """`units` and how many of them `opened` it: of those whose receipts the viewer reads."""

    id: uuid.UUID
    series: Series
    no: int | None
    state: Literal["draft", "signed", "withdrawn"]
    title: str
    start_on: date
    until_on: date
    drafted_at: datetime
    signed_at: datetime | None
    signed_by: str | None
    withdrawn_at: datetime | None
    units: int
    opened: int
    version: int


class DocumentList(BaseModel):
    """Drafts first, then the latest first. `next_no`: what each series comes to next; for those who write or sign."""

    items: list[DocumentItem]
    may_draft: bool
    next_no: dict[Series, int] | None


class DocumentReceipt(BaseModel):
    """`at` null: not opened yet. `by`: for those who write or sign."""

    unit: Named
    at: datetime | None
    by: str | None


class DocumentOut(DocumentItem):
    town: Named
    practice: str
    next_steps: str
    withdrawn_reason: str
    content: Content
    """Of a draft: as it is now. Of a signed document: as it was then."""
    receipts: list[DocumentReceipt]
    may_receive: bool
    allowed: list[DocumentAction]
    next_no: int | None
    """Of a draft: the number it would get now."""
    pair_choices: list[Pair]
    """For who edits a draft: pairs of the period that are cleared."""
