"""顽疾: the same kind at the same place again and again, proposed for a special action (J13, S39), with every visit made (S07)."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import and_, case, func, select, union_all
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import OPEN, Action, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.policy import visible
from app.features.issues.recurrence import REMEMBER
from app.features.issues.schemas import CategoryRef, Named
from app.features.places.models import Grid, Point
from app.features.review.models import CaseVisit, SpecialAction
from app.features.standards.models import Category

VISITS = (
    Action.LOOKBACK_PASS, Action.LOOKBACK_NOT_DONE, Action.RELAPSE, Action.ANSWER_SITE_CHECK, Action.RECTIFY,
)  # fmt: skip
"""What somebody does on the spot."""
NOT_REAL = (State.REJECTED, State.MERGED, State.VOIDED)
PLACE = func.coalesce(Issue.point_id, Issue.grid_id, Issue.id)


class ChronicVisit(BaseModel):
    at: datetime
    action: str
    issue_id: uuid.UUID


class ActionRef(BaseModel):
    """The special action that was planned for it."""

    id: uuid.UUID
    name_zh: str
    start_on: date
    is_done: bool


class Chronic(BaseModel):
    """One kind at one place. `times`: cases and relapses within the last half year."""

    category: CategoryRef
    point: Named | None
    grid: Named | None
    times: int
    cases: int
    relapses: int
    open: int
    first_found_at: datetime
    last_found_at: datetime
    issue_ids: list[uuid.UUID]
    """The latest first."""
    visits: list[ChronicVisit]
    """The latest first."""
    action: ActionRef | None
    """Null: it is proposed."""


class ChronicKind(BaseModel):
    category: CategoryRef
    places: int
    times: int
    open: int


class ChronicOut(BaseModel):
    """Places and kinds that are proposed for a special action; and the kinds they belong to."""

    items: list[Chronic]
    kinds: list[ChronicKind]


def chronic(session: Session, viewer: Viewer, category: str | None, limit: int) -> ChronicOut:
    """What the viewer may see, worst first."""
    rows = session.execute(_groups(viewer)).all()
    kinds: dict[str, list[Any]] = {}
    for row in rows:
        kinds.setdefault(row.code, []).append(row)
    shown = [row for row in rows if category in (None, row.code)][:limit]
    cases = _cases(session, viewer, shown)
    visits = _visits(session, viewer, [one for ids in cases.values() for one in ids])
    points, grids = _named(session, Point, shown), _named(session, Grid, shown)
    actions = _actions(session, shown)
    return ChronicOut(
        items=[
            _item(
                row,
                cases.get((row.code, row.place), []),
                visits,
                points.get(row.place),
                grids.get(row.place),
                actions.get((row.code, row.place)),
            )
            for row in shown
        ],
        kinds=sorted((_kind(of) for of in kinds.values()), key=lambda kind: -kind.times),
    )


def _real(viewer: Viewer) -> Any:
    return and_(
        visible(viewer),
        Issue.state.not_in(NOT_REAL),
        Issue.is_held.is_(False),
        Issue.found_at >= now() - REMEMBER,
    )


def _groups(viewer: Viewer) -> Any:
    """Kinds and places of which one case is chronic, with all their cases counted."""
    marked = (
        select(Category.code.label("code"), PLACE.label("place"))
        .join(Category, Category.id == Issue.category_id)
        .where(_real(viewer), Issue.is_chronic)
        .distinct()
        .subquery()
    )
    cases, relapses = func.count(Issue.id), func.sum(Issue.relapse_count)
    return (
        select(
            Category.code,
            PLACE.label("place"),
            func.max(Category.name_zh).label("zh"),
            func.max(Category.name_en).label("en"),
            cases.label("cases"),
            relapses.label("relapses"),
            func.sum(case((Issue.state.in_(sorted(OPEN)), 1), else_=0)).label("open"),
            func.min(Issue.found_at).label("first"),
            func.max(Issue.round_found_at).label("last"),
        )
        .join(Category, Category.id == Issue.category_id)
        .join(marked, and_(marked.c.code == Category.code, marked.c.place == PLACE))
        .where(_real(viewer))
        .group_by(Category.code, PLACE)
        .order_by((cases + relapses).desc(), func.max(Issue.round_found_at).desc())
    )


def _cases(
    session: Session, viewer: Viewer, rows: Sequence[Any]
) -> dict[tuple[str, uuid.UUID], list[uuid.UUID]]:
    found = session.execute(
        select(Issue.id, Category.code, PLACE.label("place"))
        .join(Category, Category.id == Issue.category_id)
        .where(
            _real(viewer),
            Category.code.in_({row.code for row in rows}),
            PLACE.in_({row.place for row in rows}),
        )
        .order_by(Issue.found_at.desc())
    )
    told: dict[tuple[str, uuid.UUID], list[uuid.UUID]] = {}
    for one in found:
        told.setdefault((one.code, one.place), []).append(one.id)
    return told


def _visits(
    session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[ChronicVisit]]:
    done = select(IssueEvent.issue_id, IssueEvent.at, IssueEvent.action).where(
        IssueEvent.issue_id.in_(ids), IssueEvent.action.in_(VISITS)
    )
    went = select(CaseVisit.issue_id, CaseVisit.visited_at, CaseVisit.kind).where(CaseVisit.issue_id.in_(ids))
    told: dict[uuid.UUID, list[ChronicVisit]] = {}
    for issue_id, at, action in session.execute(union_all(done, went)):
        told.setdefault(issue_id, []).append(ChronicVisit(at=at, action=action, issue_id=issue_id))
    return told


def _actions(session: Session, rows: Sequence[Any]) -> dict[tuple[str, uuid.UUID | None], ActionRef]:
    """The latest special action for each kind and place."""
    place = func.coalesce(SpecialAction.point_id, SpecialAction.grid_id)
    found = session.execute(
        select(SpecialAction, place.label("place"))
        .where(SpecialAction.category.in_({row.code for row in rows}), place.in_({row.place for row in rows}))
        .order_by(SpecialAction.start_on)
    )
    return {
        (one.category or "", at): ActionRef(
            id=one.id, name_zh=one.name_zh, start_on=one.start_on, is_done=one.is_done
        )
        for one, at in found
    }


def _named(session: Session, model: Any, rows: Sequence[Any]) -> dict[uuid.UUID, Named]:
    found = session.execute(
        select(model.id, model.name_zh, model.name_en).where(model.id.in_([row.place for row in rows]))
    )
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in found}


def _item(
    row: Any,
    ids: list[uuid.UUID],
    visits: dict[uuid.UUID, list[ChronicVisit]],
    point: Named | None,
    grid: Named | None,
    action: ActionRef | None,
) -> Chronic:
    made = sorted(
        (visit for one in ids for visit in visits.get(one, [])), key=lambda visit: visit.at, reverse=True
    )
    return Chronic(
        category=CategoryRef(code=row.code, zh=row.zh, en=row.en), point=point, grid=grid,
        times=row.cases + row.relapses, cases=row.cases, relapses=row.relapses, open=row.open,
        first_found_at=row.first, last_found_at=row.last, issue_ids=ids, visits=made,
        action=action,
    )  # fmt: skip


def _kind(rows: list[Any]) -> ChronicKind:
    return ChronicKind(
        category=CategoryRef(code=rows[0].code, zh=rows[0].zh, en=rows[0].en),
        places=len(rows),
        times=sum(row.cases + row.relapses for row in rows),
        open=sum(row.open for row in rows),
    )
