"""What a point's card tells of rounds: the last visits that the viewer may know of."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.identity.viewer import Viewer
from app.features.patrols.models import Visit
from app.features.patrols.policy import visible_visits
from app.features.places.models import Point
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
