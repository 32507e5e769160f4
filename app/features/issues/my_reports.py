"""What a reporter sees of the own reports: how far they have come, from the phone to the closed case."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.core.errors import BadRequest
from app.core.paging import Page, cursor_of, cut, keys_of
from app.features.identity.viewer import Viewer
from app.features.issues import intake, listing
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue, Report, ReportPhoto
from app.features.issues.receipts import MyReport, Step
from app.features.issues.schemas import CategoryRef, IssueListItem
from app.features.photos import service as photos
from app.features.photos.models import Photo
from app.features.standards.models import Category

ENDINGS = {State.REJECTED: "rejected", State.MERGED: "merged", State.VOIDED: "voided"}


def show_page(session: Session, viewer: Viewer, cursor: str | None, limit: int) -> Page[MyReport]:
    """One page, newest first, incomplete ones included."""
    found = select(Report).where(Report.user_id == viewer.user_id)
    if cursor is not None:
        found = found.where(tuple_(Report.received_at, Report.id) < tuple_(*_after(cursor)))
    found = found.order_by(Report.received_at.desc(), Report.id.desc()).limit(limit + 1)
    rows, more = cut(session.scalars(found).all(), limit)
    following = cursor_of(rows[-1].received_at.isoformat(), str(rows[-1].id)) if rows and more else None
    return Page(items=_shown(session, viewer, rows), next=following)


def _after(cursor: str) -> tuple[datetime, uuid.UUID]:
    at, key = keys_of(cursor, 2)
    try:
        return datetime.fromisoformat(str(at)), uuid.UUID(str(key))
    except ValueError as exc:
        raise BadRequest("This cursor is not one of ours.") from exc


def _shown(session: Session, viewer: Viewer, reports: Sequence[Report]) -> list[MyReport]:
    ids = [report.issue_id for report in reports if report.issue_id]
    cases = {item.id: item for item in listing.show_ids(session, viewer, ids)}
    rows = {issue.id: issue for issue in session.scalars(select(Issue).where(Issue.id.in_(ids)))}
    named = _photos(session, reports)
    here = _here(session, viewer, named)
    kinds = _categories(session, reports)
    return [
        MyReport(
            report_id=report.client_id,
            action=report.action,
            state=report.told,
            received_at=report.received_at,
            captured_at=report.body["captured_at"],
            category=kinds.get((report.town_id, report.body["category"])) or _unnamed(report),
            description=report.body["description"],
            photos=intake.progress(named.get(report.id, []), set(here)),
            thumb=_thumb(named.get(report.id, []), here),
            issue=cases.get(report.issue_id) if report.issue_id else None,
            steps=_steps(report, rows.get(report.issue_id) if report.issue_id else None, cases),
        )
        for report in reports
    ]


def _photos(session: Session, reports: Sequence[Report]) -> dict[uuid.UUID, list[ReportPhoto]]:
    found: dict[uuid.UUID, list[ReportPhoto]] = {}
    wanted = select(ReportPhoto).where(ReportPhoto.report_id.in_([r.id for r in reports]))
    for row in session.scalars(wanted.order_by(ReportPhoto.report_id, ReportPhoto.position_no)):
        found.setdefault(row.report_id, []).append(row)
    return found


def _here(
    session: Session, viewer: Viewer, named: dict[uuid.UUID, list[ReportPhoto]]
) -> dict[uuid.UUID, Photo]:
    ids = [row.client_photo_id for rows in named.values() for row in rows]
    return photos.owned(session, viewer.user_id, ids)


def _thumb(rows: Sequence[ReportPhoto], here: dict[uuid.UUID, Photo]) -> str | None:
    first = next((here[row.client_photo_id] for row in rows if row.client_photo_id in here), None)
    return listing.thumb_url(first.id, first.state) if first else None


def _categories(session: Session, reports: Sequence[Report]) -> dict[tuple[uuid.UUID, str], CategoryRef]:
    codes, towns = {r.body["category"] for r in reports}, {r.town_id for r in reports}
    rows = session.scalars(
        select(Category).where(
            Category.town_id.in_(towns), Category.code.in_(codes), Category.superseded_at.is_(None)
        )
    )
    return {(row.town_id, row.code): listing.category_ref(row) for row in rows}


def _unnamed(report: Report) -> CategoryRef:
    code = report.body["category"]
    return CategoryRef(code=code, zh=code, en=code)


def _steps(report: Report, issue: Issue | None, seen: dict[uuid.UUID, IssueListItem]) -> list[Step]:
    """The story in the reporter's words. A witness follows the case too, as far as it is theirs to see."""
    steps = [Step(code="received", at=report.received_at)]
    if issue is None or issue.id not in seen:
        return steps
    clocks: tuple[tuple[str, datetime | None], ...] = (
        ("accepted", issue.accepted_at),
        ("dispatched", issue.dispatched_at),
        ("rectifying", issue.acknowledged_at),
        ("in_review", issue.rectified_at),
        ("closed", issue.closed_at),
    )
    steps += [Step(code=code, at=at) for code, at in clocks if at is not None]
    if ending := ENDINGS.get(State(issue.state)):
        steps.append(Step(code=ending, at=issue.updated_at))
    return steps
