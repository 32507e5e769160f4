"""Standby, shifts, coming and going, and which points have nobody: as the office, a unit and a person on duty see it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock, db
from app.core.sheets import xlsx_bytes
from app.features.identity.models import RoleHold, User
from tests import factories
from tests.features.rosters.conftest import TEN
from tests.support.cases import LAT, LON, World

DAY = "2026-11-23"
AT_POINT = {"position": {"lon": LON, "lat": LAT, "accuracy_m": 8}}


def shift(town: World, *names: str, **changes: Any) -> dict[str, Any]:
    """A shift of these people at the point, today from nine to five."""
    ids = [str(town.people[name].id) for name in names]
    place = {} if {"grid_id", "at_unit_id"} & changes.keys() else {"point_id": str(town.point.id)}
    times = {"from_on": DAY, "until_on": DAY, "starts": "09:00", "ends": "17:00"}
    return {"user_ids": ids, **place, **times, "duties": ["patrol", "report", "clean"], **changes}


def rostered(town: World, *names: str, by: str = "admin", **changes: Any) -> None:
    answer = town.client(by).post("/api/shifts", json=shift(town, *names, **changes))
    assert answer.status_code == 201, answer.text


def my_shift(town: World, name: str) -> dict[str, Any]:
    found: dict[str, Any] = town.client(name).get("/api/shifts/mine").json()["items"][0]
    return found


def said(minutes: int = 0) -> dict[str, Any]:
    return {"at": (TEN + timedelta(minutes=minutes)).isoformat(), "clock_offset_seconds": 0}


def roster(town: World, name: str = "admin", **query: str) -> dict[str, Any]:
    answer = town.client(name).get("/api/shifts", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_standby_period_with_its_roster_is_checked_in_and_out_and_shows_who_is_missing_Z29_Z30_Z35(
    town: World,
) -> None:
    office, volunteer = town.client("admin"), town.client("volunteer")
    period = {"name_zh": "迎检保障", "from_on": "2026-11-20", "until_on": "2026-11-30"}
    assert town.client("liaison").post("/api/standby-periods", json=period).status_code == 403
    made = office.post("/api/standby-periods", json=period)
    assert made.status_code == 201
    rostered(town, "volunteer", "volunteer2")
    rostered(town, "volunteer")  # again: nothing new
    other = shift(town, "volunteer", kind="patrol", is_around=True)
    assert office.post("/api/shifts", json=other).json()["code"] == "shift-taken"
    day = roster(town)
    assert day["standby"]["id"] == made.json()["id"]
    assert (day["counts"]["rostered"], day["counts"]["absent"], day["counts"]["present"]) == (2, 2, 0)
    cover = office.get("/api/shifts/coverage").json()
    assert (cover["covered"], cover["items"][0]["absent"], cover["is_now"]) == (0, 2, True)

    mine = my_shift(town, "volunteer")
    assert mine["duties"] == ["patrol", "report", "clean"]
    assert mine["state"] == "absent"
    url = f"/api/shifts/{mine['id']}/check-in"
    assert town.client("volunteer2").put(url, json=said()).status_code == 404
    assert volunteer.put(url.replace("check-in", "check-out"), json=said()).json()["code"] == "not-checked-in"
    # the phone was without a network since five to nine
    first = volunteer.put(url, json=said(-65) | AT_POINT)
    again = volunteer.put(url, json=said(-5))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["checked_in_at"] == again.json()["checked_in_at"] == "2026-11-23T00:55:00Z"
    assert first.json()["state"] == "present"
    assert first.json()["in_distance_m"] < 50
    assert (
        town.client("volunteer2")
        .put(f"/api/shifts/{my_shift(town, 'volunteer2')['id']}/check-in", json=said())
        .json()["state"]
        == "late"
    )
    assert roster(town)["counts"] | {"rostered": 2} == {
        "rostered": 2, "people": 2, "present": 2, "late": 1, "absent": 0, "planned": 0, "left": 0,
    }  # fmt: skip
    assert office.get("/api/shifts/coverage").json()["covered"] == 1
    gone = volunteer.put(url.replace("check-in", "check-out"), json=said())
    assert gone.json()["state"] == "left"
    assert [one["state"] for one in roster(town)["items"]] == ["late", "left"]
    # one shift, several duties: what the person tidied up goes to review, and no wider way opens
    fixed = town.report("volunteer", action="submit_fixed", photos=[
        town.shot(town.photo("volunteer")), town.shot(town.photo("volunteer"), "after"),
    ])["issue"]  # fmt: skip
    assert fixed["state"] == "in_review"


def test_who_may_know_and_change_whose_shifts_Z35_J12(town: World) -> None:
    with db.transaction() as session:
        theirs = factories.user(session, town.other_unit, "volunteer")
        ours = factories.user(session, town.unit, "volunteer")
        point = session.merge(town.point)
        point.responsible_unit_id = town.unit.id
        elsewhere = factories.point(session, town.town, lon=LON + 0.01, lat=LAT)
    stranger = shift(town, "volunteer2") | {"user_ids": [str(theirs.id)]}
    assert town.client("liaison").post("/api/shifts", json=stranger).json()["code"] == "invalid"
    assert town.client("volunteer").post("/api/shifts", json=shift(town, "volunteer")).status_code == 403
    # a unit's liaison plans for its own people, on a Saturday evening as well
    own = shift(town, starts="19:00", ends="01:00", from_on="2026-11-28", until_on="2026-11-29") | {
        "user_ids": [str(ours.id)]
    }
    assert town.client("liaison").post("/api/shifts", json=own).json()["created"] == 2
    saturday = roster(town, "liaison", on="2026-11-28")["items"]
    assert [(one["starts_at"], one["ends_at"]) for one in saturday] == [
        ("2026-11-28T11:00:00Z", "2026-11-28T17:00:00Z")
    ]
    assert len(roster(town, "liaison", on="2026-11-29")["items"]) == 2  # one of them since the evening before
    # others' people show where the unit answers for the place, not elsewhere
    assert town.client("admin").post("/api/shifts", json=stranger).status_code == 201
    far = stranger | {"point_id": str(elsewhere.id), "starts": "18:00", "ends": "20:00"}
    assert town.client("admin").post("/api/shifts", json=far).status_code == 201
    assert len(roster(town, "admin")["items"]) == 2
    assert [one["point"]["id"] for one in roster(town, "head")["items"]] == [str(town.point.id)]
    assert len(roster(town, "other_liaison")["items"]) == 2
    assert roster(town, "volunteer")["items"] == []
    assert roster(town, "pending")["counts"]["rostered"] == 0
    assert len(roster(town, "leader", unit=str(town.other_unit.id))["items"]) == 2
    assert roster(town, "leader", unit=str(town.unit.id))["items"] == []
    assert town.client("volunteer").get("/api/shifts/coverage").status_code == 403
    seen = town.client("head").get("/api/shifts/coverage", params={"on": "2026-11-28"}).json()
    assert {one["id"] for one in seen["items"]} == {str(town.point.id)}
    assert seen["covered"] == 1
    # the head of the people's own unit changes the plan; who only answers for the place does not
    one = roster(town)["items"][0]
    body = {"grid_id": None, "at_unit_id": str(town.unit.id), "duties": [], "note": ""}
    body |= {"starts_at": one["starts_at"], "ends_at": one["ends_at"]}
    version = {"If-Match": f'"{one["version"]}"'}
    url = f"/api/shifts/{one['id']}"
    assert town.client("head").put(url, json=body, headers=version).status_code == 403
    moved = town.client("other_liaison").put(url, json=body, headers=version)
    assert moved.json()["at_unit"]["id"] == str(town.unit.id), moved.text
    assert town.client("admin").delete(url, headers=version).status_code == 409
    assert town.client("admin").delete(url, headers={"If-Match": '"2"'}).status_code == 204
    assert town.client("admin").delete(f"/api/shifts/{uuid.uuid4()}", headers=version).status_code == 404


def test_cadres_sent_to_a_point_stand_on_its_card_and_the_untrained_cannot_begin_Z22_Z24_X33(
    town: World,
) -> None:
    card = f"/api/points/{town.point.id}/card"
    with db.transaction() as session:
        cadres = [factories.user(session, town.other_unit, "volunteer") for _ in range(15)]
    ids = [str(one.id) for one in cadres]
    body = shift(town, kind="secondment", until_on="2026-12-02") | {"user_ids": ids}
    assert town.client("admin").post("/api/shifts", json=body).json()["created"] == 150
    told = town.client("volunteer").get(card).json()["sections"]["duty"]
    assert sorted(one["id"] for one in told["seconded"]) == sorted(ids)
    assert told["seconded"][0]["until"] == "2026-12-02T09:00:00+00:00"
    assert [(unit["rostered"], unit["there"]) for unit in told["units"]] == [(15, 0)]
    assert town.client("pending").get(card).json()["sections"]["duty"] is None
    with clock.frozen(TEN + timedelta(days=11)):
        assert town.client("volunteer").get(card).json()["sections"]["duty"]["seconded"] == []

    rostered(town, "volunteer")
    campaign = town.client("admin").get("/api/campaigns").json()["items"][0]
    gate = {"settings": {"duty_training": ["岗前培训", "文明劝导"]}}
    patch = {"If-Match": f'"{campaign["version"]}"'}
    assert (
        town.client("admin").patch(f"/api/campaigns/{campaign['id']}", json=gate, headers=patch).status_code
        == 200
    )
    mine = town.client("volunteer").get("/api/shifts/mine").json()
    assert mine["missing_training"] == ["岗前培训", "文明劝导"]
    url = f"/api/shifts/{mine['items'][0]['id']}/check-in"
    refused = town.client("volunteer").put(url, json=said())
    assert (refused.status_code, refused.json()["code"]) == (409, "training-missing")
    assert refused.json()["topics"] == ["岗前培训", "文明劝导"]


HEADS = ["序号", "姓名", "单位", "日期", "至", "开始", "结束", "类型", "点位", "周边", "网格", "职责"]


def loaded(town: World, kind: str, rows: list[list[Any]], **params: Any) -> dict[str, Any]:
    file = {"file": ("花名册.xlsx", xlsx_bytes({"数据": rows}))}
    answer = town.client("admin").post(
        f"/api/imports/{kind}", files=file, params={"dry_run": False, **params}
    )
    return dict(answer.json())


@pytest.mark.either_db
def test_a_roster_of_650_is_loaded_from_a_file_and_checked_in_Z29_Z22(town: World) -> None:
    with db.transaction() as session:
        people = [
            User(unit_id=town.unit.id, name_zh=f"值守{n}", login=f"zhishou{n}", status="active")
            for n in range(650)
        ]
        session.add_all([*people, User(unit_id=town.other_unit.id, name_zh="值守0", status="active")])
        session.flush()
        first = people[1]
        session.add(RoleHold(user_id=first.id, role="volunteer", unit_id=town.unit.id))
    unit, point = town.unit.name_zh, town.point.name_zh
    rows = [[n + 1, f"值守{n}", unit, "2026/11/23", "", "9:00", "17：00", "驻守", point, "", "", "巡查、保洁"]
            for n in range(650)]  # fmt: skip
    wrong = [*rows[0][:8], "没有这个点位", *rows[0][9:]]
    refused = loaded(
        town, "rosters", [HEADS, wrong, [*rows[1][:8], "", *rows[1][9:]], [9, "值守0", "", *rows[2][3:]]]
    )
    assert [(one["row"], one["column"], one["code"]) for one in refused["errors"]] == [
        (2, "点位", "unknown-code"), (3, "点位", "missing"), (4, "姓名", "ambiguous-name"),
    ]  # fmt: skip
    assert loaded(town, "rosters", [HEADS, *rows])["created"] == 650
    assert loaded(town, "rosters", [HEADS, *rows])["unchanged"] == 650
    day = roster(town, unit=str(town.unit.id))
    assert (day["counts"]["people"], day["counts"]["absent"], len(day["items"])) == (650, 650, 650)
    marks = [{"shift_id": one["id"], "is_present": True} for one in day["items"]]
    for part in (marks[:400], marks[400:]):
        body = {"unit_id": str(town.town.id), "held_at": TEN.isoformat(), "marks": part}
        assert town.client("admin").put(f"/api/musters/{uuid.uuid4()}", json=body).status_code == 404
        body["unit_id"] = str(town.unit.id)
        with db.transaction() as session:
            session.merge(town.point).responsible_unit_id = town.unit.id
        said = town.client("admin").put(f"/api/musters/{uuid.uuid4()}", json=body)
        assert said.json()["present"] == len(part), said.text
    assert roster(town)["counts"]["present"] == 650
    # moved before the time, and a cadre sent somewhere for five days
    sent = [1, "zhishou1", "", "2026-11-24", "2026-11-28", "08:00", "12:00", "下沉", point, "是", "", ""]
    assert loaded(town, "rosters", [HEADS, sent])["created"] == 1
    assert loaded(town, "rosters", [HEADS, [*sent[:8], point, "否", "", "上报"]])["updated"] == 1
    assert (
        loaded(town, "rosters", [HEADS, [*rows[3][:8], point, "是", "", ""]])["errors"][0]["code"]
        == "shift-begun"
    )
    named = [
        ["姓名", "培训主题", "日期"],
        ["zhishou1", "岗前培训", "2026-11-01"],
        ["zhishou2", "岗前培训", "2026-11-01"],
    ]
    assert loaded(town, "trainings", named)["created"] == 2
    assert town.client("admin").get("/api/trainings").json()["items"][0]["attendees"] == 2
