"""What offices and teams' phones send. Nothing unknown is taken. Every record of a team names its assignment and has an id made on the phone."""

import uuid
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from app.features.issues.bodies import Code, In, Note, PositionIn, Said, Short
from app.features.issues.lifecycle import Nature
from app.features.issues.photoset import PhotoIn

Hex32 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Offset = Annotated[float, Field(ge=-1e10, le=1e10, allow_inf_nan=False)]
Photos = Annotated[list[PhotoIn], Field(max_length=20)]
RATED = ("environment", "order", "facilities", "publicity", "management")


# ---- offices ----
class RingIn(In):
    code: Code
    name_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=160)] = ""
    unit_ids: Annotated[list[uuid.UUID], Field(min_length=3, max_length=100)]


class RingPatch(In):
    name_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)] | None = (
        None
    )
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=160)] | None = None
    unit_ids: Annotated[list[uuid.UUID], Field(min_length=3, max_length=100)] | None = None


class EdgeIn(In):
    inspector_id: uuid.UUID
    target_id: uuid.UUID


class PairingIn(In):
    """A table to begin with. With `target_ids` the first group inspects the second (villages and neighbourhoods)."""

    rule: Literal["ring", "random"]
    unit_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=100)]
    target_ids: Annotated[list[uuid.UUID], Field(max_length=100)] = []


class RoundIn(In):
    """A forward round: of a ring, of the units named, or by a table; a reverse round names the one that it verifies."""

    code: Code
    direction: Literal["forward", "reverse"] = "forward"
    pairing: Literal["drawn", "planned"] = "drawn"
    """drawn: at the reveal, from the committed seed and the captains' nonces. planned: by ring order or table, and marked so."""
    ring_id: uuid.UUID | None = None
    unit_ids: Annotated[list[uuid.UUID], Field(max_length=100)] = []
    edges: Annotated[list[EdgeIn], Field(max_length=100)] = []
    verifies_id: uuid.UUID | None = None
    start_at: AwareDatetime
    reveal_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    point_types: Annotated[list[Code], Field(min_length=1, max_length=40)]
    target_score: Annotated[int, Field(ge=0, le=100)] = 95
    method: Literal["12345"] = "12345"

    @model_validator(mode="after")
    def _one_way_to_pair(self) -> Self:
        if (self.direction == "reverse") != (self.verifies_id is not None):
            raise ValueError("a reverse round names what it verifies, and only such a round does")
        given = [bool(self.ring_id), bool(self.unit_ids), bool(self.edges), bool(self.verifies_id)]
        if sum(given) != 1:
            raise ValueError("one of ring_id, unit_ids, edges and verifies_id")
        if self.edges and self.pairing == "drawn":
            raise ValueError("a table is a planned pairing")
        return self


class PostponeIn(In):
    start_at: AwareDatetime


class ReasonIn(In):
    reason: Said


class ConsolidateIn(In):
    """What the office says of a finding: the same as another of the round, or as an open case; another kind; graver or lighter."""

    merged_into: uuid.UUID | None = None
    duplicate_of: uuid.UUID | None = None
    category: Code | None = None
    nature: Nature | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.merged_into and self.duplicate_of:
            raise ValueError("merged_into and duplicate_of exclude each other")
        return self


class AnswerIn(In):
    answer: Said


# ---- the team ----
class NonceIn(In):
    nonce: Hex32


class Record(In):
    """What all records of a team have."""

    assignment_id: uuid.UUID

    def named_photos(self) -> list[PhotoIn]:
        """The photos the record names."""
        return []


class Pictured(Record):
    photos: Photos = []

    def named_photos(self) -> list[PhotoIn]:
        """The photos the record names."""
        return self.photos

    @model_validator(mode="after")
    def _each_photo_once(self) -> Self:
        ids = [p.id for p in self.photos]
        if len(ids) != len(set(ids)):
            raise ValueError("a photo is named twice")
        return self


class ResultIn(In):
    item: Code
    result: Code
    """A code of the town's result scale: pass, minor, major, fail, na."""
    note: Note = ""


class VisitIn(Pictured):
    """A point, checked item by item; with `excuse` it was not, and that is why."""

    point_id: uuid.UUID
    arrived_at: AwareDatetime
    left_at: AwareDatetime | None = None
    clock_offset_seconds: Offset | None = None
    position: PositionIn | None = None
    away_reason: Note = ""
    excuse: Note = ""
    standard_version: Short = ""
    results: Annotated[list[ResultIn], Field(max_length=200)] = []
    note: Note = ""


class FindingIn(Pictured):
    """Saved once, for good."""

    visit_id: uuid.UUID | None = None
    point_id: uuid.UUID | None = None
    item: Code | None = None
    """The check item that was answered with "fail"."""
    category: Code
    nature: Nature = Nature.ORDINARY
    description: Note = ""
    position: PositionIn | None = None
    captured_at: AwareDatetime
    clock_offset_seconds: Offset | None = None


class CorrectionIn(Pictured):
    """Words and photos added to a finding; the nature may be raised. `category` is a proposal to the office."""

    finding_id: uuid.UUID
    text: Said
    category: Code | None = None
    nature: Nature | None = None


YES_NO = ("yes", "no")
SATISFACTION = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied")


class InterviewIn(Record):
    """1 guard: yes|no. 2 resident: five steps. 3 ourselves: yes|no, yes makes the own to-do `text`. 4 host secretary: `text` and category make a practice.
    5 office: `text` makes a coordination request. Several people may be asked the same."""

    question: Annotated[int, Field(ge=1, le=5)]
    is_met: bool = True
    answer: str | None = Field(None, max_length=20)
    text: Note = ""
    category: Code | None = None
    due_on: date | None = None

    @model_validator(mode="after")
    def _is_answered(self) -> Self:
        allowed = {1: YES_NO, 2: SATISFACTION, 3: YES_NO}.get(self.question)
        if not self.is_met:
            if self.answer is not None:
                raise ValueError("nobody was met, so nobody answered")
        elif allowed and self.answer not in allowed:
            raise ValueError(f"answer is one of {', '.join(allowed)}")
        elif not allowed and (self.answer is not None or not self.text):
            raise ValueError("the answer to this question is text")
        elif self.question == 3 and self.answer == "yes" and not self.text:
            raise ValueError("say what is to be done at home")
        return self


class MirrorIn(Pictured):
    """also_here opens an own case, after the release."""

    category: Code
    own_state: Literal["none", "also_here", "fixed"]
    point_id: uuid.UUID | None = None
    note: Note = ""


class RatedItem(In):
    item: Literal["environment", "order", "facilities", "publicity", "management"]
    result: Code


class RatingIn(Record):
    items: Annotated[list[RatedItem], Field(min_length=1, max_length=len(RATED))]
    remark: Note = ""

    @model_validator(mode="after")
    def _each_item_once(self) -> Self:
        if len({i.item for i in self.items}) != len(self.items):
            raise ValueError("an item is rated twice")
        return self


class LessonIn(Record):
    """A lesson, or why there is none."""

    text: Note = ""
    none_reason: Note = ""

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if bool(self.text) == bool(self.none_reason):
            raise ValueError("text or none_reason")
        return self


class PracticeIn(Pictured):
    """strength: shown to the inspected unit. method: how it solved something. `adopt` makes an own to-do."""

    kind: Literal["strength", "method"]
    category: Code | None = None
    text: Said
    adopt: bool = False
    due_on: date | None = None


class VerificationIn(Pictured):
    """Of a reverse round: what became of a finding of the forward round (its id in the package)."""

    finding_id: uuid.UUID
    result: Literal["solved", "not_solved", "relapsed"]
    note: Note = ""
    captured_at: AwareDatetime | None = None


class SubmissionIn(Record):
    """The captain signs that nothing is left out. `unsent_drafts`: what the team's phones still hold."""

    unsent_drafts: Annotated[int, Field(ge=0, le=10_000)]
    is_complete: Literal[True]
    signed_at: AwareDatetime
    note: Note = ""


class TaskDoneIn(In):
    """With a photo."""

    id: uuid.UUID
    note: Note = ""
    photos: Annotated[list[PhotoIn], Field(min_length=1, max_length=10)]
