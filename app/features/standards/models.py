"""Campaigns and the town's standards: categories, check items, point types.

Versioned data loaded from YAML, never enums in code.
"""

import secrets
import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.clock import now
from app.core.db import Base, inserting
from app.core.ids import public_id


def _one_current(table: str) -> Index:
    """Of each code of a town one revision is in force."""
    return Index(
        f"uq_{table}_current",
        "town_id",
        "code",
        unique=True,
        postgresql_where=text("superseded_at IS NULL"),
        sqlite_where=text("superseded_at IS NULL"),
    )


class ListTag(Base):
    """What a phone holds of a town's lists: a new random tag with each change, so a 304 costs one row."""

    __tablename__ = "list_tags"

    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    tag: Mapped[str] = mapped_column(String(32))


def touch(session: Session, town_id: uuid.UUID, name: str) -> None:
    """Say that a town's list `name` changed, so that phones fetch it anew."""
    tag = secrets.token_hex(8)
    made = inserting(session, ListTag).values(town_id=town_id, name=name, tag=tag)
    session.connection().execute(
        made.on_conflict_do_update(index_elements=["town_id", "name"], set_={"tag": tag})
    )


class Campaign(Base):
    """创建: belongs to a town, which has many, one active. Numbers, orders and figures belong to one."""

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("town_id", "code"),
        # one active campaign a town
        Index(
            "uq_campaigns_active",
            "town_id",
            unique=True,
            postgresql_where=text("is_active"),
            sqlite_where=text("is_active = 1"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(160))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(24))
    start_on: Mapped[date]
    end_on: Mapped[date]
    is_active: Mapped[bool] = mapped_column(default=True)
    phases: Mapped[list[Any]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_issue_no: Mapped[int] = mapped_column(default=1)
    next_order_no: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)


class Standard(Base):
    """One loaded version of a town's lists (`lists`): natures, themes, handling classes, result scale …"""

    __tablename__ = "standards"
    __table_args__ = (UniqueConstraint("town_id", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    version: Mapped[str] = mapped_column(String(40))
    lists: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_current: Mapped[bool] = mapped_column(default=True)
    loaded_at: Mapped[datetime] = mapped_column(default=now)


class EvidencePolicy(StrEnum):
    AFTER_PHOTO = "after_photo"
    STATEMENT = "statement"


class Category(Base):
    """What is wrong. An edit supersedes the row by a new revision; a case keeps the one it came with."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("town_id", "code", "revision"),
        _one_current("categories"),
        CheckConstraint("evidence IN ('after_photo', 'statement')", name="evidence"),
        CheckConstraint("deadline_hours > 0", name="deadline"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int] = mapped_column(default=1)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    theme: Mapped[str] = mapped_column(String(24))
    handling_class: Mapped[str] = mapped_column(String(12))
    focus: Mapped[str] = mapped_column(String(24), default="none")
    nature: Mapped[str] = mapped_column(String(12))
    deadline_hours: Mapped[int]
    is_dynamic: Mapped[bool] = mapped_column(default=False)
    on_spot_allowed: Mapped[bool] = mapped_column(default=True)
    evidence: Mapped[str] = mapped_column(String(12))
    aliases: Mapped[list[str]] = mapped_column(default=list)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    superseded_at: Mapped[datetime | None]


class CheckItem(Base):
    """One line of a checklist, revisioned like a category."""

    __tablename__ = "check_items"
    __table_args__ = (UniqueConstraint("town_id", "code", "revision"), _one_current("check_items"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int] = mapped_column(default=1)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(240), default="")
    theme: Mapped[str] = mapped_column(String(24))
    method: Mapped[str] = mapped_column(String(24))
    category_codes: Mapped[list[str]] = mapped_column(default=list)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    superseded_at: Mapped[datetime | None]


class PointType(Base):
    """What kind of place: geometry, zone, buffer and the check items that apply."""

    __tablename__ = "point_types"
    __table_args__ = (UniqueConstraint("town_id", "code", "revision"), _one_current("point_types"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int] = mapped_column(default=1)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    geometry: Mapped[str] = mapped_column(String(12))
    zone: Mapped[str] = mapped_column(String(24))
    buffer_m: Mapped[int] = mapped_column(default=0)
    check_item_codes: Mapped[list[str]] = mapped_column(default=list)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    superseded_at: Mapped[datetime | None]
