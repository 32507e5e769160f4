"""Wire forms of what the office reads: patrols and visits, coverage, blind spots, who has not gone."""

import uuid
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from app.features.issues.schemas import CategoryRef, Named
from app.features.patrols.models import Kind, Openness
from app.features.patrols.schemas import ResultOut


class Walker(BaseModel):
    """Who walked; the name is null where the viewer knows the unit only."""

    name: str | None
    unit: Named | None


class PatrolItem(BaseModel):
    id: uuid.UUID
    kind: Kind
    level: int | None
    visibility: Openness
    released_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    by: Walker
    adults: int
    children_count: int
    units: list[Named]
    """Units that took part beside the walker's own."""
    visits: int
    issues: int
    flags: list[str]


class TallyOut(BaseModel):
    kind: str
    code: str
    count: int


class WithheldOut(BaseModel):
    """Found on a covert patrol: no case until the release. `id` is not that of the case to come."""

    id: uuid.UUID
    action: str
    category: CategoryRef
    nature: str | None
    description: str
    captured_at: datetime
    received_at: datetime
    photos: list[dict[str, str]]
    """{id, thumb_url, large_url}"""


class PatrolOut(PatrolItem):
    people: list[Walker]
    tallies: list[TallyOut]
    visited: list["VisitItem"]
    withheld: list[WithheldOut]


class VisitItem(BaseModel):
    """One look at a place. `results` are those that fell short or carry a note; `all_fine`: none did."""

    id: uuid.UUID
    kind: Kind | None
    level: int | None
    place: Named
    is_grid: bool
    arrived_at: datetime
    left_at: datetime | None
    is_inside: bool
    distance_m: float | None
    away_reason: str
    all_fine: bool
    is_clean: bool
    score: float | None
    standard_version: str
    note: str
    by: Walker
    results: list[ResultOut]
    issues: list[dict[str, Any]]
    """Cases filed with it that the viewer sees: {id, no, state}."""
    photos: list[dict[str, str]]
    flags: list[str]


class RateOut(BaseModel):
    """Show "—" where `of` is 0."""

    done: int
    of: int


class ZoneRate(RateOut):
    """M26 of one zone; `code` "": of types that the standard does not know."""

    code: str
    zh: str
    en: str


class CompletionRow(BaseModel):
    level: int | None
    kind: Kind
    done: int
    due: int
    missed: int


class ScoreOut(BaseModel):
    mean: float | None
    points: int


class CoverageOut(BaseModel):
    """As of `at`, of the town's days `first` to `last`. M24 by row and in all, M25, M26, M29 and M30."""

    at: datetime
    first: date
    last: date
    rows: list[CompletionRow]
    slots: RateOut
    watch: RateOut
    points: RateOut
    key_points: RateOut
    zones: list[ZoneRate]
    patrols: int
    issues: int
    score: ScoreOut


class WeakOut(BaseModel):
    """An item of a kind of place: fell short so often, of so many times it was judged."""

    item: str
    zh: str
    en: str
    type_code: str
    type_zh: str
    type_en: str
    short: int
    judged: int


class WeakList(BaseModel):
    """Most often first."""

    items: list[WeakOut]


class BlindOut(BaseModel):
    id: uuid.UUID
    code: str
    zh: str
    en: str
    unit: Named | None
    is_key: bool
    last_at: datetime | None


class BlindSpots(BaseModel):
    """M27: nobody looked since `since`. `points_of`, `grids_of`: out of how many."""

    at: datetime
    since: datetime
    points: list[BlindOut]
    points_of: int
    grids: list[BlindOut]
    grids_of: int


class NotDone(BaseModel):
    """Committees without a level-3 patrol on the day (X08); `days`: for how many days on end."""

    unit: Named
    days: int | None
    """Since the last one; null: not within memory."""


class NotDoneList(BaseModel):
    on: date
    items: list[NotDone]
    of: int


class TallyRow(BaseModel):
    local_on: date | None = None
    """Null by point."""
    point: Named | None = None
    """By point only; null there: at a grid."""
    kind: str
    code: str
    count: int


class TallyList(BaseModel):
    items: list[TallyRow]


class SweepPoint(BaseModel):
    id: uuid.UUID
    code: str
    zh: str
    en: str
    visited_at: datetime | None


class Sweep(BaseModel):
    """Every point of a plan once in its period (X25)."""

    done: int
    total: int
    points: list[SweepPoint]


PatrolOut.model_rebuild()
