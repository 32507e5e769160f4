"""What points are told of rounds: the last visits on their card, and how often who adopted them came. Of what the viewer may know."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.identity.models import UnitReach, User
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.patrols.models import Visit
from app.features.patrols.policy import visible_visits
from app.features.places.coverage import on_adoption
from app.features.places.models import Point, Responsibility
from app.features.places.point_card import card_section

SHOWN = 5


@card_section("visits")
def of_point(session: Session, viewer: Viewer, point: Point) -> list[dict[str, Any]]:
    """The last visits, newest first: when, on which kind of round, how it was found. Nobody's name."""
    found = (
        select(Visit.id, Visit.arrived_at, Visit.kind, Visit.score, Visit.is_clean)
        .where(Visit.point_id == point.id, visible_visits(viewer))
        .order_by(Visit.arrived_at.desc(), Visit.id)
        .limit(SHOWN)
    )
    return [
        {
            "id": str(row.id),
            "at": row.arrived_at.isoformat(),
            "kind": row.kind,
            "score": row.score,
            "is_clean": row.is_clean,
        }
        for row in session.execute(found)
    ]


@on_adoption
def person_times(session: Session, viewer: Viewer, adopted: Sequence[Responsibility], on: date) -> int:
    """Sign-ins at adopted points by people of the adopting unit, from the adoption's first day to its last, or to `on` (D10)."""
    if not adopted:
        return 0
    came = (
        select(Responsibility.from_on, Visit.arrived_at)
        .join(Visit, Visit.point_id == Responsibility.point_id)
        .join(User, User.id == Visit.user_id)
        .join(
            UnitReach, (UnitReach.unit_id == User.unit_id) & (UnitReach.ancestor_id == Responsibility.unit_id)
        )
        .where(Responsibility.id.in_([row.id for row in adopted]), visible_visits(viewer))
    )
    zone = zone_of(session, viewer)
    days = ((first, arrived.astimezone(zone).date()) for first, arrived in session.execute(came))
    return sum((first is None or first <= day) and day <= on for first, day in days)
