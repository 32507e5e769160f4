"""Numbered documents of a campaign with what they said on the day they were signed; and what is on record of units."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id


class Series(StrEnum):
    """巩固创文工作简报, 巡查专报, 督查通报: each counted by itself."""

    BULLETIN = "bulletin"
    REPORT = "report"
    NOTICE = "notice"


class Document(Base):
    """A draft has no number and may go; what a leader signed keeps its number and its words for good."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("campaign_id", "series", "no"),
        CheckConstraint("series IN ('bulletin', 'report', 'notice')", name="series"),
        CheckConstraint("state IN ('draft', 'signed', 'withdrawn')", name="state"),
        CheckConstraint("(no IS NULL) = (state = 'draft')", name="numbered"),
        CheckConstraint("until_on >= start_on", name="period"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    series: Mapped[str] = mapped_column(String(12))
    no: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title: Mapped[str] = mapped_column(String(120))
    start_on: Mapped[date]
    until_on: Mapped[date]
    """Local days, both included."""
    practice: Mapped[str] = mapped_column(Text, default="")
    next_steps: Mapped[str] = mapped_column(Text, default="")
    pair_ids: Mapped[list[str]] = mapped_column(default=list)
    """Pairs of photos to be shown, as chosen; those that are not cleared are left out all the same."""
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Its figures as they were when it was signed (schemas.Content); empty in a draft."""
    drafted_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    drafted_at: Mapped[datetime] = mapped_column(default=now)
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class DocumentUnit(Base):
    """A unit that a document goes to, and who of it was the first to open it."""

    __tablename__ = "document_units"

    document_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    opened_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime | None]


class UnitRecord(Base):
    """约谈, 表扬, 批评, 责任追究: what was said to a unit, or of it. Rows are added to, never taken away."""

    __tablename__ = "unit_records"
    __table_args__ = (
        CheckConstraint("kind IN ('talk', 'commendation', 'criticism', 'accountability')", name="kind"),
        CheckConstraint(
            "ground IN ('attention', 'measures', 'progress', 'results') OR ground IS NULL", name="ground"
        ),
        # a talk is about one of the four grounds, and with the unit's principal
        CheckConstraint("(kind = 'talk') = (ground IS NOT NULL)", name="talk_has_ground"),
        CheckConstraint("kind <> 'talk' OR person_id IS NOT NULL", name="talk_has_person"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ground: Mapped[str | None] = mapped_column(String(12))
    held_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    commitments: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(Text, default="")
    outcome_on: Mapped[date | None]
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)


class UnitRecordIssue(Base):
    """A case that caused it (D26)."""

    __tablename__ = "unit_record_issues"

    record_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("unit_records.id", ondelete="CASCADE"), primary_key=True
    )
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True)
