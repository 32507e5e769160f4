"""The demo town's patrols of the last days: most were walked, some were missed, and not everything was in order."""

import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.features.identity.models import RoleHold, User
from app.features.identity.viewer import load_viewer
from app.features.patrols import intake, policy
from app.features.patrols.models import Kind, PatrolSlot, SlotTarget
from app.features.patrols.schemas import FixIn, ParticipantsIn, PatrolIn, ResultIn, TalliesIn, VisitIn
from app.features.places.models import Point
from app.features.standards.models import PointType
from app.features.volunteers.models import TeamMember

MOST_POINTS = 4
WALKED = 0.86
ALL_FINE = 0.7
POOR = ("minor", "minor", "major", "fail")
DISSUASIONS = ("crossing", "parking", "littering")


def walk(session: Session, town_id: uuid.UUID, at: datetime) -> None:
    """Walk the slots that are over: each by one of those it was for, at a few of its points."""
    over = (PatrolSlot.town_id == town_id, PatrolSlot.ends_at <= at)
    in_force = PointType.town_id == town_id, PointType.superseded_at.is_(None)
    types = session.execute(select(PointType.code, PointType.check_item_codes).where(*in_force))
    items = {kind.code: kind.check_item_codes for kind in types}
    slots = session.scalars(select(PatrolSlot).where(*over).order_by(PatrolSlot.starts_at, PatrolSlot.party))
    for number, slot in enumerate(slots.all()):
        chance = random.Random(number)
        people = _people(session, slot)
        if people and chance.random() < WALKED:
            _walk_one(session, slot, chance.choice(people), items, chance)


def _people(session: Session, slot: PatrolSlot) -> Sequence[User]:
    """Those the slot is for who may walk."""
    walkers = select(RoleHold.user_id).where(RoleHold.role.in_(policy.WALKERS), RoleHold.until_on.is_(None))
    mates = select(TeamMember.user_id).where(TeamMember.team_id == slot.team_id)
    theirs = or_(User.id == slot.user_id, User.unit_id == slot.unit_id, User.id.in_(mates))
    return session.scalars(select(User).where(theirs, User.id.in_(walkers)).order_by(User.login)).all()


def _walk_one(
    session: Session,
    slot: PatrolSlot,
    who: User,
    items: dict[str, list[str]],
    chance: random.Random,
) -> None:
    viewer, patrol_id = load_viewer(session, who), uuid.UUID(int=chance.getrandbits(128), version=4)
    span = min(slot.ends_at - slot.starts_at, timedelta(hours=10))
    began = slot.starts_at + span * chance.uniform(0.1, 0.4)
    points = _points(session, slot)[: 1 if slot.kind in (Kind.SELF_CHECK, Kind.VIDEO) else MOST_POINTS]
    arrived = began
    for point in points:
        arrived += timedelta(minutes=chance.randint(4, 9))
        seen = _visit(patrol_id, point, arrived, items.get(point.type_code, []), chance)
        with clock.frozen(arrived + timedelta(minutes=3)):
            intake.receive_visit(session, viewer, uuid.UUID(int=chance.getrandbits(128), version=4), seen)
    ended = arrived + timedelta(minutes=6)
    is_group = slot.team_id is not None
    body = PatrolIn(
        slot_id=slot.id,
        kind=Kind(slot.kind),
        started_at=began,
        ended_at=ended,
        participants=ParticipantsIn(children_count=chance.choice((0, 0, 6)) if is_group else 0),
        tallies=TalliesIn(dissuasion=_dissuaded(chance) if is_group else {}),
        clock_offset_seconds=0,
    )
    with clock.frozen(ended):
        intake.receive_patrol(session, viewer, patrol_id, body)


def _points(session: Session, slot: PatrolSlot) -> Sequence[Point]:
    """The slot's points in walking order; of one that leaves the choice, or names none, some of the town."""
    named = select(Point).join(SlotTarget, SlotTarget.point_id == Point.id)
    found = session.scalars(named.where(SlotTarget.slot_id == slot.id).order_by(SlotTarget.order_no)).all()
    if found:
        return found
    any_key = select(Point).where(Point.town_id == slot.town_id, Point.is_key, Point.is_active)
    return session.scalars(any_key.order_by(func.length(Point.name_zh), Point.code).limit(MOST_POINTS)).all()


def _visit(
    patrol_id: uuid.UUID, point: Point, arrived: datetime, codes: Sequence[str], chance: random.Random
) -> VisitIn:
    is_fine = not codes or chance.random() < ALL_FINE
    bad = set() if is_fine else set(chance.sample(list(codes), min(2, len(codes))))
    results = [] if is_fine else [
        ResultIn(item=code, result=chance.choice(POOR) if code in bad else "pass") for code in codes
    ]  # fmt: skip
    return VisitIn(
        patrol_id=patrol_id,
        point_id=point.id,
        arrived_at=arrived,
        left_at=arrived + timedelta(minutes=3),
        position=FixIn(lon=point.lon, lat=point.lat, accuracy_m=chance.randint(4, 15)),
        results=results,
        all_fine=is_fine,
        clock_offset_seconds=0,
    )


def _dissuaded(chance: random.Random) -> dict[str, int]:
    return {code: chance.randint(1, 4) for code in chance.sample(DISSUASIONS, 2)}
