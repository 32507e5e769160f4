"""The card of a point shows the last visits, to those who may know of them."""

import uuid
from datetime import timedelta
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
