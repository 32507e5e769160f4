"""Bodies of the dispatch actions, and orders as they are shown."""

import uuid
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.features.issues.lifecycle import Nature
from app.features.issues.photoset import AfterPhotoIn

BounceReason = Literal["not_ours", "wrong_place", "wrong_category", "already_done", "not_a_problem", "other"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NothingIn(Body):
    """No fields."""


class NoteIn(Body):
    note: str = Field("", max_length=500)


class DispatchIn(Body):
    """Everything left out is as proposed: category and nature as filed, deadline by category and nature."""

    unit_id: uuid.UUID
    category: str | None = Field(None, max_length=24)
    nature: Nature | None = None
    person_id: uuid.UUID | None = None
    helper_ids: list[uuid.UUID] = Field(default_factory=list, max_length=20)
    due_at: AwareDatetime | None = None
    requirement: str = Field("", max_length=1000)
    frontage_id: uuid.UUID | None = None
    """门前五包: the shop that is named as responsible party."""


class ReassignIn(DispatchIn):
    reason: str = Field(min_length=1, max_length=500)


class BounceIn(Body):
    reason_code: BounceReason
    note: str = Field("", max_length=500)


class RuleBounceIn(Body):
    ruling: Literal["founded", "unfounded"]
    note: str = Field("", max_length=500)


class AssignIn(Body):
    person_id: uuid.UUID
    note: str = Field("", max_length=500)


class AskEscalateIn(Body):
    reason: str = Field(min_length=1, max_length=500)


class EscalateIn(Body):
    reason: str = Field(min_length=1, max_length=500)
    meeting_kind: Literal["deliberation", "coordination", "consultation"] = "coordination"
    unit_id: uuid.UUID | None = None
    helper_ids: list[uuid.UUID] = Field(default_factory=list, max_length=20)


class Milestone(Body):
    text: str = Field(min_length=1, max_length=200)
    due_at: AwareDatetime


class ApprovePlanIn(Body):
    meeting: str = Field(min_length=1, max_length=2000)
    unit_id: uuid.UUID
    measures: str = Field(min_length=1, max_length=2000)
    milestones: list[Milestone] = Field(default_factory=list, max_length=20)
    final_due_at: AwareDatetime


class AskExtendIn(Body):
    until: AwareDatetime
    reason: str = Field(min_length=1, max_length=500)


class AskDeferIn(Body):
    reason_code: Literal["works", "season", "property_right", "other"]
    reason: str = Field(min_length=1, max_length=500)
    safety_measure: str = Field(min_length=1, max_length=500)
    resume_at: AwareDatetime


class DecideIn(Body):
    """The approver's word; what was asked stands on the request."""

    note: str = Field("", max_length=500)


class RefuseRequestIn(Body):
    kind: Literal["extend", "defer", "void", "escalate", "close", "reopen"]
    note: str = Field(min_length=1, max_length=500)


class VoidIn(Body):
    reason_code: Literal["duplicate", "wrong", "test", "out_of_scope", "other"]
    reason: str = Field(min_length=1, max_length=500)


class RectifyIn(Body):
    measure: str = Field(max_length=1000)
    photos: list[AfterPhotoIn] = Field(default_factory=list, max_length=12)
