"""What the engine found, kept: one pass over each photo, one comparison of two. All of it can be made again."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import hidden_id


class PhotoTrace(Base):
    """What is kept of one photo: a short look of it, straight and mirrored, and its key points (in storage)."""

    __tablename__ = "photo_traces"

    photo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    look: Mapped[str] = mapped_column(String(16))
    """64 bits: where the small grey picture grows brighter to the right (dHash)."""
    mirrored: Mapped[str] = mapped_column(String(16))
    features_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    marks: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What its copies are found by: at most 64 little-endian uint32."""
    marked_at: Mapped[datetime | None] = mapped_column(index=True)
    engine: Mapped[str] = mapped_column(String(8), default="")
    """Which engine found the key points: those of another are found anew."""


class PhotoComparison(Base):
    """A before photo and an after photo, compared once. `verdict` is None while it is under way."""

    __tablename__ = "photo_comparisons"
    __table_args__ = (
        UniqueConstraint("before_id", "after_id"),
        CheckConstraint("verdict IS NULL OR verdict IN ('same', 'different', 'unsure')", name="verdict"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    before_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"))
    after_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    """Counted before the pictures are opened: a pair that kills what looks at it is not looked at for ever."""
    verdict: Mapped[str | None] = mapped_column(String(10))
    same_place: Mapped[float] = mapped_column(default=0.5)
    """Calibrated probability."""
    reused: Mapped[float] = mapped_column(default=0.0)
    is_mirrored: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """[{code, params}]"""
    homography: Mapped[list[Any] | None]
    """after → before, in pixels of the large renditions; row by row."""
    planes: Mapped[int] = mapped_column(default=0)
    overlap: Mapped[float | None]
    residual: Mapped[float | None]
    changed: Mapped[float | None]
    """Share of the before photo that changed."""
    aligned_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    map_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    done_at: Mapped[datetime | None]
