"""M24 to M30 and M34: what patrols, 包干 and cross-checks add to the figures of cases. Hidden rounds count for nothing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.crosscheck import misses
from app.features.crosscheck.models import Assignment, CrossFinding, CrossRound, CrossVisit
from app.features.figures.measures import Period
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.patrols import desk
from app.features.patrols.desk_schemas import CompletionRow
from app.features.patrols.policy import OVERSEERS, may_count
from app.features.places import coverage as duty

BLIND_DAYS = 7
Counted = dict[str, float]


@dataclass(frozen=True)
class Rounds:
    """Counts by the names the definitions use, and M24 once more by level and kind."""

    counted: Counted
    completion: Sequence[CompletionRow]


def of_rounds(
    session: Session, viewer: Viewer, town_id: uuid.UUID, p: Period, blind_days: int
) -> Rounds | None:
    """What the viewer may count of the town, in the local days of the period; None where that is nothing."""
    if not may_count(session, viewer, town_id):
        return None
    zone = zone_of(session, viewer)
    # A period of whole days ends where the next day begins.
    last = (p.end - timedelta(microseconds=1)).astimezone(zone).date()
    first = p.start.astimezone(zone).date()
    seen = desk.coverage(session, viewer, town_id, first, last, None, None)
    blind = desk.blind_spots(session, viewer, town_id, blind_days, None)
    held = duty.table(session, viewer, town_id, last).coverage.key_points
    missed, found = _missed(session, viewer, town_id, p)
    counted: Counted = {
        "slots_done": seen.slots.done,
        "slots_due": seen.slots.of,
        "watches_done": seen.watch.done,
        "watches_due": seen.watch.of,
        "points_visited": seen.points.done,
        "points_in_scope": seen.points.of,
        "blind_points": len(blind.points),
        "blind_points_of": blind.points_of,
        "blind_grids": len(blind.grids),
        "blind_grids_of": blind.grids_of,
        "points_held": held.n,
        "points_to_hold": held.d,
        "found_on_patrols": seen.issues,
        "patrols": seen.patrols,
        "points_scored": seen.score.points,
        "cross_missed": missed,
        "cross_found": found,
    }
    if seen.score.mean is not None:
        counted["point_score"] = seen.score.mean
    return Rounds(counted, seen.rows)


def _missed(session: Session, viewer: Viewer, town_id: uuid.UUID, p: Period) -> tuple[int, int]:
    """M34 of the rounds released by T."""
    if viewer.town_id != town_id and not viewer.reaches(session, town_id, *OVERSEERS):
        return 0, 0
    counted = [
        misses.of_team(session, _of(session, CrossVisit, task), _of(session, CrossFinding, task))
        for task in _released(session, town_id, p)
    ]
    return sum(one.missed for one in counted), sum(one.all for one in counted)


def _released(session: Session, town_id: uuid.UUID, p: Period) -> Sequence[Assignment]:
    return session.scalars(
        select(Assignment)
        .join(CrossRound, CrossRound.id == Assignment.round_id)
        .where(
            CrossRound.town_id == town_id,
            CrossRound.released_at <= p.at,
            CrossRound.start_at >= p.start,
            CrossRound.start_at < p.end,
        )
    ).all()


def _of(session: Session, model: Any, task: Assignment) -> Sequence[Any]:
    return session.scalars(select(model).where(model.assignment_id == task.id)).all()
