"""Own to-dos from practices and the third question (S22, S27): the team's until the release, then the whole unit's; done with a photo."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.crosscheck import policy, queries
from app.features.crosscheck.bodies import TaskDoneIn
from app.features.crosscheck.models import Assignment, CrossRound, PracticeTask, RecordPhoto, TeamMember
from app.features.crosscheck.schemas import TaskDone, TaskOut
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues.errors import PhotosMissing, SameIdOtherBody
from app.features.photos import service as photos

OF_UNIT = (Role.UNIT_PRINCIPAL, Role.LIAISON, Role.CROSS_CAPTAIN, Role.CROSS_MEMBER)


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The own team's, the organiser's and the auditor's; after the release the own unit's too."""
    if viewer.is_pending:
        return false()
    own = select(TeamMember.assignment_id).where(TeamMember.user_id == viewer.user_id)
    watched = select(Assignment.id).join(CrossRound, CrossRound.id == Assignment.round_id)
    audited = CrossRound.town_id.in_(viewer.reach(Role.AUDITOR))
    released = select(Assignment.id).where(Assignment.released_at.is_not(None))
    return or_(
        PracticeTask.assignment_id.in_(own),
        PracticeTask.assignment_id.in_(watched.where(or_(policy.organises(viewer), audited))),
        and_(PracticeTask.unit_id.in_(viewer.held_at(*OF_UNIT)), PracticeTask.assignment_id.in_(released)),
    )


def listed(session: Session, viewer: Viewer) -> list[TaskOut]:
    """Open ones first, by their day."""
    rows = session.scalars(
        select(PracticeTask)
        .where(visible(viewer))
        .order_by(PracticeTask.done_at.is_not(None), PracticeTask.due_on, PracticeTask.id)
        .limit(200)
    ).all()
    return shown(session, rows)


def shown(session: Session, rows: Sequence[PracticeTask]) -> list[TaskOut]:
    """With the unit's name."""
    names = queries.system_units(session, [row.unit_id for row in rows])
    columns = ("id", "source", "text", "due_on", "done_at")
    return [
        TaskOut.model_validate({n: getattr(row, n) for n in columns} | {"unit": names[row.unit_id]})
        for row in rows
    ]


def finish(session: Session, viewer: Viewer, task_id: uuid.UUID, body: TaskDoneIn) -> TaskDone:
    """S27: done, with a photo that has arrived. The same again is the same answer."""
    row = session.scalar(
        select(PracticeTask).where(PracticeTask.id == task_id, visible(viewer)).with_for_update()
    )
    if row is None:
        raise NotFound()
    if row.unit_id not in viewer.held_at(*OF_UNIT):
        raise Forbidden()
    said: dict[str, Any] = body.model_dump(mode="json") | {"by": str(viewer.user_id)}
    if row.done is None:
        _keep_photos(session, viewer, row, body)
        row.done, row.done_at, row.done_by_id = said, now(), viewer.user_id
        session.flush()
    elif row.done != said:
        raise SameIdOtherBody(stored=row.done)
    return TaskDone(**shown(session, [row])[0].model_dump(), received_at=row.done_at)


def _keep_photos(session: Session, viewer: Viewer, row: PracticeTask, body: TaskDoneIn) -> None:
    here = photos.owned(session, viewer.user_id, [p.id for p in body.photos])
    if missing := [str(p.id) for p in body.photos if p.id not in here]:
        raise PhotosMissing(missing=missing)
    for number, photo in enumerate(body.photos):
        session.add(
            RecordPhoto(
                record_id=row.id,
                client_photo_id=photo.id,
                owner_id=viewer.user_id,
                assignment_id=row.assignment_id,
                position_no=number,
            )
        )
