"""Points, grids and responsibilities over HTTP."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from app.core import geo
from app.core.db import transaction
from app.features.identity.models import Unit, User
from tests import factories

SignIn = Callable[[User], TestClient]
AREA = {
    "type": "Polygon",
    "coordinates": [[[120.1, 31.1], [120.102, 31.1], [120.102, 31.102], [120.1, 31.102], [120.1, 31.1]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[120.1, 31.1], [120.102, 31.102], [120.102, 31.1], [120.1, 31.102], [120.1, 31.1]]],
}


@pytest.fixture
def town(database: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        factories.point_type(session, row, code="RES", buffer_m=40)
        return row


@pytest.fixture
def office(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "office_admin")
    return sign_in(person)


@pytest.fixture
def patroller(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "patroller")
    return sign_in(person)


def new(code: str = "K01", **values: Any) -> dict[str, Any]:
    at = {"lon": 120.101, "lat": 31.101}
    return {"code": code, "type_code": "RES", "name_zh": "兰溪苑", "position": at, **values}


def made(office: TestClient, code: str = "K01", **values: Any) -> dict[str, Any]:
    answer = office.post("/api/points", json=new(code, **values))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def change(office: TestClient, point: dict[str, Any], **values: Any) -> Any:
    headers = {"If-Match": f'"{point["version"]}"'}
    return office.patch(f"/api/points/{point['id']}", json=values, headers=headers)


def test_a_point_takes_its_buffer_from_its_type_and_its_grid_from_its_place(office: TestClient) -> None:
    grid = office.post(
        "/api/grids", json={"code": "990101100001001", "name_zh": "第01单元网格", "geometry": AREA}
    )
    assert grid.status_code == 201, grid.text
    point = made(office)
    assert point["buffer_m"] == 40
    assert point["grid"]["name_zh"] == "第01单元网格"


def test_a_received_position_is_kept_beside_the_canonical_one(office: TestClient) -> None:
    lon, lat = geo.from_wgs84(120.101, 31.101, geo.Crs.GCJ02)
    gcj = {"lon": lon, "lat": lat, "crs": "gcj02"}
    point = made(office, position=gcj, geometry=AREA)
    assert (point["lon"], point["lat"]) == pytest.approx((120.101, 31.101), abs=1e-7)
    assert point["source"] == {"crs": "gcj02", "position": [lon, lat], "geometry": AREA}
    shifted = geo.to_wgs84(120.1, 31.1, geo.Crs.GCJ02)
    assert point["geometry"]["coordinates"][0][0] == pytest.approx(shifted)


def test_moving_a_point_keeps_its_shape_and_clearing_the_shape_keeps_its_place(office: TestClient) -> None:
    point = made(office, geometry=AREA)
    moved = change(office, point, position={"lon": 120.1005, "lat": 31.1005}).json()
    assert (moved["lon"], moved["geometry"]) == (120.1005, point["geometry"])
    plain = change(office, moved, geometry=None).json()
    assert (plain["geometry"], plain["lon"]) == (None, 120.1005)
    near = office.get("/api/snap", params={"lon": 120.1005, "lat": 31.1005}).json()
    assert near["point"]["distance_m"] == 0


def test_a_wider_buffer_is_found_at_once(office: TestClient) -> None:
    point = made(office)
    far = {"lon": 120.101 + 300 / 95_300, "lat": 31.101}
    assert office.get("/api/snap", params=far).json()["point"] is None
    assert change(office, point, buffer_m=310).status_code == 200
    assert office.get("/api/snap", params=far).json()["point"]["is_inside"] is True


def test_of_two_editors_the_second_is_told(office: TestClient) -> None:
    point = made(office)
    assert change(office, point, name_zh="甲").json()["version"] == 2
    stale = change(office, point, name_zh="乙")
    assert (stale.status_code, stale.json()["code"]) == (409, "version-conflict")
    assert office.patch(f"/api/points/{point['id']}", json={"name_zh": "乙"}).status_code == 428


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"type_code": "NONE"}, "invalid"),
        ({"responsible_unit_id": str(uuid.uuid4())}, "invalid"),
        ({"point_chief_id": str(uuid.uuid4())}, "invalid"),
        ({"position": {"lon": 31.1, "lat": 120.1}}, "geometry-refused"),
        ({"position": {"lon": 1e400, "lat": 0}}, "invalid"),
        ({"geometry": BOW_TIE}, "geometry-refused"),
        ({"geometry": {"type": "Point", "coordinates": [120.1, 31.1]}}, "geometry-refused"),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [50, 0], [50, 50], [0, 0]]]}},
            "geometry-refused",
        ),
        ({"buffer_m": 501}, "invalid"),
        ({"code": "=1+1"}, "invalid"),
        ({"surprise": 1}, "invalid"),
        ({"profile": {"a": {"deep": 1}}}, "invalid"),
    ],
)
def test_impossible_points_are_refused(office: TestClient, values: dict[str, Any], code: str) -> None:
    answer = office.post(
        "/api/points", content=_json(new() | values), headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


def _json(value: Any) -> str:
    return json.dumps(value).replace("Infinity", "1e999")


def test_swapped_coordinates_are_called_so(office: TestClient) -> None:
    answer = office.post("/api/points", json=new(position={"lon": 31.1, "lat": 120.1}))
    assert answer.json()["reason"] == "swapped"


def test_a_code_is_used_once_in_a_town(office: TestClient) -> None:
    made(office)
    assert office.post("/api/points", json=new()).json() == {
        "type": "urn:xunfang:problem:code-taken",
        "code": "code-taken",
        "title": "This code is in use already",
        "status": 409,
        "value": "K01",
    }


def test_units_of_another_town_cannot_answer_for_a_point(office: TestClient) -> None:
    with transaction() as session:
        elsewhere = factories.unit(session, factories.town(session))
    answer = office.post("/api/points", json=new(responsible_unit_id=str(elsewhere.id)))
    assert answer.json()["fields"] == [{"at": ["body", "responsible_unit_id"], "why": "unknown-id"}]


def test_a_point_is_seen_by_its_town_and_changed_by_its_office_only(
    office: TestClient, patroller: TestClient, sign_in: SignIn, client: TestClient
) -> None:
    point = made(office)
    url = f"/api/points/{point['id']}"
    assert patroller.get(url).headers["etag"] == '"1"'
    assert change(patroller, point, name_zh="丙").status_code == 403
    assert patroller.post("/api/points", json=new("K02")).status_code == 403
    with transaction() as session:
        away = sign_in(factories.user(session, factories.town(session), "admin"))
    hidden, missing = away.get(url), away.get(f"/api/points/{uuid.uuid4()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert change(away, point, name_zh="丁").status_code == 404
    assert away.get("/api/points").json()["items"] == []
    assert client.get(url).status_code == 401


def test_an_office_below_the_town_does_not_change_the_towns_points(
    office: TestClient, town: Unit, sign_in: SignIn
) -> None:
    point = made(office)
    with transaction() as session:
        part = factories.unit(session, town)
        person = factories.user(session, part, "office_admin")
    assert change(sign_in(person), point, name_zh="己").status_code == 403


def test_the_list_pages_by_code_and_finds_words_and_kinds_X19_S40(office: TestClient) -> None:
    for number in range(5):
        made(office, f"K{number}", name_zh=f"荷塘新村{number}")
    made(office, "Z9", name_zh="百分之百%", is_key=True, type_code="RES")
    first = office.get("/api/points", params={"limit": 2}).json()
    codes = [p["code"] for p in first["items"]]
    while first["next"]:
        first = office.get("/api/points", params={"limit": 2, "cursor": first["next"]}).json()
        codes += [p["code"] for p in first["items"]]
    assert codes == ["K0", "K1", "K2", "K3", "K4", "Z9"]
    assert len(office.get("/api/points", params={"q": "新村"}).json()["items"]) == 5
    assert [p["code"] for p in office.get("/api/points", params={"q": "%"}).json()["items"]] == ["Z9"]
    assert [p["code"] for p in office.get("/api/points", params={"q": "k3"}).json()["items"]] == ["K3"]
    key = office.get("/api/points", params={"type_code": "RES", "is_key": True}).json()["items"]
    assert [p["code"] for p in key] == ["Z9"], "the key quarters as a group"
    assert office.get("/api/points", params={"type_code": "ROAD"}).json()["items"] == []
    assert office.get("/api/points", params={"cursor": "!"}).status_code == 400


def test_a_switched_off_point_leaves_the_lists(office: TestClient) -> None:
    point = made(office)
    etag = office.get("/api/points/offline").headers["etag"]
    assert change(office, point, is_active=False).status_code == 200
    assert office.get("/api/points").json()["items"] == []
    assert len(office.get("/api/points", params={"is_active": False}).json()["items"]) == 1
    fresh = office.get("/api/points/offline", headers={"If-None-Match": etag})
    assert (fresh.status_code, fresh.json()["items"]) == (200, [])


def test_a_phone_keeps_all_points_by_etag(office: TestClient, patroller: TestClient) -> None:
    ring = [[120.1 + 0.001 * x / 100, 31.1] for x in range(100)] + [[120.1005, 31.102], [120.1, 31.1]]
    made(office, geometry={"type": "Polygon", "coordinates": [ring]})
    answer = patroller.get("/api/points/offline")
    [item] = answer.json()["items"]
    assert len(item["geometry"]["coordinates"][0]) == 4
    assert item["buffer_m"] == 40
    assert answer.headers["cache-control"] == "private, no-cache"
    again = patroller.get("/api/points/offline", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_two_towns_never_share_a_kept_list(office: TestClient, sign_in: SignIn) -> None:
    made(office)
    etag = office.get("/api/points/offline").headers["etag"]
    with transaction() as session:
        away = sign_in(factories.user(session, factories.town(session), "admin"))
    other = away.get("/api/points/offline", headers={"If-None-Match": etag})
    assert (other.status_code, other.json()["items"]) == (200, [])


def test_grids_are_kept_changed_and_checked(office: TestClient, patroller: TestClient, town: Unit) -> None:
    with transaction() as session:
        community = factories.unit(session, town, kind="community")
    grid = office.post("/api/grids", json={"code": "G1", "name_zh": "一", "geometry": AREA}).json()
    listed = patroller.get("/api/grids")
    assert [g["code"] for g in listed.json()["items"]] == ["G1"]
    url, match = f"/api/grids/{grid['id']}", {"If-Match": '"1"'}
    changed = office.patch(url, json={"community_id": str(community.id)}, headers=match).json()
    assert (changed["version"], changed["community_id"]) == (2, str(community.id))
    fresh = patroller.get("/api/grids", headers={"If-None-Match": listed.headers["etag"]})
    assert fresh.json()["items"][0]["community_id"] == str(community.id)
    assert (
        office.patch(url, json={"geometry": BOW_TIE}, headers={"If-Match": '"2"'}).json()["reason"]
        == "crossing"
    )
    line = {"type": "LineString", "coordinates": [[120.1, 31.1], [120.2, 31.1]]}
    assert (
        office.post("/api/grids", json={"code": "G2", "name_zh": "二", "geometry": line}).status_code == 422
    )
    assert patroller.patch(url, json={"name_zh": "偷"}, headers={"If-Match": '"2"'}).status_code == 403


def test_a_responsibility_names_subject_and_target(office: TestClient, town: Unit) -> None:
    with transaction() as session:
        leader = factories.user(session, town, "leader", name_zh="王镇")
    point = made(office)
    body = {"role": "area_leader", "user_id": str(leader.id), "point_id": point["id"], "milestone": "七月底"}
    given = office.post("/api/responsibilities", json=body)
    assert given.status_code == 201, given.text
    assert (given.json()["subject"]["name_zh"], given.json()["target"]["name_zh"]) == ("王镇", "兰溪苑")
    card = office.get(f"/api/points/{point['id']}").json()
    assert [r["milestone"] for r in card["responsibilities"]] == ["七月底"]
    url = f"/api/responsibilities/{given.json()['id']}"
    ended = office.patch(url, json={"until_on": "2026-12-01"}, headers={"If-Match": '"1"'}).json()
    assert (ended["until_on"], ended["version"]) == ("2026-12-01", 2)
    assert office.patch(url, json={"from_on": "2027-01-01"}, headers={"If-Match": '"2"'}).status_code == 422
    listed = office.get("/api/responsibilities", params={"user_id": str(leader.id)}).json()["items"]
    assert [r["id"] for r in listed] == [given.json()["id"]]
    assert office.delete(url).status_code == 204
    assert office.delete(url).status_code == 404


@pytest.mark.parametrize("wrong", [{}, {"point_id": str(uuid.uuid4()), "grid_id": str(uuid.uuid4())}])
def test_a_responsibility_has_one_target(office: TestClient, town: Unit, wrong: dict[str, Any]) -> None:
    body = {"role": "adopter", "unit_id": str(town.id), **wrong}
    assert office.post("/api/responsibilities", json=body).status_code == 422


def test_a_unit_that_took_on_a_grid_is_proposed_while_it_is_bound(office: TestClient, town: Unit) -> None:
    with transaction() as session:
        unit = factories.unit(session, town)
    grid = office.post("/api/grids", json={"code": "G1", "name_zh": "一", "geometry": AREA}).json()
    body = {"role": "adopter", "unit_id": str(unit.id), "grid_id": grid["id"]}
    given = office.post("/api/responsibilities", json=body).json()
    here = {"lon": 120.101, "lat": 31.101}
    proposed = office.get("/api/snap", params=here).json()
    assert (proposed["unit_id"], proposed["unit_reason"]) == (str(unit.id), "grid")
    url = f"/api/responsibilities/{given['id']}"
    office.patch(url, json={"until_on": "2020-01-01"}, headers={"If-Match": '"1"'})
    assert office.get("/api/snap", params=here).json()["unit_id"] is None


def test_lists_take_the_same_queries_however_long(office: TestClient, town: Unit, database: Any) -> None:
    with transaction() as session:
        leader = factories.user(session, town, "leader")
    counts: list[int] = []
    for codes in (["A"], ["B", "C", "D", "E"]):
        for code in codes:
            body = {"role": "adopter", "user_id": str(leader.id), "point_id": made(office, code)["id"]}
            assert office.post("/api/responsibilities", json=body).status_code == 201
        statements: list[str] = []
        listen = lambda *args: statements.append(args[2])  # noqa: B023, E731
        event.listen(database.engine, "before_cursor_execute", listen)
        for path in ("/api/points", "/api/responsibilities", "/api/grids"):
            assert office.get(path).status_code == 200
        event.remove(database.engine, "before_cursor_execute", listen)
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "keys", ['["\\u0000"]', '["\\ud800"]', "[1e999]", "[[]]", "{}", '["a", "b"]', "[true]"]
)
def test_a_made_up_cursor_is_a_bad_request(office: TestClient, keys: str) -> None:
    cursor = base64.urlsafe_b64encode(keys.encode()).decode().rstrip("=")
    answer = office.get("/api/points", params={"cursor": cursor})
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or keys == "[true]"


@pytest.mark.parametrize(
    "values",
    [
        {"name_zh": "a\0b"},
        {"name_zh": "\ud800"},
        {"profile": {"a": "\0"}},
        {"profile": {"\0": 1}},
        {"type_code": "\0"},
        {"address": "a\nb"},
    ],
)
def test_text_that_a_database_cannot_hold_is_refused(office: TestClient, values: dict[str, Any]) -> None:
    body = json.dumps(new() | values)
    answer = office.post("/api/points", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_of_a_received_geometry_only_what_was_checked_is_kept(office: TestClient) -> None:
    at = {"lon": 120.101, "lat": 31.101, "crs": "gcj02"}
    point = made(office, position=at, geometry=AREA | {"evil": "\0"})
    assert set(point["source"]["geometry"]) == {"type", "coordinates"}


@pytest.mark.parametrize("path", ["/api/points?q=%00", "/api/points?type_code=%00"])
def test_control_characters_in_a_search_are_refused(office: TestClient, path: str) -> None:
    assert office.get(path).status_code == 422


def test_a_pending_person_sees_points_but_no_names(office: TestClient, town: Unit, sign_in: SignIn) -> None:
    with transaction() as session:
        chief = factories.user(session, town, "point_chief")
        newcomer = factories.user(session, town, "volunteer", status="pending")
    point = made(office, point_chief_id=str(chief.id))
    body = {"role": "point_chief", "user_id": str(chief.id), "point_id": point["id"]}
    assert office.post("/api/responsibilities", json=body).status_code == 201
    phone = sign_in(newcomer)
    assert len(phone.get("/api/points/offline").json()["items"]) == 1
    card = phone.get(f"/api/points/{point['id']}").json()
    assert (card["point_chief"], card["responsibilities"]) == (None, [])
    assert phone.get("/api/responsibilities").json()["items"] == []
    assert office.get(f"/api/points/{point['id']}").json()["point_chief"]["id"] == str(chief.id)
