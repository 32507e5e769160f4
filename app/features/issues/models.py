"""The issue and all that its guards read: reports, photos, pairs, approvals, tasks, the event chain. `state` is a cache of the last event."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import hidden_id, public_id
from app.features.identity.models import one_of
from app.features.issues.lifecycle import ApprovalKind, ApprovalState, Nature, PairState, State


def _part(name: str, of: str, *columns: str, unique: bool = False) -> Index:
    """An index of those rows only for which `of` holds."""
    return Index(name, *columns, unique=unique, postgresql_where=text(of), sqlite_where=text(of))


class Issue(Base):
    """One case. `id` is a UUIDv4; `no` is given per campaign at the moment the case first becomes generally visible."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("campaign_id", "no"),
        CheckConstraint(one_of("state", State), name="state"),
        CheckConstraint(one_of("nature", Nature), name="nature"),
        # a merged case names its master; nothing else does
        CheckConstraint("(state = 'merged') = (master_id IS NOT NULL)", name="master"),
        # a case with a unit clock has a unit
        CheckConstraint(
            "state NOT IN ('dispatched', 'rectifying') OR responsible_unit_id IS NOT NULL", name="unit"
        ),
        # a closed case says when
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed"),
        Index("ix_issues_town_state_found", "town_id", "state", "found_at", "id"),
        Index("ix_issues_town_found", "town_id", "found_at", "id"),
        Index("ix_issues_unit_state_due", "responsible_unit_id", "state", "due_at"),
        Index("ix_issues_point", "point_id", "found_at"),
        Index("ix_issues_place", "town_id", "lat", "lon"),
        Index("ix_issues_category", "category_id", "found_at"),
        # of one kind, open, in a small box: duplicates are looked for with every list and every case
        Index("ix_issues_near", "category_id", "state", "lat", "lon", "found_at"),
        Index("ix_issues_town_due", "town_id", "due_at"),
        Index("ix_issues_town_updated", "town_id", "updated_at", "id"),
        Index("ix_issues_sampled", "is_sampled", "town_id", "state"),
        _part("ix_issues_review", "review_rank IS NOT NULL", "town_id", "review_rank", "rectified_at", "id"),
        # few cases have one: an index full of nulls is one that SQLite's planner, told so by ANALYZE, does not use
        *(_part(f"ix_issues_{name}", f"{name} IS NOT NULL", name) for name in ("master_id", "assignee_id")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), index=True)
    no: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    """Counts events; travels as ETag / If-Match."""
    round_no: Mapped[int] = mapped_column(default=1)
    nature: Mapped[str] = mapped_column(String(12))
    category_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("categories.id"))
    description: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20))
    """snap, patrol, leader, department, video, third_party, district, hotline, media, public, web, cross, mirror."""
    external_ref: Mapped[str | None] = mapped_column(String(80))
    reporter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    reporter_role: Mapped[str | None] = mapped_column(String(24))
    fixer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    dispatcher_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    is_held: Mapped[bool] = mapped_column(default=False)
    """The reporter waits for confirmation: the desk sees it, it gets no number and cannot go to a unit."""

    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id"))
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id"), index=True)
    territory_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    position: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As received: x, y, crs, source (gps, pin, point, exif), age, distance to the point, reason."""

    mode: Mapped[str | None] = mapped_column(String(16))
    """on_spot, self, dispatched, coordinated."""
    found_at: Mapped[datetime]
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    dispatched_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    rectified_at: Mapped[datetime | None]
    review_started_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    first_closed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    first_due_at: Mapped[datetime | None]
    """due_at of the first round, kept when a relapse sets a new one."""
    campaign_due_at: Mapped[datetime]
    """found_at + the campaign's limit (72 h)."""
    round_found_at: Mapped[datetime]
    """found_at of the present round: a relapse starts new clocks."""
    plan_due_at: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]

    responsible_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    requirement: Mapped[str] = mapped_column(Text, default="")
    measure: Mapped[str] = mapped_column(Text, default="")
    bounce_count: Mapped[int] = mapped_column(default=0)
    extension_count: Mapped[int] = mapped_column(default=0)
    rework_count: Mapped[int] = mapped_column(default=0)
    relapse_count: Mapped[int] = mapped_column(default=0)
    reopen_count: Mapped[int] = mapped_column(default=0)
    appeal_count: Mapped[int] = mapped_column(default=0)
    witness_count: Mapped[int] = mapped_column(default=0)
    was_dispatched: Mapped[bool] = mapped_column(default=False)
    master_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    state_before_merge: Mapped[str | None] = mapped_column(String(16))
    recurs_from_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"))
    is_chronic: Mapped[bool] = mapped_column(default=False)
    is_sampled: Mapped[bool] = mapped_column(default=False)
    """Drawn for review after an on-the-spot closing (§4.4)."""
    review_rank: Mapped[int | None] = mapped_column(SmallInteger)
    """Its place in the review queue (ranking.py); null: not under review."""
    flags: Mapped[list[str]] = mapped_column(default=list)
    """clock_skew, clock_unknown, late, far_from_point, guard_failed:<guard>, witness_target_gone, bounce_unruled, …"""
    updated_at: Mapped[datetime] = mapped_column(default=now)
    """When the last event happened."""


class IssueText(Base):
    """What the search finds: bigrams of no., description, point, category, unit. FTS5 on SQLite, tsvector on PostgreSQL."""

    __tablename__ = "issue_texts"

    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[str] = mapped_column(Text)


class IssueHelper(Base):
    """协办单位: a unit that helps the responsible one and sees the case."""

    __tablename__ = "issue_helpers"

    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True, index=True)


DECIDED = "action IN ('close', 'return', 'approve_close')"
"""A reviewer's word, as an index and the query that is to use it both say it."""


class IssueEvent(Base):
    """Append-only and hash-chained per issue; UPDATE and DELETE are refused by trigger. Holds ids and codes, no personal text."""

    __tablename__ = "issue_events"
    __table_args__ = (
        UniqueConstraint("issue_id", "seq"),
        # what a reviewer decided today, among millions
        _part("ix_issue_events_decided", DECIDED, "actor_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"))
    seq: Mapped[int]
    action: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[uuid.UUID | None]
    role: Mapped[str | None] = mapped_column(String(24))
    at: Mapped[datetime]
    device_at: Mapped[datetime | None]
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    reason_code: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    photo_sha256: Mapped[list[str]] = mapped_column(default=list)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class EventText(Base):
    """What a person wrote with an event; erasable, so kept beside the chain."""

    __tablename__ = "event_texts"

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issue_events.id"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class Report(Base):
    """What a phone sent. A row of its own; the issue arises in the PUT that completes it. Never lost: a failed guard is a flag."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint("action IN ('submit', 'submit_fixed', 'submit_closed', 'witness')", name="action"),
        CheckConstraint("state IN ('incomplete', 'complete', 'attached')", name="state"),
        Index("ix_reports_state", "state", "received_at"),
        _part("ix_reports_visit", "visit_id IS NOT NULL", "visit_id"),
        _part("ix_reports_withheld", "withheld_at IS NOT NULL", "user_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    action: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    body: Mapped[dict[str, Any]]
    body_sha256: Mapped[str] = mapped_column(String(64))
    visit_id: Mapped[uuid.UUID | None]
    issue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issues.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(default=now)
    completed_at: Mapped[datetime | None]
    withheld_at: Mapped[datetime | None]
    """All of it is here, and it may not be a case yet: `state` stays incomplete until it may."""
    flags: Mapped[list[str]] = mapped_column(default=list)

    @property
    def told(self) -> str:
        """The state as its phone is told it: what is withheld lacks nothing of the phone's."""
        return "complete" if self.withheld_at else self.state


class ReportPhoto(Base):
    """A photo a report names, by the id the phone gave it; `photo_id` once the bytes are here."""

    __tablename__ = "report_photos"

    report_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True
    )
    client_photo_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    photo_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("photos.id"))
    position_no: Mapped[int] = mapped_column(default=0)


class IssuePhoto(Base):
    """A photo in a case, with what the phone said about it."""

    __tablename__ = "issue_photos"
    __table_args__ = (
        UniqueConstraint("issue_id", "photo_id"),
        CheckConstraint("kind IN ('before', 'after', 'site', 'other')", name="kind"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    photo_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("photos.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    round_no: Mapped[int] = mapped_column(default=1)
    is_required: Mapped[bool] = mapped_column(default=False)
    """A before photo that needs an after photo (the first one by default)."""
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime | None]
    added_at: Mapped[datetime] = mapped_column(default=now)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    capture: Mapped[str] = mapped_column(String(8), default="camera")
    """camera (in the app) or album."""
    clock_offset_seconds: Mapped[float | None]
    order_no: Mapped[int] = mapped_column(default=0)


class PhotoPair(Base):
    """One required before photo and its after photo: missing → proposed → matched | refused; `is_suspect` is a flag."""

    __tablename__ = "photo_pairs"
    __table_args__ = (
        UniqueConstraint("before_id", "round_no"),
        CheckConstraint(one_of("state", PairState), name="state"),
        # a proposed or decided pair has an after photo
        CheckConstraint("state = 'missing' OR after_id IS NOT NULL", name="after"),
        _part("ix_photo_pairs_unexamined", "verdict IS NULL AND state = 'proposed'", "issue_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    round_no: Mapped[int] = mapped_column(default=1)
    before_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issue_photos.id"))
    after_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issue_photos.id"))
    state: Mapped[str] = mapped_column(String(12), default=PairState.MISSING)
    is_suspect: Mapped[bool] = mapped_column(default=False)
    checks: Mapped[list[Any]] = mapped_column(default=list)
    """Machine checks: [{code, verdict: good|doubt|suspect, params}]. Hints only; the evidence engine adds to them."""
    verdict: Mapped[str | None] = mapped_column(String(10))
    """same, different, unsure: the evidence engine's; None until it has looked."""
    is_clear: Mapped[bool] = mapped_column(default=False)
    """Same place, something changed, nothing against it: may be closed from the contact sheet."""
    reused_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("issue_photos.id"))
    """The photo, here or in another case, that the after photo is a copy of."""
    override_reason: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason_code: Mapped[str | None] = mapped_column(String(32))


class Approval(Base):
    """A two-step move: asked by one, decided by another (extend, defer, void, escalate, close of urgent and difficult)."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint(one_of("kind", ApprovalKind), name="kind"),
        CheckConstraint(one_of("state", ApprovalState), name="state"),
        # nobody approves what they asked for
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="four_eyes"),
        # one open question of a kind at a time
        _part("uq_approvals_open", "state = 'asked'", "issue_id", "kind", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default=ApprovalState.ASKED)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    needs_role: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")


class SiteCheck(Base):
    """核实: go and look, with a photo, before filing or when the evidence is in doubt."""

    __tablename__ = "site_checks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    assignee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    ordered_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    ordered_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime]
    question: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]
    finding: Mapped[str] = mapped_column(Text, default="")


class Witness(Base):
    """也是这个: somebody who saw the same thing; keeps the credit."""

    __tablename__ = "witnesses"

    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Comment(Base):
    """A line between desk, unit and reporter on a case."""

    __tablename__ = "comments"
    __table_args__ = (CheckConstraint("audience IN ('office', 'unit', 'reporter')", name="audience"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    issue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("issues.id"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    audience: Mapped[str] = mapped_column(String(10))
    """office: desk only; unit: desk and unit; reporter: desk, unit and reporter."""
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class Command(Base):
    """Everything but reports that a phone sends, kept by its own id: the same again gets the same answer. Stale ones are kept."""

    __tablename__ = "commands"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(24))
    target_id: Mapped[uuid.UUID] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[int]
    """HTTP status of the first answer."""
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_kept_evidence: Mapped[bool] = mapped_column(default=False)
    """A stale rectify: its photos and text are offered to the desk."""
