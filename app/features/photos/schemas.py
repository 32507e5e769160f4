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
