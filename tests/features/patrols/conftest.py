"""A town with two communities, points, a checklist and people, made once a file; each test's changes are undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.places.models import Point
from app.features.standards.models import CheckItem, Standard
from app.features.volunteers.models import Team, TeamMember
from tests import factories

ZONE = ZoneInfo("Asia/Shanghai")
SCALE = [("pass", 100), ("minor", 66), ("major", 33), ("fail", 0), ("na", None)]


def local(text: str) -> datetime:
    """A moment in the town's time: 2026-11-22 08:00."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class PatrolTown:
    """Who and what there is."""

    town: Unit
    other: Unit
    east: Unit
    west: Unit
    office: User
    leader: User
    liaison: User
    west_liaison: User
    volunteer: User
    walker: User
    team: Team
    market: Point
    quarter: Point
    road: Point


@pytest.fixture(scope="module")
def place(standing: Connection) -> PatrolTown:
    with transaction() as session:
        town = factories.town(session)
        east, west = (factories.unit(session, town, kind="community") for _ in range(2))
        office = factories.unit(session, town, kind="office")
        factories.point_type(session, town, code="MARKET", check_item_codes=["ENV-a", "PUB-a"])
        factories.category(session, town, code="ENV-01")
        lists = {
            "result_scale": [
                {"code": code, "name_zh": code, "name_en": code, "share_percent": share}
                for code, share in SCALE
            ]
        }
        session.add(Standard(town_id=town.id, version="2021.1", lists=lists))
        for code, weight in (("ENV-a", 2), ("PUB-a", 1)):
            session.add(
                CheckItem(town_id=town.id, code=code, name_zh=code, theme="environment", method="observe",
                          category_codes=["ENV-01"], extra={"weight": weight})
            )  # fmt: skip
        team = Team(
            town_id=town.id, unit_id=office.id, code="TM", name_zh="巡访团", kind="citizen_patrol", size=39
        )
        session.add(team)
        session.flush()
        walker = factories.user(session, town, "patroller")
        session.add(TeamMember(team_id=team.id, user_id=walker.id))
        points = {
            code: factories.point(session, town, code=code, lon=lon, territory_id=unit.id, is_key=key, type_code="MARKET")
            for code, lon, unit, key in (
                ("K1", 120.0, east, True), ("K2", 120.01, east, True), ("N1", 120.05, west, False)
            )
        }  # fmt: skip
        return PatrolTown(
            town=town, other=factories.town(session), east=east, west=west,
            office=factories.user(session, town, "office_admin"), leader=factories.user(session, town, "leader"),
            liaison=factories.user(session, east, "liaison"), west_liaison=factories.user(session, west, "liaison"),
            volunteer=factories.user(session, east, "volunteer"), walker=walker, team=team,
            market=points["K1"], quarter=points["K2"], road=points["N1"],
        )  # fmt: skip


def plan_body(**values: Any) -> dict[str, Any]:
    """A plan as the office writes it: the communities' daily self-check unless said otherwise."""
    return {
        "code": "PL", "name_zh": "每日自查", "level": 3, "kind": "self_check", "rrule": "FREQ=DAILY",
        "start_on": "2026-01-01", "targets": "own_territory", "parties": [{"kind": "unit_kind", "code": "community"}],
        **values,
    }  # fmt: skip


def patrol_body(at: datetime, **values: Any) -> dict[str, Any]:
    """A patrol of an hour that began `at`."""
    return {
        "slot_id": None, "kind": "self_check", "started_at": at.isoformat(), "clock_offset_seconds": 0,
        "ended_at": (at + timedelta(hours=1)).isoformat(), **values,
    }  # fmt: skip


def visit_body(patrol_id: str, point: Point, at: datetime, **values: Any) -> dict[str, Any]:
    """A look at a point, the phone standing there."""
    return {
        "patrol_id": patrol_id, "point_id": str(point.id), "arrived_at": at.isoformat(), "clock_offset_seconds": 0,
        "position": {"lon": point.lon, "lat": point.lat, "accuracy_m": 8}, "all_fine": True, **values,
    }  # fmt: skip
