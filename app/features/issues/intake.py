"""Reports of phones: kept as they came, exactly once; the case arises in the request that brings the last piece.

Never lost: what a guard refuses still becomes a case, in `submitted`, with a flag that says why.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import db, jobs
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.instance import durability
from app.features.identity.models import Role, User
from app.features.identity.viewer import Viewer, viewer_of
from app.features.issues import filing, policy, witnessing
from app.features.issues.bodies import ReportIn
from app.features.issues.errors import Gone, NoCampaign, SameIdOtherBody
from app.features.issues.models import Issue, Report, ReportPhoto
from app.features.issues.receipts import ReportIssue, ReportOut, ReportPhotos
from app.features.photos import service as photos
from app.features.photos.models import Photo
from app.features.places.models import Point
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category

log = structlog.get_logger()
SWEEP_MOST = 200
Withholding = Callable[[Session, Viewer, Report], bool]
_withheld_by: list[Withholding] = []


def withhold(asked: Withholding) -> Withholding:
    """Register a feature above that may hold a complete report back: asked(session, viewer, report), before it is filed.

    What is held back is no case: no number, list, count, hint or figure can tell of it. Whoever holds it back enqueues
    `file_report` when that ends.
    """
    _withheld_by.append(asked)
    return asked


def fingerprint(body: dict[str, Any]) -> str:
    """SHA-256 of a body's canonical JSON: the same words in another order are the same body."""
    said = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def receive(session: Session, viewer: Viewer, report_id: uuid.UUID, body: ReportIn) -> tuple[Report, bool]:
    """Keep a report, and file it if its photos are here; True: it is new.

    Raises SameIdOtherBody (with the stored one), Gone, Forbidden, Invalid, NoCampaign.
    """
    if not (viewer.is_pending or viewer.has(*policy.FILERS, Role.PUBLIC)):
        raise Forbidden()
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    known = find(session, viewer.user_id, report_id)
    if known is not None:
        _same(known, said)
        try_to_complete(session, viewer, known)
        return known, False
    report, kind = _new(session, viewer, report_id, body, said)
    try_to_complete(session, viewer, report, kind)
    return report, True


def queue_up(session: Session, user_id: uuid.UUID) -> None:
    """One at a time per person: a report and its photos that arrive together must see each other, twenty equal ones be one."""
    if not db.has_all(session):
        session.connection().execute(_LOCKED_PERSON, {"user": user_id})


# FOR NO KEY UPDATE: rows that only refer to the person are not held up.
_LOCKED_PERSON = select(User.id).where(User.id == bindparam("user")).with_for_update(key_share=True)
_REPORT = select(Report).where(Report.user_id == bindparam("user"), Report.client_id == bindparam("client"))


def find(session: Session, user_id: uuid.UUID, report_id: uuid.UUID) -> Report | None:
    """A person's report by the id their phone gave it."""
    return session.scalar(_REPORT, {"user": user_id, "client": report_id})


def _same(known: Report, said: dict[str, Any]) -> None:
    if known.body_sha256 != fingerprint(said):
        raise SameIdOtherBody(stored=known.body)


def _new(
    session: Session, viewer: Viewer, report_id: uuid.UUID, body: ReportIn, said: dict[str, Any]
) -> tuple[Report, Category]:
    town_id = _town(session, viewer, body)
    kind = standards.category_or_other(session, town_id, body.category)
    if kind is None:
        raise Invalid(fields=[{"at": ["body", "category"], "why": "unknown_category"}])
    report = Report(
        client_id=report_id,
        user_id=viewer.user_id,
        town_id=town_id,
        campaign_id=_campaign(session, town_id).id,
        action=body.action,
        state="incomplete",
        body=said,
        body_sha256=fingerprint(said),
        visit_id=body.visit_id,
        received_at=now(),
    )
    session.add(report)
    session.flush()
    for number, photo in enumerate(body.photos):
        session.add(ReportPhoto(report_id=report.id, client_photo_id=photo.id, position_no=number))
    if body.photos:
        session.flush()
    return report, kind


def _town(session: Session, viewer: Viewer, body: ReportIn) -> uuid.UUID:
    """The person's town; of people above the towns that of the point or the case they name."""
    town_id = viewer.town_id
    if town_id is None and body.point_id is not None:
        town_id = session.scalar(select(Point.town_id).where(Point.id == body.point_id))
    if town_id is None and body.issue_id is not None:
        town_id = session.scalar(
            select(Issue.town_id).where(Issue.id == body.issue_id, policy.visible(viewer))
        )
    if town_id is None or (viewer.town_id is None and not viewer.reaches(session, town_id, *policy.FILERS)):
        raise Invalid(fields=[{"at": ["body", "point_id"], "why": "town_unknown"}])
    return town_id


def _campaign(session: Session, town_id: uuid.UUID) -> Campaign:
    """The active campaign, or else the last one: filing will flag that it is over."""
    active = standards.active_campaign(session, town_id)
    last = select(Campaign).where(Campaign.town_id == town_id).order_by(Campaign.end_on.desc()).limit(1)
    found = active or session.scalars(last).first()
    if found is None:
        raise NoCampaign()
    return found


def complete(session: Session, viewer: Viewer, report: Report, kind: Category | None = None) -> bool:
    """File the report if all its photos are here and nothing holds it back. Called with the person's lock held."""
    if report.state != "incomplete":
        return True
    rows = _photo_rows(session, report) if report.body["photos"] else []
    here = photos.known(session, report.user_id, [row.client_photo_id for row in rows]) if rows else {}
    gone = {client_id for client_id, photo in here.items() if photo.deleted_at is not None}
    for row in rows:
        if row.photo_id is None and row.client_photo_id in here.keys() - gone:
            row.photo_id = here[row.client_photo_id].id
    if gone and len(gone) == len(rows):
        raise Gone()
    if any(row.photo_id is None and row.client_photo_id not in gone for row in rows):
        session.flush()
        return False
    if any(asked(session, viewer, report) for asked in _withheld_by):
        report.withheld_at = report.withheld_at or now()
        session.flush()
        return True
    if report.withheld_at is not None:
        report.withheld_at = None
    body = _body(report, gone)
    filed = witnessing.attach(session, viewer, report, body) if report.action == "witness" else None
    issue = filed or filing.file(session, viewer, report, body, kind)
    report.state = "attached" if filed else "complete"
    report.issue_id, report.completed_at = issue.id, now()
    session.flush()
    return True


def _body(report: Report, gone: set[uuid.UUID]) -> ReportIn:
    """The report without photos that were deleted here before it could be filed."""
    body = ReportIn.model_validate(report.body)
    if gone:
        body.photos = [photo for photo in body.photos if photo.id not in gone]
        report.flags = sorted({*report.flags, "photo_removed"})
    return body


def _photo_rows(session: Session, report: Report) -> list[ReportPhoto]:
    return list(session.scalars(_NAMED, {"report": report.id}))


_NAMED = (
    select(ReportPhoto).where(ReportPhoto.report_id == bindparam("report")).order_by(ReportPhoto.position_no)
)


_WAITING = (
    select(Report)
    .join(ReportPhoto, ReportPhoto.report_id == Report.id)
    .where(
        Report.user_id == bindparam("user"),
        Report.state == "incomplete",
        ReportPhoto.client_photo_id == bindparam("photo"),
    )
)


@photos.on_received
def photo_arrived(session: Session, photo: Photo) -> None:
    """The last photo of a report files it, in the photo's own transaction. A failure here must not cost the photo: the sweep tries again."""
    queue_up(session, photo.owner_id)
    waiting = session.scalars(_WAITING, {"user": photo.owner_id, "photo": photo.client_id}).all()
    for report in waiting:
        with suppress(Gone):
            try_to_complete(session, viewer_of(session, report.user_id), report)


def try_to_complete(session: Session, viewer: Viewer, report: Report, kind: Category | None = None) -> None:
    """`complete` in a savepoint: a failure of ours keeps the report, and the sweep or the phone's next try files it."""
    report_id = report.id
    try:
        with session.begin_nested():
            complete(session, viewer, report, kind)
    except Gone:
        raise
    except Exception as failure:
        if isinstance(failure, DBAPIError) and failure.connection_invalidated:
            raise  # the whole transaction is gone with its connection: there is nothing to keep
        log.exception("report not filed yet", report=str(report_id))


@jobs.sweeper("issues.unfiled_reports")
def requeue_unfiled(session: Session) -> None:
    """Reports left incomplete although everything is here: a failure while filing."""
    missing = select(ReportPhoto.report_id).where(ReportPhoto.photo_id.is_(None))
    late = select(Report.id).where(
        Report.state == "incomplete", Report.withheld_at.is_(None), Report.id.not_in(missing)
    )
    for report_id in session.scalars(late.limit(SWEEP_MOST)):
        file_later(session, report_id)


def file_later(session: Session, report_id: uuid.UUID) -> None:
    """Try anew to file a report that was left behind or held back."""
    jobs.enqueue(session, "issues.file_report", key=str(report_id), report_id=str(report_id))


@jobs.job("issues.file_report")
def file_report(report_id: str) -> None:
    """File one report that was left behind."""
    with transaction() as session:
        report = session.get(Report, uuid.UUID(report_id))
        if report is not None:
            queue_up(session, report.user_id)
            session.refresh(report)
            with suppress(Gone):
                complete(session, viewer_of(session, report.user_id), report)


def release_held(session: Session, user_id: uuid.UUID) -> None:
    """The person was confirmed: their cases get numbers and become generally visible, oldest first."""
    held = (
        select(Issue).where(Issue.reporter_id == user_id, Issue.is_held).order_by(Issue.received_at, Issue.id)
    )
    for issue in session.scalars(held.with_for_update()).all():
        filing.release(session, issue)


def receipt(session: Session, viewer: Viewer, report: Report | None) -> ReportOut:
    """What the phone is told of its report; NotFound for one that is not the viewer's own."""
    if report is None or report.user_id != viewer.user_id:
        raise NotFound()
    issue = session.get(Issue, report.issue_id) if report.issue_id else None
    epoch, through = durability(session)
    return ReportOut(
        report_id=report.client_id,
        state=report.told,
        received_at=report.received_at,
        photos=_progress(session, report),
        issue=told(issue) if issue else None,
        flags=sorted(
            {
                *report.flags,
                *(issue.flags if issue and report.state == "complete" else []),
                *(["withheld"] if report.withheld_at else []),
            }
        ),
        restore_epoch=epoch,
        durable_through=through,
    )


def _progress(session: Session, report: Report) -> ReportPhotos:
    if not report.body["photos"]:
        return ReportPhotos(expected=0, received=0, missing=[])
    rows = _photo_rows(session, report)
    return progress(rows, set(photos.owned(session, report.user_id, [row.client_photo_id for row in rows])))


def told(issue: Issue) -> ReportIssue:
    """A case in one line."""
    return ReportIssue(id=issue.id, no=issue.no, state=issue.state, version=issue.version)


def progress(rows: list[ReportPhoto], here: set[uuid.UUID]) -> ReportPhotos:
    """How many of the named photos have arrived, and which have not."""
    missing = [row.client_photo_id for row in rows if row.client_photo_id not in here]
    return ReportPhotos(expected=len(rows), received=len(rows) - len(missing), missing=missing)
