"""Plans, their slots, patrols, visits and what was found at a point; watch periods and sessions on site.

A patrol keeps where its visits were, never a track. Findings are cases: a report names its visit by the phone's id.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id
from app.features.identity.models import one_of


class Kind(StrEnum):
    """What a patrol is for. The first round of a kind at a point is followed by the next of the same kind."""

    LEADER_AREA = "leader_area"
    DEPARTMENT = "department"
    SELF_CHECK = "self_check"
    DAILY = "daily"
    WATCH = "watch"
    CITIZEN_PATROL = "citizen_patrol"
    THIRD_PARTY_GRID = "third_party_grid"
    VIDEO = "video"
    FOLLOW_UP = "follow_up"
    FIXED_TIME_POINT = "fixed_time_point"
    BASELINE = "baseline"
    SPECIAL = "special"
    KEY_POINT = "key_point"
    SUPERVISION = "supervision"


class Mode(StrEnum):
    SEPARATE = "separate"
    """分头: each of the persons or units by itself."""
    CONCENTRATED = "concentrated"
    """集中: all together, one slot."""


class Openness(StrEnum):
    OPEN = "open"
    COVERT = "covert"
    """暗访: the inspected side learns of it when it is released."""


class WatchState(StrEnum):
    PROPOSED = "proposed"
    OPEN = "open"
    ENDED = "ended"
    REFUSED = "refused"


def _few(name: str, column: str) -> Index:
    """An index of the few rows that have the value at all."""
    has = text(f"{column} IS NOT NULL")
    return Index(name, column, postgresql_where=has, sqlite_where=has)


def part_of(column: str) -> Any:
    """A key that names the row this one goes with."""
    return mapped_column(ForeignKey(column, ondelete="CASCADE"), primary_key=True)


class PatrolPlan(Base):
    """Who looks at what, how often. Slots are made from it a few days ahead; editing it replaces those not begun."""

    __tablename__ = "patrol_plans"
    __table_args__ = (
        UniqueConstraint("town_id", "code"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint(one_of("mode", Mode), name="mode"),
        CheckConstraint(one_of("visibility", Openness), name="visibility"),
        # a slot lasts so many minutes around its time, or so many whole days
        CheckConstraint("window_minutes > 0 AND window_days > 0", name="window"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    level: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(12), default=Mode.SEPARATE)
    visibility: Mapped[str] = mapped_column(String(8), default=Openness.OPEN)
    rrule: Mapped[str | None] = mapped_column(Text)
    """RFC 5545, in the town's time; null: slots are put in by hand."""
    start_on: Mapped[date]
    until_on: Mapped[date | None]
    window_minutes: Mapped[int | None]
    window_days: Mapped[int] = mapped_column(default=1)
    targets: Mapped[str] = mapped_column(String(32))
    """What is looked at, a word of targets.py; `points` and `grids`: those in `target_codes`."""
    target_codes: Mapped[list[str]] = mapped_column(default=list)
    parties: Mapped[list[Any]] = mapped_column(default=list)
    """[{kind: unit|team|role|unit_kind|territory, code}]"""
    has_publicity: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    filled_until: Mapped[datetime | None]
    """Slots that begin before this are made."""
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)


class PatrolSlot(Base):
    """One round of a plan for one person, team, unit or role. What state it is in, the clock says."""

    __tablename__ = "patrol_slots"
    __table_args__ = (
        UniqueConstraint("plan_id", "party", "anchor_at"),
        CheckConstraint("ends_at > starts_at", name="window"),
        # somebody is to go
        CheckConstraint("user_id IS NOT NULL OR team_id IS NOT NULL OR unit_id IS NOT NULL", name="assigned"),
        # All that M24 counts by: a year of slots is counted without reading one.
        Index("ix_patrol_slots_town", "town_id", "local_on", "level", "kind", "ends_at", "done_at"),
        Index("ix_patrol_slots_unit", "unit_id", "ends_at"),
        _few("ix_patrol_slots_user", "user_id"),
        _few("ix_patrol_slots_team", "team_id"),
        _few("ix_patrol_slots_watch", "watch_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    plan_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patrol_plans.id"))
    party: Mapped[str] = mapped_column(String(120))
    """Who, and at which point if it is of one, as one word: a plan has one slot of each at a time."""
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str | None] = mapped_column(String(24))
    """With a unit: those who hold this role at or below it."""
    watch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("watch_periods.id"))
    level: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    visibility: Mapped[str] = mapped_column(String(8))
    released_at: Mapped[datetime | None]
    anchor_at: Mapped[datetime]
    local_on: Mapped[date]
    """The rule's own moment, and its day in the town."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    targets_total: Mapped[int] = mapped_column(default=0)
    targets_done: Mapped[int] = mapped_column(default=0)


class SlotTarget(Base):
    """A point or grid to be looked at in a slot, in walking order. Written anew until the slot is begun."""

    __tablename__ = "patrol_slot_targets"
    __table_args__ = (
        CheckConstraint("(point_id IS NULL) <> (grid_id IS NULL)", name="one_target"),
        _few("ix_patrol_slot_targets_point", "point_id"),
    )

    slot_id: Mapped[uuid.UUID] = part_of("patrol_slots.id")
    order_no: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id", ondelete="CASCADE"))
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id", ondelete="CASCADE"))


class Patrol(Base):
    """One walk; until it has ended it may be sent again with more. Children are counted, never named (J16)."""

    __tablename__ = "patrols"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint(one_of("visibility", Openness), name="visibility"),
        CheckConstraint("children_count >= 0", name="children"),
        CheckConstraint("ended_at >= started_at", name="ended"),
        Index("ix_patrols_town", "town_id", "started_at", "id", "level", "kind"),
        _few("ix_patrols_slot", "slot_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("patrol_slots.id"))
    level: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    visibility: Mapped[str] = mapped_column(String(8), default=Openness.OPEN)
    released_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    children_count: Mapped[int] = mapped_column(default=0)
    body: Mapped[dict[str, Any]]
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)
    flags: Mapped[list[str]] = mapped_column(default=list)


class PatrolPerson(Base):
    """An adult who went along."""

    __tablename__ = "patrol_people"

    patrol_id: Mapped[uuid.UUID] = part_of("patrols.id")
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)


class PatrolUnit(Base):
    """A unit that took part: sees the patrol (X36)."""

    __tablename__ = "patrol_units"

    patrol_id: Mapped[uuid.UUID] = part_of("patrols.id")
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)


class Visit(Base):
    """One look at a point or a grid. Kept also before its patrol has arrived: `patrol_id` comes later then."""

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("point_id IS NOT NULL OR grid_id IS NOT NULL", name="place"),
        Index("ix_visits_town", "town_id", "arrived_at", "id"),
        Index("ix_visits_point", "point_id", "arrived_at"),
        Index("ix_visits_grid", "grid_id", "arrived_at"),
        Index("ix_visits_patrol_client", "user_id", "patrol_client_id"),
        _few("ix_visits_patrol", "patrol_id"),
        _few("ix_visits_slot", "slot_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    patrol_client_id: Mapped[uuid.UUID]
    patrol_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("patrols.id"))
    slot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("patrol_slots.id"))
    kind: Mapped[str | None] = mapped_column(String(20))
    level: Mapped[int | None]
    visibility: Mapped[str] = mapped_column(String(8), default=Openness.OPEN)
    released_at: Mapped[datetime | None]
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id"))
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id"))
    """The grid looked at, or the one the point lies in."""
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    distance_m: Mapped[float | None]
    """To the point's shape."""
    is_inside: Mapped[bool] = mapped_column(default=False)
    away_reason: Mapped[str] = mapped_column(String(200), default="")
    standard_version: Mapped[str] = mapped_column(String(40), default="")
    all_fine: Mapped[bool] = mapped_column(default=False)
    is_clean: Mapped[bool] = mapped_column(default=False)
    """Nothing was found wrong: no item short of its full share."""
    score: Mapped[float | None]
    """M30 at the time of the visit, by the standard of the time."""
    note: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[dict[str, Any]]
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)
    flags: Mapped[list[str]] = mapped_column(default=list)
    """away, no_position, clock_unknown, clock_skew, unknown_item, unknown_result, not_all_fine, patrol_unknown."""


class ChecklistResult(Base):
    """What was found for one item, with the share and weight that counted then: a new standard changes nothing here."""

    __tablename__ = "checklist_results"

    visit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    item_code: Mapped[str] = mapped_column(String(24), primary_key=True)
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("check_items.id"))
    """The revision of the item that was in force."""
    result: Mapped[str] = mapped_column(String(24))
    share_percent: Mapped[int | None]
    """Null: not applicable."""
    weight: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(Text, default="")


class VisitPhoto(Base):
    """A photo a visit names by the id the phone gave it; `photo_id` once the bytes are here."""

    __tablename__ = "visit_photos"
    __table_args__ = (_few("ix_visit_photos_photo", "photo_id"),)

    visit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    client_photo_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    item_code: Mapped[str] = mapped_column(String(24), default="")
    photo_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("photos.id"))


_AT_WORK = text("state IN ('proposed', 'open')")


class WatchPeriod(Base):
    """一日三查: a problem point is looked at three times a day until it was clean for so many days on end."""

    __tablename__ = "watch_periods"
    __table_args__ = (
        CheckConstraint(one_of("state", WatchState), name="state"),
        # a point is proposed, or watched, once at a time
        Index(
            "uq_watch_periods_point",
            "point_id",
            unique=True,
            postgresql_where=_AT_WORK,
            sqlite_where=_AT_WORK,
        ),
        Index("ix_watch_periods_town", "town_id", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    point_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("points.id"))
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    """The case whose relapse proposed it."""
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(200), default="")
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    opened_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    clean_days: Mapped[int] = mapped_column(default=0)
    needed_days: Mapped[int] = mapped_column(default=7)
    volunteers_asked: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    """Volunteers to be stationed at the point meanwhile (S08), and the team they are of."""


class OnSiteSession(Base):
    """现场办公: the responsible unit was called to the scene, and it was decided what to do."""

    __tablename__ = "on_site_sessions"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_on_site_sessions_town", "town_id", "held_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    held_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(Text)
    body_sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(default=now)


class OnSiteIssue(Base):
    """A case dealt with on site."""

    __tablename__ = "on_site_issues"

    session_id: Mapped[uuid.UUID] = part_of("on_site_sessions.id")
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True, index=True)


class OnSiteUnit(Base):
    """A unit that stood there."""

    __tablename__ = "on_site_units"

    session_id: Mapped[uuid.UUID] = part_of("on_site_sessions.id")
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)


class OnSitePhoto(Base):
    """As of a visit."""

    __tablename__ = "on_site_photos"
    __table_args__ = (_few("ix_on_site_photos_photo", "photo_id"),)

    session_id: Mapped[uuid.UUID] = part_of("on_site_sessions.id")
    client_photo_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    photo_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("photos.id"))
