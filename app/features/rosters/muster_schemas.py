"""Wire forms of roll-calls and trainings."""

import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.features.issues.schemas import Named
from app.features.patrols.schemas import Offset
from app.features.rosters.schemas import In, ShiftOut
from app.features.standards.schemas import PLAIN

Topic = Annotated[str, StringConstraints(strip_whitespace=True, pattern=PLAIN, min_length=1, max_length=40)]


class RollCall(BaseModel):
    """Who is stationed in an area today, and what was said at the last roll-call of the day."""

    on: date
    unit: Named | None
    """The area; null: the points that the viewer answers for."""
    areas: list[Named]
    """Areas the viewer may call the roll of."""
    own_points: int
    items: list[ShiftOut]
    last_held_at: datetime | None
    marks: dict[uuid.UUID, bool]
    """Of the last roll-call, by shift: present."""


class Mark(In):
    shift_id: uuid.UUID
    is_present: bool


class MusterIn(In):
    """One roll-call, under an id made on the phone."""

    unit_id: uuid.UUID | None = None
    held_at: AwareDatetime
    clock_offset_seconds: Offset | None = None
    marks: Annotated[list[Mark], Field(min_length=1, max_length=500)]


class MusterReceipt(BaseModel):
    id: uuid.UUID
    received_at: datetime
    held_at: datetime
    present: int
    absent: int
    unknown: int
    """Marks of shifts that the viewer does not know, or no longer: not kept."""
    restore_epoch: int
    durable_through: datetime | None


# ---- trainings ----
class TrainingIn(In):
    """Once more with the same topic and day: more people of the same session."""

    topic: Topic
    held_on: date
    user_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=1000)]


class TrainingOut(BaseModel):
    id: uuid.UUID
    topic: str
    held_on: date
    attendees: int


class TopicOut(BaseModel):
    topic: str
    people: int
    """Different people who were trained in it."""
    is_required: bool


class TrainingList(BaseModel):
    """培训: the sessions of the days asked for, and their sum by topic (Z21)."""

    items: list[TrainingOut]
    topics: list[TopicOut]
    attendances: int
    may_record: bool
