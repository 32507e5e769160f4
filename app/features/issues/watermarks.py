"""What the watermarked copy of a photo says: case number and category, place, time, position (水印相机)."""

from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.features.identity.models import Unit
from app.features.issues.models import Issue, IssueEvent, IssuePhoto
from app.features.issues.moves import listen
from app.features.photos import service as photos
from app.features.photos.models import Photo
from app.features.places.models import Point
from app.features.standards.models import Category

_BARE = (
    select(
        IssuePhoto.photo_id,
        IssuePhoto.taken_at,
        IssuePhoto.added_at,
        IssuePhoto.lon,
        IssuePhoto.lat,
        Unit.settings,
    )
    .join(Photo, Photo.id == IssuePhoto.photo_id)
    .join(Unit, Unit.id == bindparam("town"))
    .where(IssuePhoto.issue_id == bindparam("case"), Photo.watermark.is_(None))
    .order_by(IssuePhoto.photo_id)
)


@listen
def ask_for_watermarks(session: Session, issue: Issue, event: IssueEvent) -> None:
    """With each event: photos that are new to the case, once it has a number."""
    if issue.no is None or (event.seq == 1 and not event.photo_sha256):
        return
    found = db.rows(session, _BARE, {"case": issue.id, "town": issue.town_id})
    if not found:
        return
    zone = ZoneInfo(found[0].settings.get("timezone", "Asia/Shanghai"))
    head = f"{issue.no:04d} · {session.get_one(Category, issue.category_id).name_zh}"
    point = session.get(Point, issue.point_id) if issue.point_id else None
    for row in found:
        taken = (row.taken_at or row.added_at).astimezone(zone)
        lines = [head, *([point.name_zh] if point else []), f"{taken:%Y-%m-%d %H:%M}"]
        if row.lon is not None and row.lat is not None:
            lines.append(f"{row.lat:.5f}, {row.lon:.5f}")
        photos.ask_watermark(session, row.photo_id, lines)
