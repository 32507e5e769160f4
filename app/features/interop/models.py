"""Webhooks: where a town has its cases' events sent, and each of these messages."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import hidden_id


class Webhook(Base):
    """One receiver. Its messages go out in their order, one at a time."""

    __tablename__ = "webhooks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    actions: Mapped[list[str]] = mapped_column(default=list)
    """Which events; empty: all."""
    sealed_secret: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_ok_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """In a row; the wait doubles with each."""
    retry_at: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    """A process is sending, or died with it before then."""


class WebhookMessage(Base):
    """One event to one receiver; `body` is what was true when it happened. Kept for thirty days."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        Index("ix_webhook_messages_webhook", "webhook_id", "state", "at"),
        Index("ix_webhook_messages_at", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    kind: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(default=0)
    """The event's number in its case: two of one moment keep their order."""
    body: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, sent, refused (the receiver does not want it)."""
    tries: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(24))
    """Of the last try: unresolved, unreachable, tls, timeout, redirected, status, form, host-not-listed, private-address."""
    done_at: Mapped[datetime | None]
