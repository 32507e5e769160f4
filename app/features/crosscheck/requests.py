"""The fifth question (S24): what a neighbourhood asks the office to coordinate, and the office's answer."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.crosscheck import policy, queries
from app.features.crosscheck.models import Assignment, CoordinationRequest
from app.features.crosscheck.schemas import RequestOut
from app.features.identity.viewer import Viewer


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """As the tasks they came from: until the release the own team's, the organiser's and the auditor's."""
    seen = select(Assignment.id).where(policy.visible_assignments(viewer))
    return CoordinationRequest.assignment_id.in_(seen)


def listed(session: Session, viewer: Viewer) -> list[RequestOut]:
    """Unanswered ones first, newest first."""
    found = select(CoordinationRequest).where(visible(viewer))
    order = (CoordinationRequest.answered_at.is_not(None), CoordinationRequest.asked_at.desc())
    return shown(session, session.scalars(found.order_by(*order, CoordinationRequest.id).limit(200)).all())


def shown(session: Session, rows: Sequence[CoordinationRequest]) -> list[RequestOut]:
    """With the unit's name and the round's code."""
    names = queries.system_units(session, [row.unit_id for row in rows])
    codes = queries.system_codes(session, [row.assignment_id for row in rows])
    columns = ("id", "text", "asked_at", "answered_at", "answer")
    return [
        RequestOut.model_validate(
            {n: getattr(row, n) for n in columns}
            | {"unit": names[row.unit_id], "round_code": codes[row.assignment_id]}
        )
        for row in rows
    ]


def answer(session: Session, viewer: Viewer, request_id: uuid.UUID, text: str) -> RequestOut:
    """The office's word: the organiser's, and after the release any office administrator's."""
    asked = session.scalar(
        select(CoordinationRequest)
        .where(CoordinationRequest.id == request_id, visible(viewer))
        .with_for_update()
    )
    if asked is None:
        raise NotFound()
    if not viewer.reaches(session, asked.town_id, *policy.ORGANISERS):
        raise Forbidden()
    asked.answer, asked.answered_at, asked.answered_by_id = text, now(), viewer.user_id
    session.flush()
    return shown(session, [asked])[0]
