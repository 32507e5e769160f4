"""Numbers for badges, and the map: points by their worst open case, cases in a box, clusters where there are too many."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.geo import Box
from app.features.identity.viewer import Viewer
from app.features.issues import conditions, listing, policy, queries
from app.features.issues.lifecycle import OPEN, Nature, State
from app.features.issues.models import Issue, SiteCheck
from app.features.issues.queries import Filters
from app.features.issues.schemas import Counts, MapCluster, MapIssue, MapOut, MapPoint
from app.features.places.models import Point
from app.features.standards.models import Category

MOST_ON_MAP = 500
CELLS = 12
"""Clusters lie on a raster of so many columns and rows over the box asked for."""
MOST_POINTS = 2000


def counts(session: Session, viewer: Viewer, wanted: Filters) -> Counts:
    """Three statements: of all visible cases, of my site checks, of what waits for my word."""
    at = now()
    due = func.coalesce(Issue.due_at, Issue.campaign_due_at)
    is_open = Issue.state.in_(OPEN)
    submitted = Issue.state == State.SUBMITTED
    mine = or_(
        Issue.assignee_id.in_(policy.as_whom(viewer)),
        Issue.responsible_unit_id.in_(policy.unit_reach(viewer)),
    )
    named: dict[str, ColumnElement[bool]] = {
        "open": is_open,
        "overdue": conditions.is_overdue(at),
        "due_soon": and_(is_open, Issue.state != State.DEFERRED, due >= at, due < at + timedelta(hours=24)),
        "urgent": and_(is_open, Issue.nature == Nature.URGENT),
        "held": and_(is_open, Issue.is_held),
        "sampled": and_(Issue.is_sampled, Issue.state == State.CLOSED),
        "bounced": and_(submitted, Issue.bounce_count > 0),
        "leads": and_(submitted, Issue.source.in_(queries.LEADS)),
        "near": and_(submitted, conditions.has_near()) if queries.is_desk(viewer) else false(),
        "my_orders": and_(Issue.state.in_([State.DISPATCHED, State.RECTIFYING]), mine),
        "reported": and_(is_open, Issue.reporter_id == viewer.user_id),
    }
    columns = [func.count().filter(clause).label(name) for name, clause in named.items()]
    rows = session.execute(
        select(Issue.state, func.count().label("total"), *columns)
        .where(policy.visible(viewer), *queries.matching(session, viewer, wanted))
        .group_by(Issue.state)
    ).all()
    sums = {name: sum(row._mapping[name] for row in rows) for name in named}
    told = {row.state: row.total for row in rows}
    states = {state: told.get(state, 0) for state in State}
    return Counts(
        states=states,
        **sums,
        site_checks=_site_checks(session, viewer),
        to_decide=_to_decide(session, viewer),
    )


def _site_checks(session: Session, viewer: Viewer) -> int:
    mine = select(func.count()).where(
        SiteCheck.assignee_id.in_(policy.as_whom(viewer)), SiteCheck.done_at.is_(None)
    )
    return session.scalar(mine) or 0


def _to_decide(session: Session, viewer: Viewer) -> int:
    """Visible cases that wait for the viewer's word."""
    waiting = select(func.count()).where(policy.visible(viewer), Issue.id.in_(queries.waiting_for(viewer)))
    return session.scalar(waiting) or 0


def show_map(session: Session, viewer: Viewer, town_id: uuid.UUID, box: Box, wanted: Filters) -> MapOut:
    """What lies in the box. Without a state filter: open cases."""
    narrowed = [
        policy.visible(viewer),
        *queries.matching(session, viewer, wanted),
        *([] if wanted.state else [Issue.state.in_(OPEN)]),
        Issue.town_id == town_id,
    ]
    inside = [Issue.lon.between(box.west, box.east), Issue.lat.between(box.south, box.north)]
    rows = session.execute(
        select(Issue, Category)
        .join(Category, Category.id == Issue.category_id)
        .where(*narrowed, *inside)
        .order_by(Issue.found_at.desc())
        .limit(MOST_ON_MAP + 1)
    ).all()
    is_much = len(rows) > MOST_ON_MAP
    return MapOut(
        points=_points(session, town_id, box, narrowed),
        issues=[] if is_much else [_map_issue(issue, kind) for issue, kind in rows],
        clusters=_clusters(session, box, [*narrowed, *inside]) if is_much else [],
    )


def _map_issue(issue: Issue, kind: Category) -> MapIssue:
    names = ("id", "no", "state", "nature", "point_id", "lon", "lat", "found_at")
    said = {name: getattr(issue, name) for name in names}
    return MapIssue(**said, category=listing.category_ref(kind), is_overdue=listing.is_overdue(issue, now()))


def _points(
    session: Session, town_id: uuid.UUID, box: Box, narrowed: Sequence[ColumnElement[bool]]
) -> list[MapPoint]:
    overdue = conditions.is_overdue(now())
    tally = (
        select(
            Issue.point_id.label("point_id"),
            func.count().label("open"),
            func.count().filter(overdue).label("overdue"),
            func.count().filter(Issue.nature == Nature.URGENT).label("urgent"),
            func.count().filter(Issue.state == State.IN_REVIEW).label("review"),
        )
        .where(*narrowed, Issue.point_id.is_not(None))
        .group_by(Issue.point_id)
        .subquery()
    )
    rows = session.execute(
        select(Point, tally.c.open, tally.c.overdue, tally.c.urgent, tally.c.review)
        .outerjoin(tally, tally.c.point_id == Point.id)
        .where(
            Point.town_id == town_id,
            Point.is_active,
            Point.min_lon <= box.east,
            Point.max_lon >= box.west,
            Point.min_lat <= box.north,
            Point.max_lat >= box.south,
        )
        .order_by(Point.code)
        .limit(MOST_POINTS)
    ).all()
    return [_map_point(*row) for row in rows]


def _map_point(
    point: Point, open_: int | None, overdue: int | None, urgent: int | None, review: int | None
) -> MapPoint:
    n = open_ or 0
    worst = (
        "overdue"
        if overdue
        else "urgent"
        if urgent
        else "open"
        if n > (review or 0)
        else "review"
        if n
        else None
    )
    return MapPoint(
        id=point.id,
        zh=point.name_zh,
        en=point.name_en,
        type_code=point.type_code,
        is_key=point.is_key,
        lon=point.lon,
        lat=point.lat,
        open=n,
        overdue=overdue or 0,
        worst=worst,
    )


def _clusters(session: Session, box: Box, narrowed: Sequence[ColumnElement[bool]]) -> list[MapCluster]:
    """Cases counted by the cells of a raster over the box; a cluster lies at the middle of its cases."""
    width = max(box.east - box.west, 1e-9) / CELLS
    height = max(box.north - box.south, 1e-9) / CELLS
    column, row = _cell(Issue.lon, box.west, width), _cell(Issue.lat, box.south, height)
    found = session.execute(
        select(
            func.avg(Issue.lon),
            func.avg(Issue.lat),
            func.count(),
            func.sum(case((conditions.is_overdue(now()), 1), else_=0)),
            func.sum(case((Issue.nature == Nature.URGENT, 1), else_=0)),
        )
        .where(*narrowed)
        .group_by(column, row)
    ).all()
    return [
        MapCluster(lon=lon, lat=lat, count=count, overdue=overdue, urgent=urgent)
        for lon, lat, count, overdue, urgent in found
    ]


def _cell(value: Any, start: float, size: float) -> Any:
    # SQLite is often built without floor(), and PostgreSQL's cast rounds: half a cell less, and both give whole cells.
    return cast(func.round((value - start) / size - 0.5), Integer)
