"""M24 to M30 and M34: what patrols, 包干 and cross-checks add to the figures of cases. Hidden rounds count for nothing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.features.crosscheck.models import Assignment, CrossFinding, CrossRound, CrossVisit
from app.features.figures.measures import OUT_OF_COHORT, Period
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.patrols import desk
from app.features.patrols.desk_schemas import CompletionRow
from app.features.places import coverage as duty
from app.features.standards.models import Category

WITHIN = timedelta(hours=48)
BLIND_DAYS = 7
Counted = dict[str, float]


@dataclass(frozen=True)
class Rounds:
    """Counts by the names the definitions use, and M24 once more by level and kind."""

    counted: Counted
    completion: Sequence[CompletionRow]


def of_rounds(session: Session, viewer: Viewer, town_id: uuid.UUID, p: Period, blind_days: int) -> Rounds:
    """What the viewer may count of the town, in the local days of the period."""
    zone = zone_of(session, viewer)
    first, last = p.start.astimezone(zone).date(), p.end.astimezone(zone).date()
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
    """M34 of the rounds released by T: what others found within 48 h at the points a team was at, and its list has not.

    "Present then" leaves out what comes and goes (dynamic kinds). Found by all = the team's own and what it missed.
    """
    if not viewer.town_id or viewer.town_id != town_id:
        return 0, 0
    missed = own = 0
    for task, visits in _released(session, town_id, p):
        findings = _findings(session, task)
        points = {visit.point_id for visit in visits}
        own += sum(finding.point_id in points for finding in findings)
        missed += len(_found_by_others(session, visits, findings))
    return missed, own + missed


def _released(session: Session, town_id: uuid.UUID, p: Period) -> list[tuple[Assignment, list[CrossVisit]]]:
    tasks = session.scalars(
        select(Assignment)
        .join(CrossRound, CrossRound.id == Assignment.round_id)
        .where(
            CrossRound.town_id == town_id,
            CrossRound.released_at <= p.at,
            CrossRound.start_at >= p.start,
            CrossRound.start_at < p.end,
        )
    ).all()
    return [(task, [v for v in _of(session, CrossVisit, task) if not v.excuse]) for task in tasks]


def _of(session: Session, model: Any, task: Assignment) -> Sequence[Any]:
    return session.scalars(select(model).where(model.assignment_id == task.id)).all()


def _findings(session: Session, task: Assignment) -> list[CrossFinding]:
    return [f for f in _of(session, CrossFinding, task) if f.merged_into_id is None]


def _found_by_others(
    session: Session, visits: Sequence[CrossVisit], findings: Sequence[CrossFinding]
) -> list[uuid.UUID]:
    """Cases of lasting kinds at a visited point, found by somebody else within 48 h after, of a kind not on the team's list."""
    arrived: dict[uuid.UUID, Any] = {}
    for visit in visits:
        arrived[visit.point_id] = min(visit.arrived_at, arrived.get(visit.point_id, visit.arrived_at))
    listed = {(f.point_id, f.office_category or f.category) for f in findings}
    mine = {f.issue_id for f in findings if f.issue_id}
    if not arrived:
        return []
    rows = session.execute(
        select(Issue.id, Issue.point_id, Issue.found_at, Category.code)
        .join(Category, Category.id == Issue.category_id)
        .where(
            or_(
                *(
                    (Issue.point_id == point) & (Issue.found_at > at) & (Issue.found_at <= at + WITHIN)
                    for point, at in sorted(arrived.items())
                )
            ),
            Issue.state.not_in(OUT_OF_COHORT),
            Category.is_dynamic.is_(False),
        )
    )
    return [row.id for row in rows if row.id not in mine and (row.point_id, row.code) not in listed]
