"""包干: who answers for which point, what is covered and complete, as a table and as a document."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from app.core.clock import now
from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.places.models import Point, Responsibility
from tests import factories

TODAY = now().date()


@dataclass
class Place:
    """14 leaders over 25 key points and 5 places that are none; two green belts."""

    town: Unit
    leaders: list[User]
    keys: list[Point]
    alleys: list[Point]
    belts: list[Point]
    units: list[Unit]


@pytest.fixture(scope="module")
def standing_place(standing: object) -> Place:
    with transaction() as session:
        town = factories.town(session)
        factories.point_type(session, town, code="RES", name_zh="居民小区")
        units = [
            factories.unit(session, town, kind="community", name_zh=name)
            for name in ("兰溪居委会", "书香居委会")
        ]
        leaders = [
            factories.user(session, town, "leader", name_zh=f"领导{n + 1:02d}", phone=f"138000000{n:02d}")
            for n in range(14)
        ]
        owned = {
            "territory_id": units[0].id,
            "responsible_unit_id": units[0].id,
            "support_unit_id": units[1].id,
        }
        keys = [
            factories.point(session, town, code=f"K{n + 1:02d}", type_code="RES", is_key=True, lon=120 + n / 100, **owned)
            for n in range(25)
        ]  # fmt: skip
        alleys = [
            factories.point(session, town, code=f"N{n + 1:02d}", is_point=False, lon=121 + n / 100)
            for n in range(5)
        ]
        belts = [
            factories.point(session, town, code=f"G{n}", type_code="GREEN", lon=122 + n / 100)
            for n in range(2)
        ]
        for n, point in enumerate([*keys, *alleys]):
            session.add(
                Responsibility(
                    town_id=town.id, role="area_leader", point_id=point.id, user_id=leaders[n % 14].id,
                    duty="包片", milestone="七月底", measure="每周一查",
                )
            )  # fmt: skip
        return Place(town, leaders, keys, alleys, belts, units)


@pytest.fixture
def place(standing_place: Place, database: object) -> Place:
    return standing_place


@pytest.fixture
def office(place: Place, sign_in: Callable[[User], TestClient]) -> TestClient:
    with transaction() as session:
        return sign_in(factories.user(session, place.town, "office_admin"))


def table(office: TestClient, **query: Any) -> dict[str, Any]:
    answer = office.get("/api/responsibilities/table", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def row(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(dict(item) for item in told["items"] if item["code"] == code)


def given(office: TestClient, point: Point, **values: Any) -> dict[str, Any]:
    answer = office.post("/api/responsibilities", json={"point_id": str(point.id), **values})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_14_leaders_cover_25_key_points_and_the_places_around_Z03_M28(
    office: TestClient, place: Place
) -> None:
    told = table(office)
    coverage = told["coverage"]
    assert coverage["key_points"] == {"n": 25, "d": 25}
    assert coverage["leaders"] == {"n": 14, "d": 14}
    assert (coverage["mean_load"], coverage["idle_leaders"]) == (1.79, [])
    assert coverage["complete"] == {"n": 30, "d": 30}
    alley = row(told, "N01")
    assert (alley["is_point"], [one["name_zh"] for one in alley["leaders"]]) == (False, ["领导12"])
    alley_lon, alley_lat = place.alleys[0].lon, place.alleys[0].lat
    near = office.get("/api/snap", params={"lon": alley_lon, "lat": alley_lat}).json()["point"]
    card = office.get(f"/api/points/{near['id']}/card").json()
    assert [who["subject"]["name_zh"] for who in card["answering"]] == ["领导12"], (
        "a case there shows its leader"
    )


def test_who_leaves_is_missed_from_that_day_on_Z03(office: TestClient, place: Place) -> None:
    page = office.get("/api/responsibilities", params={"user_id": str(place.leaders[13].id)}).json()
    for held in page["items"]:
        url, base = f"/api/responsibilities/{held['id']}", {"If-Match": str(held["version"])}
        assert office.patch(url, json={"until_on": str(TODAY)}, headers=base).status_code == 200
    assert table(office, on=str(TODAY))["coverage"]["key_points"]["n"] == 25
    later = table(office, on=str(TODAY + timedelta(days=1)))
    assert later["coverage"]["key_points"] == {"n": 24, "d": 25}
    assert [one["name_zh"] for one in later["coverage"]["idle_leaders"]] == ["领导14"]
    assert row(later, "K14")["missing"] == ["leader", "duty", "milestone", "measure"]


def test_without_duty_milestone_or_measure_it_is_incomplete_J08(office: TestClient, place: Place) -> None:
    [held] = office.get("/api/responsibilities", params={"point_id": str(place.keys[0].id)}).json()["items"]
    url = f"/api/responsibilities/{held['id']}"
    changed = office.patch(url, json={"milestone": "", "measure": ""}, headers={"If-Match": "1"})
    assert changed.status_code == 200, changed.text
    told = table(office)
    assert told["coverage"]["complete"] == {"n": 29, "d": 30}
    assert row(told, "K01")["missing"] == ["milestone", "measure"]
    again = {"milestone": "八月", "measure": "补绿", "duty": ""}
    office.patch(url, json=again, headers={"If-Match": "2"})
    assert row(table(office), "K01")["missing"] == ["duty"]


def test_every_green_belt_has_exactly_one_adopter_D10(office: TestClient, place: Place) -> None:
    first, second = place.belts
    one, other = (str(unit.id) for unit in place.units)
    given(office, first, role="adopter", unit_id=one)
    [adoption] = table(office)["coverage"]["adoption"]
    assert (adoption["type_code"], adoption["points"], adoption["exactly_one"]) == ("GREEN", 2, 1)
    assert (adoption["none"], adoption["several"]) == (["G1"], [])
    extra = given(office, first, role="adopter", unit_id=other)
    given(office, second, role="adopter", unit_id=other)
    assert table(office)["coverage"]["adoption"][0]["several"] == ["G0"]
    assert office.delete(f"/api/responsibilities/{extra['id']}").status_code == 204
    [adoption] = table(office)["coverage"]["adoption"]
    assert (adoption["points"], adoption["exactly_one"], adoption["none"], adoption["several"]) == (
        2,
        2,
        [],
        [],
    )


def test_the_table_is_a_document_with_masked_phones_X05(
    office: TestClient, place: Place, sign_in: Callable[[User], TestClient]
) -> None:
    answer = office.get("/api/responsibilities/table.xlsx")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    head, *rows = [[cell or "" for cell in line] for line in sheet.iter_rows(values_only=True)]
    first = dict(zip(head, rows[0], strict=True))
    assert {
        "点位",
        "类型",
        "重点",
        "属地",
        "包干领导",
        "点位长",
        "责任单位",
        "帮包单位",
        "电话",
        "节点",
        "措施",
    } <= set(head)
    assert (first["编号"], first["类型"], first["重点"]) == ("K01", "居民小区", "是")
    assert (first["包干领导"], first["电话"]) == ("领导01", "138****0000")
    assert (first["责任单位"], first["帮包单位"]) == ("兰溪居委会", "书香居委会")
    assert b"13800000000" not in answer.content
    assert len(rows) == 32
    with transaction() as session:
        patroller = factories.user(session, place.town, "patroller")
        pending = factories.user(session, place.town, "leader", status="pending")
    assert sign_in(patroller).get("/api/responsibilities/table.xlsx").status_code == 403
    unseen = table(sign_in(pending))
    assert all(not item["leaders"] for item in unseen["items"])
    assert unseen["coverage"]["leaders"] == {"n": 0, "d": 0}
