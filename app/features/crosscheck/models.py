"""A round and all that its teams send. Hidden until the release, so in tables of its own: nothing else reads them.

Units, people, points, photos and cases are named by id without a foreign key: a reference that the database refuses to
lose would tell whoever changes the other end that it is there. Ids are UUIDv4: a v7 would show the planning time.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import hidden_id
from app.features.crosscheck.lifecycle import RoundState
from app.features.identity.models import one_of


class Ring(Base):
    """Units in a circle, kept for later rounds. A round copies them: changing or dropping a ring touches no round."""

    __tablename__ = "cross_rings"
    __table_args__ = (UniqueConstraint("town_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID]
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    name_en: Mapped[str] = mapped_column(String(160), default="")
    unit_ids: Mapped[list[str]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)


class EnvelopeDay(Base):
    """The seed of one day of one town: made when the first captain opens the envelope, round or no round."""

    __tablename__ = "cross_days"

    town_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    commitment: Mapped[str] = mapped_column(String(64))
    seed_sealed: Mapped[str] = mapped_column(String(200))
    """Encrypted with the server's key, which is not in the database."""


class Nonce(Base):
    """What a captain's phone adds to the draw, each day it opens the envelope."""

    __tablename__ = "cross_nonces"
    __table_args__ = (UniqueConstraint("user_id", "on"), Index("ix_cross_nonces_day", "town_id", "on"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID]
    on: Mapped[date] = mapped_column(Date)
    nonce: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]


class CrossRound(Base):
    """One round. Before the reveal it holds no pairing at all, unless the pairing was planned by table."""

    __tablename__ = "cross_rounds"
    __table_args__ = (
        CheckConstraint(one_of("state", RoundState), name="state"),
        CheckConstraint("direction IN ('forward', 'reverse')", name="direction"),
        CheckConstraint("pairing IN ('drawn', 'planned', 'inverted')", name="pairing"),
        # a drawn pairing exists from the draw on, and its draw can be done again by anyone
        CheckConstraint("pairing <> 'drawn' OR state IN ('planned', 'closed') OR seed IS NOT NULL", name="drawn"),
        Index("ix_cross_rounds_town", "town_id", "state"),
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID]
    code: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(8), default="forward")
    pairing: Mapped[str] = mapped_column(String(8), default="drawn")
    verifies_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cross_rounds.id"), index=True)
    """Of a reverse round: the forward one."""
    unit_ids: Mapped[list[str]] = mapped_column(default=list)
    edges: Mapped[list[Any]] = mapped_column(default=list)
    """[[inspector, target]]: planned by table; of a drawn round empty until the reveal."""
    point_types: Mapped[list[str]] = mapped_column(default=list)
    target_score: Mapped[int] = mapped_column(default=95)
    method: Mapped[str] = mapped_column(String(20), default="12345")
    state: Mapped[str] = mapped_column(String(16), default=RoundState.PLANNED)
    organiser_id: Mapped[uuid.UUID]
    planned_at: Mapped[datetime] = mapped_column(default=now)
    start_at: Mapped[datetime]
    reveal_at: Mapped[datetime]
    revealed_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    consolidated_at: Mapped[datetime | None]
    release_ordered_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str] = mapped_column(Text, default="")
    postponed: Mapped[list[Any]] = mapped_column(default=list)
    """[{from, to, at}]: shown afterwards, so that nobody postpones until the nonces suit."""
    commitment: Mapped[str | None] = mapped_column(String(64))
    seed: Mapped[str | None] = mapped_column(String(64))
    nonces: Mapped[list[Any]] = mapped_column(default=list)
    """[{unit_id, nonce, received_at}] that counted."""


class Assignment(Base):
    """One edge of a revealed round: which team goes where, and all its phones need there."""

    __tablename__ = "cross_assignments"
    __table_args__ = (UniqueConstraint("round_id", "inspector_id"), UniqueConstraint("round_id", "target_id"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cross_rounds.id"))
    inspector_id: Mapped[uuid.UUID]
    target_id: Mapped[uuid.UUID]
    package: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As of the reveal: points, checklists with their version, open cases, findings to verify."""
    submission: Mapped[dict[str, Any] | None]
    """What the captain signed."""
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[uuid.UUID | None]
    released_at: Mapped[datetime | None]


class TeamMember(Base):
    """Captain and members as they were at the reveal."""

    __tablename__ = "cross_team_members"

    assignment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("cross_assignments.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    is_captain: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None]


class Sent:
    """What every record of a team's phone has: the phone's id, whose it is, and its body as it came."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    client_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    body: Mapped[dict[str, Any]]
    body_sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)

    @declared_attr
    def assignment_id(cls) -> Mapped[uuid.UUID]:
        return mapped_column(ForeignKey("cross_assignments.id"), index=True)


class CrossVisit(Sent, Base):
    """One point: checked item by item, or excused with a reason."""

    __tablename__ = "cross_visits"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    point_id: Mapped[uuid.UUID]
    arrived_at: Mapped[datetime]
    excuse: Mapped[str] = mapped_column(Text, default="")


class CrossFinding(Sent, Base):
    """What is wrong, as it was saved: the team cannot take it back or make it harmless. The office consolidates beside it."""

    __tablename__ = "cross_findings"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    point_id: Mapped[uuid.UUID | None]
    category: Mapped[str] = mapped_column(String(32))
    nature: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    office_category: Mapped[str | None] = mapped_column(String(32))
    office_nature: Mapped[str | None] = mapped_column(String(12))
    office_note: Mapped[str] = mapped_column(Text, default="")
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cross_findings.id"))
    duplicate_of_id: Mapped[uuid.UUID | None]
    """An open case that says the same: the finding becomes a witness to it."""
    issue_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """From the release on."""
    undispatched: Mapped[str | None] = mapped_column(String(40))
    """Why the release could file but not dispatch it."""


class Correction(Sent, Base):
    """Words added to a finding; it may become graver, never lighter."""

    __tablename__ = "cross_corrections"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    finding_id: Mapped[uuid.UUID]
    """The phone's id of the finding, which may arrive later."""


class Interview(Sent, Base):
    """五问: one person asked one of the five questions, or nobody was met."""

    __tablename__ = "cross_interviews"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        CheckConstraint("question BETWEEN 1 AND 5", name="question"),
    )

    question: Mapped[int]
    is_met: Mapped[bool]
    answer: Mapped[str | None] = mapped_column(String(20))


class MirrorCheck(Sent, Base):
    """平面镜: for a category found there, how it is at home."""

    __tablename__ = "cross_mirrors"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    category: Mapped[str] = mapped_column(String(32))
    own_state: Mapped[str] = mapped_column(String(12))
    issue_id: Mapped[uuid.UUID | None]
    """The own case that "also here" opens, from the release on."""


class Rating(Sent, Base):
    """互评: the team's rating of the target, item by item."""

    __tablename__ = "cross_ratings"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    score: Mapped[float | None]


class Lesson(Sent, Base):
    """互学: something learnt, or why there was nothing."""

    __tablename__ = "cross_lessons"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)


class Practice(Sent, Base):
    """互鉴: a strength of the target, or how it solved something; maybe to adopt at home."""

    __tablename__ = "cross_practices"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    kind: Mapped[str] = mapped_column(String(12))
    category: Mapped[str | None] = mapped_column(String(32))


class Verification(Sent, Base):
    """Of a reverse round: what became of one finding of the forward round."""

    __tablename__ = "cross_verifications"
    __table_args__ = (UniqueConstraint("user_id", "client_id"),)

    finding_id: Mapped[uuid.UUID]
    result: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(40))
    """What the release did with it: passed, relapsed, left, or why a move was refused."""


class RecordPhoto(Base):
    """A photo that a record names, by the phone's id: before or after its bytes arrive."""

    __tablename__ = "cross_photos"
    __table_args__ = (Index("ix_cross_photos_photo", "owner_id", "client_photo_id"),)

    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    client_photo_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[uuid.UUID]
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cross_assignments.id"), index=True)
    position_no: Mapped[int] = mapped_column(default=0)


class PracticeTask(Base):
    """The own to-do that a practice or the third question makes: with a day, done with a photo."""

    __tablename__ = "cross_tasks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID] = mapped_column(index=True)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cross_assignments.id"), index=True)
    source: Mapped[str] = mapped_column(String(12))
    """practice or question."""
    record_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None] = mapped_column(Date)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None]
    done: Mapped[dict[str, Any] | None]
    """What was sent when it was done: id, note, photos."""


class CoordinationRequest(Base):
    """The fifth question: what the office is asked to help with."""

    __tablename__ = "cross_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=hidden_id)
    town_id: Mapped[uuid.UUID] = mapped_column(index=True)
    unit_id: Mapped[uuid.UUID]
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cross_assignments.id"), index=True)
    record_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[uuid.UUID | None]
    answer: Mapped[str] = mapped_column(Text, default="")
