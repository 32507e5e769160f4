"""M24–M27, M29, M30 of DOMAIN.md §8: each one statement, numerator and denominator apart. For the figures and for coverage.md's pages.

What a measure counts is narrowed by conditions, so that whoever may see less is told less.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from app.features.issues.models import Issue, Report
from app.features.patrols.models import ChecklistResult, Kind, Patrol, PatrolSlot, Visit
from app.features.places.models import Grid, Point
from app.features.standards.models import PointType
from app.features.standards.scoring import half_up

OUT_OF_COHORT = ("rejected", "merged", "voided")


@dataclass(frozen=True)
class Rate:
    """A numerator and what it is out of; of nothing there is no rate: show "—"."""

    done: int
    of: int


@dataclass(frozen=True)
class Completion:
    """M24 of one level and kind."""

    level: int | None
    kind: str
    done: int
    due: int
    missed: int


def completion(
    session: Session, town_id: uuid.UUID, first: date, last: date, at: datetime, *also: ColumnElement[bool]
) -> list[Completion]:
    """M24: slots done / slots due by `at`, of the town's days first to last, per level and kind.

    A slot is due when its time is over, or when it was done before that.
    """
    over = or_(PatrolSlot.ends_at <= at, PatrolSlot.done_at.is_not(None))
    rows = session.execute(
        select(
            PatrolSlot.level, PatrolSlot.kind, func.count(PatrolSlot.done_at).label("done"), func.count().label("due")
        )
        .where(PatrolSlot.town_id == town_id, PatrolSlot.local_on.between(first, last), over, *also)
        .group_by(PatrolSlot.level, PatrolSlot.kind)
        .order_by(PatrolSlot.level, PatrolSlot.kind)
    )  # fmt: skip
    return [Completion(row.level, row.kind, row.done, row.due, row.due - row.done) for row in rows]


def watch_completion(rows: Sequence[Completion]) -> Rate:
    """M25 out of M24's rows."""
    watches = [row for row in rows if row.kind == Kind.WATCH]
    return Rate(sum(row.done for row in watches), sum(row.due for row in watches))


def was_there() -> ColumnElement[bool]:
    """A look that covers a place: from within the fence, or by camera."""
    return or_(Visit.is_inside.is_(True), Visit.kind == Kind.VIDEO)


def _looked_at(place: Any, since: datetime, until: datetime, narrowed: Sequence[ColumnElement[bool]]) -> Any:
    at_place = Visit.grid_id == Grid.id if place is Grid else Visit.point_id == Point.id
    in_time = Visit.arrived_at >= since, Visit.arrived_at < until
    return exists().where(at_place, *in_time, was_there(), *narrowed)


def in_scope(town_id: uuid.UUID, *, key_only: bool = False) -> ColumnElement[bool]:
    """The points that are to be covered: active measurement points."""
    return and_(
        Point.town_id == town_id,
        Point.is_active,
        Point.is_point.is_(True),
        Point.is_key.is_(True) if key_only else true(),
    )


def point_coverage(
    session: Session,
    town_id: uuid.UUID,
    since: datetime,
    until: datetime,
    *,
    points: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
    key_only: bool = False,
) -> Rate:
    """M26: distinct points visited in [since, until) / points in scope."""
    looked = case((_looked_at(Point, since, until, visits), 1), else_=0)
    row = session.execute(
        select(func.coalesce(func.sum(looked), 0), func.count()).where(
            in_scope(town_id, key_only=key_only), *points
        )
    ).one()
    return Rate(int(row[0]), row[1])


def zone_coverage(
    session: Session,
    town_id: uuid.UUID,
    since: datetime,
    until: datetime,
    *,
    points: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
) -> dict[str, Rate]:
    """M26 by zone of the point's type (重灾区、示范区、实践区, D13). A type that the standard no longer has is of zone ""."""
    looked = case((_looked_at(Point, since, until, visits), 1), else_=0)
    in_force = PointType.town_id == town_id, PointType.superseded_at.is_(None)
    zone = func.coalesce(PointType.zone, "")
    rows = session.execute(
        select(zone, func.sum(looked), func.count())
        .select_from(Point)
        .outerjoin(PointType, and_(PointType.code == Point.type_code, *in_force))
        .where(in_scope(town_id), *points)
        .group_by(zone)
    )
    return {row[0]: Rate(int(row[1]), row[2]) for row in rows}


@dataclass(frozen=True)
class BlindSpot:
    """A point or grid that nobody looked at for so long; `last_at` null: never."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    unit_id: uuid.UUID | None
    is_key: bool
    last_at: datetime | None


def blind_points(
    session: Session,
    town_id: uuid.UUID,
    since: datetime,
    until: datetime,
    *,
    points: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
    limit: int = 500,
) -> list[BlindSpot]:
    """M27: points in scope without a visit in [since, until), those never visited first, then the longest ago."""
    last = _last(Visit.point_id == Point.id, until, visits)
    rows = session.execute(
        select(
            Point.id,
            Point.code,
            Point.name_zh,
            Point.name_en,
            Point.territory_id,
            Point.is_key,
            last.label("at"),
        )
        .where(in_scope(town_id), ~_looked_at(Point, since, until, visits), *points)
        .order_by(last.is_not(None), last, Point.code)
        .limit(limit)
    )
    return [BlindSpot(*row) for row in rows]


def blind_grids(
    session: Session,
    town_id: uuid.UUID,
    since: datetime,
    until: datetime,
    *,
    grids: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
    limit: int = 500,
) -> list[BlindSpot]:
    """M27: active grids in which nobody looked at anything in [since, until)."""
    last = _last(Visit.grid_id == Grid.id, until, visits)
    rows = session.execute(
        select(Grid.id, Grid.code, Grid.name_zh, Grid.name_en, Grid.community_id, false(), last.label("at"))
        .where(Grid.town_id == town_id, Grid.is_active, ~_looked_at(Grid, since, until, visits), *grids)
        .order_by(last.is_not(None), last, Grid.code)
        .limit(limit)
    )
    return [BlindSpot(*row) for row in rows]


def _last(at_place: ColumnElement[bool], until: datetime, narrowed: Sequence[ColumnElement[bool]]) -> Any:
    # From the index's end: the maximum of thousands would be read to find one.
    return (
        select(Visit.arrived_at)
        .where(at_place, Visit.arrived_at < until, was_there(), *narrowed)
        .order_by(Visit.arrived_at.desc())
        .limit(1)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class WeakItem:
    """How often an item fell short at points of a type, out of how many times it was judged there."""

    item: str
    type_code: str
    short: int
    judged: int


def weak_items(
    session: Session,
    town_id: uuid.UUID,
    since: datetime,
    until: datetime,
    *,
    points: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
    limit: int = 20,
) -> list[WeakItem]:
    """短板: items that fell short most often, by type of point (J20). A look that found all fine judged nothing item by item."""
    short = func.sum(case((ChecklistResult.share_percent < 100, 1), else_=0))
    rows = session.execute(
        select(ChecklistResult.item_code, Point.type_code, short, func.count(ChecklistResult.share_percent))
        .select_from(Visit)
        .join(ChecklistResult, ChecklistResult.visit_id == Visit.id)
        .join(Point, Point.id == Visit.point_id)
        .where(
            Visit.town_id == town_id, Visit.arrived_at >= since, Visit.arrived_at < until, *points, *visits
        )
        .group_by(ChecklistResult.item_code, Point.type_code)
        .having(short > 0)
        .order_by(short.desc(), ChecklistResult.item_code, Point.type_code)
        .limit(limit)
    )
    return [WeakItem(row[0], row[1], int(row[2]), row[3]) for row in rows]


def patrols_made(
    session: Session, town_id: uuid.UUID, since: datetime, until: datetime, *also: ColumnElement[bool]
) -> int:
    """The denominator of M29: patrols begun in [since, until)."""
    in_time = Patrol.started_at >= since, Patrol.started_at < until
    found = select(func.count()).select_from(Patrol).where(Patrol.town_id == town_id, *in_time, *also)
    return session.scalar(found) or 0


def found_on_patrols(
    session: Session, town_id: uuid.UUID, since: datetime, until: datetime, *also: ColumnElement[bool]
) -> int:
    """The numerator of M29 where only what was found on patrols counts: cases filed with a visit of such a patrol."""
    # From the reports on: few name a visit, and each leads to one visit and one patrol.
    on_visits = select(Report.visit_id, Report.user_id, Report.issue_id).where(
        Report.town_id == town_id, Report.visit_id.is_not(None), Report.issue_id.is_not(None)
    )
    filed = on_visits.offset(0).subquery()
    in_time = Patrol.started_at >= since, Patrol.started_at < until
    found = (
        select(func.count(Issue.id.distinct()))
        .select_from(filed)
        .join(Visit, and_(Visit.user_id == filed.c.user_id, Visit.client_id == filed.c.visit_id))
        .join(Patrol, Patrol.id == Visit.patrol_id)
        .join(Issue, Issue.id == filed.c.issue_id)
        .where(*in_time, Issue.state.not_in(OUT_OF_COHORT), *also)
    )
    return session.scalar(found) or 0


@dataclass(frozen=True)
class Score:
    """M30 over several points: the mean of each point's latest score, and of how many points."""

    mean: float | None
    points: int


def point_scores(
    session: Session,
    town_id: uuid.UUID,
    until: datetime,
    *,
    points: Sequence[ColumnElement[bool]] = (),
    visits: Sequence[ColumnElement[bool]] = (),
) -> Score:
    """M30 as of `until`. The score of one visit is `scoring.point_score`; it was stored with the visit."""
    latest = (
        select(Visit.score)
        .where(Visit.point_id == Point.id, Visit.arrived_at < until, Visit.score.is_not(None), *visits)
        .order_by(Visit.arrived_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    each = select(latest.label("score")).where(in_scope(town_id), *points).subquery()
    row = session.execute(select(func.avg(each.c.score), func.count(each.c.score))).one()
    return Score(half_up(Decimal(str(round(row[0], 6)))) if row[0] is not None else None, row[1])
