"""Wire forms of patrols and visits: what a phone takes along and what it sends back."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from app.core.geo import Crs
from app.features.issues.bodies import Clean, In, Lat, Lon, Metres, Note
from app.features.issues.receipts import ReportPhotos
from app.features.issues.schemas import CategoryRef, IssueListItem, Named
from app.features.patrols.models import Kind, Mode, Openness
from app.features.standards.schemas import Code

SlotState = Literal["due", "running", "done", "missed"]
Offset = Annotated[float, Field(ge=-1e10, le=1e10, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Counted = Annotated[dict[Code, Count], Field(max_length=60)]
Reason = Annotated[str, Clean, StringConstraints(strip_whitespace=True, max_length=200)]


# ---- sent by the phone ----
class ParticipantsIn(In):
    """Who went along. Adults by name, children only as a number (J16)."""

    adults: Annotated[list[uuid.UUID], Field(max_length=60)] = []
    children_count: Annotated[int, Field(ge=0, le=500)] = 0
    units: Annotated[list[uuid.UUID], Field(max_length=20)] = []
    """Units that took part: a joint patrol (X36)."""


class TalliesIn(In):
    """How often, by code: nobody is named and no case arises."""

    dissuasion: Counted = {}
    publicity: Counted = {}


class PatrolIn(In):
    """One walk. While `ended_at` is null it may be sent again with more; the walk itself is not recorded."""

    slot_id: uuid.UUID | None = None
    kind: Kind
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    participants: ParticipantsIn = ParticipantsIn()
    tallies: TalliesIn = TalliesIn()
    is_covert: bool = False
    """Of a patrol without a slot; those with one are as their plan says."""
    clock_offset_seconds: Offset | None = None


class FixIn(In):
    """Where the phone was at the check-in."""

    lon: Lon
    lat: Lat
    accuracy_m: Metres | None = None
    crs: Crs = Crs.WGS84


class ResultIn(In):
    """One item: a code of the standard's result scale."""

    item: Code
    result: Code
    note: Note = ""
    photo_ids: Annotated[list[uuid.UUID], Field(max_length=10)] = []


class VisitIn(In):
    """One look at a point or at a grid. `patrol_id` may be of a patrol that has not arrived yet."""

    patrol_id: uuid.UUID
    point_id: uuid.UUID | None = None
    grid_id: uuid.UUID | None = None
    arrived_at: AwareDatetime
    left_at: AwareDatetime | None = None
    position: FixIn | None = None
    away_reason: Reason = ""
    standard_version: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    results: Annotated[list[ResultIn], Field(max_length=200)] = []
    all_fine: bool = False
    note: Note = ""
    photo_ids: Annotated[list[uuid.UUID], Field(max_length=20)] = []
    """Of the place as a whole; those of an item stand with it."""
    tallies: TalliesIn = TalliesIn()
    """At this place; those of the patrol were on the way."""
    clock_offset_seconds: Offset | None = None

    @model_validator(mode="after")
    def _is_of_one_place(self) -> Self:
        if (self.point_id is None) == (self.grid_id is None):
            raise ValueError("a visit is of a point or of a grid")
        items = [result.item for result in self.results]
        if len(items) != len(set(items)):
            raise ValueError("an item is answered twice")
        named = [*self.photo_ids, *(photo for result in self.results for photo in result.photo_ids)]
        if len(named) != len(set(named)):
            raise ValueError("a photo is named twice")
        return self


# ---- receipts ----
class PatrolReceipt(BaseModel):
    id: uuid.UUID
    """The phone's own."""
    slot_id: uuid.UUID | None
    slot_state: SlotState | None
    kind: Kind
    level: int | None
    visibility: Openness
    started_at: datetime
    ended_at: datetime | None
    received_at: datetime
    visits: int
    flags: list[str]
    restore_epoch: int
    durable_through: datetime


class VisitReceipt(BaseModel):
    id: uuid.UUID
    """The phone's own."""
    patrol_id: uuid.UUID
    is_attached: bool
    """Its patrol has arrived."""
    point_id: uuid.UUID | None
    grid_id: uuid.UUID | None
    arrived_at: datetime
    received_at: datetime
    is_inside: bool
    distance_m: float | None
    score: float | None
    is_clean: bool
    slot_state: SlotState | None
    photos: ReportPhotos
    flags: list[str]
    restore_epoch: int
    durable_through: datetime


# ---- what a phone takes along ----
class ScaleStep(BaseModel):
    code: str
    zh: str
    en: str
    share_percent: int | None
    """Null: not applicable."""


class Term(BaseModel):
    code: str
    zh: str
    en: str


class ItemOut(BaseModel):
    """One line of a checklist. `categories`: what a finding at it usually is."""

    code: str
    zh: str
    en: str
    method: str
    weight: int
    categories: list[str]


class OpenIssue(BaseModel):
    """An open case at a place, as everybody on a round there may know it."""

    id: uuid.UUID
    no: int | None
    state: str
    nature: str
    category: CategoryRef
    found_at: datetime
    is_overdue: bool


class PlaceOut(BaseModel):
    """A point or grid with what is checked and open there. WGS-84."""

    id: uuid.UUID
    place: Literal["point", "grid"]
    code: str
    zh: str
    en: str
    type_code: str | None
    """Names the checklist; null for a grid."""
    is_key: bool
    address: str
    lon: float
    lat: float
    geometry: dict[str, Any] | None
    is_strict: bool
    """Its profile (席地而坐) counts each result that falls short as the next worse one."""
    fence_m: int
    """A check-in counts as there if distance to the shape − accuracy is within this."""
    grid: Named | None
    territory: Named | None
    open_issues: list[OpenIssue]


class RoundLookBack(BaseModel):
    """A closed case to be looked at again on this visit: lookback_pass or relapse by command, with its version."""

    issue: IssueListItem
    due_at: datetime | None
    why: list[Literal["last_round", "due", "not_fixed"]]
    """last_round: closed since the last round of this kind was here."""


class TargetOut(BaseModel):
    id: uuid.UUID
    """Of `places`."""
    visited_at: datetime | None
    """The last counted look at it in this slot."""
    last_round_at: datetime | None
    """When the round of this kind before was here."""
    look_backs: list[RoundLookBack]


class AssigneeOut(BaseModel):
    kind: Literal["person", "team", "unit", "role"]
    zh: str
    en: str
    role: str | None


class PlanRef(BaseModel):
    id: uuid.UUID
    code: str
    zh: str
    en: str


class SlotOut(BaseModel):
    id: uuid.UUID
    plan: PlanRef
    kind: Kind
    level: int | None
    mode: Mode
    visibility: Openness
    state: SlotState
    local_on: date
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    done_at: datetime | None
    assignee: AssigneeOut
    needs_position: bool
    """Done only by a check-in at the point within the window."""
    has_publicity: bool
    targets_total: int
    targets_done: int


class MySlot(SlotOut):
    targets: list[TargetOut]
    """In walking order; empty: the walkers choose."""
    patrol_ids: list[uuid.UUID]
    """Patrols of mine for it that the server has."""


class MineOut(BaseModel):
    """All a phone needs for today's and tomorrow's rounds without a network."""

    at: datetime
    timezone: str
    standard_version: str
    scale: list[ScaleStep]
    behaviours: list[Term]
    publicity: list[Term]
    checklists: dict[str, list[ItemOut]]
    """By type code."""
    places: list[PlaceOut]
    slots: list[MySlot]


class ResultOut(BaseModel):
    """One item as it was found, with the share that counted then."""

    item: str
    zh: str
    en: str
    result: str
    share_percent: int | None
    weight: int
    note: str
