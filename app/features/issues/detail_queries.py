"""Reads behind one case. The case itself was found visible; what hangs on it is narrowed by the caller's relation to it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from app.core.clock import now
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.models import (
    Approval,
    Command,
    Comment,
    EventText,
    Issue,
    IssueEvent,
    IssueHelper,
    IssuePhoto,
    PhotoPair,
    SiteCheck,
)
from app.features.photos.models import Photo
from app.features.standards.models import Category

HISTORY_DAYS = 30
Hangs = TypeVar("Hangs", Approval, SiteCheck, Comment, PhotoPair)


def hanging(session: Session, kind: type[Hangs], issue: Issue) -> Sequence[Hangs]:
    """Rows of a kind that belong to the case, oldest first (their ids sort by time)."""
    return session.scalars(select(kind).where(kind.issue_id == issue.id).order_by(kind.id)).all()


def photos_with_files(session: Session, issue: Issue) -> Sequence[Row[IssuePhoto, Photo]]:
    """The case's photos in their order."""
    return session.execute(
        select(IssuePhoto, Photo)
        .join(Photo, Photo.id == IssuePhoto.photo_id)
        .where(IssuePhoto.issue_id == issue.id)
        .order_by(IssuePhoto.round_no, IssuePhoto.added_at, IssuePhoto.order_no)
    ).all()


def events_with_text(session: Session, issue: Issue) -> Sequence[Row[IssueEvent, str | None]]:
    """The case's story, oldest first."""
    return session.execute(
        select(IssueEvent, EventText.body)
        .outerjoin(EventText, EventText.event_id == IssueEvent.id)
        .where(IssueEvent.issue_id == issue.id)
        .order_by(IssueEvent.seq)
    ).all()


def helpers(session: Session, issue: Issue) -> Sequence[Unit]:
    """协办单位."""
    ids = select(IssueHelper.unit_id).where(IssueHelper.issue_id == issue.id)
    return session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.code)).all()


def kept_evidence(session: Session, issue: Issue) -> Sequence[Command]:
    """Rectifications that came too late."""
    kept = select(Command).where(Command.target_id == issue.id, Command.is_kept_evidence)
    return session.scalars(kept.order_by(Command.received_at)).all()


def linked(session: Session, viewer: Viewer, issue: Issue) -> dict[str, list[Issue]]:
    """The master, the merged ones and the closed case this one recurs from, as far as visible."""
    seen = select(Issue).where(policy.visible(viewer))
    named = [i for i in (issue.master_id, issue.recurs_from_id) if i]
    # Two questions, each with an index of its own: joined by OR they would read every case of the town.
    others = session.scalars(seen.where(Issue.id.in_(named))).all() if named else []
    double = aliased(Issue)
    merged_ids = select(double.id).where(double.master_id == issue.id)
    merged = session.scalars(seen.where(Issue.id.in_(merged_ids)).order_by(Issue.found_at)).all()
    return {
        "master": [i for i in others if i.id == issue.master_id],
        "merged": list(merged),
        "recurs_from": [i for i in others if i.id == issue.recurs_from_id],
    }


def history(session: Session, viewer: Viewer, issue: Issue) -> dict[str, Any]:
    """What was found at the same point in the 30 days before: numbers and the last case of the same kind."""
    since = now() - timedelta(days=HISTORY_DAYS)
    scope = [
        policy.visible(viewer),
        Issue.point_id == issue.point_id,
        Issue.id != issue.id,
        Issue.found_at >= since,
        Issue.state.not_in(["rejected", "merged", "voided"]),
    ]
    code = select(Category.code).where(Category.id == issue.category_id).scalar_subquery()
    is_same = Category.code == code
    found, same, relapsed = session.execute(
        select(
            func.count(),
            func.count().filter(is_same),
            func.count().filter(Issue.relapse_count > 0),
        )
        .select_from(Issue)
        .join(Category, Category.id == Issue.category_id)
        .where(*scope)
    ).one()
    last = session.execute(
        select(Issue, Category)
        .join(Category, Category.id == Issue.category_id)
        .where(*scope)
        .order_by(is_same.desc(), Issue.found_at.desc())
        .limit(1)
    ).first()
    return {"found": found, "same": same, "relapsed": relapsed, "last": last}


def photo_ids_of(
    session: Session, owner_id: uuid.UUID, client_ids: Sequence[str], issue: Issue
) -> list[uuid.UUID]:
    """Which photos of the case a person's phone sent under these ids."""
    wanted = [uuid.UUID(i) for i in client_ids]
    return list(
        session.scalars(
            select(IssuePhoto.id)
            .join(Photo, Photo.id == IssuePhoto.photo_id)
            .where(IssuePhoto.issue_id == issue.id, Photo.owner_id == owner_id, Photo.client_id.in_(wanted))
        )
    )
