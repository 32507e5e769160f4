"""A page of a list of cases, by whatever way costs least: who sees a town whole reads its index, who sees a part has several.

Every way starts from what the viewer sees; they differ in what else they read. The rows are those of queries.listed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_, union
from sqlalchemy.orm import Session

from app.core import db
from app.core.errors import BadRequest
from app.core.paging import keys_of
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues import policy, queries, search
from app.features.issues.models import Issue
from app.features.issues.queries import Filters, Sort
from app.features.issues.reasons import shows

Rows = Sequence[Row[*tuple[Any, ...]]]
MOST_NEWEST = 200
NEXT = (6, 30, 80, 160)
"""So many pages of the town's cases are looked through for one of those that somebody sees: at first, and at most."""


def page(
    session: Session, viewer: Viewer, wanted: Filters, sort: Sort, cursor: str | None, limit: int
) -> Rows:
    """`limit` + 1 rows of `listed`, from the cursor on."""
    if not policy.sees_own_town_whole(viewer):
        return _in_part(session, viewer, wanted, sort, cursor, limit)
    lasting = wanted.lasting if cursor is None else None
    if lasting is not None and viewer.town_id is not None:
        return db.rows(session, _first_page(viewer.town_id, lasting, sort, limit))
    if wanted.q and (newest := _newest_hits(session, viewer, wanted, sort, cursor, limit)):
        return newest
    narrowed = queries.matching(session, viewer, wanted)
    return db.rows(session, _page(queries.listed(viewer).where(*narrowed), sort, cursor, limit))


# ---- who sees a part ----
def _in_part(
    session: Session, viewer: Viewer, wanted: Filters, sort: Sort, cursor: str | None, limit: int
) -> Rows:
    narrowed = queries.matching(session, viewer, wanted)
    if sort != "due" and limit <= MOST_NEWEST and _is_found_soon(viewer, wanted):
        rows = _among_next(session, _of_town(session, viewer, wanted), narrowed, sort, cursor, limit)
        if len(rows) > limit:
            return rows
    ids = Issue.id.in_(_first_of_each(session, viewer, narrowed, sort, cursor, limit))
    return db.rows(session, _page(queries.LISTED.where(ids), sort, None, limit))


def _among_next(
    session: Session,
    town: Select[*tuple[Any, ...]],
    narrowed: Sequence[Any],
    sort: Sort,
    cursor: str | None,
    limit: int,
) -> Rows:
    """Those the viewer sees of the town's cases that come next: of few, then of as many as it should take. Too few rows: unknown."""
    rows: Rows = ()
    expected = 1
    for pages in NEXT:
        if pages < expected:
            continue
        # With a limit of its own it is worked out as it stands, in the order of an index of the town.
        next_ones = _page(town, sort, cursor, pages * limit - 1).subquery()
        ids = Issue.id.in_(select(next_ones.c.id).where(next_ones.c.is_shown))
        rows = db.rows(session, _page(queries.LISTED.where(ids, *narrowed), sort, None, limit))
        if not rows or len(rows) > limit:
            break
        expected = pages * limit // len(rows)
    return rows


def _seen_as(session: Session, viewer: Viewer) -> list[ColumnElement[bool]]:
    """policy.visible as conditions that have an index each: what any of them holds for is seen."""
    # Worked out, the town is no reason to go through all of it in the order of the list.
    own = policy.same_town(viewer, func.coalesce(Issue.town_id, Issue.town_id))
    shown = [and_(shows(reason, Issue), own) for reason in policy.reasons_in_part(viewer)]
    whole = policy.towns_above(viewer, *policy.SEERS)
    return shown if whole is None else shown + [Issue.town_id == town for town in session.scalars(whole)]


def _is_found_soon(viewer: Viewer, wanted: Filters) -> bool:
    """One of every few of the town's cases is on the list: nothing narrows it that seldom holds."""
    seldom = (
        wanted.point,
        wanted.grid,
        wanted.category,
        wanted.reporter,
        wanted.assignee,
        wanted.held,
        wanted.sampled,
    )
    rare = (wanted.bounced, wanted.lead, wanted.near, wanted.to_decide, wanted.q.strip())
    reaches = policy.works_for_unit(viewer) or viewer.has(
        *policy.SEERS, Role.LEADER, Role.POINT_CHIEF, Role.GRID_OFFICER
    )
    return policy.sees_own_town_in_part(viewer) and reaches and not any((*seldom, *rare))


def _of_town(session: Session, viewer: Viewer, wanted: Filters) -> Select[*tuple[Any, ...]]:
    """The town's cases, and of each whether the viewer sees it."""
    shown = or_(*(shows(reason, Issue) for reason in policy.reasons(viewer)))
    plain = Filters(state=wanted.state, nature=wanted.nature, source=wanted.source)
    of_town = Issue.town_id == viewer.town_id
    return select(Issue.id, shown.label("is_shown")).where(of_town, *queries.matching(session, viewer, plain))


def _first_of_each(
    session: Session, viewer: Viewer, narrowed: Sequence[Any], sort: Sort, cursor: str | None, limit: int
) -> Select[uuid.UUID]:
    """The first of what each reason shows, and of these the first: nothing that comes later in any can be among them."""
    key, firsts = _key(sort), []
    for seen in _seen_as(session, viewer):
        first = _page(select(Issue.id, key.label("key")).where(seen, *narrowed), sort, cursor, limit)
        each = first.subquery()
        firsts.append(select(each.c.id, each.c.key))
    every = union(*firsts).subquery()
    order = (every.c.key, every.c.id) if sort == "due" else (every.c.key.desc(), every.c.id.desc())
    return select(every.c.id).order_by(*order).limit(db.at_most(limit + 1))


# ---- who sees the town whole ----
def _newest_hits(
    session: Session, viewer: Viewer, wanted: Filters, sort: Sort, cursor: str | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """A page of cases that hold a common word, looked for among the next ones in order; nothing if too few of them do."""
    others = replace(wanted, q="")
    if sort == "due" or others.lasting is None or limit > MOST_NEWEST:
        return ()
    if (holds := search.matches_one_by_one(session, wanted.q)) is None:
        return ()
    for many in (4, 40):
        next_ones = select(Issue.id).where(policy.visible(viewer), *queries.matching(session, viewer, others))
        among = Issue.id.in_(_page(next_ones, sort, cursor, many * limit))
        found = db.rows(session, _page(queries.listed(viewer).where(among, holds), sort, None, limit))
        if len(found) > limit:
            return found
    return ()


@lru_cache(maxsize=256)
def _first_page(
    town_id: uuid.UUID, lasting: frozenset[tuple[str, Any]], sort: Sort, limit: int
) -> Select[*tuple[Any, ...]]:
    # The pages that a desk asks for all day. Made once: building it costs more than asking.
    narrowed = [getattr(Issue, name).in_(values) for name, values in sorted(lasting)]
    return _page(queries.LISTED.where(Issue.town_id == town_id, *narrowed), sort, None, limit)


def _key(sort: Sort) -> Any:
    return {
        "found": Issue.found_at,
        "due": func.coalesce(Issue.due_at, Issue.campaign_due_at),
        "updated": Issue.updated_at,
    }[sort]


def _page(
    found: Select[*tuple[Any, ...]], sort: Sort, cursor: str | None, limit: int
) -> Select[*tuple[Any, ...]]:
    key = _key(sort)
    after = _after(cursor, sort)
    if sort == "due":
        if after:
            found = found.where(or_(key > after[0], and_(key == after[0], Issue.id > after[1])))
        found = found.order_by(key, Issue.id)
    else:
        if after:
            found = found.where(tuple_(key, Issue.id) < tuple_(*after))
        found = found.order_by(key.desc(), Issue.id.desc())
    return found.limit(db.at_most(limit + 1))


def _after(cursor: str | None, sort: Sort) -> tuple[Any, Any] | None:
    if cursor is None:
        return None
    told_sort, at, key = keys_of(cursor, 3)
    try:
        if told_sort != sort:
            raise ValueError("of another order")
        moment = datetime.fromisoformat(str(at))
        if moment.tzinfo is None:
            raise ValueError("without an offset")
        return moment, uuid.UUID(str(key))
    except ValueError as exc:
        raise BadRequest("This cursor is not one of ours.") from exc
