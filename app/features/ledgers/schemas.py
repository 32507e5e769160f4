"""Wire forms of the office's ledgers."""

import uuid
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.features.issues.schemas import Link, Named

_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=_PLAIN)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_PLAIN)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=_PLAIN)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PLAIN)]
Percent = Annotated[int, Field(ge=0, le=100)]
TaskState = Literal["open", "done", "dropped"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


# ---- key tasks ----
class KeyTaskIn(Body):
    """`person_id`: somebody of the unit; without one the unit's liaison and principal answer."""

    title: Title
    measure: Text = ""
    unit_id: uuid.UUID
    person_id: uuid.UUID | None = None
    due_on: date


class KeyTaskPut(KeyTaskIn):
    """All of it as it is now; `done` and `dropped` are the office's word, whatever the last progress said."""

    state: TaskState = "open"


class ProgressIn(Body):
    percent: Percent
    text: Said


class ProgressOut(BaseModel):
    percent: int
    text: str
    by: str | None
    at: datetime


class KeyTaskOut(BaseModel):
    """`is_late`: open past its day. `waits`: its owner says it is done, the office has not said so yet."""

    id: uuid.UUID
    no: int
    title: str
    measure: str
    unit: Named
    person: Named | None
    due_on: date
    percent: int
    state: TaskState
    ended_on: date | None
    is_late: bool
    waits: bool
    may_change: bool
    may_report: bool
    progress: list[ProgressOut]
    """The latest first."""
    version: int


class KeyTaskList(BaseModel):
    """By number: those of the active campaign. Counts are of the tasks shown."""

    items: list[KeyTaskOut]
    done: int
    late: int
    may_add: bool


# ---- information asked of units ----
class InfoCallIn(Body):
    """Without units: of all that somebody answers for."""

    title: Title
    wanted: Text = ""
    due_on: date
    unit_ids: Annotated[list[uuid.UUID], Field(max_length=500)] = []


class InfoReportIn(Body):
    text: Said


class InfoReportOut(BaseModel):
    """`is_late`: handed in after the day, or still missing past it."""

    unit: Named
    text: str
    first_at: datetime | None
    last_at: datetime | None
    by: str | None
    is_late: bool
    may_hand_in: bool


class InfoCallOut(BaseModel):
    """`reports`: of the units the viewer reads. `missing`: of these, those that have handed in nothing."""

    id: uuid.UUID
    title: str
    wanted: str
    due_on: date
    asked_at: datetime
    is_over: bool
    asked: int
    handed_in: int
    missing: list[Named]
    reports: list[InfoReportOut]


class InfoCallList(BaseModel):
    """The latest day first."""

    items: list[InfoCallOut]
    may_ask: bool


# ---- requests to departments ----
class DepartmentRequestIn(Body):
    unit_id: uuid.UUID
    text: Said
    issue_id: uuid.UUID | None = None
    due_on: date | None = None


class AnswerIn(Body):
    answer: Said


class DepartmentRequestOut(BaseModel):
    """`issue`: where it is about a case that the viewer sees."""

    id: uuid.UUID
    department: Named
    text: str
    issue: Link | None
    due_on: date | None
    asked_by: str | None
    asked_at: datetime
    answer: str
    answered_by: str | None
    answered_at: datetime | None
    is_late: bool
    may_answer: bool


class DepartmentRequestList(BaseModel):
    """What is not answered first, the oldest first; then the latest answers."""

    items: list[DepartmentRequestOut]
    open: int
    may_ask: bool


# ---- petitions ----
class PetitionIn(Body):
    """What and where; nobody's name, number or address belongs here."""

    received_on: date
    subject: Line
    unit_id: uuid.UUID | None = None
    point_id: uuid.UUID | None = None


class StrikeIn(Body):
    reason: Line


class PetitionOut(BaseModel):
    id: uuid.UUID
    received_on: date
    subject: str
    unit: Named | None
    point: Named | None
    recorded_at: datetime
    struck_at: datetime | None
    struck_reason: str


class PetitionList(BaseModel):
    """The latest first. `count`: within the days asked for, without those struck out (M37)."""

    items: list[PetitionOut]
    days: int
    count: int
    may_record: bool


# ---- leads from online channels ----
LeadChannel = Literal[
    "community_app", "we_media", "weibo", "wechat", "short_video", "news", "mailbox", "hotline", "other"
]
"""社区通, 自媒体, 微博, 微信, 短视频, 新闻媒体, 网上信箱, 热线, 其他."""
Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$"),
]
Ref = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_PLAIN)]


class LeadIn(Body):
    """`ref`: what the channel calls it; without one its link. One of both is needed; nobody's name belongs into `text`."""

    channel: LeadChannel
    ref: Ref = ""
    link: Url = ""
    text: Said
    received_at: AwareDatetime

    @model_validator(mode="after")
    def _is_found_again(self) -> Self:
        if not (self.ref or self.link):
            raise ValueError("a reference or a link")
        return self


class LeadFileIn(Body):
    """The case that it becomes: at a point; without words those of the lead."""

    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
    point_id: uuid.UUID
    description: Text = ""


class LeadOut(BaseModel):
    """`issue`: its case, where the viewer sees it."""

    id: uuid.UUID
    channel: LeadChannel
    ref: str
    link: str
    text: str
    received_at: datetime
    recorded_at: datetime
    is_filed: bool
    issue: Link | None
    answer: str
    answered_at: datetime | None


class LeadList(BaseModel):
    """What is neither a case nor answered first; the latest first."""

    items: list[LeadOut]
    open: int
    may_register: bool
