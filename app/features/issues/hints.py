"""What a reviewer is shown beside a pair: the aligned picture, the change map, and the other picture of a re-used one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.features.evidence import links
from app.features.evidence.models import PhotoComparison
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.issues.schemas import Link, ReusedOut
from app.features.photos import service as photos
from app.features.photos.models import Photo, PhotoState, RenditionKind


@dataclass(frozen=True)
class Hint:
    aligned_url: str | None = None
    changes_url: str | None = None
    reused: ReusedOut | None = None


def of_pairs(
    session: Session, viewer: Viewer, pairs: Sequence[PhotoPair], files: Sequence[Row[IssuePhoto, Photo]]
) -> dict[uuid.UUID, Hint]:
    """By pair. Two statements where there is something to show, else none."""
    photo_of = {row.id: row.photo_id for row, _ in files}
    examined = {
        p.id: (photo_of.get(p.before_id), photo_of.get(p.after_id)) for p in pairs if p.verdict and p.after_id
    }
    found = _comparisons(session, [after for _, after in examined.values() if after]) if examined else {}
    others = _others(session, viewer, [p.reused_id for p in pairs if p.reused_id])
    return {pair.id: _hint(found.get(examined.get(pair.id)), others.get(pair.reused_id)) for pair in pairs}


def _hint(found: PhotoComparison | None, reused: ReusedOut | None) -> Hint:
    if found is None:
        return Hint(reused=reused)
    return Hint(
        links.sign(found.id, "aligned") if found.aligned_key else None,
        links.sign(found.id, "changes") if found.map_key else None,
        reused,
    )


def _comparisons(session: Session, afters: Sequence[uuid.UUID]) -> dict[Any, PhotoComparison]:
    rows = session.scalars(select(PhotoComparison).where(PhotoComparison.after_id.in_(afters)))
    return {(row.before_id, row.after_id): row for row in rows}


def _others(session: Session, viewer: Viewer, row_ids: Sequence[uuid.UUID]) -> dict[Any, ReusedOut]:
    """The pictures that were used before, as far as the viewer sees their cases."""
    if not row_ids:
        return {}
    rows = session.execute(
        select(IssuePhoto, Photo, Issue)
        .join(Photo, Photo.id == IssuePhoto.photo_id)
        .join(Issue, Issue.id == IssuePhoto.issue_id)
        .where(IssuePhoto.id.in_(row_ids), policy.visible(viewer), Photo.deleted_at.is_(None))
    ).all()
    return {row.id: _other(row, file, issue) for row, file, issue in rows}


def _other(row: IssuePhoto, file: Photo, issue: Issue) -> ReusedOut:
    is_there = file.state == PhotoState.READY
    return ReusedOut(
        issue=Link(id=issue.id, no=issue.no, state=issue.state),
        kind=row.kind,
        taken_at=row.taken_at,
        large_url=photos.sign_media(file.id, RenditionKind.LARGE) if is_there else None,
    )
