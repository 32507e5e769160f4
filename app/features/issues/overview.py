"""Numbers for badges, and the map: points by their worst open case, cases in a box, clusters where there are too many."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import Session

from app.core import changes, db
from app.core.clock import now
from app.core.geo import Box
from app.features.identity.viewer import Viewer
from app.features.issues import conditions, listing, mappoints, policy, queries
from app.features.issues.lifecycle import OPEN, Nature, State
from app.features.issues.models import Issue, SiteCheck
from app.features.issues.queries import Filters
from app.features.issues.schemas import CategoryRef, Counts, MapCluster, MapGrid, MapIssue, MapOut
from app.features.standards import service as standards
from app.features.standards.models import Category

MOST_ON_MAP = 500
CELLS = 12
"""Clusters lie on a raster of so many columns and rows over the box asked for."""


def counts(session: Session, viewer: Viewer, wanted: Filters) -> Counts:
    """Badges of what the viewer may see. Of who sees a town whole and asks for all of it: from memory."""
    if wanted.is_empty and viewer.town_id and policy.sees_own_town_whole(viewer):
        told = _whole_counts(session, viewer, viewer.town_id)
    else:
        told = _counts(session, viewer, wanted)
    return Counts(**told, site_checks=_site_checks(session, viewer), to_decide=_to_decide(session, viewer))


def _whole_counts(session: Session, viewer: Viewer, town_id: uuid.UUID) -> dict[str, Any]:
    from app.features.issues import opencounts  # with numpy: not at every start

    units = session.scalars(policy.unit_reach(viewer)).all() if policy.works_for_unit(viewer) else ()
    me, as_whom = viewer.user_id, policy.as_whom(viewer)
    return opencounts.look(session, town_id, me, as_whom, units, has_near=queries.is_desk(viewer))


def _counts(session: Session, viewer: Viewer, wanted: Filters) -> dict[str, Any]:
    """Per state over all visible cases; the rest over the open ones, which are few."""
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
        "due_soon": and_(is_open, Issue.state != State.DEFERRED, due >= at, due < at + conditions.DUE_SOON),
        "urgent": and_(is_open, Issue.nature == Nature.URGENT),
        "held": and_(is_open, Issue.is_held),
        "bounced": and_(submitted, Issue.bounce_count > 0),
        "leads": and_(submitted, Issue.source.in_(queries.LEADS)),
        "near": and_(submitted, conditions.has_near()) if queries.is_desk(viewer) else false(),
        "my_orders": and_(Issue.state.in_([State.DISPATCHED, State.RECTIFYING]), mine),
        "reported": and_(is_open, Issue.reporter_id == viewer.user_id),
    }
    scope = [policy.visible(viewer), *queries.matching(session, viewer, wanted)]
    told = {row.state: row.total for row in session.execute(_per_state(scope))}
    columns = [func.count().filter(clause).label(name) for name, clause in named.items()]
    sums = session.execute(select(*columns).where(*scope, is_open)).one()._mapping
    sampled = select(func.count()).where(*scope, Issue.is_sampled.is_(True), Issue.state == State.CLOSED)
    states = {state: told.get(state, 0) for state in State}
    return {"states": states, **sums, "sampled": session.scalar(sampled) or 0}


def _per_state(scope: Sequence[ColumnElement[bool]]) -> Select[str, int]:
    return select(Issue.state, func.count().label("total")).where(*scope).group_by(Issue.state)


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
    """What lies in the box. Without a state filter: open cases. What took long to count is told again while nothing changes."""
    if not wanted.is_empty or not policy.sees_own_town_whole(viewer) or viewer.town_id != town_id:
        return _map(session, viewer, town_id, box, wanted)
    at, tag = now(), standards.list_tag(session, town_id, "points")
    key = town_id, box, changes.stamp(session), tag
    known = _told.get(key)
    if known is not None and at - conditions.SAME_FOR < known[0] <= at:
        return known[1]
    made = _whole_map(session, viewer, town_id, tag, box)
    if made.clusters:
        if len(_told) >= MOST_TOLD:
            _told.clear()
        _told[key] = at, made
    return made


MOST_TOLD = 64
_told: dict[Any, tuple[datetime, MapOut]] = {}


def _whole_map(session: Session, viewer: Viewer, town_id: uuid.UUID, tag: str, box: Box) -> MapOut:
    """As `_map`, for who sees the town whole and asks for all that is open. `tag`: of the town's list of points."""
    from app.features.issues import openmap  # with numpy: not at every start

    told = openmap.look(session, town_id, box, CELLS, MOST_ON_MAP)
    shown = [policy.visible(viewer), Issue.id.in_(told.inside), Issue.state.in_(OPEN)]
    return MapOut(
        points=mappoints.kept(session, town_id, tag, box, told.points),
        grids=_map_grids(told.grids),
        issues=_issues(session, shown) if told.inside else [],
        clusters=[MapCluster(**vars(cluster)) for cluster in told.clusters],
    )


def _map(session: Session, viewer: Viewer, town_id: uuid.UUID, box: Box, wanted: Filters) -> MapOut:
    narrowed = [
        policy.visible(viewer),
        *queries.matching(session, viewer, wanted),
        *([] if wanted.state else [Issue.state.in_(OPEN)]),
        Issue.town_id == town_id,
    ]
    # Open cases are few and have an index of their own; "+ 0" keeps the planner from reading all of a place instead.
    inside = [(Issue.lon + 0).between(box.west, box.east), (Issue.lat + 0).between(box.south, box.north)]
    clusters = _clusters(session, box, [*narrowed, *inside])
    is_much = sum(cluster.count for cluster in clusters) > MOST_ON_MAP
    return MapOut(
        points=mappoints.read(session, town_id, box, _tally(session, Issue.point_id, narrowed)),
        grids=_map_grids(_tally(session, Issue.grid_id, [*narrowed, Issue.grid_id.is_not(None)])),
        issues=[] if is_much else _issues(session, [*narrowed, *inside]),
        clusters=clusters if is_much else [],
    )


def _issues(session: Session, narrowed: Sequence[ColumnElement[bool]]) -> list[MapIssue]:
    # Columns, not rows of the classes: five hundred of those would cost more than all the rest.
    rows = db.rows(
        session,
        select(
            *_SHOWN, Issue.due_at, Issue.campaign_due_at, Category.code, Category.name_zh, Category.name_en
        )
        .join(Category, Category.id == Issue.category_id)
        .where(*narrowed)
        .order_by(Issue.found_at.desc())
        .limit(MOST_ON_MAP),
    )
    return [_map_issue(row) for row in rows]


_SHOWN = (
    Issue.id,
    Issue.no,
    Issue.state,
    Issue.nature,
    Issue.point_id,
    Issue.lon,
    Issue.lat,
    Issue.found_at,
)


def _map_issue(row: Any) -> MapIssue:
    return MapIssue(
        **{column.key: getattr(row, column.key) for column in _SHOWN},
        category=CategoryRef(code=row.code, zh=row.name_zh, en=row.name_en),
        is_overdue=listing.is_overdue(row, now()),
    )


def _map_grids(tally: Mapping[Any, mappoints.Tally]) -> list[MapGrid]:
    """Grids with something open, at a point or at none."""
    return [
        MapGrid(id=grid_id, open=n["open"], overdue=n["overdue"], worst=worst)
        for grid_id, n in tally.items()
        if grid_id is not None and (worst := mappoints.worst(n)) is not None
    ]


def _tally(
    session: Session, place: Any, narrowed: Sequence[ColumnElement[bool]]
) -> dict[uuid.UUID | None, Counter[str]]:
    """Per place how many cases there are, and how many of them are overdue, urgent, due soon, in review."""
    at = now()
    marks = conditions.is_overdue(at), Issue.nature == Nature.URGENT, conditions.is_due_soon(at)
    # By state too, though it is added up again here: by place alone SQLite would read every case in the order of places.
    rows = session.execute(
        select(place, Issue.state, func.count(), *[func.count().filter(mark) for mark in marks])
        .where(*narrowed)
        .group_by(Issue.state, place)
    ).all()
    told: dict[uuid.UUID | None, Counter[str]] = {}
    for place_id, state, total, late, hot, soon in rows:
        review = total if state == State.IN_REVIEW else 0
        # What waits for the reviewer hurries nobody else.
        told.setdefault(place_id, Counter()).update(
            open=total, overdue=late, urgent=hot, soon=0 if review else soon, review=review
        )
    return told


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
