"""The inbox in the app: what happened that you should know, one row a person and event."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id


class InboxItem(Base):
    """One message to one person. `kind` is a code; the words live in the PWA."""

    __tablename__ = "inbox_items"
    __table_args__ = (
        UniqueConstraint("user_id", "event_id", "kind"),  # a job done twice tells once
        Index("ix_inbox_items_user_read", "user_id", "read_at", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issue_events.id"))
    kind: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
