"""迎检保障期: when the town stands by, and the days of its calendar."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden, NotFound, VersionConflict
from app.features.identity.models import Unit
from app.features.identity.towns import DEFAULT_ZONE
from app.features.identity.viewer import Viewer
from app.features.rosters.models import StandbyPeriod
from app.features.rosters.policy import OFFICE, require
from app.features.rosters.schemas import PeriodIn
from app.features.standards.town import sees_town


def zone_of_town(session: Session, town_id: uuid.UUID) -> ZoneInfo:
    """The town's own time."""
    return ZoneInfo(session.get_one(Unit, town_id).settings.get("timezone", DEFAULT_ZONE))


def day_of(session: Session, town_id: uuid.UUID, on: date) -> tuple[datetime, datetime]:
    """From when until when a day of the town lasts, UTC."""
    zone = zone_of_town(session, town_id)
    begins = [datetime.combine(on + timedelta(days=n), time(), zone).astimezone(UTC) for n in (0, 1)]
    return begins[0], begins[1]


def today_of(session: Session, town_id: uuid.UUID, at: datetime) -> date:
    """The town's calendar day."""
    return at.astimezone(zone_of_town(session, town_id)).date()


def standby_on(session: Session, town_id: uuid.UUID, on: date) -> StandbyPeriod | None:
    """The period that a day lies in."""
    found = select(StandbyPeriod).where(
        StandbyPeriod.town_id == town_id, StandbyPeriod.from_on <= on, StandbyPeriod.until_on >= on
    )
    return session.scalars(found.order_by(StandbyPeriod.from_on.desc()).limit(1)).first()


def listed(session: Session, town_id: uuid.UUID) -> Sequence[StandbyPeriod]:
    """A town's periods, the latest first."""
    found = select(StandbyPeriod).where(StandbyPeriod.town_id == town_id)
    return session.scalars(found.order_by(StandbyPeriod.from_on.desc()).limit(100)).all()


def add(session: Session, viewer: Viewer, town_id: uuid.UUID, body: PeriodIn) -> StandbyPeriod:
    """One more. Raises Forbidden."""
    require(session, viewer, town_id, *OFFICE)
    row = StandbyPeriod(town_id=town_id, created_by_id=viewer.user_id, **body.model_dump())
    session.add(row)
    session.flush()
    _log(session, viewer, row, "added")
    return row


def change(
    session: Session, viewer: Viewer, period_id: uuid.UUID, body: PeriodIn, base: int
) -> StandbyPeriod:
    """Other days or another name. Raises NotFound, Forbidden, VersionConflict."""
    row = session.get(StandbyPeriod, period_id, with_for_update=True, populate_existing=True)
    if row is None or not sees_town(session, viewer, row.town_id):
        raise NotFound()
    if not viewer.reaches(session, row.town_id, *OFFICE):
        raise Forbidden()
    if row.version != base:
        raise VersionConflict(version=row.version)
    for name, value in body.model_dump().items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    _log(session, viewer, row, "changed")
    return row


def _log(session: Session, viewer: Viewer, row: StandbyPeriod, what: str) -> None:
    days = {"from_on": row.from_on.isoformat(), "until_on": row.until_on.isoformat()}
    audit.record(
        session, f"standby.{what}", actor_id=viewer.user_id, subject_kind="standby_period", subject_id=row.id,
        detail=days,
    )  # fmt: skip
