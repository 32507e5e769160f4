"""What is kept about a picture: its original, what its EXIF claims, its clean renditions. Bytes: storage."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import hidden_id


class PhotoState(StrEnum):
    """received: the original is safe; ready: renditions exist; failed: the original cannot be shown."""

    RECEIVED = "received"
    READY = "ready"
    FAILED = "failed"


class RenditionKind(StrEnum):
    """thumb 320 px, large 1600 px, watermarked: large with point, place, time and case number on it; cleared: large with
    what may not be public made unrecognisable."""

    THUMB = "thumb"
    LARGE = "large"
    WATERMARKED = "watermarked"
    CLEARED = "cleared"


class Photo(Base):
    """One acknowledged upload. `client_id` is the idempotency key made on the phone; it never expires."""

    __tablename__ = "photos"
    __table_args__ = (
        # The same upload sent twice, or twenty times at once, is one photo.
        UniqueConstraint("owner_id", "client_id"),
        # A row that names no bytes would break the promise behind every 201.
        CheckConstraint("length(sha256) = 64 AND size > 0 AND storage_key <> ''", name="bytes_known"),
        # 64 megapixels is refused before anything is decoded, so nothing larger can ever have been stored.
        CheckConstraint("width > 0 AND height > 0 AND width * height <= 64000000", name="picture_size"),
        CheckConstraint("state IN ('received', 'ready', 'failed')", name="state_known"),
        # Whoever looks at a failed picture is told why; a good one carries no old complaint.
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_says_why"),
        Index("ix_photos_received_at", "received_at"),
        # The sweep looks for what a dead worker left behind.
        Index(
            "ix_photos_unfinished",
            "received_at",
            postgresql_where=text("state = 'received'"),
            sqlite_where=text("state = 'received'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    client_id: Mapped[uuid.UUID]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(20))
    # As displayed, after the EXIF orientation is applied.
    width: Mapped[int]
    height: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(120), unique=True)
    received_at: Mapped[datetime] = mapped_column(default=now)
    # taken_at, gps, make, model, software, orientation: what the file says of itself, never proof.
    claims: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[PhotoState] = mapped_column(String(10), default=PhotoState.RECEIVED)
    failure: Mapped[str | None] = mapped_column(String(40))
    # The lines to write on the watermarked copy; the original never carries them.
    watermark: Mapped[list[str] | None]
    deleted_at: Mapped[datetime | None]


class Rendition(Base):
    """A derived copy without any metadata. It can always be made again from the original."""

    __tablename__ = "photo_renditions"
    __table_args__ = (
        CheckConstraint("kind IN ('thumb', 'large', 'watermarked', 'cleared')", name="kind_known"),
    )

    photo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[RenditionKind] = mapped_column(String(12), primary_key=True)
    storage_key: Mapped[str] = mapped_column(String(120), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]


class Clearing(Base):
    """Somebody has looked at a photo for the public's eyes, and said what nobody may recognise. No row: not public."""

    __tablename__ = "photo_clearings"

    photo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    boxes: Mapped[list[Any]]
    """[[x, y, width, height]] in ten-thousandths of the large rendition's width and height; none: nothing to hide."""
    cleared_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    cleared_at: Mapped[datetime] = mapped_column(default=now)
