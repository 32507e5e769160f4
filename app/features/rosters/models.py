"""值守: standby periods, who is on duty where and when, roll-calls, trainings, and call-outs of the emergency teams.

Of a person on duty it is kept when they came and went, and where the phone was at the check-in: never a track.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id
from app.features.identity.models import one_of


class ShiftKind(StrEnum):
    PATROL = "patrol"
    STATIONING = "stationing"
    """驻守: at a point, around it, in a grid, at a unit."""
    SECONDMENT = "secondment"
    """下沉: a cadre sent to a point for a period (Z22)."""
    SERVICE = "service"
    """志愿服务"""
    EMERGENCY = "emergency"
    """With an emergency team, to be called out."""


class Duty(StrEnum):
    """一岗多责: what one shift may hold, several at once (Z30)."""

    PATROL = "patrol"
    REPORT = "report"
    CLEAN = "clean"
    DISSUADE = "dissuade"
    GUIDE = "guide"
    PUBLICITY = "publicity"
    TRAFFIC = "traffic"
    STANDBY = "standby"


class StandbyPeriod(Base):
    """迎检保障期: days, both included, in which everybody stands by and urgent cases call a team out."""

    __tablename__ = "standby_periods"
    __table_args__ = (CheckConstraint("until_on >= from_on", name="days"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    from_on: Mapped[date]
    until_on: Mapped[date]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)


class Shift(Base):
    """One person, one place, from when until when. What state it is in, the clock says (attendance.py)."""

    __tablename__ = "shifts"
    __table_args__ = (
        # nobody begins two shifts at once: a roster loaded twice changes nothing
        UniqueConstraint("user_id", "starts_at"),
        CheckConstraint(one_of("kind", ShiftKind), name="kind"),
        CheckConstraint("ends_at > starts_at", name="times"),
        # at a point (or around it), in a grid, or at a unit
        CheckConstraint(
            "(point_id IS NOT NULL AND grid_id IS NULL AND at_unit_id IS NULL)"
            " OR (point_id IS NULL AND grid_id IS NOT NULL AND at_unit_id IS NULL)"
            " OR (point_id IS NULL AND grid_id IS NULL AND at_unit_id IS NOT NULL)",
            name="one_place",
        ),
        CheckConstraint("point_id IS NOT NULL OR NOT is_around", name="around"),
        # who has left has come
        CheckConstraint("checked_out_at IS NULL OR checked_in_at <= checked_out_at", name="left"),
        Index("ix_shifts_town", "town_id", "starts_at"),
        Index("ix_shifts_point", "point_id", "starts_at"),
        Index("ix_shifts_team", "team_id", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    kind: Mapped[str] = mapped_column(String(12))
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id", ondelete="CASCADE"))
    is_around: Mapped[bool] = mapped_column(default=False)
    """In the surroundings of the point (周边), not at it."""
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id", ondelete="CASCADE"))
    at_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    duties: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(String(200), default="")
    checked_in_at: Mapped[datetime | None]
    in_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    """Who said so: the person, or who called the roll."""
    in_received_at: Mapped[datetime | None]
    in_lon: Mapped[float | None]
    in_lat: Mapped[float | None]
    in_accuracy_m: Mapped[float | None]
    in_distance_m: Mapped[float | None]
    """To the point, or to the edge of the grid."""
    checked_out_at: Mapped[datetime | None]
    out_received_at: Mapped[datetime | None]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)


class Muster(Base):
    """点名: a leader calls the roll of an area. The marks stay; who is marked present has thereby come."""

    __tablename__ = "musters"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_musters_town", "town_id", "held_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    """The area: what this unit answers for; null: the points that the leader answers for."""
    held_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now)
    body_sha256: Mapped[str] = mapped_column(String(64))


class MusterMark(Base):
    """Of one shift at one roll-call."""

    __tablename__ = "muster_marks"

    muster_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("musters.id", ondelete="CASCADE"), primary_key=True
    )
    shift_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("shifts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_present: Mapped[bool]


class Training(Base):
    """培训: one session on one topic."""

    __tablename__ = "trainings"
    __table_args__ = (UniqueConstraint("town_id", "topic", "held_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    topic: Mapped[str] = mapped_column(String(40))
    held_on: Mapped[date]
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))


class TrainingAttendee(Base):
    """Who took part."""

    __tablename__ = "training_attendees"

    training_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("trainings.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


_OPEN = text("done_at IS NULL AND withdrawn_at IS NULL")


class CallOut(Base):
    """出动: an urgent case, an emergency team, and the response clock (Z34)."""

    __tablename__ = "call_outs"
    __table_args__ = (
        # a case calls one team at a time, however many events raise it at once
        Index("uq_call_outs_open", "issue_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_call_outs_town", "town_id", "called_at"),
        Index("ix_call_outs_team", "team_id", "called_at"),
        Index("ix_call_outs_issue", "issue_id"),
        CheckConstraint("arrived_at IS NULL OR team_id IS NOT NULL", name="team"),
        CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    """Null: no team could be proposed, the office picks one."""
    why: Mapped[str | None] = mapped_column(String(8))
    """Why this team: area, nearest, only (on duty), picked."""
    called_at: Mapped[datetime] = mapped_column(default=now)
    called_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    """Null: the rule did."""
    arrived_at: Mapped[datetime | None]
    arrived_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    """What the team says was done."""
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
