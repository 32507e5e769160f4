"""What the organiser does before a round: rings, pairings to begin with, plans. Step-up for all that makes or opens one."""

import random
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.crosscheck import lifecycle, policy
from app.features.crosscheck.bodies import PairingIn, RingIn, RingPatch, RoundIn
from app.features.crosscheck.errors import RingCodeTaken, RoundMoveNotAllowed
from app.features.crosscheck.lifecycle import Edge, RoundAction, RoundState
from app.features.crosscheck.models import Assignment, CrossRound, Ring
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer

ON_CALL_FROM, ON_CALL_UNTIL = time(8), time(18)
"""Every day, whether or not a round is planned: what the envelope says, and when a round may start."""


# ---- who and when ----
def require_organiser(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    """Rounds and rings are the office's."""
    if not viewer.reaches(session, town_id, *policy.ORGANISERS):
        raise Forbidden()


def zone_of(session: Session, town_id: uuid.UUID) -> ZoneInfo:
    """The town's time zone."""
    town = session.get_one(Unit, town_id)
    return ZoneInfo(town.settings.get("timezone", "Asia/Shanghai"))


def day_of(session: Session, town_id: uuid.UUID, at: datetime) -> date:
    """The local day."""
    return at.astimezone(zone_of(session, town_id)).date()


def on_call(session: Session, town_id: uuid.UUID, day: date) -> tuple[datetime, datetime]:
    """Between when and when a task may come on a day."""
    zone = zone_of(session, town_id)
    return datetime.combine(day, ON_CALL_FROM, zone), datetime.combine(day, ON_CALL_UNTIL, zone)


# ---- rings ----
def add_ring(session: Session, viewer: Viewer, town_id: uuid.UUID, body: RingIn) -> Ring:
    """A circle of units to be used again."""
    require_organiser(session, viewer, town_id)
    if session.scalar(select(Ring.id).where(Ring.town_id == town_id, Ring.code == body.code)) is not None:
        raise RingCodeTaken()
    ring = Ring(
        town_id=town_id,
        code=body.code,
        name_zh=body.name_zh,
        name_en=body.name_en,
        unit_ids=_units(session, town_id, body.unit_ids, "unit_ids"),
    )
    session.add(ring)
    session.flush()
    return ring


def change_ring(
    session: Session, viewer: Viewer, ring_id: uuid.UUID, patch: RingPatch, base_version: int
) -> Ring:
    """Rounds keep the units they were planned with."""
    ring = session.get(Ring, ring_id, with_for_update=True)
    if ring is None or ring.town_id != viewer.town_id:
        raise NotFound()
    require_organiser(session, viewer, ring.town_id)
    if ring.version != base_version:
        raise VersionConflict(current={"version": ring.version})
    values = patch.model_dump(exclude_none=True, exclude={"unit_ids"})
    if patch.unit_ids is not None:
        values["unit_ids"] = _units(session, ring.town_id, patch.unit_ids, "unit_ids")
    for name, value in values.items():
        setattr(ring, name, value)
    ring.version += 1
    session.flush()
    return ring


def _units(session: Session, town_id: uuid.UUID, ids: Sequence[uuid.UUID], name: str) -> list[str]:
    """Active units of the town, each once, as text in the order given."""
    known = set(
        session.scalars(select(Unit.id).where(Unit.id.in_(ids), Unit.town_id == town_id, Unit.is_active))
    )
    if len(set(ids)) != len(ids) or not set(ids) <= known:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown_unit"}])
    return [str(unit_id) for unit_id in ids]


def propose(session: Session, viewer: Viewer, town_id: uuid.UUID, body: PairingIn) -> list[Edge]:
    """A table to begin with: by ring order, or random without fixed points; the office edits it and plans with it."""
    require_organiser(session, viewer, town_id)
    units = _units(session, town_id, body.unit_ids, "unit_ids")
    targets = _units(session, town_id, body.target_ids, "target_ids") or units
    if len(targets) != len(units) or (targets == units and len(units) < (3 if body.rule == "ring" else 2)):
        raise Invalid(fields=[{"at": ["body", "target_ids"], "why": "groups_differ"}])
    if body.rule == "ring":
        return lifecycle.forward(units) if targets == units else list(zip(units, targets, strict=True))
    chance = random.SystemRandom()
    while True:  # about one shuffle in e has no fixed point
        chance.shuffle(targets := list(targets))
        edges = list(zip(units, targets, strict=True))
        if lifecycle.table_fault(edges) is None:
            return edges


# ---- plans ----
def plan(session: Session, viewer: Viewer, town_id: uuid.UUID, body: RoundIn) -> CrossRound:
    """A hidden round. Only a planned table is written down; a drawn pairing does not exist before the draw."""
    require_organiser(session, viewer, town_id)
    policy.require_step_up(viewer)
    pairing, units, edges = _paired(session, viewer, town_id, body)
    round_ = CrossRound(
        town_id=town_id,
        code=body.code,
        direction=body.direction,
        pairing=pairing,
        verifies_id=body.verifies_id,
        unit_ids=units,
        edges=[list(edge) for edge in edges],
        point_types=list(dict.fromkeys(body.point_types)),
        target_score=body.target_score,
        method=body.method,
        organiser_id=viewer.user_id,
        start_at=body.start_at.astimezone(UTC),
        reveal_at=body.start_at.astimezone(UTC) - timedelta(minutes=body.reveal_minutes),
    )
    _check_time(session, round_)
    session.add(round_)
    session.flush()
    told(session, viewer, round_, "planned", {"pairing": pairing, "direction": body.direction})
    return round_


def _paired(
    session: Session, viewer: Viewer, town_id: uuid.UUID, body: RoundIn
) -> tuple[str, list[str], list[Edge]]:
    if body.verifies_id is not None:
        return _reversed(session, viewer, body.verifies_id)
    if body.edges:
        edges = [(str(e.inspector_id), str(e.target_id)) for e in body.edges]
        if fault := lifecycle.table_fault(edges):
            raise Invalid(fields=[{"at": ["body", "edges"], "why": fault}])
        named = dict.fromkeys(unit for edge in edges for unit in edge)
        return "planned", _units(session, town_id, [uuid.UUID(u) for u in named], "edges"), edges
    units = _units(session, town_id, _ring_units(session, town_id, body), "unit_ids")
    if len(units) < 3:
        raise Invalid(fields=[{"at": ["body", "unit_ids"], "why": "too_few"}])
    return body.pairing, units, lifecycle.forward(units) if body.pairing == "planned" else []


def _ring_units(session: Session, town_id: uuid.UUID, body: RoundIn) -> list[uuid.UUID]:
    if body.ring_id is None:
        return body.unit_ids
    ring = session.get(Ring, body.ring_id)
    if ring is None or ring.town_id != town_id:
        raise Invalid(fields=[{"at": ["body", "ring_id"], "why": "unknown_ring"}])
    return [uuid.UUID(unit) for unit in ring.unit_ids]


def _reversed(session: Session, viewer: Viewer, round_id: uuid.UUID) -> tuple[str, list[str], list[Edge]]:
    """The released forward round with its edges turned about."""
    before = session.scalar(
        select(CrossRound).where(CrossRound.id == round_id, policy.visible_rounds(viewer))
    )
    if before is None or before.released_at is None or before.direction != "forward":
        raise Invalid(fields=[{"at": ["body", "verifies_id"], "why": "not_released"}])
    rows = session.execute(
        select(Assignment.inspector_id, Assignment.target_id).where(Assignment.round_id == before.id)
    )
    edges = lifecycle.inverted([(str(row[0]), str(row[1])) for row in rows])
    return "inverted", list(before.unit_ids), sorted(edges)


def _check_time(session: Session, round_: CrossRound) -> None:
    opens, ends = on_call(session, round_.town_id, day_of(session, round_.town_id, round_.start_at))
    if round_.reveal_at <= now():
        raise Invalid(fields=[{"at": ["body", "start_at"], "why": "too_soon"}])
    if round_.reveal_at < opens or round_.start_at > ends:
        raise Invalid(fields=[{"at": ["body", "start_at"], "why": "outside_on_call"}])


def postpone(session: Session, viewer: Viewer, round_id: uuid.UUID, start_at: datetime) -> CrossRound:
    """Another time: no nonce came, or it rains. How often is shown afterwards."""
    round_ = organised(session, viewer, round_id)
    policy.require_step_up(viewer)
    move(round_, RoundAction.POSTPONE)
    ahead, before = round_.start_at - round_.reveal_at, round_.start_at
    round_.start_at = start_at.astimezone(UTC)
    round_.reveal_at = round_.start_at - ahead
    _check_time(session, round_)
    noted: list[Any] = [*round_.postponed, {"from": _iso(before), "to": _iso(start_at), "at": _iso(now())}]
    round_.postponed = noted
    told(session, viewer, round_, "postponed")
    return round_


def call_off(session: Session, viewer: Viewer, round_id: uuid.UUID, reason: str) -> CrossRound:
    """Before the reveal only. It stays hidden: nobody learns that it was planned."""
    round_ = organised(session, viewer, round_id)
    move(round_, RoundAction.CALL_OFF)
    round_.closed_at, round_.closed_reason = now(), reason
    told(session, viewer, round_, "called-off")
    return round_


def close(session: Session, viewer: Viewer, round_id: uuid.UUID, reason: str) -> CrossRound:
    """The end, after the release and maybe the reverse round."""
    round_ = organised(session, viewer, round_id)
    move(round_, RoundAction.CLOSE)
    round_.closed_at, round_.closed_reason = now(), reason
    told(session, viewer, round_, "closed")
    return round_


# ---- shared by all that the organiser does ----
def organised(
    session: Session, viewer: Viewer, round_id: uuid.UUID, of: Select[uuid.UUID] | None = None
) -> CrossRound:
    """The round (or the one that `of` selects, then `round_id` is what was asked about), locked, for its organiser.

    Who may only read it hears 403, all others that there is no such thing: by one question, whether or not there is.
    """
    wanted = CrossRound.id == round_id if of is None else CrossRound.id.in_(of)
    seen = select(CrossRound).where(wanted, policy.visible_rounds(viewer))
    round_ = session.scalar(seen.with_for_update().execution_options(populate_existing=True))
    if round_ is None:
        policy.refuse(session, viewer, "cross_round", round_id)
        raise NotFound()
    if round_.organiser_id != viewer.user_id or not viewer.has(*policy.ORGANISERS):
        raise Forbidden()
    return round_


def move(round_: CrossRound, action: RoundAction) -> None:
    """Set the state as the table says, or refuse."""
    round_.state = after(round_, action)


def after(round_: CrossRound, action: RoundAction) -> RoundState:
    """The state that `action` leads to; raises RoundMoveNotAllowed."""
    state = RoundState(round_.state)
    to = lifecycle.MOVES.get((state, action))
    if to is None:
        raise RoundMoveNotAllowed(state=state, allowed=lifecycle.moves_from(state))
    return to


def told(
    session: Session, viewer: Viewer, round_: CrossRound, what: str, detail: dict[str, Any] | None = None
) -> None:
    """Into the audit log, which holds ids only."""
    audit.record(
        session,
        f"cross.{what}",
        actor_id=viewer.user_id,
        subject_kind="cross_round",
        subject_id=round_.id,
        detail=detail,
    )


def _iso(at: datetime) -> str:
    return at.isoformat()


def new_seed() -> str:
    """32 random bytes, hex."""
    return secrets.token_hex(32)
