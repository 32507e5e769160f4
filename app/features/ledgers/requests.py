"""协调请求 (S09): the office asks a department, with a day; the department answers; when is written down."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.policy import visible as visible_cases
from app.features.issues.schemas import Link
from app.features.ledgers import policy
from app.features.ledgers.models import DepartmentRequest
from app.features.ledgers.schemas import AnswerIn, DepartmentRequestIn, DepartmentRequestOut

MOST = 200


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    return policy.visible(viewer, DepartmentRequest.town_id, DepartmentRequest.unit_id)


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID) -> list[DepartmentRequestOut]:
    """What is open first, the oldest first; then the latest answers."""
    is_done = DepartmentRequest.answered_at.is_not(None)
    found = select(DepartmentRequest).where(DepartmentRequest.town_id == town_id, _visible(viewer))
    found = found.order_by(is_done, DepartmentRequest.answered_at.desc(), DepartmentRequest.asked_at)
    return show(session, viewer, session.scalars(found.limit(MOST)).all())


def ask(session: Session, viewer: Viewer, town_id: uuid.UUID, body: DepartmentRequestIn) -> DepartmentRequest:
    """One more, maybe about a case that the viewer sees. Raises Forbidden, Invalid."""
    policy.require_keeper(session, viewer, town_id)
    policy.require_units(session, town_id, "unit_id", {body.unit_id})
    if body.issue_id is not None:
        seen = select(Issue.id).where(
            Issue.id == body.issue_id, Issue.town_id == town_id, visible_cases(viewer)
        )
        if session.scalar(seen) is None:
            raise Invalid(fields=[{"at": ["body", "issue_id"], "why": "unknown"}])
    row = DepartmentRequest(town_id=town_id, asked_by_id=viewer.user_id, asked_at=now(), **body.model_dump())
    session.add(row)
    session.flush()
    policy.recorded(session, viewer, "department_request", row.id, "asked")
    return row


def answer(session: Session, viewer: Viewer, request_id: uuid.UUID, body: AnswerIn) -> DepartmentRequest:
    """The department's word; once more replaces it, and its time. Raises NotFound, Forbidden."""
    found = select(DepartmentRequest).where(DepartmentRequest.id == request_id, _visible(viewer))
    row = session.scalar(found.with_for_update())
    if row is None:
        raise NotFound()
    if row.unit_id not in policy.own_units(session, viewer):
        raise Forbidden()
    row.answer, row.answered_by_id, row.answered_at = body.answer, viewer.user_id, now()
    session.flush()
    policy.recorded(session, viewer, "department_request", row.id, "answered")
    return row


def show(session: Session, viewer: Viewer, rows: Sequence[DepartmentRequest]) -> list[DepartmentRequestOut]:
    """The same in the same order; a case is named only to who sees it."""
    zone = zone_of(session, viewer)
    units = policy.unit_names(session, [row.unit_id for row in rows])
    people = policy.people_names(
        session, [one for row in rows for one in (row.asked_by_id, row.answered_by_id)]
    )
    own = policy.own_units(session, viewer)
    about = Issue.id.in_([row.issue_id for row in rows if row.issue_id]), visible_cases(viewer)
    cases = {
        one.id: Link(id=one.id, no=one.no, state=one.state)
        for one in session.scalars(select(Issue).where(*about))
    }
    plain = ("id", "text", "due_on", "asked_at", "answer", "answered_at")
    return [
        DepartmentRequestOut(
            **{name: getattr(row, name) for name in plain},
            department=units[row.unit_id],
            issue=cases.get(row.issue_id) if row.issue_id else None,
            asked_by=people.get(row.asked_by_id),
            answered_by=people.get(row.answered_by_id),
            is_late=row.due_on is not None and (row.answered_at or now()).astimezone(zone).date() > row.due_on,
            may_answer=row.unit_id in own,
        )
        for row in rows
    ]  # fmt: skip
