"""Reads of the office and the units: slots, patrols, visits, coverage. All start from what the viewer may see."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, null, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.core.errors import Forbidden
from app.features.identity.models import Unit, UnitKind
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue, Report
from app.features.issues.policy import unit_reach, visible
from app.features.patrols import policy
from app.features.patrols.models import Patrol, PatrolPlan, PatrolSlot, Visit, WatchPeriod
from app.features.patrols.tally_models import Tally, VisitTally
from app.features.places.models import Grid, Point
from app.features.standards.town import visible_towns

COMMITTEES = (UnitKind.COMMUNITY, UnitKind.VILLAGE)


def slots_page(
    viewer: Viewer,
    town_id: uuid.UUID,
    *,
    first: date,
    last: date,
    after: tuple[datetime, uuid.UUID] | None,
    limit: int,
    **equal: Any,
) -> Select[PatrolSlot]:
    """Slots of the town's days first to last, in order of time."""
    found = select(PatrolSlot).where(
        PatrolSlot.town_id == town_id, PatrolSlot.local_on.between(first, last), policy.visible_slots(viewer)
    )
    for column, value in equal.items():
        if value is not None:
            found = found.where(getattr(PatrolSlot, column) == value)
    if after is not None:
        found = found.where(tuple_(PatrolSlot.starts_at, PatrolSlot.id) > tuple_(*after))
    return found.order_by(PatrolSlot.starts_at, PatrolSlot.id).limit(limit + 1)


def in_state(state: str, at: datetime) -> ColumnElement[bool]:
    """The clock's word for a slot, as SQL."""
    done, over = PatrolSlot.done_at.is_not(None), PatrolSlot.ends_at <= at
    begun = PatrolSlot.started_at.is_not(None)
    return {
        "done": done,
        "missed": and_(~done, over),
        "running": and_(~done, ~over, begun),
        "due": and_(~done, ~over, ~begun),
    }[state]


def patrols_page(
    viewer: Viewer, town_id: uuid.UUID, *, before: tuple[datetime, uuid.UUID] | None, limit: int, **equal: Any
) -> Select[Patrol]:
    """Patrols, the newest first."""
    found = select(Patrol).where(Patrol.town_id == town_id, policy.visible_patrols(viewer))
    for column, value in equal.items():
        if value is not None:
            found = found.where(getattr(Patrol, column) == value)
    if before is not None:
        found = found.where(tuple_(Patrol.started_at, Patrol.id) < tuple_(*before))
    return found.order_by(Patrol.started_at.desc(), Patrol.id.desc()).limit(limit + 1)


def find_patrol(session: Session, viewer: Viewer, patrol_id: uuid.UUID) -> Patrol | None:
    """One patrol by the server's id."""
    return session.scalar(select(Patrol).where(Patrol.id == patrol_id, policy.visible_patrols(viewer)))


def visits_page(
    viewer: Viewer, town_id: uuid.UUID, *, before: tuple[datetime, uuid.UUID] | None, limit: int, **equal: Any
) -> Select[Visit]:
    """Visits, the newest first."""
    found = select(Visit).where(Visit.town_id == town_id, policy.visible_visits(viewer))
    for column, value in equal.items():
        if value is not None:
            found = found.where(getattr(Visit, column) == value)
    if before is not None:
        found = found.where(tuple_(Visit.arrived_at, Visit.id) < tuple_(*before))
    return found.order_by(Visit.arrived_at.desc(), Visit.id.desc()).limit(limit + 1)


def visits_of(session: Session, viewer: Viewer, patrol_id: uuid.UUID) -> Sequence[Visit]:
    """A patrol's visits that the viewer sees, in order."""
    found = select(Visit).where(Visit.patrol_id == patrol_id, policy.visible_visits(viewer))
    return session.scalars(found.order_by(Visit.arrived_at, Visit.id).limit(400)).all()


def issues_at(session: Session, viewer: Viewer, visits: Sequence[Visit]) -> dict[uuid.UUID, list[Issue]]:
    """Cases filed with these visits, as far as the viewer sees them."""
    rows = session.execute(
        select(Visit.id, Issue)
        .join(Report, and_(Report.visit_id == Visit.client_id, Report.user_id == Visit.user_id))
        .join(Issue, Issue.id == Report.issue_id)
        .where(Visit.id.in_([visit.id for visit in visits]), visible(viewer))
        .order_by(Issue.found_at)
    )
    found: dict[uuid.UUID, list[Issue]] = {}
    for visit_id, issue in rows:
        found.setdefault(visit_id, []).append(issue)
    return found


def plans(viewer: Viewer, town_id: uuid.UUID) -> Select[PatrolPlan]:
    """A town's plans by code, for those who oversee it; covert ones are theirs alone in any case."""
    mine = PatrolPlan.town_id == town_id, policy.oversees(viewer, PatrolPlan.town_id)
    return select(PatrolPlan).where(*mine).order_by(PatrolPlan.code).limit(500)


def watches(viewer: Viewer, town_id: uuid.UUID, state: str | None) -> Select[WatchPeriod]:
    """Watches: of the whole town for those who oversee it, of own points for the units; proposals are the office's."""
    at_mine = and_(
        WatchPeriod.point_id.in_(policy.inspected_points(viewer)), WatchPeriod.state.in_(("open", "ended"))
    )
    whole = policy.oversees(viewer, WatchPeriod.town_id)
    shown = false() if viewer.is_pending else or_(whole, at_mine)
    found = select(WatchPeriod).where(WatchPeriod.town_id == town_id, shown)
    if state is not None:
        found = found.where(WatchPeriod.state == state)
    return found.order_by(WatchPeriod.proposed_at.desc(), WatchPeriod.id).limit(200)


# ---- coverage: whole for those who oversee the town, else what one's units answer for ----
class Scope:
    """Conditions that narrow measures to what a viewer may count. Raises Forbidden where that is nothing."""

    def __init__(self, session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
        self.points: list[ColumnElement[bool]] = []
        self.grids: list[ColumnElement[bool]] = []
        self.visits: list[ColumnElement[bool]] = []
        self.slots: list[ColumnElement[bool]] = []
        self.patrols: list[ColumnElement[bool]] = []
        self.units: list[ColumnElement[bool]] = []
        if not policy.may_count(session, viewer, town_id):
            raise Forbidden()
        if viewer.reaches(session, town_id, *policy.OVERSEERS):
            return
        units = unit_reach(viewer)
        self.points = [Point.id.in_(policy.inspected_points(viewer))]
        self.grids = [Grid.community_id.in_(units)]
        self.visits = [policy.shown_visits()]
        self.slots = [policy.visible_slots(viewer)]
        self.patrols = [policy.visible_patrols(viewer)]
        self.units = [Unit.id.in_(units)]


def not_done(
    session: Session, viewer: Viewer, town_id: uuid.UUID, on: date, scope: Scope
) -> tuple[list[Unit], int]:
    """Committees without a level-3 patrol on a day, and out of how many: visited or not, somebody must have walked."""
    committees = select(Unit).where(
        Unit.town_id == town_id, Unit.town_id.in_(visible_towns(viewer)), Unit.kind.in_(COMMITTEES), Unit.is_active,
        *scope.units,
    )  # fmt: skip
    of = session.scalar(select(func.count()).select_from(committees.subquery())) or 0
    walked = exists().where(
        PatrolSlot.town_id == town_id, PatrolSlot.local_on == on, PatrolSlot.level == 3,
        PatrolSlot.unit_id == Unit.id, PatrolSlot.done_at.is_not(None),
    )  # fmt: skip
    return list(session.scalars(committees.where(~walked).order_by(Unit.code))), of


def last_done(
    session: Session, viewer: Viewer, unit_ids: Sequence[uuid.UUID], until: date
) -> dict[uuid.UUID, date]:
    """The last day, not after `until`, on which each of these units of the viewer's towns did a level-3 patrol."""
    rows = session.execute(
        select(PatrolSlot.unit_id, func.max(PatrolSlot.local_on))
        .where(
            PatrolSlot.unit_id.in_(unit_ids), PatrolSlot.town_id.in_(visible_towns(viewer)), PatrolSlot.level == 3,
            PatrolSlot.local_on.between(until - timedelta(days=400), until), PatrolSlot.done_at.is_not(None),
        )
        .group_by(PatrolSlot.unit_id)
    ).all()  # fmt: skip
    return {row[0]: row[1] for row in rows if row[0] is not None}


def tallies(
    viewer: Viewer, town_id: uuid.UUID, first: date, last: date, *, by_point: bool
) -> Select[*tuple[Any, ...]]:
    """Counts by day and code, or by point; nobody is named in them, so the whole town may know. Covert ones count for those who know."""
    way: Select[*tuple[Any, ...]] = (
        select(Tally.local_on, Tally.kind, Tally.code, Tally.count, null().label("point_id"))
        .join(Patrol, Patrol.id == Tally.patrol_id)
        .where(*_counted(viewer, town_id, Tally, first, last), or_(policy.shown(Patrol), policy.oversees(viewer, Patrol.town_id)))
    )  # fmt: skip
    place: Select[*tuple[Any, ...]] = (
        select(VisitTally.local_on, VisitTally.kind, VisitTally.code, VisitTally.count, Visit.point_id)
        .join(Visit, Visit.id == VisitTally.visit_id)
        .where(*_counted(viewer, town_id, VisitTally, first, last), or_(policy.shown_visits(), policy.oversees(viewer, Visit.town_id)))
    )  # fmt: skip
    each = (place if by_point else union_all(way, place)).subquery()
    key = each.c.point_id if by_point else each.c.local_on
    counted: Select[*tuple[Any, ...]] = (
        select(key, each.c.kind, each.c.code, func.sum(each.c.count).label("count"))
        .group_by(key, each.c.kind, each.c.code)
        .order_by(key, each.c.kind, each.c.code)
        .limit(5000)
    )
    return counted


def _counted(
    viewer: Viewer, town_id: uuid.UUID, table: Any, first: date, last: date
) -> tuple[ColumnElement[bool], ...]:
    """Of the town and its days."""
    seen = table.town_id.in_(visible_towns(viewer))
    return table.town_id == town_id, seen, table.local_on.between(first, last)
