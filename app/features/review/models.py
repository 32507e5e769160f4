"""Look-backs: planned re-checks after closing, and those a "not fixed" calls for."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import public_id


class LookBack(Base):
    """回头看: due some days after closing, or within 24 h after "not fixed"."""

    __tablename__ = "look_backs"
    __table_args__ = (
        CheckConstraint("kind IN ('scheduled', 'not_fixed')", name="kind"),
        CheckConstraint("result IS NULL OR result IN ('passed', 'relapsed', 'cancelled')", name="result"),
        Index("ix_look_backs_open", "due_at", "result"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    round_no: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(12), default="scheduled")
    due_at: Mapped[datetime]
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[str | None] = mapped_column(String(12))
    """Null while due: who could not look leaves it due, and counted."""
    missed_count: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None]
    missed_reason: Mapped[str | None] = mapped_column(String(16))
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    issue_photo_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issue_photos.id"))


class HintCheck(Base):
    """A clear case that was reviewed in full all the same: did the reviewer agree with the machine's hint?"""

    __tablename__ = "hint_checks"

    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    """Of the case at the decision."""
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), index=True)
    at: Mapped[datetime]
    agreed: Mapped[bool]
