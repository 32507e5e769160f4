"""Orders to units, bounces and their rulings, coordination plans, rectification rounds."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id


class Dispatch(Base):
    """派单: one order of one case to one unit. A re-assignment or a second dispatch makes a new row."""

    __tablename__ = "dispatches"
    __table_args__ = (
        UniqueConstraint("campaign_id", "order_no"),
        CheckConstraint("ruling IS NULL OR ruling IN ('founded', 'unfounded')", name="ruling"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    order_no: Mapped[int]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    helper_ids: Mapped[list[str]] = mapped_column(default=list)
    requirement: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    sent_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime] = mapped_column(default=now)
    claimed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    claimed_at: Mapped[datetime | None]
    bounced_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    bounced_at: Mapped[datetime | None]
    bounce_reason: Mapped[str | None] = mapped_column(String(32))
    bounce_note: Mapped[str] = mapped_column(Text, default="")
    ruling: Mapped[str | None] = mapped_column(String(12))
    ruled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    """Re-assigned, merged or voided: this order no longer counts."""


class RectificationRound(Base):
    """One try of the unit: what was done, with which photos, and how it ended."""

    __tablename__ = "rectification_rounds"
    __table_args__ = (UniqueConstraint("issue_id", "no"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    no: Mapped[int]
    round_no: Mapped[int] = mapped_column(default=1)
    measure: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str | None] = mapped_column(String(32))
    return_note: Mapped[str] = mapped_column(Text, default="")


class Coordination(Base):
    """专项协调会: meeting record and approved plan of a difficult case."""

    __tablename__ = "coordinations"
    __table_args__ = (
        CheckConstraint("kind IN ('deliberation', 'coordination', 'consultation')", name="kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="coordination")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    opened_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    plan_due_at: Mapped[datetime]
    meeting: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[str] = mapped_column(Text, default="")
    milestones: Mapped[list[Any]] = mapped_column(default=list)
    final_due_at: Mapped[datetime | None]
    approved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]


class Deferral(Base):
    """挂账: why, what keeps it safe meanwhile, and when it resumes."""

    __tablename__ = "deferrals"
    __table_args__ = (
        CheckConstraint("reason_code IN ('works', 'season', 'property_right', 'other')", name="reason"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    reason_code: Mapped[str] = mapped_column(String(20))
    safety_measure: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime] = mapped_column(default=now)
    resume_at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]


class DailySheet(Base):
    """每日巡查问题汇总和整改分工落实表 of one day: the orders sent from `since_at` to `cutoff_at`. What it held does not change
    any more; how its cases stand is read from them."""

    __tablename__ = "daily_sheets"
    __table_args__ = (UniqueConstraint("campaign_id", "on"), UniqueConstraint("campaign_id", "no"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    on: Mapped[date]
    """The local day whose cut-off it is."""
    no: Mapped[int]
    since_at: Mapped[datetime]
    cutoff_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Sent later than this it is late, as the campaign was set then."""
    sent_at: Mapped[datetime] = mapped_column(default=now)
    digest: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The day in figures, as they were when it was sent (D03)."""


class DailySheetReceipt(Base):
    """收到: a unit has its tasks of a daily sheet."""

    __tablename__ = "daily_sheet_receipts"

    sheet_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("daily_sheets.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class IssueFrontage(Base):
    """门前五包: the shop that the desk named as responsible party with the order in force."""

    __tablename__ = "issue_frontages"

    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    frontage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frontages.id"), index=True)
    named_at: Mapped[datetime] = mapped_column(default=now)
