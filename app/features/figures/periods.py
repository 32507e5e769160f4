"""Which days a figure is about, in the town's own time, and who may read figures."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import Query
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.figures.measures import Period
from app.features.identity.models import Role
from app.features.identity.towns import local_midnight, zone_of
from app.features.identity.viewer import Viewer
from app.features.issues.policy import SEERS, UNIT_ROLES
from app.features.standards import service as standards

READERS = (*SEERS, Role.LEADER, Role.POINT_CHIEF, *UNIT_ROLES)
Since = Annotated[
    Literal["phase", "campaign"] | None,
    Query(description="Instead of days: from the start of the active campaign, or of its present phase"),
]
Days = Annotated[int, Query(ge=1, le=400, description="The period: this many local days up to now")]


def zone_minutes(session: Session, viewer: Viewer) -> int:
    """How far east of UTC the town's clocks are."""
    offset = local_midnight(session, viewer).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def period_of(session: Session, viewer: Viewer, days: int, since: str | None) -> tuple[Period, bool]:
    """So many local days up to now, or since the campaign or phase began; and whether it is the latter."""
    at = now()
    began = _began(session, viewer, since) if since else None
    start = began or local_midnight(session, viewer) - timedelta(days=days - 1)
    return Period(start, at, at), began is not None


def day_of(session: Session, viewer: Viewer, day: date) -> tuple[datetime, datetime]:
    """Its first moment in the town, and that of the next."""
    zone = zone_of(session, viewer)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _began(session: Session, viewer: Viewer, since: str) -> datetime | None:
    """The local midnight at which the active campaign or its present phase began; None where none is on."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    if campaign is None:
        return None
    zone = zone_of(session, viewer)
    day: date | None = campaign.start_on
    if since == "phase":
        today = now().astimezone(zone).date().isoformat()
        starts = [one["start_on"] for one in campaign.phases if one["start_on"] <= today <= one["end_on"]]
        day = date.fromisoformat(max(starts)) if starts else None
    return datetime.combine(day, time(), zone) if day else None
