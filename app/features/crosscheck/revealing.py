"""The sealed envelope, the captains' nonces, and the reveal: the draw happens here and not before."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import db, secrets
from app.core.clock import now
from app.core.errors import Forbidden
from app.features.crosscheck import draw, package, planning, policy, queries
from app.features.crosscheck.errors import NonceTooLate, NotYet, RoundNotReady
from app.features.crosscheck.lifecycle import Edge, RoundAction
from app.features.crosscheck.models import Assignment, CrossRound, EnvelopeDay, Nonce, TeamMember
from app.features.crosscheck.schemas import EnvelopeOut
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues.errors import SameIdOtherBody

SEALED = "cross-seed"


def open_envelope(viewer: Viewer) -> EnvelopeOut:
    """Today's envelope of the town. The first one opened makes the day's seed; nothing here knows of rounds."""
    town_id = _called(viewer)
    with db.reading() as session:
        day = planning.day_of(session, town_id, now())
        from_at, until_at = planning.on_call(session, town_id, day)
        kept = session.get(EnvelopeDay, (town_id, day))
    commitment = kept.commitment if kept else _commit(town_id, day)
    return EnvelopeOut(day=day, from_at=from_at, until_at=until_at, commitment=commitment)


def _called(viewer: Viewer) -> uuid.UUID:
    if viewer.town_id is None or not viewer.has(*policy.ON_CALL):
        raise Forbidden()
    return viewer.town_id


def _commit(town_id: uuid.UUID, day: date) -> str:
    seed = planning.new_seed()
    made = EnvelopeDay(
        town_id=town_id,
        on=day,
        commitment=draw.commitment(seed),
        seed_sealed=secrets.seal(SEALED, bytes.fromhex(seed)),
    )
    try:
        with db.transaction() as session:
            session.add(made)
        return made.commitment
    except IntegrityError:  # another captain was first
        with db.reading() as session:
            return session.get_one(EnvelopeDay, (town_id, day)).commitment


def put_nonce(session: Session, viewer: Viewer, day: date, nonce: str) -> tuple[Nonce, bool]:
    """Keep what a captain's phone adds to today's draw, whether or not there is one; True: it is new."""
    town_id, unit_id = _called(viewer), captained(viewer)
    if unit_id is None:
        raise Forbidden()
    known = session.scalar(select(Nonce).where(Nonce.user_id == viewer.user_id, Nonce.on == day))
    if known is not None:
        if known.nonce != nonce:
            raise SameIdOtherBody(stored={"nonce": known.nonce})
        return known, False
    is_today = day == planning.day_of(session, town_id, now())
    if not is_today or session.get(EnvelopeDay, (town_id, day)) is None:
        raise NonceTooLate()
    kept = Nonce(
        town_id=town_id, user_id=viewer.user_id, unit_id=unit_id, on=day, nonce=nonce, received_at=now()
    )
    session.add(kept)
    session.flush()
    return kept, True


def captained(viewer: Viewer) -> uuid.UUID | None:
    """The unit whose team the viewer leads."""
    principal = set(viewer.held_at(Role.UNIT_PRINCIPAL))
    return next((unit for unit in viewer.held_at(Role.CROSS_CAPTAIN) if unit in principal), None)


def counting(session: Session, round_: CrossRound) -> Sequence[Nonce]:
    """The nonces of the round's units that had arrived when it was to be revealed. Revealing later changes nothing."""
    day = planning.day_of(session, round_.town_id, round_.start_at)
    found = select(Nonce).where(Nonce.town_id == round_.town_id, Nonce.on == day)
    units = {uuid.UUID(unit) for unit in round_.unit_ids}
    mine = found.where(Nonce.unit_id.in_(units), Nonce.received_at <= round_.reveal_at)
    return session.scalars(mine.order_by(Nonce.unit_id, Nonce.id)).all()


def reveal(session: Session, viewer: Viewer, round_id: uuid.UUID) -> CrossRound:
    """Draw, make the teams and their packages. Refused with the reasons before its time, without nonces or captains."""
    round_ = planning.organised(session, viewer, round_id)
    policy.require_step_up(viewer)
    to = planning.after(round_, RoundAction.REVEAL)
    if now() < round_.reveal_at:
        raise NotYet(reveal_at=round_.reveal_at.isoformat())
    nonces = counting(session, round_) if round_.pairing == "drawn" else []
    units = [uuid.UUID(unit) for unit in round_.unit_ids]
    captains = queries.system_captains(session, units)
    _check_ready(session, round_, nonces, captains)
    if round_.pairing == "drawn":
        round_.edges = [list(edge) for edge in _drawn(session, round_, nonces)]
    round_.state, round_.revealed_at = to, now()
    for inspector, target in round_.edges:
        _assign(session, round_, uuid.UUID(inspector), uuid.UUID(target), captains)
    planning.told(session, viewer, round_, "revealed", {"pairing": round_.pairing, "nonces": len(nonces)})
    session.flush()
    return round_


def _check_ready(
    session: Session, round_: CrossRound, nonces: Sequence[Nonce], captains: dict[uuid.UUID, uuid.UUID]
) -> None:
    reasons: list[dict[str, str]] = []
    if round_.pairing == "drawn" and not nonces:
        reasons.append({"code": "no-nonces"})
    inspectors = {edge[0] for edge in round_.edges} or set(round_.unit_ids)
    targets = {edge[1] for edge in round_.edges} or set(round_.unit_ids)
    for unit in sorted(inspectors):
        if uuid.UUID(unit) not in captains:
            reasons.append({"code": "no-captain", "unit_id": unit})
    for unit in sorted(targets):
        if not queries.system_scope(session, round_.town_id, uuid.UUID(unit), round_.point_types):
            reasons.append({"code": "no-points", "unit_id": unit})
    if reasons:
        raise RoundNotReady(reasons=reasons)


def _drawn(session: Session, round_: CrossRound, nonces: Sequence[Nonce]) -> list[Edge]:
    day = planning.day_of(session, round_.town_id, round_.start_at)
    kept = session.get_one(EnvelopeDay, (round_.town_id, day))
    seed = secrets.unseal(SEALED, kept.seed_sealed)
    if seed is None:
        raise RoundNotReady(reasons=[{"code": "seed-lost"}])
    round_.seed, round_.commitment = seed.hex(), kept.commitment
    round_.nonces = [
        {"unit_id": str(n.unit_id), "nonce": n.nonce, "received_at": n.received_at.isoformat()}
        for n in nonces
    ]
    used = [(str(n.unit_id), n.nonce) for n in nonces]
    return draw.draw(round_.unit_ids, str(round_.id), round_.seed, used)


def _assign(
    session: Session,
    round_: CrossRound,
    inspector: uuid.UUID,
    target: uuid.UUID,
    captains: dict[uuid.UUID, uuid.UUID],
) -> None:
    made = Assignment(
        round_id=round_.id,
        inspector_id=inspector,
        target_id=target,
        package=package.build(session, round_, target),
    )
    session.add(made)
    session.flush()
    captain = captains[inspector]
    for user_id in {captain, *queries.system_team(session, inspector)}:
        session.add(TeamMember(assignment_id=made.id, user_id=user_id, is_captain=user_id == captain))
