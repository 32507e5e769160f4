"""What comes after closing: the list of look-backs, who could not look, what keeps coming back (Z07, S07, S08, S39, J13)."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.core.clock import frozen, now
from app.core.db import transaction
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.places.models import Point
from app.features.standards.models import CheckItem, Standard
from app.features.standards.scoring import Mark, point_score
from tests.support.cases import World
from tests.support.states import closed, peopled, photo


@pytest.fixture(scope="module")
def standing_town(standing_sign_in: Any) -> World:
    town = peopled(standing_sign_in)
    for name in town.people:
        town.client(name)
    return town


@pytest.fixture
def town(standing_town: World, database: Connection) -> World:
    return standing_town


def got(town: World, name: str, path: str, **query: Any) -> dict[str, Any]:
    answer = town.client(name).get(f"/api/review/{path}", params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def look(town: World, who: str, kind: str = "site") -> dict[str, Any]:
    return {"photos": [photo(town, who, kind)]}


def relapsed(town: World, case: dict[str, Any]) -> dict[str, Any]:
    """Relapsed, fixed and closed once more."""
    town.done("inspector", case["id"], "relapse", **look(town, "inspector", "before"))
    again = town.done("liaison", case["id"], "rectify", measure="再清", photos=[photo(town, "liaison")])
    return town.done(
        "reviewer", case["id"], "close", match=[p["id"] for p in again["pairs"] if p["after_id"]]
    )


def test_who_could_not_look_says_why_and_it_stays_due_and_counted_Z07(town: World) -> None:
    case = closed(town)
    with frozen(now() + timedelta(days=3, minutes=1)):
        told = town.done("inspector", case["id"], "lookback_not_done", reason_code="shut", note="门锁着")
        first = told["sections"]["look_backs"][0]
        assert (first["result"], first["missed_count"], first["missed_reason"]) == (None, 1, "shut")
        assert told["state"] == "closed"
        item = got(town, "inspector", "look-backs")["items"][0]
        assert (item["issue"]["id"], item["missed_count"], item["missed_reason"]) == (case["id"], 1, "shut")
        assert town.act("inspector", case["id"], "lookback_not_done", reason_code="lazy").status_code == 422
        town.done("inspector", case["id"], "lookback_pass", **look(town, "inspector"))
        assert got(town, "inspector", "look-backs")["items"] == []


def test_the_list_says_what_is_due_and_what_comes_D27(town: World) -> None:
    first, second = closed(town), closed(town)
    town.done("volunteer", second["id"], "not_fixed", text="又堆了")
    with frozen(now() + timedelta(days=2)):
        told = got(town, "reviewer", "look-backs", days=5)
        assert [i["issue"]["id"] for i in told["items"]] == [second["id"], first["id"]]
        assert [i["kind"] for i in told["items"]] == ["not_fixed", "scheduled"]
        assert (told["due"], told["coming"]) == (1, 1)
        assert got(town, "reviewer", "look-backs", days=0)["items"][0]["issue"]["id"] == second["id"]
    for name in ("volunteer", "patroller", "liaison", "pending"):
        assert town.client(name).get("/api/review/look-backs").status_code == 403


def test_the_next_round_may_look_back_before_the_day_Z07(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is first: three days after closing, or the patroller's next round at that point."""
    case, body = closed(town), look(town, "patroller")
    assert (
        town.act("patroller", case["id"], "lookback_pass", version=case["version"], **body).status_code == 404
    )

    def here(viewer: Viewer) -> Any:
        mine = viewer.user_id == town.people["patroller"].id
        return select(Point.id).where(Point.id == (town.point.id if mine else None))

    monkeypatch.setattr(policy, "_ROUNDS", [here])
    seen = town.case(case["id"], "patroller")
    assert {"lookback_pass", "lookback_not_done", "relapse"} <= set(seen["allowed_actions"])
    told = town.done("patroller", case["id"], "lookback_pass", version=case["version"], **body)
    assert [b["result"] for b in told["sections"]["look_backs"]] == ["passed", None, None]
    again = town.act(
        "patroller", case["id"], "relapse", version=told["version"], **look(town, "patroller", "before")
    )
    assert again.status_code == 200
    other = town.act(
        "volunteer2", case["id"], "lookback_pass", version=told["version"], **look(town, "volunteer2")
    )
    assert other.status_code == 404, "somebody else's round"


def test_three_times_at_one_place_is_chronic_and_proposed_with_its_visits_J13_S07_S39(town: World) -> None:
    other = closed(town)
    assert got(town, "principal", "chronic")["items"] == []
    relapsed(town, relapsed(town, other))
    assert town.case(other["id"])["is_chronic"] is True
    told = got(town, "principal", "chronic")
    item = told["items"][0]
    assert (item["times"], item["cases"], item["relapses"], item["point"]["zh"]) == (3, 1, 2, "兰溪苑")
    assert [v["action"] for v in item["visits"]] == ["rectify", "relapse", "rectify", "relapse", "rectify"]
    assert item["visits"] == sorted(item["visits"], key=lambda v: v["at"], reverse=True)
    assert [(k["category"]["code"], k["places"], k["times"]) for k in told["kinds"]] == [
        (town.category.code, 1, 3)
    ]
    assert got(town, "principal", "chronic", category="NONE")["items"] == []
    assert got(town, "liaison", "chronic")["items"][0]["issue_ids"] == [other["id"]]
    assert got(town, "other_liaison", "chronic")["items"] == [], "another unit's"
    assert town.client("volunteer").get("/api/review/chronic").status_code == 403


def test_who_goes_there_again_and_again_is_logged_and_a_special_action_answers_S07_J13_S39_Z20(
    town: World,
) -> None:
    case = closed(town)
    relapsed(town, relapsed(town, case))
    item = got(town, "principal", "chronic")["items"][0]
    assert item["action"] is None, "it is proposed"
    liaison, key = town.client("liaison"), str(uuid.uuid4())
    went = {
        "issue_id": case["id"],
        "visited_at": now().isoformat(),
        "clock_offset_seconds": 0,
        "note": "上门劝说",
    }
    told = [liaison.put(f"/api/case-visits/{key}", json=went) for _ in range(2)]
    assert [one.status_code for one in told] == [201, 200]
    assert told[0].json() == told[1].json()
    assert (told[0].json()["id"], told[0].json()["visits"]) == (key, 1)
    again = liaison.put(f"/api/case-visits/{key}", json=went | {"note": "别的"})
    assert again.json()["code"] == "same-id-other-body"
    other = town.client("other_liaison").put(f"/api/case-visits/{uuid.uuid4()}", json=went)
    assert other.status_code == 422, "not a case of theirs"
    logged = town.case(case["id"])["sections"]["case_visits"]
    assert [(one["kind"], one["note"]) for one in logged] == [("persuasion", "上门劝说")]
    visits = got(town, "principal", "chronic")["items"][0]["visits"]
    assert "persuasion" in [one["action"] for one in visits]
    assert len(visits) == len(item["visits"]) + 1

    office = town.client("admin")
    plan = {
        "name_zh": "楼道堆物专项整治", "category": town.category.code, "point_id": item["point"]["id"], "issue_ids": [case["id"]],
        "lead_unit_id": str(town.unit.id), "unit_ids": [str(town.unit.id)], "start_on": "2026-11-25", "until_on": "2026-11-27",
    }  # fmt: skip
    assert liaison.post("/api/special-actions", json=plan).status_code == 403
    wrong = office.post("/api/special-actions", json=plan | {"unit_ids": [str(uuid.uuid4())]}).json()
    assert wrong["fields"][0]["at"] == ["body", "unit_ids"]
    made = office.post("/api/special-actions", json=plan).json()
    assert got(town, "principal", "chronic")["items"][0]["action"]["id"] == made["id"]
    url, done = (
        f"/api/special-actions/{made['id']}",
        plan | {"headcount": 420, "results": "清理 38 处", "is_done": True},
    )
    assert office.put(url, json=done, headers={"If-Match": '"7"'}).status_code == 409
    assert office.put(url, json=done, headers={"If-Match": '"1"'}).json()["version"] == 2
    seen = liaison.get("/api/special-actions").json()
    assert (seen["headcount"], seen["items"][0]["results"], len(seen["items"][0]["issues"])) == (
        420,
        "清理 38 处",
        1,
    )
    assert town.client("other_liaison").get("/api/special-actions").json()["items"][0]["issues"] == []


def test_units_are_scored_item_by_item_and_the_total_can_be_computed_again_J19(town: World) -> None:
    scale = [("pass", 100), ("minor", 66), ("na", None)]
    with transaction() as session:
        lists = {
            "result_scale": [{"code": c, "name_zh": c, "name_en": c, "share_percent": n} for c, n in scale]
        }
        session.add(Standard(town_id=town.town.id, version="2021.1", lists=lists))
        for code, weight in (("ENV-a", 2), ("PUB-a", 1)):
            session.add(CheckItem(town_id=town.town.id, code=code, name_zh=code, theme="environment", method="observe",
                                  category_codes=[], extra={"weight": weight}))  # fmt: skip
    leader, key = town.client("principal"), str(uuid.uuid4())
    units = (str(town.unit.id), str(town.other_unit.id))

    def scored(*results: tuple[str, str, str]) -> dict[str, Any]:
        rows = [
            {"unit_id": unit, "item": item, "result": result, "comment": "点评"}
            for unit, item, result in results
        ]
        return {"name_zh": "现场推进会", "held_on": "2026-11-22", "scores": rows}

    body = scored((units[0], "ENV-a", "minor"), (units[0], "PUB-a", "pass"), (units[1], "ENV-a", "na"))
    first = leader.put(f"/api/review/scores/{key}", json=body)
    assert (first.status_code, first.json()["id"]) == (201, key)
    assert [(one["unit"]["id"], one["total"]) for one in first.json()["units"]] == [
        (units[0], 77.33),
        (units[1], None),
    ]
    for unit in first.json()["units"]:
        marks = [Mark(one["share_percent"], one["weight"]) for one in unit["items"]]
        assert point_score(marks) == unit["total"]
    with transaction() as session:  # a new scale changes no sheet
        session.query(Standard).filter_by(town_id=town.town.id).one().lists = {}
    assert leader.get(f"/api/review/scores/{key}").json()["units"] == first.json()["units"]
    own = town.client("other_liaison").get(f"/api/review/scores/{key}").json()["units"]
    assert [one["unit"]["id"] for one in own] == [units[1]], "a unit reads what was said of itself"
    assert town.client("volunteer").get(f"/api/review/scores/{key}").status_code == 404
    assert town.client("volunteer").get("/api/review/scores").json() == {"items": []}
    assert [one["is_mine"] for one in town.client("admin").get("/api/review/scores").json()["items"]] == [
        False
    ]
    assert town.client("liaison").put(f"/api/review/scores/{key}", json=body).status_code == 403
    assert leader.put(f"/api/review/scores/{key}", json=body).status_code == 422, (
        "the scale knows no such result now"
    )


def test_cases_of_their_own_count_too_S39(town: World) -> None:
    for _ in range(3):
        closed(town)
    item = got(town, "admin", "chronic")["items"][0]
    assert (item["times"], item["cases"], item["open"], len(item["issue_ids"])) == (3, 3, 0, 3)


def test_past_the_window_a_new_case_is_linked_and_answers_the_old_look_back_S08(town: World) -> None:
    old = closed(town)
    with frozen(now() + timedelta(days=31)):
        for name in ("volunteer", "dispatcher", "auditor", "principal"):
            town.clients[name] = town.sign_in(town.people[name])
        new = town.filed()
        assert town.case(new["id"])["recurs_from"]["id"] == old["id"]
        assert results(town, old) == [None, None, None], "nobody has accepted it yet"
        town.done("dispatcher", new["id"], "dispatch", unit_id=str(town.unit.id))
        assert results(town, old) == ["relapsed", "cancelled", "cancelled"]
        assert town.case(old["id"])["state"] == "closed"
    for name in ("volunteer", "dispatcher", "auditor", "principal"):
        del town.clients[name]


def results(town: World, case: dict[str, Any]) -> list[str | None]:
    return [b["result"] for b in town.case(case["id"])["sections"]["look_backs"]]


def test_within_the_window_a_new_case_leaves_the_old_look_backs_due(town: World) -> None:
    old = closed(town)
    with frozen(now() + timedelta(days=4)):
        town.dispatched()
        assert results(town, old) == [None, None, None]
