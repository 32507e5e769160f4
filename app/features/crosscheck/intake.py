"""What a team's phones send: kept as it came, exactly once, in any order, and never taken back."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.geo import to_wgs84
from app.features.crosscheck import bodies, completeness, lifecycle, planning, policy, scores
from app.features.crosscheck.errors import NoSoftening, NotComplete, RoundMoveNotAllowed, RoundOver
from app.features.crosscheck.lifecycle import RoundAction, RoundState
from app.features.crosscheck.models import (
    Assignment,
    CoordinationRequest,
    Correction,
    CrossFinding,
    CrossRound,
    CrossVisit,
    Interview,
    Lesson,
    MirrorCheck,
    Practice,
    PracticeTask,
    Rating,
    RecordPhoto,
    Sent,
    TeamMember,
    Verification,
)
from app.features.identity.viewer import Viewer
from app.features.issues.errors import SameIdOtherBody
from app.features.issues.intake import fingerprint, queue_up
from app.features.issues.photoset import server_time
from app.features.photos import service as photos


@dataclass(frozen=True)
class Coming:
    """A record on its way in."""

    session: Session
    viewer: Viewer
    round: CrossRound
    assignment: Assignment
    body: Any
    at: datetime


Columns = Callable[[Coming], dict[str, Any]]
After = Callable[[Coming, Any], None]


@dataclass(frozen=True)
class Kind:
    """One kind of record: its table, its body, what is read out of it, what follows."""

    name: str
    model: type[Any]
    body: type[bodies.Record]
    columns: Columns
    after: After = lambda *_: None


# ---- what is read out of each ----
def _visit(c: Coming) -> dict[str, Any]:
    known = {row["code"] for row in c.assignment.package["result_scale"]}
    if any(result.result not in known for result in c.body.results):
        raise Invalid(fields=[{"at": ["body", "results"], "why": "unknown_result"}])
    arrived, _ = server_time(c.body.arrived_at, c.body.clock_offset_seconds, c.at)
    return {"point_id": _point(c), "arrived_at": arrived, "excuse": c.body.excuse}


def _point(c: Coming) -> uuid.UUID | None:
    """Of the package, or none: a point that was not to be looked at is a mistake of the phone."""
    if c.body.point_id is not None and str(c.body.point_id) not in completeness.points_of(c.assignment):
        raise Invalid(fields=[{"at": ["body", "point_id"], "why": "not_in_scope"}])
    found: uuid.UUID | None = c.body.point_id
    return found


def _finding(c: Coming) -> dict[str, Any]:
    found, _ = server_time(c.body.captured_at, c.body.clock_offset_seconds, c.at)
    at, place = c.body.position, {}
    if at is not None:
        place["lon"], place["lat"] = to_wgs84(at.lon, at.lat, at.crs)
    values = {"category": c.body.category, "nature": str(c.body.nature), "found_at": found}
    return {"point_id": _point(c), **values, **place}


def _correction(c: Coming) -> dict[str, Any]:
    finding = c.session.scalar(
        select(CrossFinding).where(
            CrossFinding.assignment_id == c.assignment.id, CrossFinding.client_id == c.body.finding_id
        )
    )
    if finding is not None and c.body.nature and lifecycle.is_softer(c.body.nature, finding.nature):
        raise NoSoftening(nature=finding.nature)
    return {"finding_id": c.body.finding_id}


def _interview(c: Coming) -> dict[str, Any]:
    return {"question": c.body.question, "is_met": c.body.is_met, "answer": c.body.answer}


def _mirror(c: Coming) -> dict[str, Any]:
    return {"category": c.body.category, "own_state": c.body.own_state}


def _rating(c: Coming) -> dict[str, Any]:
    return {"score": scores.rating(c.session, c.round.town_id, c.body.items)}


def _practice(c: Coming) -> dict[str, Any]:
    return {"kind": c.body.kind, "category": c.body.category}


def _verification(c: Coming) -> dict[str, Any]:
    if str(c.body.finding_id) not in {row["finding_id"] for row in c.assignment.package["to_verify"]}:
        raise Invalid(fields=[{"at": ["body", "finding_id"], "why": "not_in_scope"}])
    return {"finding_id": c.body.finding_id, "result": c.body.result}


# ---- what follows ----
def _asked(c: Coming, row: Interview) -> None:
    if not row.is_met:
        return
    if row.question == 3 and row.answer == "yes":
        _task(c, row.id, "question")
    if row.question == 4:
        told = {"kind": "method", "category": c.body.category, "text": c.body.text}
        c.session.add(
            Practice(
                client_id=row.client_id, user_id=row.user_id, assignment_id=row.assignment_id, body=told,
                body_sha256=row.body_sha256, received_at=c.at, kind="method", category=c.body.category,
            )
        )  # fmt: skip
    if row.question == 5:
        c.session.add(
            CoordinationRequest(
                town_id=c.round.town_id, unit_id=c.assignment.inspector_id, assignment_id=c.assignment.id,
                record_id=row.id, text=c.body.text, asked_at=c.at,
            )
        )  # fmt: skip


def _adopted(c: Coming, row: Practice) -> None:
    if c.body.adopt:
        _task(c, row.id, "practice")


def _task(c: Coming, record_id: uuid.UUID, source: str) -> None:
    c.session.add(
        PracticeTask(
            town_id=c.round.town_id, unit_id=c.assignment.inspector_id, assignment_id=c.assignment.id, source=source,
            record_id=record_id, text=c.body.text, due_on=c.body.due_on,
        )
    )  # fmt: skip


def _nothing(_: Coming) -> dict[str, Any]:
    return {}


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("visit", CrossVisit, bodies.VisitIn, _visit),
        Kind("finding", CrossFinding, bodies.FindingIn, _finding),
        Kind("correction", Correction, bodies.CorrectionIn, _correction),
        Kind("interview", Interview, bodies.InterviewIn, _interview, _asked),
        Kind("mirror", MirrorCheck, bodies.MirrorIn, _mirror),
        Kind("rating", Rating, bodies.RatingIn, _rating),
        Kind("lesson", Lesson, bodies.LessonIn, _nothing),
        Kind("practice", Practice, bodies.PracticeIn, _practice, _adopted),
        Kind("verification", Verification, bodies.VerificationIn, _verification),
    )
}


# ---- taking in ----
def receive(
    session: Session, viewer: Viewer, kind: Kind, record_id: uuid.UUID, body: bodies.Record
) -> tuple[Sent, bool]:
    """Keep a record; True: it is new. Raises NotFound (not the viewer's task, or none at all), SameIdOtherBody, RoundOver."""
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    model = kind.model
    known: Sent | None = session.scalar(
        select(model).where(model.user_id == viewer.user_id, model.client_id == record_id)
    )
    if known is not None:
        if known.body_sha256 != fingerprint(said):
            raise SameIdOtherBody(stored=known.body)
        return known, False
    round_, assignment = own_task(session, viewer, body.assignment_id)
    coming = Coming(session, viewer, round_, assignment, body, now())
    row = model(
        client_id=record_id,
        user_id=viewer.user_id,
        assignment_id=assignment.id,
        body=said,
        body_sha256=fingerprint(said),
        received_at=coming.at,
        **kind.columns(coming),
    )
    session.add(row)
    session.flush()
    for number, photo in enumerate(body.named_photos()):
        session.add(
            RecordPhoto(
                record_id=row.id, client_photo_id=photo.id, owner_id=viewer.user_id, assignment_id=assignment.id,
                position_no=number,
            )
        )  # fmt: skip
    kind.after(coming, row)
    started(round_)
    session.flush()
    return row, True


def own_task(session: Session, viewer: Viewer, assignment_id: uuid.UUID) -> tuple[CrossRound, Assignment]:
    """The viewer's own task. A try at another one, or at none, is the same 404 and the same line in the audit log (S17)."""
    found = session.execute(
        select(CrossRound, Assignment)
        .join(Assignment, Assignment.round_id == CrossRound.id)
        .join(TeamMember, TeamMember.assignment_id == Assignment.id)
        .where(Assignment.id == assignment_id, TeamMember.user_id == viewer.user_id)
    ).one_or_none()
    if found is None:
        policy.refuse(session, viewer, "cross_assignment", assignment_id)
        raise NotFound()
    if found[0].state not in lifecycle.TEAM_MAY_SEND:
        raise RoundOver()
    return found[0], found[1]


def started(round_: CrossRound) -> None:
    if round_.state == RoundState.REVEALED:
        planning.move(round_, RoundAction.START)


# ---- submitting ----
def submit(
    session: Session, viewer: Viewer, record_id: uuid.UUID, body: bodies.SubmissionIn
) -> tuple[Assignment, bool]:
    """查后不要遗漏上报: the captain signs that nothing is missing; refused with a list of what is."""
    round_, assignment = own_task(session, viewer, body.assignment_id)
    session.execute(select(CrossRound.id).where(CrossRound.id == round_.id).with_for_update())
    session.refresh(assignment)
    member = session.get_one(TeamMember, (assignment.id, viewer.user_id))
    if not member.is_captain:
        raise Forbidden()
    said = body.model_dump(mode="json") | {"id": str(record_id)}
    if assignment.submission is not None:
        if assignment.submission == said:
            return assignment, False
        if assignment.submission["id"] == str(record_id):
            raise SameIdOtherBody(stored=assignment.submission)
        raise RoundMoveNotAllowed(state=round_.state, allowed=[])
    missing = completeness.missing(session, assignment)
    if body.unsent_drafts:
        missing.append({"code": "drafts_left", "params": {"count": body.unsent_drafts}})
    if missing:
        raise NotComplete(missing=missing)
    started(round_)
    assignment.submission, assignment.submitted_at = said, now()
    assignment.submitted_by_id = viewer.user_id
    session.flush()
    all_in(session, round_)
    planning.told(session, viewer, round_, "submitted", {"assignment": str(assignment.id)})
    return assignment, True


def all_in(session: Session, round_: CrossRound) -> None:
    waiting = select(Assignment.id).where(Assignment.round_id == round_.id, Assignment.submitted_at.is_(None))
    if round_.state == RoundState.RUNNING and session.scalar(waiting.limit(1)) is None:
        planning.move(round_, RoundAction.SUBMIT)
        round_.submitted_at = now()


def photos_missing(session: Session, row: Sent) -> list[uuid.UUID]:
    """The phone's ids of the record's photos whose bytes are not here yet."""
    named = session.scalars(select(RecordPhoto.client_photo_id).where(RecordPhoto.record_id == row.id)).all()
    here = photos.owned(session, row.user_id, named)
    return [photo for photo in named if photo not in here]
