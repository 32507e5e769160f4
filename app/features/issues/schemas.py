"""What the server says about cases. Codes and parameters; the words live in the PWA."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.features.issues.lifecycle import Action, ApprovalKind, ApprovalState, Nature, PairState, State


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Named(Out):
    """A unit, grid or other thing with a name in both languages."""

    id: uuid.UUID
    zh: str
    en: str


class CategoryRef(Out):
    code: str
    zh: str
    en: str


class PointRef(Named):
    type_code: str
    is_key: bool


class GridRef(Named):
    code: str


class Person(Out):
    """A person as this viewer may see them: `name` null where only the role may be known."""

    id: uuid.UUID | None
    name: str | None
    role: str | None = None
    unit: Named | None = None


class IssueListItem(Out):
    id: uuid.UUID
    no: int | None
    state: State
    version: int
    nature: Nature
    category: CategoryRef
    description: str
    source: str
    point: PointRef | None
    grid: GridRef | None
    unit: Named | None
    """The responsible unit; null before dispatch."""
    reporter_unit: Named | None
    """Only for the office."""
    lon: float | None
    lat: float | None
    found_at: datetime
    received_at: datetime
    due_at: datetime | None
    campaign_due_at: datetime
    rectified_at: datetime | None
    closed_at: datetime | None
    is_overdue: bool
    is_held: bool
    is_sampled: bool
    is_chronic: bool
    round_no: int
    bounce_count: int
    rework_count: int
    relapse_count: int
    witness_count: int
    near_count: int | None
    """Other open cases of the same kind nearby; told for submitted cases to the desk."""
    flags: list[str]
    before_thumb: str | None
    after_thumb: str | None
    allowed_actions: list[Action]


class PhotoOut(Out):
    """A photo in a case. URLs expire; `id` is the photo's id in the case."""

    id: uuid.UUID
    photo_id: uuid.UUID
    kind: str
    round_no: int
    is_required: bool
    by: Person | None
    taken_at: datetime | None
    received_at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    distance_to_point_m: float | None
    capture: str
    clock_offset_seconds: float | None
    claims: dict[str, Any]
    """What the file's EXIF claims (taken_at, gps, make, model …); never proof."""
    width: int
    height: int
    state: str
    thumb_url: str | None
    large_url: str | None
    watermarked_url: str | None
    cleared_url: str | None
    """The copy that may be printed or published; null: nobody cleared the photo, and it may not."""


class Link(Out):
    id: uuid.UUID
    no: int | None
    state: State


class ReusedOut(Out):
    """The picture that the after photo is a copy of, and the case it stands in."""

    issue: Link
    kind: str
    taken_at: datetime | None
    large_url: str | None


class PairOut(Out):
    id: uuid.UUID
    round_no: int
    before_id: uuid.UUID
    after_id: uuid.UUID | None
    """Ids of `photos[]`."""
    state: PairState
    is_suspect: bool
    checks: list[Any]
    verdict: str | None
    """same, different, unsure: what the evidence engine says of the place; null until it has looked."""
    is_clear: bool
    """Same place, something changed, nothing against it."""
    aligned_url: str | None
    """The after photo laid over the before photo."""
    changes_url: str | None
    """Transparent, over the before photo: hatched where something changed."""
    reused: ReusedOut | None
    override_reason: str
    decided_by: Person | None
    decided_at: datetime | None
    reason_code: str | None
    distance_m: float | None


class EventOut(Out):
    id: uuid.UUID
    seq: int
    action: Action
    actor: Person | None
    at: datetime
    device_at: datetime | None
    from_state: State | None
    to_state: State
    reason_code: str | None
    text: str | None
    data: dict[str, Any]


class ApprovalOut(Out):
    id: uuid.UUID
    kind: ApprovalKind
    state: ApprovalState
    asked_by: Person | None
    asked_at: datetime
    needs_role: str
    reason: str
    payload: dict[str, Any]
    decided_by: Person | None
    decided_at: datetime | None
    decision_note: str


class SiteCheckOut(Out):
    id: uuid.UUID
    assignee: Person | None
    ordered_at: datetime
    due_at: datetime
    question: str
    done_at: datetime | None
    is_confirmed: bool | None
    finding: str


class CommentOut(Out):
    id: uuid.UUID
    author: Person | None
    audience: str
    body: str
    at: datetime
    is_mine: bool


class NearIssue(Out):
    """A near and recent case of the same kind: what a volunteer may see."""

    id: uuid.UUID
    no: int | None
    category: CategoryRef
    distance_m: float
    found_at: datetime
    witness_count: int
    thumb: str | None


class NearList(Out):
    items: list[NearIssue]


class PointHistory(Out):
    days: int
    found: int
    same_category: int
    relapsed: int
    last: Link | None
    last_category: CategoryRef | None
    last_found_at: datetime | None
    last_hours_to_close: float | None


class KeptEvidence(Out):
    """A rectification that came too late (somebody was first): never thrown away."""

    command_id: uuid.UUID
    by: Person | None
    received_at: datetime
    text: str
    photo_ids: list[uuid.UUID]
    """Ids of `photos[]`."""


class IssueOut(IssueListItem):
    """A case, complete. Beside these fields each higher feature adds its section (`orders`, `rounds`, `look_backs` …)."""

    external_ref: str | None
    position: dict[str, Any]
    accuracy_m: float | None
    distance_to_point_m: float | None
    territory: Named | None
    mode: str | None
    accepted_at: datetime | None
    dispatched_at: datetime | None
    acknowledged_at: datetime | None
    review_started_at: datetime | None
    reviewed_at: datetime | None
    first_closed_at: datetime | None
    archived_at: datetime | None
    round_found_at: datetime
    plan_due_at: datetime | None
    resume_at: datetime | None
    requirement: str
    measure: str
    extension_count: int
    reopen_count: int
    appeal_count: int
    reporter: Person | None
    is_mine: bool
    fixer: Person | None
    dispatcher: Person | None
    assignee: Person | None
    helpers: list[Named]
    photos: list[PhotoOut]
    pairs: list[PairOut]
    events: list[EventOut]
    approvals: list[ApprovalOut]
    site_checks: list[SiteCheckOut]
    comments: list[CommentOut]
    comment_audiences: list[str]
    """To whom this viewer may write."""
    duplicates: list[NearIssue]
    point_history: PointHistory | None
    kept_evidence: list[KeptEvidence]
    master: Link | None
    merged: list[Link]
    recurs_from: Link | None
    sections: dict[str, Any]


class Counts(Out):
    """Badges: what this viewer sees, per state and by urgency."""

    states: dict[str, int]
    open: int
    overdue: int
    due_soon: int
    """Due within 24 hours."""
    urgent: int
    held: int
    sampled: int
    bounced: int
    """Back at the desk after a bounce."""
    leads: int
    """Submitted, from hotline, media, public or web."""
    near: int
    """Submitted, with another open case of the same kind nearby; for the desk."""
    site_checks: int
    """Open site checks for me."""
    to_decide: int
    """Open requests (extension, deferral, void, second approval …) that I may decide."""
    my_orders: int
    """Open orders for me or my units."""
    reported: int
    """Open cases I reported."""


class MapPoint(Out):
    id: uuid.UUID
    zh: str
    en: str
    type_code: str
    is_key: bool
    lon: float
    lat: float
    open: int
    overdue: int
    worst: str | None
    """overdue, urgent, soon (due within 12 hours), open, review; null: nothing open."""


class MapGrid(Out):
    """A grid in which something is open."""

    id: uuid.UUID
    open: int
    overdue: int
    worst: str
    """As of a point."""


class MapIssue(Out):
    id: uuid.UUID
    no: int | None
    state: State
    nature: Nature
    category: CategoryRef
    point_id: uuid.UUID | None
    lon: float
    lat: float
    found_at: datetime
    is_overdue: bool


class MapCluster(Out):
    lon: float
    lat: float
    count: int
    overdue: int
    urgent: int


class MapOut(Out):
    points: list[MapPoint]
    grids: list[MapGrid]
    issues: list[MapIssue]
    clusters: list[MapCluster]
    """Instead of `issues` where there are more than 500."""
