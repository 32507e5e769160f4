"""台账: what an office keeps beside its cases: key tasks, information asked of units, requests to departments, petitions."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id


class KeyTask(Base):
    """重点任务 of a campaign: who answers for it, until when, how far it is."""

    __tablename__ = "key_tasks"
    __table_args__ = (
        UniqueConstraint("campaign_id", "no"),
        CheckConstraint("state IN ('open', 'done', 'dropped')", name="state"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    no: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    measure: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    due_on: Mapped[date]
    percent: Mapped[int] = mapped_column(default=0)
    """As the last progress said."""
    state: Mapped[str] = mapped_column(String(8), default="open")
    ended_on: Mapped[date | None]
    """The local day on which the office called it done or dropped."""
    version: Mapped[int] = mapped_column(default=1)


class TaskProgress(Base):
    """What its owner said of a key task. Rows are added to, never taken away."""

    __tablename__ = "task_progress"
    __table_args__ = (CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("key_tasks.id"), index=True)
    percent: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class InfoCall(Base):
    """信息报送: what units are asked to hand in by a day."""

    __tablename__ = "info_calls"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    wanted: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date]
    """A local day, itself included."""
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)


class InfoReport(Base):
    """A unit that is asked, and what it handed in: the first time counts, a later one corrects the words."""

    __tablename__ = "info_reports"

    call_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("info_calls.id"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class DepartmentRequest(Base):
    """协调请求: the office asks a department, the department answers."""

    __tablename__ = "department_requests"
    __table_args__ = (CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]


class Petition(Base):
    """信访: when, where, about what; never by whom. One entered by mistake is struck out, with a reason, and stays."""

    __tablename__ = "petitions"
    __table_args__ = (Index("ix_petitions_town_id_received_on", "town_id", "received_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    received_on: Mapped[date]
    subject: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id"))
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    struck_at: Mapped[datetime | None]
    struck_reason: Mapped[str] = mapped_column(String(200), default="")


class Lead(Base):
    """线索: what was read in a channel of citizens. It becomes a case at most once."""

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("town_id", "channel", "ref"),
        UniqueConstraint("issue_id"),
        Index("ix_leads_town_id_received_at", "town_id", "received_at"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    channel: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str] = mapped_column(String(500))
    """What the channel calls it; where it calls it nothing, its link."""
    link: Mapped[str] = mapped_column(String(500), default="")
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
