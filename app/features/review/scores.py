"""逐项点评 (J19): leaders score units item by item at a meeting, by the standard's own scale and weights."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.intake import queue_up
from app.features.issues.policy import SEERS, unit_reach
from app.features.issues.schemas import Named
from app.features.review.models import ReviewScore, ScoreSheet
from app.features.review.record_schemas import (
    ScoreIn,
    ScoreOut,
    ScoreSheetIn,
    ScoreSheetItem,
    ScoreSheetOut,
    UnitScored,
)
from app.features.standards import service as standards
from app.features.standards.models import CheckItem
from app.features.standards.scoring import Mark, point_score
from app.features.standards.town import visible_towns

SCORERS = (Role.OFFICE_ADMIN, Role.LEADER, Role.LINE_LEADER, Role.PRINCIPAL_LEADER)
READERS = (*SEERS, Role.LEADER)


def receive(
    session: Session, viewer: Viewer, client_id: uuid.UUID, body: ScoreSheetIn
) -> tuple[ScoreSheet, bool]:
    """Keep a sheet, or what it says now; True: it is new. Shares and weights are those of now. Raises Invalid."""
    town_id = viewer.town_id
    if town_id is None or not viewer.reaches(session, town_id, *SCORERS):
        raise Forbidden()
    queue_up(session, viewer.user_id)
    mine = ScoreSheet.user_id == viewer.user_id, ScoreSheet.client_id == client_id
    sheet = session.scalar(select(ScoreSheet).where(*mine))
    is_new = sheet is None
    sheet = sheet or ScoreSheet(
        client_id=client_id, user_id=viewer.user_id, town_id=town_id, received_at=now()
    )
    sheet.name_zh, sheet.held_on = body.name_zh, body.held_on
    session.add(sheet)
    session.flush()
    session.execute(delete(ReviewScore).where(ReviewScore.sheet_id == sheet.id))
    session.add_all(_scores(session, sheet, body.scores))
    session.flush()
    return sheet, is_new


def _scores(session: Session, sheet: ScoreSheet, said: Sequence[ScoreIn]) -> list[ReviewScore]:
    scale = {
        row["code"]: row["share_percent"]
        for row in standards.lists_of(session, sheet.town_id).get("result_scale", [])
    }
    in_force = CheckItem.town_id == sheet.town_id, CheckItem.superseded_at.is_(None)
    items = {item.code: item for item in session.scalars(select(CheckItem).where(*in_force))}
    units = set(session.scalars(select(Unit.id).where(Unit.town_id == sheet.town_id)))
    wrong = [
        {"at": ["body", "scores", str(number), name], "why": "unknown"}
        for number, one in enumerate(said)
        for name, known in (
            ("unit_id", one.unit_id in units),
            ("item", one.item in items),
            ("result", one.result in scale),
        )
        if not known
    ]
    if wrong:
        raise Invalid(fields=wrong)
    return [
        ReviewScore(
            sheet_id=sheet.id, unit_id=one.unit_id, item_code=one.item, item_id=items[one.item].id, result=one.result,
            share_percent=scale[one.result], weight=int(items[one.item].extra.get("weight", 1)), comment=one.comment,
        )
        for one in said
    ]  # fmt: skip


# ---- as it is read ----
def _readable(viewer: Viewer) -> ColumnElement[bool]:
    """Own sheets; the town's for those who see it whole; and of each sheet what was said of the own unit."""
    own = select(ReviewScore.sheet_id).where(ReviewScore.unit_id.in_(unit_reach(viewer)))
    whole = ScoreSheet.town_id.in_(viewer.reach(*READERS))
    return or_(ScoreSheet.user_id == viewer.user_id, whole, ScoreSheet.id.in_(own))


def sheets(session: Session, viewer: Viewer, town_id: uuid.UUID) -> list[ScoreSheetItem]:
    """The latest first."""
    of_town = ScoreSheet.town_id == town_id, ScoreSheet.town_id.in_(visible_towns(viewer))
    found = (
        select(ScoreSheet)
        .where(*of_town, _readable(viewer))
        .order_by(ScoreSheet.held_on.desc(), ScoreSheet.id)
    )
    return [ScoreSheetItem(**_head(viewer, row)) for row in session.scalars(found.limit(200))]


def _head(viewer: Viewer, row: ScoreSheet) -> dict[str, Any]:
    return {
        "id": row.client_id, "name_zh": row.name_zh, "held_on": row.held_on, "received_at": row.received_at,
        "is_mine": row.user_id == viewer.user_id,
    }  # fmt: skip


def sheet_out(session: Session, viewer: Viewer, sheet_id: uuid.UUID) -> ScoreSheetOut:
    """One sheet with every score; a unit reads its own part. Raises NotFound."""
    of_town = ScoreSheet.town_id.in_(visible_towns(viewer))
    found = select(ScoreSheet).where(ScoreSheet.client_id == sheet_id, of_town, _readable(viewer))
    row = session.scalars(found.order_by(ScoreSheet.id).limit(1)).first()
    if row is None:
        raise NotFound()
    return show(session, viewer, row)


def show(session: Session, viewer: Viewer, row: ScoreSheet) -> ScoreSheetOut:
    """Its totals, computed anew from what is stored."""
    scored = (
        select(ReviewScore, Unit, CheckItem)
        .join(Unit, Unit.id == ReviewScore.unit_id)
        .join(CheckItem, CheckItem.id == ReviewScore.item_id)
        .where(ReviewScore.sheet_id == row.id)
        .order_by(Unit.code, ReviewScore.item_code)
    )
    if row.user_id != viewer.user_id and not viewer.reaches(session, row.town_id, *READERS):
        scored = scored.where(ReviewScore.unit_id.in_(unit_reach(viewer)))
    units: dict[uuid.UUID, tuple[Unit, list[ReviewScore], list[ScoreOut]]] = {}
    for score, unit, item in session.execute(scored):
        _, marks, told = units.setdefault(unit.id, (unit, [], []))
        marks.append(score)
        told.append(
            ScoreOut(
                item=score.item_code, zh=item.name_zh, en=item.name_en, result=score.result, comment=score.comment,
                share_percent=score.share_percent, weight=score.weight,
            )
        )  # fmt: skip
    out = [
        UnitScored(
            unit=Named(id=unit.id, zh=unit.name_zh, en=unit.name_en),
            total=point_score(Mark(one.share_percent, one.weight) for one in marks),
            items=told,
        )
        for unit, marks, told in units.values()
    ]
    out.sort(key=lambda one: -1.0 if one.total is None else one.total, reverse=True)
    return ScoreSheetOut(**_head(viewer, row), units=out)
