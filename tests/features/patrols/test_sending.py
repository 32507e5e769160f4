"""What phones send of their patrols: exactly once, in any order, in doubt flagged and never refused."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from starlette.testclient import TestClient

from app.core import clock
from app.core.db import reading, transaction
from app.features.issues.models import Issue
from app.features.patrols import models, plans
from app.features.patrols.models import ChecklistResult, Patrol, Visit
from app.features.patrols.plan_schemas import PlanIn
from app.features.patrols.tally_models import Tally
from app.features.standards.models import CheckItem
from tests.features.patrols.conftest import PatrolTown, local, patrol_body, plan_body, visit_body
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo

NOW = local("2026-11-22 10:00")
HALF_PAST_NINE = NOW - timedelta(minutes=30)
Phone = TestClient


@pytest.fixture(scope="module")
def phones(standing_sign_in: Callable[..., TestClient], place: PatrolTown) -> dict[str, TestClient]:
    with clock.frozen(NOW):
        names = ("volunteer", "walker", "liaison", "office")
        return {name: standing_sign_in(getattr(place, name)) for name in names}


@pytest.fixture(autouse=True)
def _ten_o_clock(database: Connection) -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture
def phone(phones: dict[str, TestClient]) -> TestClient:
    return phones["volunteer"]


@pytest.fixture
def slot(place: PatrolTown, phone: TestClient) -> dict[str, Any]:
    with transaction() as session:
        plans.put_plan(session, place.town.id, PlanIn.model_validate(plan_body()), None)
    first: dict[str, Any] = phone.get("/api/patrols/mine").json()["slots"][0]
    return first


def send(phone: TestClient, kind: str, body: dict[str, Any], key: str | None = None) -> Any:
    """PUT, and the answer with its status in `status`."""
    answer = phone.put(f"/api/{kind}/{key or uuid.uuid4()}", json=body)
    return answer.json() | {"status": answer.status_code}


def test_a_phone_takes_along_the_rounds_of_today_and_tomorrow_D12(
    place: PatrolTown, phone: TestClient, slot: dict[str, Any]
) -> None:
    mine = phone.get("/api/patrols/mine").json()
    assert [one["local_on"] for one in mine["slots"]] == ["2026-11-22", "2026-11-23"]
    assert (slot["state"], slot["level"], slot["assignee"]["kind"]) == ("due", 3, "unit")
    places = {one["id"]: one for one in mine["places"]}
    assert [places[one["id"]]["code"] for one in slot["targets"]] == ["K1", "K2"]
    market = places[str(place.market.id)]
    assert (market["fence_m"], market["type_code"]) == (50, "MARKET")
    items = mine["checklists"]["MARKET"]
    assert [(item["code"], item["weight"]) for item in items] == [("ENV-a", 2), ("PUB-a", 1)]
    assert [step["share_percent"] for step in mine["scale"]] == [100, 66, 33, 0, None]


def test_a_visit_comes_before_its_patrol_and_the_slot_is_done_when_both_are_here(
    place: PatrolTown, phone: TestClient, slot: dict[str, Any]
) -> None:
    patrol, visit = str(uuid.uuid4()), str(uuid.uuid4())
    body = visit_body(patrol, place.market, HALF_PAST_NINE)
    first = send(phone, "visits", body, visit)
    assert (first["status"], first["is_attached"]) == (201, False)
    walk = patrol_body(NOW - timedelta(hours=1), slot_id=slot["id"])
    sent = send(phone, "patrols", walk, patrol)
    assert (sent["status"], sent["visits"], sent["slot_state"]) == (201, 1, "done")
    again = send(phone, "visits", body, visit)
    assert (again["status"], again["is_attached"], again["score"]) == (200, True, 100.0)
    assert phone.get(f"/api/visits/{visit}").json()["score"] == 100.0
    shown = phone.get("/api/patrols/mine").json()["slots"][0]
    assert (shown["state"], shown["targets_done"], shown["targets_total"]) == ("done", 1, 2)
    assert shown["patrol_ids"] == [patrol]
    assert [one["visited_at"] is not None for one in shown["targets"]] == [True, False]


def test_a_patrol_grows_until_it_ends_and_then_stays_as_it_is(
    phone: TestClient, slot: dict[str, Any]
) -> None:
    key, start = str(uuid.uuid4()), NOW - timedelta(minutes=50)
    begun = patrol_body(start, slot_id=slot["id"], ended_at=None)
    assert send(phone, "patrols", begun, key)["slot_state"] == "running"
    more = begun | {"tallies": {"dissuasion": {"parking": 2}, "publicity": {"leaflet": 30}}}
    assert send(phone, "patrols", more, key)["status"] == 200
    ended = more | {"ended_at": NOW.isoformat()}
    assert send(phone, "patrols", ended, key)["ended_at"] is not None
    late = send(phone, "patrols", begun, key)
    assert (late["status"], late["ended_at"]) == (200, send(phone, "patrols", ended, key)["ended_at"])
    for other in (
        ended | {"tallies": {}},
        more | {"kind": "special"},
        more | {"started_at": NOW.isoformat()},
    ):
        refused = send(phone, "patrols", other, key)
        assert (refused["status"], refused["code"]) == (409, "same-id-other-body")
        assert refused["stored"]["tallies"]["publicity"] == {"leaflet": 30}


def test_the_same_visit_again_is_the_same_and_another_under_its_id_is_refused(
    place: PatrolTown, phone: TestClient, phones: dict[str, TestClient]
) -> None:
    key, body = str(uuid.uuid4()), visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE)
    assert [send(phone, "visits", body, key)["status"] for _ in range(2)] == [201, 200]
    other = send(phone, "visits", body | {"note": "改口"}, key)
    assert (other["status"], other["code"], other["stored"]["note"]) == (409, "same-id-other-body", "")
    # The same id of another person's phone is another visit.
    assert send(phones["walker"], "visits", body, key)["status"] == 201
    with reading() as session:
        assert session.scalar(select(func.count()).where(Visit.client_id == uuid.UUID(key))) == 2


@pytest.mark.parametrize(
    ("position", "reason", "inside", "flags"),
    [
        ({"accuracy_m": 8}, "", True, []),
        ({"metres": 45, "accuracy_m": 0}, "", True, []),
        ({"metres": 80, "accuracy_m": 40}, "", True, []),
        ({"metres": 80, "accuracy_m": 5}, "", False, ["away"]),
        ({"metres": 80, "accuracy_m": 5}, "道路封闭", False, []),
        ({"metres": 900, "accuracy_m": 99_999}, "", False, ["away"]),
        (None, "", False, ["no_position"]),
        (None, "手机没有信号", False, []),
    ],
)
def test_a_check_in_is_inside_the_fence_or_has_a_reason_or_is_flagged(
    place: PatrolTown,
    phone: TestClient,
    position: dict[str, float] | None,
    reason: str,
    inside: bool,
    flags: list[str],
) -> None:
    body = visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE, away_reason=reason)
    body["position"] = None
    if position is not None:
        east = position.get("metres", 0) / 96_486
        fix = {"lon": place.market.lon + east, "lat": place.market.lat, "accuracy_m": position["accuracy_m"]}
        body["position"] = fix
    told = send(phone, "visits", body)
    assert (told["status"], told["is_inside"], told["flags"]) == (201, inside, flags)


def test_the_fence_is_around_the_shape_of_a_road_not_its_middle_S38(
    place: PatrolTown, phone: TestClient
) -> None:
    with transaction() as session:
        line = {"type": "LineString", "coordinates": [[120.0, 30.0], [120.02, 30.0]]}
        session.merge(place.market).geometry = line
    body = visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE)
    body["position"] = {"lon": 120.019, "lat": 30.0003, "accuracy_m": 5}
    told = send(phone, "visits", body)
    assert told["is_inside"] is True
    assert told["distance_m"] == pytest.approx(33, abs=1)


def test_times_are_the_servers_and_a_clock_that_is_wrong_is_flagged(
    place: PatrolTown, phone: TestClient
) -> None:
    behind = visit_body(str(uuid.uuid4()), place.market, NOW - timedelta(hours=3), clock_offset_seconds=7200)
    assert send(phone, "visits", behind)["arrived_at"] == "2026-11-22T01:00:00Z"
    for offset, flag in ((None, "clock_unknown"), (200_000, "clock_skew")):
        body = visit_body(
            str(uuid.uuid4()), place.market, NOW + timedelta(days=9), clock_offset_seconds=offset
        )
        told = send(phone, "visits", body)
        assert (told["flags"], told["arrived_at"]) == ([flag], told["received_at"])


def test_results_are_kept_item_by_item_with_photos_and_scored_X24_M30(
    place: PatrolTown, phone: TestClient
) -> None:
    photo, absent = uuid.uuid4(), uuid.uuid4()
    results = [
        {"item": "ENV-a", "result": "minor", "note": "一处", "photo_ids": [str(photo), str(absent)]},
        {"item": "PUB-a", "result": "na"},
    ]
    body = visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE, results=results, all_fine=False)
    key = str(uuid.uuid4())
    told = send(phone, "visits", body | {"standard_version": "2021.1"}, key)
    assert (told["score"], told["is_clean"], told["photos"]["received"]) == (66.0, False, 0)
    assert put_photo(phone, photo, pictures.jpeg(64, 48)).status_code == 201
    assert phone.get(f"/api/visits/{key}").json()["photos"] == {
        "expected": 2, "received": 1, "missing": [str(absent)]
    }  # fmt: skip
    with transaction() as session:
        # A new standard, and the item in new words: what was found stays what it was.
        item = session.scalars(
            select(CheckItem).where(CheckItem.code == "ENV-a", CheckItem.town_id == place.town.id)
        ).one()
        was = item.id
        item.superseded_at = NOW + timedelta(minutes=1)
        session.flush()
        session.add(CheckItem(town_id=place.town.id, code="ENV-a", revision=2, name_zh="新", theme="environment",
                              method="observe", extra={"weight": 9}))  # fmt: skip
        session.flush()
        kept = session.scalars(select(ChecklistResult).where(ChecklistResult.item_code == "ENV-a")).one()
        assert (kept.item_id, kept.share_percent, kept.weight, kept.note) == (was, 66, 2, "一处")
        visit = session.scalars(select(Visit).where(Visit.client_id == uuid.UUID(key))).one()
        assert (visit.standard_version, visit.score) == ("2021.1", 66.0)


def test_what_the_standard_does_not_know_is_kept_and_flagged(place: PatrolTown, phone: TestClient) -> None:
    results = [
        {"item": "ENV-a", "result": "fail"},
        {"item": "XXX", "result": "pass"},
        {"item": "PUB-a", "result": "odd"},
    ]
    told = send(phone, "visits", visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE, results=results))
    assert told["flags"] == ["not_all_fine", "unknown_item", "unknown_result"]
    assert told["score"] == 33.33
    nothing = visit_body(str(uuid.uuid4()), place.market, HALF_PAST_NINE, all_fine=False)
    assert (send(phone, "visits", nothing)["score"], send(phone, "visits", nothing)["is_clean"]) == (
        None,
        False,
    )


def test_children_are_counted_and_never_named_J16(
    place: PatrolTown, phone: TestClient, slot: dict[str, Any]
) -> None:
    adults = [str(place.liaison.id), str(uuid.uuid4())]
    party = {"adults": adults, "children_count": 12, "units": [str(place.west.id)]}
    told = send(
        phone, "patrols", patrol_body(NOW - timedelta(hours=1), slot_id=slot["id"], participants=party)
    )
    assert told["flags"] == ["unknown_participant"]
    with reading() as session:
        patrol = session.scalars(select(Patrol)).one()
        assert patrol.children_count == 12
    named = party | {"children": ["小明"]}
    refused = send(phone, "patrols", patrol_body(NOW, participants=named))
    assert refused["status"] == 422


def test_a_patrol_has_no_place_for_a_track(place: PatrolTown, phone: TestClient) -> None:
    track = [[120.0, 30.0], [120.1, 30.0]]
    assert send(phone, "patrols", patrol_body(NOW, track=track))["status"] == 422
    assert (
        send(phone, "visits", visit_body(str(uuid.uuid4()), place.market, NOW, track=track))["status"] == 422
    )
    columns = {
        column.name for table in (Patrol, Visit, models.PatrolSlot) for column in table.__table__.columns
    }
    assert not {name for name in columns if "track" in name or "path" in name or "geometry" in name}


def test_dissuasions_and_leaflets_are_counted_by_day_and_no_case_arises_Z36_S44_S45_X16_J05(
    place: PatrolTown, phone: TestClient, phones: dict[str, TestClient]
) -> None:
    tallies = {"dissuasion": {"ORD-01": 3, "parking": 2}, "publicity": {"leaflet": 40}}
    for hours in (1, 2):
        send(phone, "patrols", patrol_body(NOW - timedelta(hours=hours), kind="special", tallies=tallies))
    send(phone, "patrols", patrol_body(NOW - timedelta(hours=11), kind="special", tallies=tallies))
    days = {"first": "2026-11-21", "last": "2026-11-22"}
    rows = phones["office"].get("/api/patrols/tallies", params=days).json()["items"]
    assert [(row["local_on"], row["code"], row["count"]) for row in rows if row["kind"] == "dissuasion"] == [
        ("2026-11-21", "ORD-01", 3), ("2026-11-21", "parking", 2), ("2026-11-22", "ORD-01", 6), ("2026-11-22", "parking", 4),
    ]  # fmt: skip
    log = phones["office"].get("/api/patrols/log").json()["items"]
    assert [one["kind"] for one in log] == ["special"] * 3, "patrols and dissuasions, both told (J05)"
    # Three taps at the market: counted there, and in the day's sum (Z36).
    at_market = visit_body(str(uuid.uuid4()), place.market, NOW, tallies={"dissuasion": {"ORD-01": 3}})
    key = str(uuid.uuid4())
    for _ in range(2):
        assert send(phone, "visits", at_market, key)["status"] in (200, 201)
    by_point = phones["office"].get("/api/patrols/tallies", params=days | {"by": "point"}).json()["items"]
    assert [(row["point"]["id"], row["code"], row["count"]) for row in by_point] == [
        (str(place.market.id), "ORD-01", 3)
    ]
    rows = phones["office"].get("/api/patrols/tallies", params=days).json()["items"]
    assert [row["count"] for row in rows if (row["local_on"], row["code"]) == ("2026-11-22", "ORD-01")] == [9]
    with reading() as session:
        assert (
            session.scalar(select(func.count()).select_from(Issue).where(Issue.town_id == place.town.id)) == 0
        )
        assert session.scalar(select(func.sum(Tally.count)).where(Tally.kind == "publicity")) == 120
    wrong = {"dissuasion": {"parking": 0}}
    assert send(phone, "patrols", patrol_body(NOW, tallies=wrong))["status"] == 422


def test_a_core_road_is_measured_by_a_stricter_standard_X39(place: PatrolTown, phone: TestClient) -> None:
    with transaction() as session:
        session.merge(place.road).profile = {"standard_profile": "sit_on_the_ground"}
    results = [{"item": "ENV-a", "result": "minor"}, {"item": "PUB-a", "result": "pass"}]
    scores = [
        send(phone, "visits", visit_body(str(uuid.uuid4()), point, NOW, all_fine=False, results=results))[
            "score"
        ]
        for point in (place.market, place.road)
    ]
    assert scores == [77.33, 55.33], "66 of a weight of two here, 33 there"


def test_who_sets_out_by_hand_does_the_round_that_is_due(
    place: PatrolTown, phone: TestClient, slot: dict[str, Any]
) -> None:
    patrol = str(uuid.uuid4())
    told = send(phone, "patrols", patrol_body(NOW - timedelta(hours=1)), patrol)
    assert told["slot_id"] == slot["id"]
    # Looked at from home and without a reason, nothing is done; with one at the place it is.
    away = visit_body(patrol, place.market, HALF_PAST_NINE) | {"position": None}
    assert send(phone, "visits", away)["slot_state"] == "running"
    assert send(phone, "visits", visit_body(patrol, place.quarter, HALF_PAST_NINE))["slot_state"] == "done"


def test_a_strangers_point_and_a_strangers_slot_open_nothing(
    place: PatrolTown, phones: dict[str, TestClient], slot: dict[str, Any]
) -> None:
    phone = phones["walker"]
    unknown = visit_body(str(uuid.uuid4()), place.market, NOW) | {"point_id": str(uuid.uuid4())}
    assert send(phone, "visits", unknown)["fields"] == [{"at": ["body", "point_id"], "why": "unknown"}]
    told = send(phone, "patrols", patrol_body(NOW, slot_id=slot["id"], kind="special"))
    assert (told["slot_id"], told["kind"], told["flags"]) == (None, "special", ["slot_unknown"])
    covert = send(phone, "patrols", patrol_body(NOW, kind="special", is_covert=True))
    assert (covert["visibility"], covert["flags"]) == ("open", ["not_covert"])
