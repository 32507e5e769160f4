"""Wire forms of watches and of sessions on site."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from app.features.issues.bodies import In, Said
from app.features.issues.receipts import ReportPhotos
from app.features.issues.schemas import Link, Named
from app.features.patrols.models import WatchState
from app.features.patrols.schemas import Offset, Reason

Volunteers = Annotated[int, Field(ge=0, le=200)]


class WatchIn(In):
    """A point to be looked at three times a day until it stays clean."""

    point_id: uuid.UUID
    reason: Reason = ""
    volunteers_asked: Volunteers = 0
    """To be stationed there meanwhile."""
    team_id: uuid.UUID | None = None
    """The team that stations them."""


class WatchDecisionIn(In):
    decision: Literal["accept", "refuse", "end"]
    reason: Reason = ""
    volunteers_asked: Volunteers | None = None
    team_id: uuid.UUID | None = None


class WatchDay(BaseModel):
    """A day of a watch: what its slots came to."""

    local_on: str
    slots: list[Literal["due", "running", "done", "missed"]]


class WatchOut(BaseModel):
    id: uuid.UUID
    point: Named
    issue: Link | None
    state: WatchState
    reason: str
    proposed_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    clean_days: int
    needed_days: int
    volunteers_asked: int
    team: Named | None
    days: list[WatchDay]
    """The last seven, newest first."""
    missed: int
    """Missed slots of these days."""


class WatchList(BaseModel):
    items: list[WatchOut]


class OnSiteIn(In):
    """The responsible unit came to the scene, and it was decided what to do."""

    issue_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=40)]
    unit_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=20)]
    """Units that stood there."""
    held_at: AwareDatetime
    decision: Said
    photo_ids: Annotated[list[uuid.UUID], Field(max_length=20)] = []
    clock_offset_seconds: Offset | None = None


class OnSiteReceipt(BaseModel):
    id: uuid.UUID
    held_at: datetime
    received_at: datetime
    issues: int
    photos: ReportPhotos
    restore_epoch: int
    durable_through: datetime
