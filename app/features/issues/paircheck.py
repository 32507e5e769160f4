"""What can be told of a pair without looking into the pictures (§4.3): order of time, distance, same file, how taken, clocks.

Hints for the reviewer, never decisive alone. The evidence engine adds its own to the same list.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.geo import distance_m
from app.features.issues.guards import campaign_setting
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.issues.photoset import MAX_SKEW, PAIR_LISTENERS
from app.features.photos.models import Photo

CLOCK_SECONDS = 300
"""A phone's clock that is wrong by more is worth a look."""


def check(session: Session, issue: Issue, pair: PhotoPair) -> None:
    """Fill `checks` and `is_suspect` of a newly proposed pair."""
    before, after = session.get_one(IssuePhoto, pair.before_id), session.get_one(IssuePhoto, pair.after_id)
    pair.checks = [
        _time(before, after),
        _distance(before, after, campaign_setting(session, issue, "photo_pair_max_distance_m")),
        _file(session, issue, after),
        _capture(after),
        _clock(after),
    ]
    pair.is_suspect = any(told["verdict"] == "suspect" for told in pair.checks)


PAIR_LISTENERS.append(check)


def _told(code: str, verdict: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "verdict": verdict, "params": params}


def _time(before: IssuePhoto, after: IssuePhoto) -> dict[str, Any]:
    if before.taken_at is None or after.taken_at is None:
        return _told("time", "doubt")
    minutes = round((after.taken_at - before.taken_at).total_seconds() / 60)
    return _told("time", "good" if after.taken_at > before.taken_at else "suspect", minutes=minutes)


def _distance(before: IssuePhoto, after: IssuePhoto, most_m: float) -> dict[str, Any]:
    if before.lon is None or before.lat is None or after.lon is None or after.lat is None:
        return _told("distance", "doubt")
    allowed = most_m + (before.accuracy_m or 0) + (after.accuracy_m or 0)
    away = round(distance_m(before.lon, before.lat, after.lon, after.lat))
    return _told("distance", "good" if away <= allowed else "suspect", metres=away, most=round(allowed))


def _file(session: Session, issue: Issue, after: IssuePhoto) -> dict[str, Any]:
    """The same bytes anywhere else in the campaign: the before photo itself, or a photo of another case."""
    sha256 = select(Photo.sha256).where(Photo.id == after.photo_id).scalar_subquery()
    other = session.execute(
        select(IssuePhoto.issue_id)
        .join(Photo, Photo.id == IssuePhoto.photo_id)
        .join(Issue, Issue.id == IssuePhoto.issue_id)
        .where(Photo.sha256 == sha256, IssuePhoto.id != after.id, Issue.campaign_id == issue.campaign_id)
        .limit(1)
    ).scalar()
    return _told("same_file", "suspect", here=other == issue.id) if other else _told("same_file", "good")


def _capture(after: IssuePhoto) -> dict[str, Any]:
    return _told("capture", "good" if after.capture == "camera" else "doubt", how=after.capture)


def _clock(after: IssuePhoto) -> dict[str, Any]:
    offset = after.clock_offset_seconds
    if offset is None:
        return _told("clock", "doubt")
    is_off = abs(offset) > min(CLOCK_SECONDS, MAX_SKEW.total_seconds())
    return _told("clock", "doubt" if is_off else "good", seconds=round(offset))
