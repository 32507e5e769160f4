"""Wire forms of call-outs."""

import uuid
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from app.features.issues.bodies import Note
from app.features.issues.lifecycle import Nature
from app.features.issues.lifecycle import State as CaseState
from app.features.issues.schemas import CategoryRef, Named
from app.features.patrols.schemas import Offset
from app.features.rosters.schemas import In

CallState = Literal["called", "arrived", "done", "withdrawn"]


class CalledCase(BaseModel):
    """What a team needs to know of the case to go there; nobody's name. The case itself opens for whom the policy lets in."""

    id: uuid.UUID
    no: int | None
    state: CaseState
    nature: Nature
    category: CategoryRef
    description: str
    point: Named | None
    lon: float | None
    lat: float | None
    thumb: str | None
    may_open: bool


class CalledTeam(Named):
    duty_phone: str
    on_duty: int


class CallOutOut(BaseModel):
    id: uuid.UUID
    state: CallState
    case: CalledCase
    team: CalledTeam | None
    why: Literal["area", "nearest", "only", "picked"] | None
    called_at: datetime
    by_rule: bool
    arrived_at: datetime | None
    done_at: datetime | None
    withdrawn_at: datetime | None
    minutes: float
    """From the call to the arrival; until somebody arrives, or it is withdrawn: so far."""
    note: str
    may_answer: bool
    """Is of the team: says that it has arrived, and that it is done."""
    may_lead: bool
    """Picks another team, or withdraws."""
    version: int


class CallOutList(BaseModel):
    """出动: open ones first, then the latest. Median and 90 % of the minutes to the arrival, of those called since (M35)."""

    at: datetime
    items: list[CallOutOut]
    called: int
    arrived: int
    median_minutes: float | None
    p90_minutes: float | None
    teams: list[CalledTeam]
    """Whom the office may pick; empty for everybody else."""
    may_call: bool


class CallOutIn(In):
    issue_id: uuid.UUID
    team_id: uuid.UUID | None = None
    """None: the team is proposed as by the rule."""


class TeamPickIn(In):
    team_id: uuid.UUID


class WordIn(In):
    at: AwareDatetime
    clock_offset_seconds: Offset | None = None
    note: Note = ""


class CallOutReceipt(BaseModel):
    """The first word counts; the same again is answered the same."""

    id: uuid.UUID
    received_at: datetime
    state: CallState
    arrived_at: datetime | None
    done_at: datetime | None
    restore_epoch: int
    durable_through: datetime | None
