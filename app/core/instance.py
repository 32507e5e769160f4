"""What this installation knows of itself: which restore it came from, and up to when a backup holds everything."""

import secrets
from datetime import datetime

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import db
from app.core.clock import now
from app.core.db import Base


class Instance(Base):
    """At most one row; written by backup and restore."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    restore_epoch: Mapped[int] = mapped_column(default=0)
    """Grows with each restore: phones that see it change offer their kept reports again."""
    verified_backup_at: Mapped[datetime | None]
    """The last verified backup; null: none is configured."""


def durability(session: Session) -> tuple[int, datetime]:
    """restore_epoch and durable_through (PROTOCOL "Phone" 5): with no backup configured, now."""
    for epoch, verified_at in db.rows(session, _DURABILITY):
        return epoch, verified_at or now()
    return 0, now()


_DURABILITY = select(Instance.restore_epoch, Instance.verified_backup_at).where(Instance.id == 1)


def backed_up(session: Session, through: datetime) -> None:
    """A backup that was read back holds everything received before `through`: phones may let go of it."""
    row = _row(session)
    row.verified_backup_at = max(through, row.verified_backup_at or through)


def restored(session: Session, through: datetime) -> int:
    """This database came from a backup of that reach. Returns the new epoch.

    A step of one would repeat itself: what is restored twice from the same backup would be the same epoch twice, and
    phones would not offer again what they sent in between. So the step is random.
    """
    row = _row(session)
    row.restore_epoch += 1 + secrets.randbelow(100_000)
    row.verified_backup_at = through
    return row.restore_epoch


def _row(session: Session) -> Instance:
    row = session.get(Instance, 1, with_for_update=True, populate_existing=True)
    if row is None:
        row = Instance(id=1, restore_epoch=0)
        session.add(row)
    return row
