"""Wire forms of photos."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.features.photos.formats import MAX_BYTES

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

DeletionReason = Literal["bystander", "private", "wrong", "other"]
"""Why a picture goes: a choice, because the log keeps no free text about people."""


class PhotoReceipt(BaseModel):
    """The acknowledgement a phone waits for before it may forget its copy. `id` is the phone's own."""

    id: uuid.UUID
    sha256: Sha256
    size: int
    received_at: datetime


class PhotoCheckItem(BaseModel):
    """A photo as the phone holds it."""

    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID
    sha256: Sha256
    size: int = Field(gt=0, le=MAX_BYTES)


class PhotoCheckIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: list[PhotoCheckItem] = Field(max_length=500)


class PhotoCheckResult(BaseModel):
    """have: do not send again; need: send it; conflict: other bytes are kept under this id."""

    id: uuid.UUID
    status: Literal["have", "need", "conflict"]


class PhotoCheckOut(BaseModel):
    items: list[PhotoCheckResult]


class Box(BaseModel):
    """What nobody may recognise, in ten-thousandths of the picture's width and height."""

    model_config = ConfigDict(extra="forbid")

    x: int = Field(ge=0, lt=10_000)
    y: int = Field(ge=0, lt=10_000)
    width: int = Field(gt=0, le=10_000)
    height: int = Field(gt=0, le=10_000)


class ClearingIn(BaseModel):
    """The boxes to veil. None: the picture shows nobody, and may be public as it is."""

    model_config = ConfigDict(extra="forbid")

    boxes: list[Box] = Field(max_length=100)


class ClearingOut(BaseModel):
    """none: not public; making: cleared, the copy is on its way; ready: `cleared_url` may leave the office."""

    state: Literal["none", "making", "ready"]
    boxes: list[Box]
    cleared_by: str | None
    cleared_at: datetime | None
    large_url: str | None
    """The picture as the office sees it, to draw on."""
    cleared_url: str | None
