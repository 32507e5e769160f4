"""What can be told of a pair without looking into the pictures (§4.3): order of time, distance, same file, how taken, clocks,
and what the after photo's file claims of itself (EXIF).

Hints for the reviewer, never decisive alone. The evidence engine adds its own to the same list.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.geo import distance_m
from app.features.identity.models import Unit
from app.features.issues.guards import campaign_setting
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.issues.photoset import MAX_SKEW, PAIR_LISTENERS
from app.features.photos.models import Photo

CLOCK_SECONDS = 300
"""A phone's clock that is wrong by more is worth a look."""
CLAIM_AGREES = timedelta(hours=2)
"""So far the time in a file may be from the time that the phone said: cameras' clocks are set by hand."""
CLAIMED_ACCURACY_M = 100
"""Where a file does not say how exact its position is."""
EDITORS = (
    "photoshop", "lightroom", "snapseed", "picsart", "gimp", "meitu", "美图", "xingtu", "醒图", "facetune", "pixlr",
    "affinity", "paint.net", "remini", "canva",
)  # fmt: skip
"""Programs that change what is in a picture; a camera writes its own name in that place."""


def check(session: Session, issue: Issue, pair: PhotoPair) -> None:
    """Fill `checks` and `is_suspect` of a newly proposed pair."""
    before, after = session.get_one(IssuePhoto, pair.before_id), session.get_one(IssuePhoto, pair.after_id)
    most_m = campaign_setting(session, issue, "photo_pair_max_distance_m")
    pair.checks = [
        *told_of(before, after, most_m),
        _file(session, issue, after),
        *claimed(before, after, session.get_one(Photo, after.photo_id).claims, _zone(session, issue), most_m),
    ]
    pair.is_suspect = any(told["verdict"] == "suspect" for told in pair.checks)


PAIR_LISTENERS.append(check)


def told_of(before: IssuePhoto, after: IssuePhoto, most_m: float) -> list[dict[str, Any]]:
    """Order of time, distance widened by both accuracies, in-app or album, the phone's clock."""
    return [_time(before, after), _distance(before, after, most_m), _capture(after), _clock(after)]


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


def _zone(session: Session, issue: Issue) -> tzinfo:
    """Cameras write local time, most without saying where."""
    return ZoneInfo(session.get_one(Unit, issue.town_id).settings.get("timezone", "Asia/Shanghai"))


def claimed(
    before: IssuePhoto, after: IssuePhoto, claims: Mapping[str, Any], zone: tzinfo, most_m: float
) -> Iterator[dict[str, Any]]:
    """What the after photo's file says of time, place and program. A file that says nothing is told nothing about: most
    apps and messengers take these claims out."""
    if taken := _claimed_time(claims, zone):
        if before.taken_at is not None and taken < before.taken_at - timedelta(seconds=CLOCK_SECONDS):
            minutes = round((before.taken_at - taken).total_seconds() / 60)
            yield _told("exif_time", "suspect", minutes=minutes)
        elif after.taken_at is not None:
            apart = abs(taken - after.taken_at)
            verdict = "good" if apart <= CLAIM_AGREES else "doubt"
            yield _told("exif_time", verdict, minutes=round(apart.total_seconds() / 60))
    if place := claims.get("gps"):
        yield from _claimed_place(before, after, place, most_m)
    program = str(claims.get("software", ""))
    if any(name in program.lower() for name in EDITORS):
        yield _told("exif_software", "doubt", name=program)


def _claimed_time(claims: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    if "taken_at" not in claims:
        return None
    taken = datetime.fromisoformat(claims["taken_at"])
    return taken if taken.tzinfo else taken.replace(tzinfo=zone)


def _claimed_place(
    before: IssuePhoto, after: IssuePhoto, place: Mapping[str, Any], most_m: float
) -> Iterator[dict[str, Any]]:
    """Held against where the phone said it was; where it said nothing, against the before photo."""
    told, is_own = (after, True) if after.lon is not None else (before, False)
    if told.lon is None or told.lat is None:
        return
    away = round(distance_m(told.lon, told.lat, place["lon"], place["lat"]))
    allowed = most_m + (told.accuracy_m or 0) + place.get("accuracy_m", CLAIMED_ACCURACY_M)
    code = "exif_place" if is_own else "exif_distance"
    far = "doubt" if is_own else "suspect"
    yield _told(code, "good" if away <= allowed else far, metres=away, most=round(allowed))
