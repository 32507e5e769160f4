"""Roll-calls, trainings and call-outs, as a leader, the office and a team's members see them."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.core import clock, db
from app.features.notifications.models import InboxItem
from app.features.places.models import Responsibility
from app.features.rosters.choosing import Ready, choose
from app.features.rosters.models import Shift
from app.features.rosters.retention import erase_duties_of, retire
from app.features.standards.models import Category
from tests import factories
from tests.features.rosters.conftest import TEN
from tests.features.rosters.test_duty import DAY, my_shift, roster, rostered, said, shift
from tests.support.cases import LAT, LON, World


def test_a_leader_calls_the_roll_of_an_area_and_trainings_open_the_gate_Z31_Z21_Z24(town: World) -> None:
    office, head = town.client("admin"), town.client("head")
    with db.transaction() as session:
        session.merge(town.point).responsible_unit_id = town.unit.id
    rostered(town, "volunteer", "volunteer2", "patroller")
    assert (
        town.client("patroller")
        .put(f"/api/shifts/{my_shift(town, 'patroller')['id']}/check-in", json=said(-60))
        .is_success
    )
    url, unit = f"/api/musters/{uuid.uuid4()}", str(town.unit.id)
    roll = head.get("/api/musters/roll", params={"unit": unit}).json()
    assert [one["state"] for one in roll["items"]].count("absent") == 2
    assert (len(roll["items"]), roll["last_held_at"]) == (3, None)
    of = {one["person"]["id"]: one["id"] for one in roll["items"]}
    there, missing = (of[str(town.people[name].id)] for name in ("volunteer", "volunteer2"))
    marks = [{"shift_id": there, "is_present": True}, {"shift_id": missing, "is_present": False}]
    body = {"unit_id": unit, "marks": [*marks, {"shift_id": str(uuid.uuid4()), "is_present": True}]}
    body |= {"held_at": TEN.isoformat(), "clock_offset_seconds": 0}
    held = [head.put(url, json=body) for _ in range(2)]
    assert [one.status_code for one in held] == [201, 200]
    assert {name: held[0].json()[name] for name in ("present", "absent", "unknown")} == {
        "present": 1, "absent": 1, "unknown": 1,
    }  # fmt: skip
    assert head.put(url, json=body | {"marks": marks}).json()["code"] == "same-id-other-body"
    assert town.client("volunteer").put(url, json=body).status_code == 403
    again = head.get("/api/musters/roll", params={"unit": unit}).json()
    assert again["marks"] == {there: True, missing: False}
    by = {one["id"]: (one["state"], one["called_roll"]) for one in again["items"]}
    assert (by[there], by[missing]) == (("late", True), ("absent", False))
    # the leader whose points these are needs to name no area
    assert town.client("leader").get("/api/musters/roll").json()["items"] == []
    with db.transaction() as session:
        led = {"town_id": town.town.id, "role": "area_leader", "user_id": town.people["leader"].id}
        session.add(Responsibility(point_id=town.point.id, **led))
    assert len(town.client("leader").get("/api/musters/roll").json()["items"]) == 3

    trained = {"topic": "岗前培训", "held_on": "2026-11-01"}
    for names in (["volunteer2"], ["volunteer2", "patroller"]):
        ids = [str(town.people[name].id) for name in names]
        answer = office.post("/api/trainings", json=trained | {"user_ids": ids})
        assert answer.status_code == 201, answer.text
    assert office.post("/api/trainings", json=trained | {"user_ids": [str(uuid.uuid4())]}).status_code == 422
    told = office.get("/api/trainings").json()
    assert (told["attendances"], [one["people"] for one in told["topics"]]) == (2, [2])
    campaign = office.get("/api/campaigns").json()["items"][0]
    gate = {"settings": {"duty_training": ["岗前培训"]}}
    version = {"If-Match": f'"{campaign["version"]}"'}
    assert office.patch(f"/api/campaigns/{campaign['id']}", json=gate, headers=version).is_success
    assert town.client("volunteer2").put(f"/api/shifts/{missing}/check-in", json=said()).status_code == 201


def urgent(town: World, **changes: Any) -> dict[str, Any]:
    with db.transaction() as session:
        kind = session.query(Category).filter_by(town_id=town.town.id, code="URG").one_or_none()
        if kind is None:
            factories.category(session, town.town, code="URG", nature="urgent")
    return town.filed(category="URG", **changes)


def called(town: World, name: str = "admin") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.client(name).get("/api/call-outs").json()["items"]
    return found


def test_an_urgent_case_in_standby_calls_a_team_out_and_its_arrival_is_measured_Z33_Z34(town: World) -> None:
    office, member = town.client("admin"), town.client("emergency_member")
    urgent(town)
    assert called(town) == []  # not in a standby period
    period = {"name_zh": "迎检保障", "from_on": DAY, "until_on": DAY}
    assert office.post("/api/standby-periods", json=period).is_success
    town.filed()
    with db.transaction() as session:
        near = factories.point(session, town.town, lon=LON + 0.001, lat=LAT)
    teams = {}
    for number, kind in enumerate(("emergency_mobile", "urban_guard")):
        body = {"code": f"EM{number}", "name_zh": kind, "kind": kind, "is_emergency": True}
        body |= {"unit_id": str(town.office.id), "duty_phone": "021-59240000"}
        body |= {"area_unit_ids": [str(town.unit.id)]} if number else {}
        made = office.post("/api/teams", json=body)
        assert made.status_code == 201, made.text
        teams[kind] = made.json()["id"]
    assert made.json()["area_unit_ids"] == [str(town.unit.id)]
    assert {one["duty_phone"] for one in town.client("volunteer").get("/api/teams").json()["items"]} == {""}
    # nobody is on duty: the desk is told, and picks
    case = urgent(town)
    (open_one,) = called(town)
    assert (open_one["case"]["id"], open_one["team"], open_one["by_rule"]) == (case["id"], None, True)
    assert [one["on_duty"] for one in roster(town)["teams"]] == [0, 0]
    assert told_of(town, "dispatcher") == ["call_out_open"]
    member_id = str(town.people["emergency_member"].id)
    assert office.put(f"/api/teams/{teams['emergency_mobile']}/members/{member_id}").is_success
    url = f"/api/call-outs/{open_one['id']}"
    pick, version = {"team_id": teams["emergency_mobile"]}, {"If-Match": '"1"'}
    assert town.client("liaison").put(f"{url}/team", json=pick, headers=version).status_code == 404
    assert office.put(f"{url}/team", json=pick, headers=version).json()["why"] == "picked"
    assert told_of(town, "emergency_member") == ["call_out"]
    assert member.get("/api/shifts/mine").json()["call_outs"] == 1
    (mine,) = called(town, "emergency_member")
    assert (mine["may_answer"], mine["case"]["description"]) == (True, open_one["case"]["description"])
    assert "举报" not in str(mine)
    assert called(town, "volunteer") == []
    # 12 minutes later, by a phone that had no network for three of them
    with clock.frozen(TEN + timedelta(minutes=15)):
        arrived = [member.put(f"{url}/arrived", json=said(minutes)) for minutes in (12, 14)]
        assert [one.status_code for one in arrived] == [201, 200]
        assert office.post(f"{url}/withdraw", headers={"If-Match": '"3"'}).json()["code"] == "call-out-state"
        done = member.put(f"{url}/done", json=said(15) | {"note": "已拉警戒线"})
        assert done.json()["state"] == "done"
        figures = office.get("/api/call-outs").json()
    assert (figures["called"], figures["arrived"], figures["median_minutes"]) == (1, 1, 12.0)
    assert town.client("other_liaison").get("/api/call-outs").json()["items"] == []
    on_duty(town, teams["emergency_mobile"], near.id)
    nearest = urgent(town)
    (newest,) = (one for one in called(town) if one["case"]["id"] == nearest["id"])
    assert (newest["why"], newest["team"]["on_duty"]) == ("nearest", 1)
    # a case that comes to nothing calls its team back
    town.done("dispatcher", nearest["id"], "reject", reason_code="not_a_problem")
    assert {one["state"] for one in called(town)} == {"done", "withdrawn"}
    # held back from units, so from teams too
    urgent(town, name="pending")
    assert len(called(town)) == 2


def on_duty(town: World, team: str, point: uuid.UUID) -> None:
    body = shift(town, "emergency_member", team_id=team, kind="emergency", point_id=str(point))
    assert town.client("admin").post("/api/shifts", json=body).is_success
    url = f"/api/shifts/{my_shift(town, 'emergency_member')['id']}/check-in"
    assert town.client("emergency_member").put(url, json=said()).is_success


def told_of(town: World, name: str) -> list[str]:
    with db.reading() as session:
        mine = session.query(InboxItem).filter_by(user_id=town.people[name].id)
        return [one.kind for one in mine if one.kind.startswith("call_out")]


@pytest.mark.parametrize(
    ("ready", "area", "expected"),
    [
        ([], ["u"], None),
        ([("A", {"u"}, 900.0), ("B", set(), 10.0)], ["u"], ("A", "area")),
        ([("A", {"x"}, 900.0), ("B", set(), 10.0)], ["u"], ("B", "nearest")),
        ([("A", set(), None)], [], ("A", "only")),
        ([("A", set(), None), ("B", set(), None)], [], None),
        ([("B", {"u"}, 5.0), ("A", {"u"}, 5.0)], ["u"], ("A", "area")),
    ],
)
def test_which_team_goes_Z34(ready: Any, area: list[str], expected: tuple[str, str] | None) -> None:
    ids = {code: uuid.uuid4() for code, _, _ in ready}
    chosen = choose([Ready(ids[code], code, frozenset(areas), m) for code, areas, m in ready], area)
    assert chosen == (None if expected is None else (ids[expected[0]], expected[1]))


@pytest.mark.either_db
def test_positions_and_words_go_with_the_person_and_with_time(town: World) -> None:
    """Erased at once: what is to come, trainings, positions, notes. After retention: positions and notes."""
    office, ids = (
        town.client("admin"),
        {name: str(town.people[name].id) for name in ("volunteer", "volunteer2")},
    )
    rostered(town, *ids, note="带红袖章")
    rostered(town, *ids, from_on="2026-11-24", until_on="2026-11-24")
    office.post("/api/trainings", json={"topic": "甲", "held_on": "2026-11-01", "user_ids": [*ids.values()]})
    for name in ids:
        body = said(-30) | {"position": {"lon": LON, "lat": LAT, "accuracy_m": 8}}
        url = f"/api/shifts/{my_shift(town, name)['id']}/check-in"
        assert town.client(name).put(url, json=body).is_success

    def kept() -> dict[tuple[str, str], tuple[str, bool]]:
        with db.reading() as session:
            rows = session.query(Shift).all()
            names = {one: name for name, one in ids.items()}
            return {
                (names[str(row.user_id)], row.starts_at.date().isoformat()): (row.note, row.in_lon is None)
                for row in rows
            }

    with db.transaction() as session:
        erase_duties_of(session, town.people["volunteer"].id)
    gone, stays = ("", True), ("带红袖章", False)
    assert kept() == {
        ("volunteer", DAY): gone, ("volunteer2", DAY): stays, ("volunteer2", "2026-11-24"): ("", True),
    }  # fmt: skip
    assert office.get("/api/trainings").json()["attendances"] == 1
    with clock.frozen(TEN + timedelta(days=900)):
        retire()
    assert kept()["volunteer2", DAY] == gone
