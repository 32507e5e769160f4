"""The card of a point shows the last visits, to those who may know of them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import transaction
from app.features.patrols.models import Visit
from tests.support.cases import World, world


@pytest.fixture
def town(sign_in: Any) -> World:
    return world(sign_in)


def test_a_points_card_tells_of_its_last_visits_S02(town: World) -> None:
    with transaction() as session:
        for days in range(7):
            session.add(
                Visit(
                    client_id=uuid.uuid4(), user_id=town.people["patroller"].id, town_id=town.town.id, kind="self_check",
                    patrol_client_id=uuid.uuid4(), point_id=town.point.id, arrived_at=now() - timedelta(days=days), is_clean=days > 0,
                    score=80 + days, body={}, body_sha256="",
                )
            )  # fmt: skip
    url = f"/api/points/{town.point.id}/card"
    told = town.client("dispatcher").get(url).json()["sections"]["visits"]
    assert [visit["score"] for visit in told] == [80, 81, 82, 83, 84], "the newest five, newest first"
    assert (told[0]["kind"], told[0]["is_clean"], told[1]["is_clean"]) == ("self_check", False, True)
    assert set(told[0]) == {"id", "at", "kind", "score", "is_clean"}, "nobody is named"
    assert len(town.client("patroller").get(url).json()["sections"]["visits"]) == 5
    assert town.client("volunteer").get(url).json()["sections"]["visits"] == []
    assert town.client("pending").get(url).json()["sections"]["visits"] == []


def test_sign_ins_of_those_who_adopted_a_green_belt_are_summed_as_person_times_D10(town: World) -> None:
    body = {
        "role": "adopter",
        "unit_id": str(town.unit.id),
        "point_id": str(town.point.id),
        "from_on": "2026-11-10",
    }
    office = town.client("admin")
    assert office.post("/api/responsibilities", json=body).status_code == 201
    came = [
        ("liaison", "2026-11-09T15:59:00Z"),  # 23:59 there, the day before
        ("liaison", "2026-11-09T16:00:00Z"),
        ("rectifier", "2026-11-12T01:00:00Z"),
        ("rectifier", "2026-11-12T02:00:00Z"),
        ("other_liaison", "2026-11-12T03:00:00Z"),  # of another unit
        ("liaison", "2026-11-20T16:00:00Z"),  # the day after the one asked for
    ]
    with transaction() as session:
        for name, at in came:
            session.add(
                Visit(
                    client_id=uuid.uuid4(), user_id=town.people[name].id, town_id=town.town.id, kind="self_check",
                    patrol_client_id=uuid.uuid4(), point_id=town.point.id, arrived_at=datetime.fromisoformat(at), body={}, body_sha256="",
                )
            )  # fmt: skip
    [adoption] = office.get("/api/responsibilities/table?on=2026-11-20").json()["coverage"]["adoption"]
    assert (adoption["exactly_one"], adoption["person_times"]) == (1, 3)
