"""专项行动: planned by the office, often from the list of what keeps coming back; who took part and what came of it (J13, S39, Z20)."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.policy import visible
from app.features.issues.schemas import CategoryRef, Named
from app.features.places.models import Grid, Point
from app.features.review.models import SpecialAction, SpecialActionIssue, SpecialActionUnit
from app.features.review.record_schemas import ActionCase, SpecialActionIn, SpecialActionOut
from app.features.standards import service as standards
from app.features.standards.town import visible_towns

PLANNERS = (Role.OFFICE_ADMIN, Role.DISPATCHER, Role.LINE_LEADER, Role.PRINCIPAL_LEADER)
_LINKS = ((SpecialActionUnit, "unit_id", "unit_ids"), (SpecialActionIssue, "issue_id", "issue_ids"))
_PLAIN = (
    "name_zh", "category", "point_id", "grid_id", "lead_unit_id", "start_on", "until_on", "headcount", "results", "is_done",
)  # fmt: skip


def actions_of(session: Session, viewer: Viewer, town_id: uuid.UUID) -> Sequence[SpecialAction]:
    """A town's, the latest first: many units take part, so everybody in the town may know of them."""
    mine = SpecialAction.town_id == town_id, SpecialAction.town_id.in_(visible_towns(viewer))
    found = select(SpecialAction).where(*mine).order_by(SpecialAction.start_on.desc(), SpecialAction.id)
    return session.scalars(found.limit(500)).all()


def add(session: Session, viewer: Viewer, town_id: uuid.UUID, body: SpecialActionIn) -> SpecialAction:
    """A new one."""
    _may_plan(session, viewer, town_id)
    row = SpecialAction(town_id=town_id, created_by_id=viewer.user_id)
    _write(session, viewer, row, body)
    return row


def change(
    session: Session, viewer: Viewer, action_id: uuid.UUID, body: SpecialActionIn, base: int
) -> SpecialAction:
    """The whole of it as it is now. Raises NotFound, VersionConflict."""
    found = select(SpecialAction).where(
        SpecialAction.id == action_id, SpecialAction.town_id.in_(visible_towns(viewer))
    )
    row = session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    _may_plan(session, viewer, row.town_id)
    if row.version != base:
        raise VersionConflict(current_version=row.version)
    row.version += 1
    _write(session, viewer, row, body)
    return row


def _may_plan(session: Session, viewer: Viewer, town_id: uuid.UUID) -> None:
    if not viewer.reaches(session, town_id, *PLANNERS):
        raise Forbidden()


def _write(session: Session, viewer: Viewer, row: SpecialAction, body: SpecialActionIn) -> None:
    _check(session, viewer, row.town_id, body)
    for name in _PLAIN:
        setattr(row, name, getattr(body, name))
    session.add(row)
    session.flush()
    for table, column, field in _LINKS:
        session.execute(delete(table).where(table.action_id == row.id))
        session.add_all(
            table(action_id=row.id, **{column: one}) for one in dict.fromkeys(getattr(body, field))
        )
    session.flush()


def _check(session: Session, viewer: Viewer, town_id: uuid.UUID, body: SpecialActionIn) -> None:
    """Everything it names is of the town, and every case one the viewer sees."""
    named: tuple[tuple[str, Any, set[uuid.UUID | None], Any], ...] = (
        ("lead_unit_id", Unit, {body.lead_unit_id}, Unit.town_id == town_id),
        ("unit_ids", Unit, {*body.unit_ids}, Unit.town_id == town_id),
        ("point_id", Point, {body.point_id} - {None}, Point.town_id == town_id),
        ("grid_id", Grid, {body.grid_id} - {None}, Grid.town_id == town_id),
        ("issue_ids", Issue, {*body.issue_ids}, visible(viewer)),
    )
    wrong = [
        name
        for name, model, ids, of_town in named
        if ids and ids - set(session.scalars(select(model.id).where(model.id.in_(ids), of_town)))
    ]
    if body.category is not None and standards.category_by_code(session, town_id, body.category) is None:
        wrong.append("category")
    if wrong:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown"} for name in wrong])


# ---- as they are read ----
def show(session: Session, viewer: Viewer, rows: Sequence[SpecialAction]) -> list[SpecialActionOut]:
    """The same in the same order; its cases as far as the viewer sees them."""
    ids = [row.id for row in rows]
    units = _linked(session, ids, SpecialActionUnit, SpecialActionUnit.unit_id)
    held = session.execute(
        select(SpecialActionIssue.action_id, Issue.id, Issue.no, Issue.state)
        .join(Issue, Issue.id == SpecialActionIssue.issue_id)
        .where(SpecialActionIssue.action_id.in_(ids), visible(viewer))
        .order_by(Issue.no)
    ).all()
    wanted = {one for row in rows for one in (row.point_id, row.grid_id, row.lead_unit_id) if one}
    named = _named(session, wanted | {unit for of in units.values() for unit in of})
    return [
        SpecialActionOut(
            **{name: getattr(row, name) for name in ("id", "version", *_OUT)},
            category=_category(session, row),
            point=named.get(row.point_id),
            grid=named.get(row.grid_id),
            lead_unit=named[row.lead_unit_id],
            units=[named[unit] for unit in units.get(row.id, [])],
            issues=[ActionCase(id=h.id, no=h.no, state=h.state) for h in held if h.action_id == row.id],
        )
        for row in rows
    ]


_OUT = ("name_zh", "start_on", "until_on", "headcount", "results", "is_done")


def _linked(
    session: Session, ids: list[uuid.UUID], table: Any, column: Any
) -> dict[uuid.UUID, list[uuid.UUID]]:
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    rows = session.execute(select(table.action_id, column).where(table.action_id.in_(ids)).order_by(column))
    for action_id, other in rows:
        found.setdefault(action_id, []).append(other)
    return found


def _named(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID | None, Named]:
    return {
        row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en)
        for model in (Unit, Point, Grid)
        for row in session.execute(select(model.id, model.name_zh, model.name_en).where(model.id.in_(ids)))
    }


def _category(session: Session, row: SpecialAction) -> CategoryRef | None:
    if row.category is None:
        return None
    kind = standards.category_by_code(session, row.town_id, row.category)
    return CategoryRef(code=row.category, zh=kind.name_zh, en=kind.name_en) if kind else None
