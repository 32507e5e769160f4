"""The card of a point: what is asked of it, who answers for it, what lies open at it and around it."""

from typing import Any

import pytest

from app.core.db import transaction
from app.features.places.models import Responsibility
from app.features.standards.models import CheckItem
from tests import factories
from tests.support.cases import LAT, LON, World, world

EAST_M = 1 / 96_486
"""A metre eastward in degrees at the latitude of the tests."""


@pytest.fixture
def town(sign_in: Any) -> World:
    return world(sign_in)


def card(town: World, point_id: Any, name: str = "dispatcher") -> dict[str, Any]:
    answer = town.client(name).get(f"/api/points/{point_id}/card")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def found_at(town: World, lon: float, lat: float = LAT, name: str = "volunteer", **more: Any) -> str:
    position = {"lon": lon, "lat": lat, "accuracy_m": 5, "source": "gps"}
    shot = town.shot(town.photo(name), lon=lon, lat=lat)
    return str(town.filed(name, position=position, photos=[shot], **more)["id"])


def test_the_card_shows_items_chief_unit_leader_and_open_cases_S02_D12_Z03_X33(town: World) -> None:
    with transaction() as session:
        for code, name in (("MKT-a", "摊位整洁"), ("MKT-b", "公平秤完好")):
            session.add(
                CheckItem(town_id=town.town.id, code=code, name_zh=name, theme="market", method="observe")
            )
        factories.point_type(session, town.town, code="MARKET", check_item_codes=["MKT-b", "MKT-a"])
        chief = factories.user(session, town.unit, "point_chief", name_zh="点位长甲", phone="13812345678")
        leader = factories.user(session, town.town, "leader", name_zh="王镇", phone="13987654321")
        market = factories.point(
            session, town.town, type_code="MARKET", is_key=True, lon=LON + 0.02, responsible_unit_id=town.unit.id,
            support_unit_id=town.other_unit.id, point_chief_id=chief.id, buffer_m=100,
        )  # fmt: skip
        given = {"town_id": town.town.id, "point_id": market.id}
        session.add(Responsibility(**given, role="area_leader", user_id=leader.id, milestone="七月底"))
        session.add(Responsibility(**given, role="stationed", unit_id=town.other_unit.id))
        session.add(
            Responsibility(
                **given, role="area_leader", user_id=chief.id, until_on=factories.now().date().replace(year=2020)
            )
        )  # fmt: skip
    issue = found_at(town, LON + 0.02)
    shown = card(town, market.id)
    point = shown["point"]
    assert [item["name_zh"] for item in shown["checklist"]["items"]] == ["公平秤完好", "摊位整洁"]
    assert shown["checklist"]["version"]
    assert (point["is_key"], point["point_chief"]["name_zh"]) == (True, "点位长甲")
    assert (point["responsible_unit"]["name_zh"], point["support_unit"]["name_zh"]) == (
        "汀兰物业",
        "城管中队",
    )
    told = {(who["role"], who["subject"]["name_zh"], who["phone_masked"]) for who in shown["answering"]}
    assert told == {("area_leader", "王镇", "139****4321"), ("stationed", "城管中队", None)}
    assert [item["id"] for item in shown["sections"]["issues"]["items"]] == [issue]
    assert shown["sections"]["issues"]["open"] == 1

    unseen = card(town, market.id, "pending")
    assert (unseen["answering"], unseen["point"]["point_chief"]) == ([], None)
    assert unseen["sections"]["issues"]["open"] == 0, "what one may not see is not counted either"
    assert town.client("stranger").get(f"/api/points/{market.id}/card").status_code == 404


def test_within_the_buffer_but_not_at_the_point_is_surroundings_Z28_S25_S38(town: World) -> None:
    far = LON + 0.05
    with transaction() as session:
        spot = factories.point(session, town.town, lon=far, buffer_m=100)
        alley = factories.point(session, town.town, lon=far + 160 * EAST_M, is_point=False, buffer_m=10)
    at_it, around = found_at(town, far + 8 * EAST_M), found_at(town, far + 60 * EAST_M)
    found_at(town, far + 130 * EAST_M)
    section = card(town, spot.id)["sections"]["issues"]
    assert town.case(around)["point"]["id"] == str(spot.id), "the buffer takes it to the point"
    assert ([i["id"] for i in section["items"]], section["open"]) == ([at_it], 1)
    assert [i["id"] for i in section["surroundings"]["items"]] == [around]
    with transaction() as session:
        session.get_one(type(spot), spot.id).buffer_m = 170
    in_alley = found_at(town, far + 160 * EAST_M)
    assert town.case(in_alley)["point"]["id"] == str(alley.id)
    told = {i["id"] for i in card(town, spot.id)["sections"]["issues"]["surroundings"]["items"]}
    assert {around, in_alley} <= told, "a non-point alley beside a point is its surroundings, too"
    assert card(town, alley.id)["sections"]["issues"]["open"] == 2, "that one, and the one beside it"


def test_a_road_is_a_line_and_its_cases_lie_along_it_S38(town: World) -> None:
    west, east = LON + 0.08, LON + 0.09
    office = town.client("admin")
    with transaction() as session:
        factories.point_type(session, town.town, code="ROAD")
    line = {"type": "LineString", "coordinates": [[west, LAT], [east, LAT]]}
    body = {
        "code": "R1", "type_code": "ROAD", "name_zh": "禾川路", "buffer_m": 120, "geometry": line,
        "position": {"lon": west, "lat": LAT},
    }  # fmt: skip
    road = office.post("/api/points", json=body).json()
    on_it = found_at(town, (west + east) / 2, LAT + 10 / 111_000)
    beside = found_at(town, (west + east) / 2, LAT + 90 / 111_000)
    section = card(town, road["id"])["sections"]["issues"]
    assert [i["id"] for i in section["items"]] == [on_it]
    assert [i["id"] for i in section["surroundings"]["items"]] == [beside]
    assert town.case(on_it)["distance_to_point_m"] > 400, "some 480 m from where the pin of the road is"
