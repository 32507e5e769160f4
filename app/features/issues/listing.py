"""Lists of cases as they are shown: names, thumbs, what the viewer may do. A page costs the same statements whatever its length."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.geo import distance_m
from app.core.paging import Page, cursor_of, cut
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues import conditions, listpages, moves, policy, queries
from app.features.issues.lifecycle import ENDED, State
from app.features.issues.queries import Filters, Sort
from app.features.issues.schemas import CategoryRef, GridRef, IssueListItem, Named, NearIssue, PointRef
from app.features.photos import service as photos
from app.features.photos.models import PhotoState, RenditionKind
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

SNIPPET = 120
Thumbs = dict[uuid.UUID, dict[str, str | None]]


def named(unit: Unit | None) -> Named | None:
    """A unit as it is named in answers."""
    return Named(id=unit.id, zh=unit.name_zh, en=unit.name_en) if unit else None


def category_ref(row: Category) -> CategoryRef:
    """A category as it is named in answers."""
    return CategoryRef(code=row.code, zh=row.name_zh, en=row.name_en)


def point_ref(row: Point | None) -> PointRef | None:
    """A point as it is named in answers."""
    if row is None:
        return None
    return PointRef(id=row.id, zh=row.name_zh, en=row.name_en, type_code=row.type_code, is_key=row.is_key)


def grid_ref(row: Grid | None) -> GridRef | None:
    """A grid as it is named in answers."""
    return GridRef(id=row.id, zh=row.name_zh, en=row.name_en, code=row.code) if row else None


def is_overdue(issue: Any, at: datetime) -> bool:
    """The same as conditions.is_overdue, of a loaded case or of a row with its state and both ends."""
    ended = issue.state in ENDED or issue.state == State.DEFERRED
    return not ended and (issue.due_at or issue.campaign_due_at) < at


def thumb_url(photo_id: uuid.UUID, state: str) -> str | None:
    """A short-lived link to the 320 px copy; None while there is none."""
    return photos.sign_media(photo_id, RenditionKind.THUMB) if state == PhotoState.READY else None


def thumbs(session: Session, ids: Sequence[uuid.UUID]) -> Thumbs:
    """Per case the link of its first before photo of the present round and of its last after photo."""
    found: dict[uuid.UUID, dict[str, tuple[int, str | None]]] = {}
    for issue_id, kind, round_no, photo_id, state in queries.system_thumbs(session, ids) if ids else ():
        known = found.setdefault(issue_id, {})
        if kind == "after" or kind not in known or round_no > known[kind][0]:
            known[kind] = (round_no, thumb_url(photo_id, state))
    return {issue_id: {kind: url for kind, (_, url) in kinds.items()} for issue_id, kinds in found.items()}


def show_page(
    session: Session, viewer: Viewer, wanted: Filters, sort: Sort, cursor: str | None, limit: int
) -> Page[IssueListItem]:
    """One page of the list."""
    rows, more = cut(listpages.page(session, viewer, wanted, sort, cursor, limit), limit)
    last = rows[-1] if rows and more else None
    return Page(items=items(session, viewer, rows), next=_cursor(last, sort) if last else None)


def _cursor(issue: Any, sort: Sort) -> str:
    key = {
        "found": issue.found_at,
        "due": issue.due_at or issue.campaign_due_at,
        "updated": issue.updated_at,
    }[sort]
    return cursor_of(sort, key.isoformat(), str(issue.id))


def show_ids(session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]) -> list[IssueListItem]:
    """These cases in this order; those the viewer may not see are absent. For queues of features above."""
    shown = {item.id: item for item in items(session, viewer, queries.by_ids(session, viewer, ids))}
    return [shown[issue_id] for issue_id in ids if issue_id in shown]


def items(session: Session, viewer: Viewer, rows: Sequence[Any]) -> list[IssueListItem]:
    """Rows of queries.listed as list items."""
    if not rows:
        return []
    st = policy.standing(session, viewer)
    pictures = thumbs(session, [row.id for row in rows])
    is_desk, is_office = queries.is_desk(viewer), queries.is_office(viewer)
    submitted = [row.id for row in rows if row.state == State.SUBMITTED]
    counts = queries.near_counts(session, viewer, submitted) if submitted and is_desk else {}
    at = now()
    return [
        IssueListItem(
            **dict(zip(queries.SHOWN_COLUMNS, row, strict=False)),  # the row goes on
            **_names(row, is_office),
            description=row.description[:SNIPPET],
            is_overdue=is_overdue(row, at),
            near_count=counts.get(row.id, 0) if is_desk and row.state == State.SUBMITTED else None,
            before_thumb=pictures.get(row.id, {}).get("before"),
            after_thumb=pictures.get(row.id, {}).get("after"),
            allowed_actions=moves.allowed_actions(st, row),
        )
        for row in rows
    ]


def _names(row: Any, is_office: bool) -> dict[str, Any]:
    """What the row's other tables call themselves; absent where nothing is named."""
    point = grid = unit = home = None
    if row.type_code is not None:
        point = PointRef(
            id=row.point_id, zh=row.point_zh, en=row.point_en, type_code=row.type_code, is_key=row.is_key
        )
    if row.grid_code is not None:
        grid = GridRef(id=row.grid_id, zh=row.grid_zh, en=row.grid_en, code=row.grid_code)
    if row.unit_zh is not None:
        unit = Named(id=row.responsible_unit_id, zh=row.unit_zh, en=row.unit_en)
    if is_office and row.home_id is not None:
        home = Named(id=row.home_id, zh=row.home_zh, en=row.home_en)
    category = CategoryRef(code=row.category_code, zh=row.category_zh, en=row.category_en)
    return {"category": category, "point": point, "grid": grid, "unit": unit, "reporter_unit": home}


def plain(issue: Any) -> dict[str, Any]:
    """The fields of a list item that are columns of the case."""
    return {name: getattr(issue, name) for name in queries.SHOWN_COLUMNS}


def near(
    session: Session, viewer: Viewer, town_id: uuid.UUID, lon: float, lat: float, category: str
) -> list[NearIssue]:
    """Cases that a new report might be about, nearest first (WGS-84)."""
    found = []
    for row in queries.near(session, viewer, town_id, lon, lat, category):
        away = distance_m(lon, lat, row.lon, row.lat)
        if away <= conditions.NEAR_M:
            found.append((away, row))
    found.sort(key=lambda hit: hit[0])
    pictures = thumbs(session, [row.id for _, row in found])
    return [
        NearIssue(
            id=row.id,
            no=row.no,
            category=CategoryRef(code=row.code, zh=row.name_zh, en=row.name_en),
            distance_m=round(away, 1),
            found_at=row.found_at,
            witness_count=row.witness_count,
            thumb=pictures.get(row.id, {}).get("before"),
        )
        for away, row in found[:10]
    ]
