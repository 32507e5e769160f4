"""What comes after closing: the list of look-backs, who could not look, what keeps coming back (Z07, S07, S08, S39, J13)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.core.clock import frozen, now
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.places.models import Point
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
