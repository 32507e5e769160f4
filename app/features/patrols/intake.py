"""Patrols and visits as phones send them: kept as they came, exactly once, in any order. Doubts are flags, not refusals."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import changes, geo
from app.core.clock import now
from app.core.errors import Forbidden, Invalid
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues.intake import fingerprint, queue_up
from app.features.patrols import checking, policy, slots, withholding
from app.features.patrols.checking import server_time
from app.features.patrols.errors import SameIdOtherBody
from app.features.patrols.models import Kind, Openness, Patrol, PatrolPerson, PatrolSlot, PatrolUnit, Visit
from app.features.patrols.schemas import PatrolIn, VisitIn
from app.features.patrols.tally_models import Tally
from app.features.places.models import Grid, Point
from app.features.standards.town import sees_town

LEVELS = {Kind.LEADER_AREA: 1, Kind.DEPARTMENT: 2, Kind.SELF_CHECK: 3}
"""三级巡查: the level of a patrol that follows no plan."""


# ---- patrols ----
def receive_patrol(
    session: Session, viewer: Viewer, client_id: uuid.UUID, body: PatrolIn
) -> tuple[Patrol, bool]:
    """Keep a patrol; True: it is new. While it is not ended, a later body replaces the one before.

    A body without an end that comes after the one with it is old news and changes nothing. Raises SameIdOtherBody.
    """
    town_id = _may_walk(viewer)
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    known = find_patrol(session, viewer.user_id, client_id)
    if known is None:
        patrol = _new_patrol(session, viewer, client_id, body, said, town_id)
        _adopt_waiting(session, patrol)
        _settled(session, patrol.slot_id, None, town_id)
        return patrol, True
    if known.body_sha256 == fingerprint(said):
        return known, False
    if any(known.body.get(key) != said[key] for key in ("slot_id", "kind", "started_at", "is_covert")):
        raise SameIdOtherBody(stored=known.body)
    if known.ended_at is not None:
        if body.ended_at is not None:
            raise SameIdOtherBody(stored=known.body)
        return known, False
    _rewrite(session, known, body, said)
    _settled(session, known.slot_id, None, town_id)
    return known, False


def _may_walk(viewer: Viewer) -> uuid.UUID:
    if not viewer.has(*policy.WALKERS):
        raise Forbidden()
    town_id = viewer.town_id or next((hold.town_id for hold in viewer.holds if hold.town_id), None)
    if town_id is None:
        raise Forbidden()
    return town_id


def find_patrol(session: Session, user_id: uuid.UUID, client_id: uuid.UUID) -> Patrol | None:
    """A person's patrol by the id their phone gave it."""
    return session.scalar(select(Patrol).where(Patrol.user_id == user_id, Patrol.client_id == client_id))


def _new_patrol(
    session: Session,
    viewer: Viewer,
    client_id: uuid.UUID,
    body: PatrolIn,
    said: dict[str, Any],
    town_id: uuid.UUID,
) -> Patrol:
    slot = _slot(session, viewer, body)
    flags = {"slot_unknown"} if body.slot_id is not None and slot is None else set[str]()
    kind = Kind(slot.kind) if slot else body.kind
    if body.is_covert and slot is None and not viewer.has(*policy.MAY_BE_COVERT):
        flags.add("not_covert")
    is_covert = body.is_covert and "not_covert" not in flags
    patrol = Patrol(
        client_id=client_id,
        user_id=viewer.user_id,
        town_id=slot.town_id if slot else town_id,
        slot_id=slot.id if slot else None,
        level=slot.level if slot else LEVELS.get(kind),
        kind=kind,
        visibility=slot.visibility if slot else (Openness.COVERT if is_covert else Openness.OPEN),
        released_at=slot.released_at if slot else None,
        received_at=now(),
        flags=sorted(flags),
    )
    _rewrite(session, patrol, body, said)
    return patrol


def _slot(session: Session, viewer: Viewer, body: PatrolIn) -> PatrolSlot | None:
    """The slot named or, of a walk that names none, one's own of the kind at that time: who set out by hand has gone, too."""
    if body.slot_id is not None:
        named = PatrolSlot.id == body.slot_id, policy.visible_slots(viewer)
        return session.scalar(select(PatrolSlot).where(*named))
    began, _ = server_time(body.started_at, body.clock_offset_seconds, now())
    fitting = select(PatrolSlot).where(
        policy.my_slots(viewer),
        PatrolSlot.kind == body.kind,
        PatrolSlot.starts_at <= began,
        PatrolSlot.ends_at > began,
        PatrolSlot.done_at.is_(None),
    )
    return session.scalars(fitting.order_by(PatrolSlot.ends_at, PatrolSlot.id).limit(1)).first()


def _rewrite(session: Session, patrol: Patrol, body: PatrolIn, said: dict[str, Any]) -> None:
    """Times, people and tallies as the body says them now."""
    received, offset = patrol.received_at, body.clock_offset_seconds
    patrol.started_at, skewed = server_time(body.started_at, offset, received)
    flags = set(patrol.flags) - {"clock_unknown", "clock_skew"}
    if skewed:
        flags.add(_doubt(offset))
    patrol.ended_at = None
    if body.ended_at is not None:
        ended, _ = server_time(body.ended_at, offset, now())
        patrol.ended_at = max(ended, patrol.started_at)
    patrol.children_count = body.participants.children_count
    patrol.body, patrol.body_sha256 = said, fingerprint(said)
    patrol.flags = sorted(flags)
    session.add(patrol)
    session.flush()
    _write_company(session, patrol, body)
    _write_tallies(session, patrol, body)


def _doubt(offset: float | None) -> str:
    return "clock_unknown" if offset is None else "clock_skew"


def _write_company(session: Session, patrol: Patrol, body: PatrolIn) -> None:
    for table in (PatrolPerson, PatrolUnit):
        session.execute(delete(table).where(table.patrol_id == patrol.id))
    named = {*body.participants.adults, patrol.user_id}
    in_town = select(User.id).join(Unit, Unit.id == User.unit_id).where(Unit.town_id == patrol.town_id)
    people = set(session.scalars(in_town.where(User.id.in_(named)))) | {patrol.user_id}
    units = set(body.participants.units)
    there = set(session.scalars(select(Unit.id).where(Unit.id.in_(units), Unit.town_id == patrol.town_id)))
    if named - people or units - there:
        patrol.flags = sorted({*patrol.flags, "unknown_participant"})
    session.add_all(PatrolPerson(patrol_id=patrol.id, user_id=one) for one in people)
    session.add_all(PatrolUnit(patrol_id=patrol.id, unit_id=one) for one in there)


def _write_tallies(session: Session, patrol: Patrol, body: PatrolIn) -> None:
    session.execute(delete(Tally).where(Tally.patrol_id == patrol.id))
    day = patrol.started_at.astimezone(slots.zone_of_town(session, patrol.town_id)).date()
    for kind, counts in (("dissuasion", body.tallies.dissuasion), ("publicity", body.tallies.publicity)):
        session.add_all(
            Tally(
                patrol_id=patrol.id, kind=kind, code=code, count=count, town_id=patrol.town_id, local_on=day
            )
            for code, count in counts.items()
        )
    session.flush()


def _adopt_waiting(session: Session, patrol: Patrol) -> None:
    """Visits that came before their patrol."""
    mine = Visit.user_id == patrol.user_id, Visit.patrol_client_id == patrol.client_id
    for visit in session.scalars(select(Visit).where(*mine)):
        _belongs_to(visit, patrol)
    session.flush()
    withholding.file_what_waits(session, patrol)


def _belongs_to(visit: Visit, patrol: Patrol) -> None:
    visit.patrol_id, visit.slot_id = patrol.id, patrol.slot_id
    visit.kind, visit.level = patrol.kind, patrol.level
    visit.visibility, visit.released_at = patrol.visibility, patrol.released_at


def _settled(
    session: Session, slot_id: uuid.UUID | None, point_id: uuid.UUID | None, town_id: uuid.UUID
) -> None:
    if slot_id is not None:
        slots.settle(session, slot_id)
        changes.note(session, town_id, "patrol_slot", slot_id)


# ---- visits ----
def receive_visit(
    session: Session, viewer: Viewer, client_id: uuid.UUID, body: VisitIn
) -> tuple[Visit, bool]:
    """Keep a visit; True: it is new. Raises SameIdOtherBody, and Invalid where its point or grid is unknown."""
    _may_walk(viewer)
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    if not any(said["tallies"].values()):
        del said["tallies"]  # a visit without any has the body it had before there were tallies
    known = find_visit(session, viewer.user_id, client_id)
    if known is not None:
        if known.body_sha256 != fingerprint(said):
            raise SameIdOtherBody(stored=known.body)
        return known, False
    place = _place(session, viewer, body)
    visit = _new_visit(viewer, client_id, body, said, place)
    patrol = find_patrol(session, viewer.user_id, body.patrol_id)
    if patrol is not None:
        _belongs_to(visit, patrol)
    checking.check_in(session, visit, place, body)
    session.add(visit)
    session.flush()
    checking.keep_results(session, visit, place, body)
    if patrol is not None:
        withholding.file_what_waits(session, patrol)
    _settled(session, visit.slot_id, visit.point_id, visit.town_id)
    return visit, True


def find_visit(session: Session, user_id: uuid.UUID, client_id: uuid.UUID) -> Visit | None:
    """A person's visit by the id their phone gave it."""
    return session.scalar(select(Visit).where(Visit.user_id == user_id, Visit.client_id == client_id))


def _place(session: Session, viewer: Viewer, body: VisitIn) -> Point | Grid:
    name = "grid_id"
    place: Point | Grid | None
    if body.point_id is not None:
        name, place = "point_id", session.get(Point, body.point_id)
    else:
        place = session.get(Grid, body.grid_id)
    if place is None or not sees_town(session, viewer, place.town_id):
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown"}])
    return place


def _new_visit(
    viewer: Viewer, client_id: uuid.UUID, body: VisitIn, said: dict[str, Any], place: Point | Grid
) -> Visit:
    received = now()
    arrived, skewed = server_time(body.arrived_at, body.clock_offset_seconds, received)
    left: datetime | None = None
    if body.left_at is not None:
        left = max(server_time(body.left_at, body.clock_offset_seconds, received)[0], arrived)
    visit = Visit(
        client_id=client_id,
        user_id=viewer.user_id,
        town_id=place.town_id,
        patrol_client_id=body.patrol_id,
        point_id=place.id if isinstance(place, Point) else None,
        grid_id=place.grid_id if isinstance(place, Point) else place.id,
        visibility=Openness.OPEN,
        arrived_at=arrived,
        left_at=left,
        away_reason=body.away_reason,
        standard_version=body.standard_version,
        note=body.note,
        body=said,
        body_sha256=fingerprint(said),
        received_at=received,
        flags=[_doubt(body.clock_offset_seconds)] if skewed else [],
    )
    if body.position is not None:
        fix = body.position
        visit.lon, visit.lat = geo.to_wgs84(fix.lon, fix.lat, fix.crs)
        visit.accuracy_m = fix.accuracy_m
    return visit
