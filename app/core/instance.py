"""What this installation knows of itself: how often it was restored, and up to when a backup holds everything."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.db import Base


class Instance(Base):
    """At most one row; written by backup and restore."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    restore_epoch: Mapped[int] = mapped_column(default=0)
    """Counts restores: phones that see it change offer their kept reports again."""
    verified_backup_at: Mapped[datetime | None]
    """The last verified backup; null: none is configured."""


def durability(session: Session) -> tuple[int, datetime]:
    """restore_epoch and durable_through (PROTOCOL "Phone" 5): with no backup configured, now."""
    row = session.get(Instance, 1)
    return (row.restore_epoch, row.verified_backup_at or now()) if row else (0, now())
