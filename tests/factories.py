"""Rows that tests begin with: plain functions that add to a session and flush. Everything has a default; name what matters.

    with transaction() as session:
        town = factories.town(session)
        office = factories.unit(session, town, kind="office")
        clerk = factories.user(session, office, "dispatcher")
    desk = sign_in(clerk)          # the fixture: a client with this person's session

Rows stay usable after the transaction. What a feature does beyond such rows is asked for through HTTP.
"""

import itertools
import secrets
import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.clock import now
from app.features.identity.models import RoleHold, SessionRow, Unit, UnitReach, User
from app.features.identity.viewer import Viewer, load_viewer, token_hash
from app.features.places.models import Point
from app.features.places.spatial import cell_of
from app.features.standards.models import Campaign, Category, PointType

_count = itertools.count(1)


def unit(session: Session, parent: Unit | None, *, kind: str = "department", **values: Any) -> Unit:
    """A unit below `parent` (None: a district or a lone town)."""
    number = next(_count)
    row = Unit(
        id=uuid.uuid4(),
        parent_id=parent.id if parent else None,
        kind=kind,
        **{"code": f"U{number}", "name_zh": f"单位{number}", "name_en": f"Unit {number}", **values},
    )
    row.town_id = row.id if kind == "town" else parent.town_id if parent else None
    session.add(row)
    session.flush()
    above = session.scalars(select(UnitReach.ancestor_id).where(UnitReach.unit_id == row.parent_id)).all()
    session.add_all(UnitReach(ancestor_id=ancestor, unit_id=row.id) for ancestor in [*above, row.id])
    session.flush()
    return row


def town(session: Session, parent: Unit | None = None, **values: Any) -> Unit:
    """A town with an active campaign."""
    settings = {"timezone": "Asia/Shanghai"}
    row = unit(session, parent, kind="town", **{"name_zh": "汀兰镇", "settings": settings, **values})
    campaign(session, row)
    return row


def campaign(session: Session, of: Unit, **values: Any) -> Campaign:
    """An active campaign of a town, in the middle of its year."""
    today = now().date()
    defaults: dict[str, Any] = {
        "code": f"C{next(_count)}",
        "name_zh": "创建",
        "kind": "civilized_city",
        "start_on": today - timedelta(days=180),
        "end_on": today + timedelta(days=180),
    }
    row = Campaign(town_id=of.id, **{**defaults, **values})
    session.add(row)
    session.flush()
    return row


def user(session: Session, at: Unit, *roles: str, until_on: date | None = None, **values: Any) -> User:
    """A person of unit `at` who holds `roles` there."""
    number = next(_count)
    row = User(unit_id=at.id, **{"login": f"user{number}", "name_zh": f"张{number}", **values})
    session.add(row)
    session.flush()
    for role in roles:
        hold(session, row, role, at, until_on=until_on)
    return row


def hold(session: Session, who: User, role: str, at: Unit, *, until_on: date | None = None) -> RoleHold:
    """One more role of a person, held at `at`."""
    row = RoleHold(user_id=who.id, role=role, unit_id=at.id, until_on=until_on)
    session.add(row)
    session.flush()
    return row


def token(session: Session, who: User, **values: Any) -> str:
    """The token of a live session of this person, as a Bearer client or the cookie presents it."""
    secret = secrets.token_urlsafe(32)
    at = now()
    defaults: dict[str, Any] = {
        "created_at": at,
        "last_seen_at": at,
        "idle_seconds": 30 * 86400,
        "expires_at": at + timedelta(days=90),
        "second_factor_at": at,
    }
    session.add(SessionRow(user_id=who.id, token_hash=token_hash(secret), **{**defaults, **values}))
    session.flush()
    return secret


def viewer(session: Session, who: User) -> Viewer:
    """The person as policies see them, for tests of queries."""
    return load_viewer(session, who)


def category(session: Session, of: Unit, **values: Any) -> Category:
    """A category of a town: one that needs an after photo and may be fixed on the spot."""
    number = next(_count)
    defaults: dict[str, Any] = {
        "code": f"K{number}",
        "name_zh": f"乱堆乱放{number}",
        "name_en": f"Dumped things {number}",
        "theme": "environment",
        "handling_class": "general",
        "nature": "general",
        "deadline_hours": 24,
        "evidence": "after_photo",
    }
    row = Category(town_id=of.id, **{**defaults, **values})
    session.add(row)
    session.flush()
    return row


def point_type(session: Session, of: Unit, **values: Any) -> PointType:
    """A kind of place, a plain position."""
    number = next(_count)
    defaults: dict[str, Any] = {
        "code": f"T{number}",
        "name_zh": f"类型{number}",
        "geometry": "point",
        "zone": "public",
    }
    row = PointType(town_id=of.id, **{**defaults, **values})
    session.add(row)
    session.flush()
    return row


HERE = (120.0, 30.0)
"""Longitude and latitude (WGS-84) where points lie unless a test says otherwise."""


def point(session: Session, of: Unit, *, lon: float = HERE[0], lat: float = HERE[1], **values: Any) -> Point:
    """A measurement point of a town: a position with 20 m around it."""
    number = next(_count)
    buffer_m = values.pop("buffer_m", 20)
    defaults: dict[str, Any] = {
        "code": f"P{number}",
        "name_zh": f"点位{number}",
        "type_code": "T",
        "territory_id": of.id,
    }
    box = geo.bbox_around(lon, lat, buffer_m)
    row = Point(
        town_id=of.id,
        lon=lon,
        lat=lat,
        buffer_m=buffer_m,
        cell=cell_of(box),
        min_lon=box.west,
        min_lat=box.south,
        max_lon=box.east,
        max_lat=box.north,
        **{**defaults, **values},
    )
    session.add(row)
    session.flush()
    return row
