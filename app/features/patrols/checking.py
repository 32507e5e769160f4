"""A visit looked at: was the phone there, what do the results say, which photos belong to it."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from app.core import geo
from app.features.issues import photoset
from app.features.issues.receipts import ReportPhotos
from app.features.patrols import slots
from app.features.patrols.models import ChecklistResult, Visit, VisitPhoto
from app.features.patrols.schemas import VisitIn
from app.features.patrols.tally_models import VisitTally
from app.features.photos import service as photos
from app.features.photos.models import Photo
from app.features.places.models import Grid, Point
from app.features.standards import service as standards
from app.features.standards.models import CheckItem
from app.features.standards.scoring import FULL, Mark, point_score, stricter


def server_time(said: datetime, offset_seconds: float | None, received_at: datetime) -> tuple[datetime, bool]:
    """As of reports (PROTOCOL), in UTC: the first answer is the one that a repetition gets."""
    at, skewed = photoset.server_time(said, offset_seconds, received_at)
    return at.astimezone(UTC), skewed


BELIEVED_M = 200.0
"""So much uncertainty a fix may claim in its favour; else a phone without a fix would be everywhere at once."""


def fence_of(session: Session, place: Point | Grid, radius_m: int) -> int:
    """How far from the shape a check-in counts as there: the point's surroundings, at least the campaign's snap radius."""
    return max(place.buffer_m, radius_m) if isinstance(place, Point) else 0


def snap_radius(session: Session, town_id: uuid.UUID) -> int:
    """The campaign's snap radius, metres."""
    campaign = standards.active_campaign(session, town_id)
    return int(standards.setting(campaign, "snap_radius_m")) if campaign else 50


def check_in(session: Session, visit: Visit, place: Point | Grid, body: VisitIn) -> None:
    """Distance to the shape − accuracy ≤ fence; else a reason is asked, and a missing one is a flag."""
    flags = set(visit.flags)
    if visit.lon is None or visit.lat is None:
        flags |= set() if body.away_reason else {"no_position"}
    else:
        shape = place.geometry
        if shape is None and isinstance(place, Point):
            away = geo.distance_m(visit.lon, visit.lat, place.lon, place.lat)
        else:
            away = geo.distance_to_geometry_m(visit.lon, visit.lat, shape or {})
        fence = fence_of(session, place, snap_radius(session, place.town_id))
        visit.distance_m = round(away, 1)
        visit.is_inside = away - min(visit.accuracy_m or 0.0, BELIEVED_M) <= fence
        if not visit.is_inside and not body.away_reason:
            flags.add("away")
    visit.flags = sorted(flags)


def keep_results(session: Session, visit: Visit, place: Point | Grid, body: VisitIn) -> None:
    """The results with the shares and weights of now, the score, and the photos named."""
    scale = {
        row["code"]: row["share_percent"]
        for row in standards.lists_of(session, visit.town_id).get("result_scale", [])
    }
    if isinstance(place, Point) and place.is_strict:
        scale = stricter(scale)
    items = _items(session, visit, [result.item for result in body.results])
    flags, marks = set(visit.flags), []
    for said in body.results:
        item = items.get(said.item)
        if item is None:
            flags.add("unknown_item")
        if said.result not in scale:
            flags.add("unknown_result")
        mark = Mark(scale.get(said.result), int(item.extra.get("weight", 1)) if item else 1)
        marks.append(mark)
        session.add(
            ChecklistResult(
                visit_id=visit.id, item_code=said.item, item_id=item.id if item else None, result=said.result,
                share_percent=mark.share_percent, weight=mark.weight, note=said.note,
            )
        )  # fmt: skip
    short = any(mark.share_percent is not None and mark.share_percent < FULL for mark in marks)
    if body.all_fine and short:
        flags.add("not_all_fine")
    visit.all_fine = body.all_fine and not short
    applies = any(mark.share_percent is not None for mark in marks)
    visit.is_clean = not short and (visit.all_fine or applies)
    if visit.all_fine and not applies and isinstance(place, Point) and _has_items(session, place):
        marks = [Mark(FULL)]
    visit.score = point_score(marks)
    visit.flags = sorted(flags)
    _name_photos(session, visit, body)
    _keep_tallies(session, visit, body)
    session.flush()


def _keep_tallies(session: Session, visit: Visit, body: VisitIn) -> None:
    """Who was dissuaded, what was handed out, at this place (Z36)."""
    zone = slots.zone_of_town(session, visit.town_id)
    day = visit.arrived_at.astimezone(zone).date()
    session.add_all(
        VisitTally(visit_id=visit.id, kind=kind, code=code, count=n, town_id=visit.town_id, local_on=day)
        for kind, counts in body.tallies.model_dump().items()
        for code, n in counts.items()
    )


def _items(session: Session, visit: Visit, codes: Sequence[str]) -> dict[str, CheckItem]:
    """The revisions of these items in force when the visit was made."""
    then = or_(CheckItem.superseded_at.is_(None), CheckItem.superseded_at > visit.arrived_at)
    found = select(CheckItem).where(CheckItem.town_id == visit.town_id, CheckItem.code.in_(codes), then)
    return {item.code: item for item in session.scalars(found.order_by(CheckItem.revision.desc()))}


def _has_items(session: Session, point: Point) -> bool:
    kind = standards.point_type_by_code(session, point.town_id, point.type_code)
    return kind is not None and bool(kind.check_item_codes)


# ---- photos ----
def _name_photos(session: Session, visit: Visit, body: VisitIn) -> None:
    named = [(photo, "") for photo in body.photo_ids]
    named += [(photo, result.item) for result in body.results for photo in result.photo_ids]
    here = photos.owned(session, visit.user_id, [photo for photo, _ in named])
    for client_id, item in named:
        photo = here.get(client_id)
        session.add(
            VisitPhoto(
                visit_id=visit.id,
                client_photo_id=client_id,
                item_code=item,
                photo_id=photo.id if photo else None,
            )
        )


_mine = select(Visit.id).where(Visit.user_id == bindparam("owner"))
_ARRIVED = (
    update(VisitPhoto)
    .where(VisitPhoto.client_photo_id == bindparam("client"), VisitPhoto.visit_id.in_(_mine))
    .values(photo_id=bindparam("photo"))
)


@photos.on_received
def photo_arrived(session: Session, photo: Photo) -> None:
    """A photo that a visit has named."""
    arrived = {"photo": photo.id, "client": photo.client_id, "owner": photo.owner_id}
    session.connection().execute(_ARRIVED, arrived)


def photo_progress(session: Session, visit: Visit) -> ReportPhotos:
    """How many of the named photos have arrived, and which have not."""
    rows: Any = session.execute(
        select(VisitPhoto.client_photo_id, VisitPhoto.photo_id).where(VisitPhoto.visit_id == visit.id)
    ).all()
    missing = [row.client_photo_id for row in rows if row.photo_id is None]
    return ReportPhotos(expected=len(rows), received=len(rows) - len(missing), missing=missing)
