"""What phones send of their patrols: exactly once, in any order, in doubt flagged and never refused."""

import uuid
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.core import clock
from app.core.db import transaction
from app.features.patrols import plans
from app.features.patrols.plan_schemas import PlanIn
from tests.features.patrols.conftest import PatrolTown, local, patrol_body, plan_body, visit_body

NOW = local("2026-11-22 10:00")


@pytest.fixture(scope="module")
def phone(standing_sign_in, place: PatrolTown) -> TestClient:
    with clock.frozen(NOW):
        return standing_sign_in(place.volunteer)


@pytest.fixture(autouse=True)
def _ten_o_clock(database):
    with clock.frozen(NOW):
        yield


@pytest.fixture
def slot(place: PatrolTown, phone: TestClient) -> dict:
    with transaction() as session:
        plans.put_plan(session, place.town.id, PlanIn.model_validate(plan_body()), None)
    return phone.get("/api/patrols/mine").json()["slots"][0]


def test_a_phone_takes_along_the_rounds_of_today_and_tomorrow_D12(place, phone, slot) -> None:
    mine = phone.get("/api/patrols/mine").json()
    assert [one["local_on"] for one in mine["slots"]] == ["2026-11-22", "2026-11-23"]
    assert slot["state"] == "due"
    assert slot["level"] == 3
    assert slot["assignee"]["kind"] == "unit"
    places = {one["id"]: one for one in mine["places"]}
    assert [places[one["id"]]["code"] for one in slot["targets"]] == ["K1", "K2"]
    market = places[str(place.market.id)]
    assert market["fence_m"] == 50
    assert market["type_code"] == "MARKET"
    assert [(item["code"], item["weight"]) for item in mine["checklists"]["MARKET"]] == [
        ("ENV-a", 2),
        ("PUB-a", 1),
    ]
    assert [step["share_percent"] for step in mine["scale"]] == [100, 66, 33, 0, None]


def test_a_visit_comes_before_its_patrol_and_the_slot_is_done_when_both_are_here(place, phone, slot) -> None:
    patrol, visit = str(uuid.uuid4()), str(uuid.uuid4())
    body = visit_body(patrol, place.market, NOW - timedelta(minutes=30))
    first = phone.put(f"/api/visits/{visit}", json=body)
    assert first.status_code == 201
    assert first.json()["is_attached"] is False
    sent = phone.put(f"/api/patrols/{patrol}", json=patrol_body(NOW - timedelta(hours=1), slot_id=slot["id"]))
    assert (sent.status_code, sent.json()["visits"], sent.json()["slot_state"]) == (201, 1, "done")
    again = phone.put(f"/api/visits/{visit}", json=body)
    assert (again.status_code, again.json()["is_attached"], again.json()["score"]) == (200, True, 100.0)
    shown = phone.get("/api/patrols/mine").json()["slots"][0]
    assert (shown["state"], shown["targets_done"], shown["targets_total"]) == ("done", 1, 2)
    assert shown["patrol_ids"] == [patrol]
    assert shown["targets"][0]["visited_at"] is not None
