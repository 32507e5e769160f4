"""Volunteers' profiles and teams. Who is on duty when is of `rosters`."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import public_id


class Team(Base):
    """A citizen patrol group, an emergency team, a commando team, a volunteer team."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("town_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    kind: Mapped[str] = mapped_column(String(32))
    is_emergency: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int | None]
    duty_phone: Mapped[str] = mapped_column(String(40), default="")
    """值班电话: of the desk that is on duty, not of a person."""
    area_unit_ids: Mapped[list[str]] = mapped_column(default=list)
    """Units for whose area the team is called first; empty: the whole town."""
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class TeamMember(Base):
    """A person in a team."""

    __tablename__ = "team_members"

    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Volunteer(Base):
    """A volunteer's profile. Age 18–65 at registration, both inclusive (S36)."""

    __tablename__ = "volunteers"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), default="resident")
    external_id: Mapped[str | None] = mapped_column(String(60))
    registered_on: Mapped[date | None]
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
