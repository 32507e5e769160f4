"""Wire forms of what is on record of units: talks, commendations, criticism, accountability."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from app.features.documents.schemas import Body, Reason, Text
from app.features.issues.schemas import Link, Named

RecordKind = Literal["talk", "commendation", "criticism", "accountability"]
Ground = Literal["attention", "measures", "progress", "results"]
"""重视不够, 措施不实, 推进不力, 效果不佳: these four and no other (Z14)."""


class UnitRecordIn(Body):
    """A talk names its ground and the unit's principal; what was done because of cases names them."""

    kind: RecordKind
    unit_id: uuid.UUID
    person_id: uuid.UUID | None = None
    ground: Ground | None = None
    held_on: date
    reason: Reason
    commitments: Text = ""
    due_on: date | None = None
    issue_ids: Annotated[list[uuid.UUID], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.kind == "talk") != (self.ground is not None):
            raise ValueError("a talk, and only a talk, has one of the four grounds")
        if self.kind == "talk" and self.person_id is None:
            raise ValueError("a talk names the principal of the unit")
        if self.kind == "accountability" and not self.issue_ids:
            raise ValueError("accountability names the cases that caused it")
        if self.due_on is not None and self.due_on < self.held_on:
            raise ValueError("due before it was held")
        return self


class RecordOutcomeIn(Body):
    """What came of it."""

    outcome: Reason
    outcome_on: date


class UnitRecordOut(BaseModel):
    """`issues`: those of its cases that the viewer sees. `is_open`: what was promised is not followed up yet."""

    id: uuid.UUID
    kind: RecordKind
    unit: Named
    person: str | None
    ground: Ground | None
    held_on: date
    reason: str
    commitments: str
    due_on: date | None
    outcome: str
    outcome_on: date | None
    is_open: bool
    issues: list[Link]
    recorded_at: datetime
    version: int


class UnitRecordList(BaseModel):
    """The latest first."""

    items: list[UnitRecordOut]
    may_record: bool


class Candidate(BaseModel):
    """A unit that a rule proposes for a talk: `n` of `d`, `percent`, and the town's `limit`. A person decides."""

    unit: Named
    ground: Ground
    rule: Literal["on_time", "relapse", "unclaimed", "returned"]
    n: int
    d: int
    percent: float
    limit: int
    principals: list[Named]


class CandidateList(BaseModel):
    """`as_of`: the counts are of then; in a large town of the last hour."""

    as_of: datetime
    days: int
    items: list[Candidate]
