"""Wire forms of imports and webhooks."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.features.issues.lifecycle import Action


class Kind(StrEnum):
    UNITS = "units"
    PEOPLE = "people"
    GRIDS = "grids"
    POINTS = "points"
    CATEGORIES = "categories"
    DECLARATIONS = "declarations"
    FINDINGS = "findings"
    FRONTAGES = "frontages"
    ROSTERS = "rosters"
    TRAININGS = "trainings"


class Fault(BaseModel):
    """One thing that is not right. `code` is a word for the reader's language; `value` what stood there, cut."""

    row: int
    column: str
    code: str
    value: str = ""


class ImportReport(BaseModel):
    kind: Kind
    is_dry_run: bool
    is_applied: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    error_count: int
    errors: list[Fault]
    """The first 500."""
    warnings: list[Fault]


TemplateFormat = Literal["xlsx", "csv"]


# ---- webhooks ----
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=9, max_length=500)]
Actions = Annotated[list[Action], Field(max_length=len(Action), description="Which events; empty: all")]


class WebhookIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Url
    actions: Actions = []


class WebhookPatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Url | None = None
    actions: Actions | None = None
    is_active: bool | None = None


class WebhookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    url: str
    actions: list[str]
    is_active: bool
    created_at: datetime
    last_ok_at: datetime | None
    failures: int
    """In a row."""
    retry_at: datetime | None


class WebhookMade(WebhookOut):
    secret: str
    """Shown this once."""


class WebhookList(BaseModel):
    hosts: list[str]
    """Where the operator lets webhooks go; empty: nowhere."""
    actions: list[str]
    """Every event there is."""
    items: list[WebhookOut]


class WebhookMessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    kind: str
    issue_id: uuid.UUID | None
    at: datetime
    state: Literal["waiting", "sent", "refused"]
    tries: int
    status: int | None
    error: str | None
    done_at: datetime | None


class WebhookMessages(BaseModel):
    items: list[WebhookMessageOut]
    """The newest hundred of the last thirty days."""
