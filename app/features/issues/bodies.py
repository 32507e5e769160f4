"""What clients send about cases: reports, commands, and the bodies of this feature's own actions. Nothing unknown is taken."""

import re
import uuid
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.core.geo import Crs
from app.features.issues.lifecycle import Action, Nature
from app.features.issues.photoset import PhotoIn


def _storable(value: Any) -> Any:
    # What somebody pasted must not cost the report: characters no database holds are left out, not refused.
    return _UNSTORABLE.sub("", value) if isinstance(value, str) else value


_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Clean = BeforeValidator(_storable)
Note = Annotated[str, Clean, StringConstraints(strip_whitespace=True, max_length=2000)]
Said = Annotated[str, Clean, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Short = Annotated[str, Clean, StringConstraints(strip_whitespace=True, max_length=80)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Source = Literal[
    "snap", "patrol", "leader", "department", "video", "third_party", "district",
    "hotline", "media", "public", "web", "cross", "mirror",
]  # fmt: skip


class In(BaseModel):
    """A body. Unknown fields are refused: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class PositionIn(In):
    """Where, as the phone knows it. A pin set by hand says why (`reason`)."""

    lon: Lon
    lat: Lat
    accuracy_m: Metres | None = None
    age_seconds: Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)] | None = None
    crs: Crs = Crs.WGS84
    source: Literal["gps", "pin", "point", "exif"] = "gps"
    reason: Note = ""


class ReportPhotoIn(PhotoIn):
    """A photo of a report, by the id the phone gave it. The bytes come by PUT /api/photos/{id}."""

    role: Literal["before", "after", "site"] = "before"
    is_required: bool | None = None
    """Of a before photo: needs an after photo of its own. Default: the first one does."""


class ReportIn(In):
    """One report of a phone. `photos` may come before or after it."""

    action: Literal["submit", "submit_fixed", "submit_closed", "witness"]
    category: Code
    description: Note = ""
    nature: Nature | None = None
    source: Source | None = None
    position: PositionIn | None = None
    point_id: uuid.UUID | None = None
    no_point: bool = False
    far_reason: Note = ""
    captured_at: AwareDatetime
    clock_offset_seconds: Annotated[float, Field(ge=-1e10, le=1e10, allow_inf_nan=False)] | None = None
    """Server time minus phone time, learnt from the Date header; null: unknown."""
    photos: Annotated[list[ReportPhotoIn], Field(max_length=20)] = []
    fixed_by: Short | None = None
    """Of submit_fixed and submit_closed: self, other, or a name."""
    issue_id: uuid.UUID | None = None
    """Of a witness: the case that was offered."""
    external_ref: Short | None = None
    visit_id: uuid.UUID | None = None

    @model_validator(mode="after")
    def _fits_its_action(self) -> Self:
        ids = [p.id for p in self.photos]
        if len(ids) != len(set(ids)):
            raise ValueError("a photo is named twice")
        if (self.action == "witness") != (self.issue_id is not None):
            raise ValueError("issue_id belongs to a witness, and to nothing else")
        if self.no_point and self.point_id:
            raise ValueError("no_point and point_id exclude each other")
        return self


class CommandIn(In):
    """Everything else a phone does, also offline. `body` is the action's own body (see its route)."""

    action: Action | Literal["comment"]
    """A verb of the lifecycle, or `comment`: a line that changes nothing of the case and has no base_version."""
    target: uuid.UUID
    base_version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    device_at: AwareDatetime | None = None
    body: dict[str, Any] = {}


class BulkItemIn(In):
    id: uuid.UUID
    version: Annotated[int, Field(ge=1, le=1_000_000)]


class BulkIn(In):
    """The same action on several cases; each succeeds or fails by itself."""

    items: Annotated[list[BulkItemIn], Field(min_length=1, max_length=100)]
    body: dict[str, Any] = {}


class AddWitnessIn(In):
    text: Note = ""
    photos: Annotated[list[PhotoIn], Field(max_length=10)] = []


class OrderSiteCheckIn(In):
    """核实: who goes and looks, until when, and what is in doubt."""

    assignee_id: uuid.UUID
    due_at: AwareDatetime | None = None
    question: Note = ""


class AnswerSiteCheckIn(In):
    is_confirmed: bool
    finding: Said
    photos: Annotated[list[PhotoIn], Field(max_length=10)] = []


class CorrectIn(In):
    """Changed fields only; `reason` is kept in the event."""

    reason: Said
    category: Code | None = None
    nature: Nature | None = None
    description: Note | None = None
    point_id: uuid.UUID | None = None
    no_point: bool = False
    source: Source | None = None
    external_ref: Short | None = None
    position: PositionIn | None = None
    required_photo_ids: Annotated[list[uuid.UUID], Field(max_length=20)] | None = None
    """Ids of `photos[]` of the case: the before photos that need an after photo."""


class RejectIn(In):
    reason_code: Literal[
        "not_a_problem", "not_ours", "duplicate", "unclear", "already_fixed", "false_report", "other"
    ]
    text: Note = ""


class AppealIn(In):
    text: Said


class MergeIn(In):
    master_id: uuid.UUID
    text: Note = ""


class UnmergeIn(In):
    reason: Said


class CommentIn(In):
    audience: Literal["office", "unit", "reporter"]
    body: Said
