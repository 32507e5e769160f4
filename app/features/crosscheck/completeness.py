"""What a captain still has to see to before submitting: pure over the package and what was sent, and the reading of it."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.crosscheck import queries
from app.features.crosscheck.models import (
    Assignment,
    CrossFinding,
    CrossVisit,
    Interview,
    Lesson,
    MirrorCheck,
    Rating,
    RecordPhoto,
    Verification,
)

QUESTIONS = range(1, 6)
Missing = list[dict[str, Any]]


def points_of(assignment: Assignment) -> dict[str, dict[str, Any]]:
    """The points in scope by id."""
    return {point["id"]: point for point in assignment.package["points"]}


def visited(visits: Sequence[CrossVisit]) -> tuple[set[str], set[str]]:
    """Ids of the points that were looked at, and of those that were only excused."""
    seen = {str(v.point_id) for v in visits if not v.excuse}
    return seen, {str(v.point_id) for v in visits if v.excuse} - seen


def answers(visits: Sequence[CrossVisit]) -> dict[tuple[str, str], list[str]]:
    """(point, item) → all results given, so that a second visit does not hide the first."""
    found: dict[tuple[str, str], list[str]] = {}
    for visit in visits:
        for result in visit.body["results"]:
            found.setdefault((str(visit.point_id), result["item"]), []).append(result["result"])
    return found


def missing(session: Session, assignment: Assignment) -> Missing:
    """Everything that keeps the captain from signing, in the order of the work."""
    visits = _sent(session, CrossVisit, assignment)
    found = _of_points(assignment, visits)
    found += _of_questions(_sent(session, Interview, assignment))
    categories = sorted({f.category for f in _sent(session, CrossFinding, assignment)})
    mirrored = {m.category for m in _sent(session, MirrorCheck, assignment)}
    found += [_said("mirror_open", category=c) for c in categories if c not in mirrored]
    checked = {str(v.finding_id) for v in _sent(session, Verification, assignment)}
    to_verify = [row["finding_id"] for row in assignment.package["to_verify"]]
    found += [_said("verification_open", finding_id=f) for f in to_verify if f not in checked]
    if not _sent(session, Rating, assignment):
        found.append(_said("rating_missing"))
    if not _sent(session, Lesson, assignment):
        found.append(_said("lesson_missing"))
    if count := len(photos_missing(session, assignment)):
        found.append(_said("photos_missing", count=count))
    return found


def photos_missing(session: Session, assignment: Assignment) -> list[uuid.UUID]:
    """The phones' ids of photos that records name and that have not arrived."""
    named = _pairs(session.scalars(select(RecordPhoto).where(RecordPhoto.assignment_id == assignment.id)))
    here = queries.system_photos(session, named)
    return sorted(photo for owner, photo in named - set(here))


def _pairs(rows: Iterable[RecordPhoto]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    return {(row.owner_id, row.client_photo_id) for row in rows}


def _sent(session: Session, model: Any, assignment: Assignment) -> Sequence[Any]:
    return session.scalars(select(model).where(model.assignment_id == assignment.id)).all()


def _of_points(assignment: Assignment, visits: Sequence[CrossVisit]) -> Missing:
    seen, excused = visited(visits)
    given, found = answers(visits), []
    for point_id, point in points_of(assignment).items():
        if point_id in excused:
            continue
        if point_id not in seen:
            found.append(_said("point_not_visited", point_id=point_id))
        found += [
            _said("item_unanswered", point_id=point_id, item=item)
            for item in point["items"]
            if point_id in seen and (point_id, item) not in given
        ]
    return found


def _of_questions(interviews: Sequence[Interview]) -> Missing:
    asked = {interview.question for interview in interviews}
    return [_said("question_open", question=n) for n in QUESTIONS if n not in asked]


def _said(code: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "params": params}
