"""Bodies of the review actions, and the queue as it is shown."""

import uuid
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.features.issues.bodies import BulkItemIn
from app.features.issues.photoset import PhotoIn

RefuseReason = Literal["other_place", "not_solved", "unreadable", "old_or_copied", "wrong_issue"]
"""Why a pair is refused (§4.3): keys 1 to 5 on the desk."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartReviewIn(Body):
    """No fields: the reviewer has opened the case."""


class DecidePairIn(Body):
    pair_id: uuid.UUID
    decision: Literal["matched", "refused"]
    reason_code: RefuseReason | None = None
    override_reason: str = Field("", max_length=500)


class ReturnIn(Body):
    reason_code: RefuseReason | Literal["measure_unclear", "other"]
    comment: str = Field("", max_length=500)


class CloseIn(Body):
    """`match`: pairs still open are decided as matched in the same step: one key for the clear case."""

    match: list[uuid.UUID] = Field(default_factory=list, max_length=20)
    override_reason: str = Field("", max_length=500)
    comment: str = Field("", max_length=500)


class SheetCloseIn(CloseIn):
    """Closing from the contact sheet: its event says so."""


class SheetIn(Body):
    """The cases that were left on the sheet, as they were seen."""

    items: list[BulkItemIn] = Field(min_length=1, max_length=100)


class ApproveCloseIn(Body):
    note: str = Field("", max_length=500)


class LookBackPassIn(Body):
    photos: list[PhotoIn] = Field(min_length=1, max_length=6)
    note: str = Field("", max_length=500)


MissedReason = Literal["no_access", "shut", "not_found", "weather", "other"]
"""Why nobody could look: no way in, shut, not found, bad weather."""


class LookBackNotDoneIn(Body):
    reason_code: MissedReason
    note: str = Field("", max_length=500)


class NotFixedIn(Body):
    text: str = Field("", max_length=500)
    photos: list[PhotoIn] = Field(default_factory=list, max_length=6)


class RelapseIn(Body):
    photos: list[PhotoIn] = Field(min_length=1, max_length=6)
    note: str = Field("", max_length=500)


class ReopenIn(Body):
    reason: str = Field(min_length=1, max_length=500)
