"""Coming and going, as the phone says it: the first word counts and is answered the same each time. Where one was, never a track."""

import uuid
from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.core.errors import NotFound
from app.core.instance import durability
from app.features.identity.viewer import Viewer
from app.features.issues.photoset import server_time
from app.features.patrols.schemas import FixIn
from app.features.places.models import Grid, Point
from app.features.rosters import attendance, trainings
from app.features.rosters.errors import NotCheckedIn, ShiftNotNow, TrainingMissing
from app.features.rosters.models import Shift
from app.features.rosters.schemas import CheckIn, CheckOut, ShiftReceipt


def _mine(session: Session, viewer: Viewer, shift_id: uuid.UUID) -> Shift:
    found = select(Shift).where(Shift.id == shift_id, Shift.user_id == viewer.user_id).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def check_in(session: Session, viewer: Viewer, shift_id: uuid.UUID, body: CheckIn) -> tuple[Shift, bool]:
    """上岗; True: this was the first word. Raises NotFound, ShiftNotNow, TrainingMissing."""
    row = _mine(session, viewer, shift_id)
    if row.checked_in_at is not None:
        return row, False
    received = now()
    at = server_time(body.at, body.clock_offset_seconds, received)[0].astimezone(UTC)
    if not attendance.may_begin(row, at):
        raise ShiftNotNow(starts_at=row.starts_at.isoformat(), ends_at=row.ends_at.isoformat())
    if topics := trainings.missing(session, row.town_id, row.user_id):
        raise TrainingMissing(topics=topics)
    row.checked_in_at, row.in_by_id, row.in_received_at = at, viewer.user_id, received
    if body.position is not None:
        _locate(session, row, body.position)
    row.version += 1
    session.flush()
    return row, True


def check_out(session: Session, viewer: Viewer, shift_id: uuid.UUID, body: CheckOut) -> tuple[Shift, bool]:
    """离岗; True: this was the first word. Raises NotFound, NotCheckedIn."""
    row = _mine(session, viewer, shift_id)
    if row.checked_out_at is not None:
        return row, False
    if row.checked_in_at is None:
        raise NotCheckedIn()
    received = now()
    at = server_time(body.at, body.clock_offset_seconds, received)[0].astimezone(UTC)
    row.checked_out_at, row.out_received_at = max(at, row.checked_in_at), received
    row.version += 1
    session.flush()
    return row, True


def _locate(session: Session, row: Shift, fix: FixIn) -> None:
    row.in_lon, row.in_lat = geo.to_wgs84(fix.lon, fix.lat, fix.crs)
    row.in_accuracy_m = fix.accuracy_m
    point = session.get(Point, row.point_id) if row.point_id else None
    grid = session.get(Grid, row.grid_id) if row.grid_id else None
    place = point or grid
    shape = place.geometry if place else None
    if shape is not None:
        away = geo.distance_to_geometry_m(row.in_lon, row.in_lat, shape)
    elif point is not None:
        away = geo.distance_m(row.in_lon, row.in_lat, point.lon, point.lat)
    else:
        return  # at a unit: it has no position
    row.in_distance_m = round(away, 1)


def receipt(session: Session, row: Shift) -> ShiftReceipt:
    """As stored."""
    epoch, through = durability(session)
    if row.checked_in_at is None or row.in_received_at is None:
        raise NotCheckedIn()
    return ShiftReceipt(
        id=row.id,
        received_at=row.out_received_at or row.in_received_at,
        state=attendance.state_of(row, now()),
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        in_distance_m=row.in_distance_m,
        restore_epoch=epoch,
        durable_through=through,
    )
