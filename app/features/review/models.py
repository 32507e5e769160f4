"""What comes after closing: look-backs, visits to those concerned, special actions, and units scored at a meeting."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
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


def _part_of(column: str) -> Any:
    """A key that names the row this one goes with."""
    return mapped_column(ForeignKey(column, ondelete="CASCADE"), primary_key=True)


class CaseVisit(Base):
    """上门: somebody went to see those concerned, to talk or to look, again and again (S07). It moves no case."""

    __tablename__ = "case_visits"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint("kind IN ('persuasion', 'check', 'joint')", name="kind"),
        Index("ix_case_visits_issue", "issue_id", "visited_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"))
    kind: Mapped[str] = mapped_column(String(12))
    visited_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)


class SpecialAction(Base):
    """专项行动: many units deal with one kind of problem at once, at a place that keeps having it or all over town (J13, S39, Z20)."""

    __tablename__ = "special_actions"
    __table_args__ = (
        CheckConstraint("until_on >= start_on", name="period"),
        CheckConstraint("headcount >= 0", name="headcount"),
        CheckConstraint("point_id IS NULL OR grid_id IS NULL", name="one_place"),
        Index("ix_special_actions_town", "town_id", "start_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    name_zh: Mapped[str] = mapped_column(String(120))
    category: Mapped[str | None] = mapped_column(String(24))
    """The code of the kind it is about."""
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id"))
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id"))
    lead_unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    start_on: Mapped[date]
    until_on: Mapped[date]
    headcount: Mapped[int] = mapped_column(default=0)
    """Person-times that came."""
    results: Mapped[str] = mapped_column(Text, default="")
    is_done: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)


class SpecialActionUnit(Base):
    """A unit that takes part."""

    __tablename__ = "special_action_units"

    action_id: Mapped[uuid.UUID] = _part_of("special_actions.id")
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)


class SpecialActionIssue(Base):
    """A case it deals with."""

    __tablename__ = "special_action_issues"

    action_id: Mapped[uuid.UUID] = _part_of("special_actions.id")
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True, index=True)


class ScoreSheet(Base):
    """逐项点评: what a leader said of the units at a meeting, item by item (J19). Whoever wrote it may write it anew."""

    __tablename__ = "score_sheets"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_score_sheets_town", "town_id", "held_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    name_zh: Mapped[str] = mapped_column(String(120))
    held_on: Mapped[date]
    received_at: Mapped[datetime] = mapped_column(default=now)


class ReviewScore(Base):
    """One item of one unit, with the share and weight that counted then: the total can be computed again for ever."""

    __tablename__ = "review_scores"

    sheet_id: Mapped[uuid.UUID] = _part_of("score_sheets.id")
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    item_code: Mapped[str] = mapped_column(String(24), primary_key=True)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("check_items.id"))
    """The revision of the item that was in force."""
    result: Mapped[str] = mapped_column(String(24))
    share_percent: Mapped[int | None]
    weight: Mapped[int] = mapped_column(default=1)
    comment: Mapped[str] = mapped_column(Text, default="")
