"""Everything a phone needs for the rounds of today and tomorrow, in one answer: where, what to check, what was wrong before."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.identity.models import Unit
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.issues import listing
from app.features.issues.lifecycle import OPEN, State
from app.features.issues.models import Issue
from app.features.issues.schemas import CategoryRef, Named
from app.features.patrols import checking, schedule
from app.features.patrols.models import (
    Openness,
    Patrol,
    PatrolSlot,
    SlotTarget,
    Visit,
)
from app.features.patrols.policy import my_slots
from app.features.patrols.schemas import (
    ItemOut,
    MineOut,
    MySlot,
    OpenIssue,
    PlaceOut,
    RoundLookBack,
    ScaleStep,
    TargetOut,
    Term,
)
from app.features.patrols.showing import show_slots
from app.features.places.models import Grid, Point
from app.features.review.models import LookBack
from app.features.standards import checklists
from app.features.standards import service as standards
from app.features.standards.models import Category, CheckItem, PointType

MOST_SLOTS = 60
MOST_OPEN = 500
ROUNDS_BACK = timedelta(days=100)
"""So far back the round before is looked for."""
PLAIN_VERTICES, SIMPLIFIED_M = 12, 2.0


def pack(session: Session, viewer: Viewer) -> MineOut:
    """The slots of today and tomorrow (the town's days), with their places, checklists and look-backs."""
    at, zone = now(), zone_of(session, viewer)
    today = at.astimezone(zone).date()
    start, end = (schedule.midnight(today + timedelta(days=n), zone) for n in (0, 2))
    mine = session.scalars(
        select(PatrolSlot)
        .where(my_slots(viewer), PatrolSlot.ends_at > start, PatrolSlot.starts_at < end)
        .order_by(PatrolSlot.starts_at, PatrolSlot.id)
        .limit(MOST_SLOTS)
    ).all()
    targets = _targets(session, mine)
    places = _places(session, viewer, targets)
    types = sorted({place.type_code for place in places if place.type_code})
    town_id = viewer.town_id
    lists = standards.lists_of(session, town_id) if town_id else {}
    return MineOut(
        at=at,
        timezone=str(zone),
        standard_version=checklists.version_of(session, town_id) if town_id else "",
        scale=[
            ScaleStep(**_term(row), share_percent=row["share_percent"])
            for row in lists.get("result_scale", [])
        ],
        behaviours=[Term(**_term(row)) for row in lists.get("behaviours", [])],
        publicity=[Term(**_term(row)) for row in lists.get("publicity_kinds", [])],
        checklists=_checklists(session, town_id, types) if town_id else {},
        places=places,
        slots=_slots(session, viewer, mine, targets),
    )


def _term(row: dict[str, Any]) -> dict[str, str]:
    return {"code": row["code"], "zh": row["name_zh"], "en": row["name_en"]}


def _targets(session: Session, mine: Sequence[PatrolSlot]) -> list[SlotTarget]:
    of_mine = SlotTarget.slot_id.in_([slot.id for slot in mine])
    order = (SlotTarget.slot_id, SlotTarget.order_no)
    return list(session.scalars(select(SlotTarget).where(of_mine).order_by(*order)))


# ---- places ----
def _places(session: Session, viewer: Viewer, targets: Sequence[SlotTarget]) -> list[PlaceOut]:
    point_ids = {one.point_id for one in targets if one.point_id}
    points = session.scalars(select(Point).where(Point.id.in_(point_ids)).order_by(Point.code)).all()
    grid_ids = {one.grid_id for one in targets if one.grid_id} | {p.grid_id for p in points if p.grid_id}
    grids = {grid.id: grid for grid in session.scalars(select(Grid).where(Grid.id.in_(grid_ids)))}
    walked = [grids[one.grid_id] for one in targets if one.grid_id]
    names = _units(session, [p.territory_id for p in points] + [g.community_id for g in walked])
    opened = _open_issues(session, viewer, points, walked)
    radius = checking.snap_radius(session, viewer.town_id) if viewer.town_id else 0
    found = [
        _point(point, grids, names, opened, checking.fence_of(session, point, radius)) for point in points
    ]
    return found + [_grid(grid, names, opened) for grid in dict.fromkeys(walked)]


def _units(session: Session, ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, Named]:
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_({i for i in ids if i}))
    )
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def _point(
    point: Point,
    grids: dict[uuid.UUID, Grid],
    names: dict[uuid.UUID | None, Named],
    opened: dict[uuid.UUID | None, list[OpenIssue]],
    fence_m: int,
) -> PlaceOut:
    grid = grids.get(point.grid_id) if point.grid_id else None
    return PlaceOut(
        id=point.id, place="point", code=point.code, zh=point.name_zh, en=point.name_en, type_code=point.type_code,
        is_key=point.is_key, is_strict=point.is_strict, address=point.address, lon=point.lon, lat=point.lat,
        geometry=_plain(point.geometry),
        fence_m=fence_m, grid=Named(id=grid.id, zh=grid.name_zh, en=grid.name_en) if grid else None,
        territory=names.get(point.territory_id), open_issues=opened.get(point.id, []),
    )  # fmt: skip


def _grid(
    grid: Grid, names: dict[uuid.UUID | None, Named], opened: dict[uuid.UUID | None, list[OpenIssue]]
) -> PlaceOut:
    lon, lat = (grid.min_lon + grid.max_lon) / 2, (grid.min_lat + grid.max_lat) / 2
    return PlaceOut(
        id=grid.id, place="grid", code=grid.code, zh=grid.name_zh, en=grid.name_en, type_code=None, is_key=False,
        is_strict=False, address="", lon=lon, lat=lat, geometry=_plain(grid.geometry), fence_m=0, grid=None,
        territory=names.get(grid.community_id), open_issues=opened.get(grid.id, []),
    )  # fmt: skip


def _plain(shape: dict[str, Any] | None) -> dict[str, Any] | None:
    is_long = shape is not None and str(shape).count(",") > 2 * PLAIN_VERTICES
    return geo.simplify(shape, SIMPLIFIED_M) if is_long and shape is not None else shape


def _open_issues(
    session: Session, viewer: Viewer, points: Sequence[Point], grids: Sequence[Grid]
) -> dict[uuid.UUID | None, list[OpenIssue]]:
    """Open cases that have been passed on, and own ones. What still waits at the desk is nobody else's business."""
    passed_on = and_(Issue.state.in_(OPEN - {State.SUBMITTED}), Issue.is_held.is_(False))
    own = and_(Issue.state == State.SUBMITTED, Issue.reporter_id == viewer.user_id)
    there = or_(Issue.point_id.in_([p.id for p in points]), Issue.grid_id.in_([g.id for g in grids]))
    rows = session.execute(
        select(
            Issue.id, Issue.no, Issue.state, Issue.nature, Issue.found_at, Issue.due_at, Issue.point_id, Issue.grid_id,
            Category.code, Category.name_zh, Category.name_en,
        )
        .join(Category, Category.id == Issue.category_id)
        .where(there, or_(passed_on, own))
        .order_by(Issue.found_at.desc(), Issue.id)
        .limit(MOST_OPEN)
    )  # fmt: skip
    walked, at = {grid.id for grid in grids}, now()
    found: dict[uuid.UUID | None, list[OpenIssue]] = {}
    for row in rows:
        one = OpenIssue(
            id=row.id, no=row.no, state=row.state, nature=row.nature, found_at=row.found_at,
            category=CategoryRef(code=row.code, zh=row.name_zh, en=row.name_en),
            is_overdue=row.due_at is not None and row.due_at < at,
        )  # fmt: skip
        for place in {row.point_id, row.grid_id if row.grid_id in walked else None} - {None}:
            found.setdefault(place, []).append(one)
    return found


# ---- checklists ----
def _checklists(session: Session, town_id: uuid.UUID, types: Sequence[str]) -> dict[str, list[ItemOut]]:
    in_force = PointType.town_id == town_id, PointType.superseded_at.is_(None), PointType.code.in_(types)
    kinds = session.scalars(select(PointType).where(*in_force)).all()
    wanted = {code for kind in kinds for code in kind.check_item_codes}
    current = CheckItem.town_id == town_id, CheckItem.superseded_at.is_(None), CheckItem.is_active
    items = session.scalars(select(CheckItem).where(*current, CheckItem.code.in_(wanted)))
    by_code = {item.code: _item(item) for item in items}
    return {kind.code: [by_code[c] for c in kind.check_item_codes if c in by_code] for kind in kinds}


def _item(item: CheckItem) -> ItemOut:
    return ItemOut(
        code=item.code, zh=item.name_zh, en=item.name_en, method=item.method, weight=int(item.extra.get("weight", 1)),
        categories=item.category_codes,
    )  # fmt: skip


# ---- slots ----
def _slots(
    session: Session, viewer: Viewer, mine: Sequence[PatrolSlot], targets: Sequence[SlotTarget]
) -> list[MySlot]:
    shown = show_slots(session, mine)
    visited = _visited(session, mine)
    before = _rounds_before(session, mine, targets)
    backs = _look_backs(session, viewer, mine, targets, before)
    walked = _my_patrols(session, viewer, mine)
    of_slot: dict[uuid.UUID, list[TargetOut]] = {}
    for one in targets:
        place = one.point_id or one.grid_id
        of_slot.setdefault(one.slot_id, []).append(
            TargetOut(
                id=place,
                visited_at=visited.get((one.slot_id, place)),
                last_round_at=before.get((one.slot_id, place)),
                look_backs=backs.get((one.slot_id, place), []),
            )
        )
    return [
        MySlot(**slot.model_dump(), targets=of_slot.get(slot.id, []), patrol_ids=walked.get(slot.id, []))
        for slot in shown
    ]


_Key = tuple[uuid.UUID, uuid.UUID | None]


def _visited(session: Session, mine: Sequence[PatrolSlot]) -> dict[_Key, datetime]:
    rows = session.execute(
        select(Visit.slot_id, Visit.point_id, Visit.grid_id, func.max(Visit.arrived_at).label("last"))
        .where(Visit.slot_id.in_([slot.id for slot in mine]))
        .group_by(Visit.slot_id, Visit.point_id, Visit.grid_id)
    )
    found: dict[_Key, datetime] = {}
    for row in rows:
        for place in {row.point_id, row.grid_id} - {None}:
            key = row.slot_id, place
            found[key] = max(found.get(key, row.last), row.last)
    return found


def _rounds_before(
    session: Session, mine: Sequence[PatrolSlot], targets: Sequence[SlotTarget]
) -> dict[_Key, datetime]:
    """When the last round of the same kind, before each slot began, was at each of its points."""
    points = {one.point_id for one in targets if one.point_id}
    rows = session.execute(
        select(
            Visit.kind,
            Visit.point_id,
            Visit.visibility,
            Visit.released_at,
            func.max(Visit.arrived_at).label("at"),
        )
        .where(
            Visit.point_id.in_(points),
            Visit.kind.in_({slot.kind for slot in mine}),
            Visit.arrived_at >= now() - ROUNDS_BACK,
        )
        .group_by(Visit.kind, Visit.point_id, Visit.visibility, Visit.released_at, Visit.patrol_id)
    ).all()
    by_place: dict[tuple[str, uuid.UUID | None], list[Any]] = {}
    for row in rows:
        by_place.setdefault((row.kind, row.point_id), []).append(row)
    slots = {slot.id: slot for slot in mine}
    found: dict[_Key, datetime] = {}
    for one in targets:
        slot = slots[one.slot_id]
        times = [
            row.at
            for row in by_place.get((slot.kind, one.point_id), [])
            if row.at < slot.starts_at and _known_to(slot, row)
        ]
        if times:
            found[one.slot_id, one.point_id] = max(times)
    return found


def _known_to(slot: PatrolSlot, row: Any) -> bool:
    shown = row.visibility == Openness.OPEN or row.released_at is not None
    return shown or slot.visibility == Openness.COVERT


def _look_backs(
    session: Session,
    viewer: Viewer,
    mine: Sequence[PatrolSlot],
    targets: Sequence[SlotTarget],
    before: dict[_Key, datetime],
) -> dict[_Key, list[RoundLookBack]]:
    """Of each point: closed cases since the last round of the kind, and those whose look-back is due by the slot's end."""
    rows = _closed(session, {one.point_id for one in targets if one.point_id})
    asked = _not_fixed(session, [row.id for row in rows])
    at_point: dict[uuid.UUID | None, list[Any]] = {}
    for row in rows:
        at_point.setdefault(row.point_id, []).append(row)
    slots = {slot.id: slot for slot in mine}
    wanted: dict[_Key, list[tuple[Any, list[str]]]] = {}
    for one in targets:
        key = one.slot_id, one.point_id
        if slots[one.slot_id].visibility == Openness.COVERT:
            continue  # a look-back stands in the case at once: it would tell that somebody was there
        for row in at_point.get(one.point_id, []):
            if why := _why(row, slots[one.slot_id], before.get(key), asked):
                wanted.setdefault(key, []).append((row, why))
    items = _items(session, viewer, [row.id for rows in wanted.values() for row, _ in rows])
    return {
        key: [
            RoundLookBack.model_validate({"issue": items[row.id], "due_at": row.due_at, "why": why})
            for row, why in rows
            if row.id in items
        ]
        for key, rows in wanted.items()
    }


def _closed(session: Session, points: set[uuid.UUID]) -> Sequence[Any]:
    """Cases closed there of late, each with when its next look-back is due."""
    due = (
        select(
            LookBack.issue_id,
            func.min(LookBack.due_at).label("due_at"),
            func.max(LookBack.kind).label("kind"),
        )
        .where(LookBack.result.is_(None))
        .group_by(LookBack.issue_id)
        .subquery()
    )
    found: Sequence[Any] = session.execute(
        select(Issue.id, Issue.point_id, Issue.closed_at, due.c.due_at)
        .outerjoin(due, due.c.issue_id == Issue.id)
        .where(
            Issue.point_id.in_(points), Issue.state == State.CLOSED, Issue.closed_at >= now() - ROUNDS_BACK
        )
        .order_by(Issue.closed_at, Issue.id)
    ).all()
    return found


def _not_fixed(session: Session, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    asked = select(LookBack.issue_id).where(LookBack.kind == "not_fixed", LookBack.result.is_(None))
    return set(session.scalars(asked.where(LookBack.issue_id.in_(ids))))


def _why(row: Any, slot: PatrolSlot, last: datetime | None, asked: set[uuid.UUID]) -> list[str]:
    why = ["last_round"] if last is not None and row.closed_at >= last else []
    if row.id in asked:
        why.append("not_fixed")
    elif row.due_at is not None and row.due_at <= slot.ends_at:
        why.append("due")
    return why


def _items(session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """The cases as the viewer sees them; those not theirs to see are absent."""
    return {item.id: item for item in listing.show_ids(session, viewer, list(dict.fromkeys(ids)))}


def _my_patrols(
    session: Session, viewer: Viewer, mine: Sequence[PatrolSlot]
) -> dict[uuid.UUID, list[uuid.UUID]]:
    rows = session.execute(
        select(Patrol.slot_id, Patrol.client_id)
        .where(Patrol.user_id == viewer.user_id, Patrol.slot_id.in_([slot.id for slot in mine]))
        .order_by(Patrol.started_at)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for row in rows:
        if row.slot_id is not None:
            found.setdefault(row.slot_id, []).append(row.client_id)
    return found
