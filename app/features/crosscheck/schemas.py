"""What is told of rounds. Codes and parameters; the words live in the PWA."""

import uuid
from datetime import date, datetime
from typing import Any

from app.features.crosscheck.lifecycle import RoundAction, RoundState
from app.features.issues.schemas import Named, Out


class EnvelopeOut(Out):
    """The same for every captain and every day but for the day itself: it tells nothing of a round."""

    day: date
    from_at: datetime
    until_at: datetime
    commitment: str
    """SHA-256 of the day's seed."""


class NonceOut(Out):
    id: date
    """The day it is for."""
    nonce: str
    received_at: datetime


class Receipt(Out):
    """A record is kept. `photos_missing`: the phone's ids of photos whose bytes are not here yet."""

    id: uuid.UUID
    kind: str
    received_at: datetime
    photos_missing: list[uuid.UUID]


class TeamRound(Out):
    """A round as its teams know it. Not its state: that would tell an inspected captain how far the others are."""

    id: uuid.UUID
    code: str
    direction: str
    start_at: datetime
    revealed_at: datetime | None
    target_score: int
    method: str


class MemberOut(Out):
    id: uuid.UUID
    name: str
    title: str
    is_captain: bool
    seen_at: datetime | None


class RecordOut(Out):
    """Something the team has sent, by the phone's id, as it was sent."""

    id: uuid.UUID
    kind: str
    by_id: uuid.UUID
    received_at: datetime
    body: dict[str, Any]


class MissingOut(Out):
    """point_not_visited {point_id}, item_unanswered {point_id, item}, question_open {question}, mirror_open {category}, rating_missing, lesson_missing,
    verification_open {finding_id}, photos_missing {count}, drafts_left {count}."""

    code: str
    params: dict[str, Any]


class AssignmentOut(Out):
    """All that a team's phone needs without a network."""

    id: uuid.UUID
    round: TeamRound
    inspector: Named
    target: Named
    is_captain: bool
    members: list[MemberOut]
    package: dict[str, Any]
    """points, checklists, items, standard_version, result_scale, open_issues, to_verify."""
    records: list[RecordOut]
    thumbs: dict[str, str]
    """Small pictures of what the team has sent, by the phone's photo id; links are good for some minutes."""
    missing: list[MissingOut]
    submitted_at: datetime | None


class Mine(Out):
    items: list[AssignmentOut]


class TaskOut(Out):
    id: uuid.UUID
    unit: Named
    source: str
    text: str
    due_on: date | None
    done_at: datetime | None


class TaskDone(TaskOut):
    received_at: datetime


class TaskList(Out):
    items: list[TaskOut]


# ---- offices ----
class RingOut(Out):
    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    units: list[Named]
    version: int


class RingList(Out):
    items: list[RingOut]


class EdgeOut(Out):
    inspector: Named
    target: Named


class PairingOut(Out):
    edges: list[EdgeOut]


class Progress(Out):
    """One team of a revealed round."""

    id: uuid.UUID
    inspector: Named
    target: Named
    points: int
    visited: int
    excused: int
    findings: int
    questions: int
    submitted_at: datetime | None
    not_signed_because: str | None
    """The office went on without this captain's signature."""
    released_at: datetime | None


class NonceUsed(Out):
    unit_id: uuid.UUID
    nonce: str
    received_at: datetime


class RoundOut(TeamRound):
    state: RoundState
    pairing: str
    """drawn, planned (by table, and marked so to everyone), inverted (of a reverse round)."""
    verifies_id: uuid.UUID | None
    reveal_at: datetime
    point_types: list[str]
    units: list[Named]
    edges: list[EdgeOut]
    """Empty for a drawn round until the reveal."""
    assignments: list[Progress]
    postponed: list[dict[str, Any]]
    commitment: str | None
    seed: str | None
    nonces: list[NonceUsed]
    nonces_so_far: int
    """Of a drawn round before its reveal: how many would count now."""
    without_captain: list[Named]
    """Units that cannot take part: nobody there is both principal and captain (S12)."""
    allowed_actions: list[RoundAction]
    planned_at: datetime
    submitted_at: datetime | None
    consolidated_at: datetime | None
    release_ordered_at: datetime | None
    released_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None
    closed_reason: str


class RoundList(Out):
    items: list[RoundOut]


class PictureOut(Out):
    id: uuid.UUID
    state: str
    thumb_url: str | None
    large_url: str | None
    cleared_url: str | None
    """The copy that may be printed or published; null: nobody cleared the photo."""


class LinkOut(Out):
    id: uuid.UUID
    no: int | None
    state: str


class NearOut(Out):
    """What may be the same: another finding of this target, or an open case. `distance_m` null: the same point."""

    finding_id: uuid.UUID | None
    issue: LinkOut | None
    distance_m: float | None


class FindingOut(Out):
    id: uuid.UUID
    assignment_id: uuid.UUID
    inspector: Named
    target: Named
    point_id: uuid.UUID | None
    point: str | None
    category: str
    nature: str
    description: str
    found_at: datetime
    lon: float | None
    lat: float | None
    photos: list[PictureOut]
    corrections: list[RecordOut]
    office_category: str | None
    office_nature: str | None
    office_note: str
    merged_into_id: uuid.UUID | None
    duplicate_of: LinkOut | None
    near: list[NearOut]
    issue: LinkOut | None
    undispatched: str | None


class FindingList(Out):
    items: list[FindingOut]


class RequestOut(Out):
    id: uuid.UUID
    unit: Named
    round_code: str
    text: str
    asked_at: datetime
    answered_at: datetime | None
    answer: str


class RequestList(Out):
    items: list[RequestOut]


# ---- the report ----
class PointScored(Named):
    score: float | None
    """M30; null: nothing applied, or nobody looked."""
    state: str
    """visited, excused, open."""


class TargetOut(Out):
    """1: one inspected unit against the goal; S32: beside it how many were found at the inspector's own."""

    inspector: Named
    target: Named
    score: float | None
    reached: bool | None
    rating: float | None
    findings: int
    found_at_home: int
    by_category: dict[str, int]
    points: list[PointScored]


class CategoryCount(Out):
    code: str
    zh: str
    en: str
    count: int


class Told(Out):
    inspector: Named
    target: Named
    text: str
    category: str | None
    kind: str | None
    """Of a mirror: none, also_here, fixed. Of a lesson: lesson, none. Of a practice: strength, method."""


class DoneOut(Out):
    """3: whether a team kept the three don'ts."""

    inspector: Named
    declared: int
    visited: int
    excused: int
    corrections: int
    submitted_at: datetime | None
    not_signed_because: str | None


class FiveOut(Out):
    """5: {good, asked} each; none asked is no nought. answers: of the second question, by step."""

    awareness: dict[str, int]
    satisfaction: dict[str, int]
    adopted: dict[str, int]
    not_met: dict[str, int]
    answers: dict[str, int]


class Missed(Out):
    """M34: missed of all found at the points a team looked at, within 48 hours."""

    inspector: Named
    target: Named
    missed: int
    all: int


class Verified(Out):
    solved: int
    not_solved: int
    relapsed: int


class ReportOut(Out):
    """The round on paper: ring and draw, then the sections 1 to 5."""

    round: RoundOut
    targets: list[TargetOut]
    categories: list[CategoryCount]
    findings: int
    merged: int
    mirrors: list[Told]
    done: list[DoneOut]
    lessons: list[Told]
    practices: list[Told]
    five: FiveOut
    tasks: list[TaskOut]
    requests: list[RequestOut]
    missed: list[Missed]
    verified: Verified | None
    photos: list[PictureOut]
