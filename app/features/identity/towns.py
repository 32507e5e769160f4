"""A town's own time: day limits are local, storage is UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer

DEFAULT_ZONE = "Asia/Shanghai"


def zone_of(session: Session, viewer: Viewer) -> ZoneInfo:
    """The time zone of the viewer's town."""
    town = session.get(Unit, viewer.town_id) if viewer.town_id else None
    return ZoneInfo(town.settings.get("timezone", DEFAULT_ZONE) if town else DEFAULT_ZONE)


def local_midnight(session: Session, viewer: Viewer) -> datetime:
    """The start of today in the viewer's town, aware, in the town's zone."""
    return now().astimezone(zone_of(session, viewer)).replace(hour=0, minute=0, second=0, microsecond=0)
