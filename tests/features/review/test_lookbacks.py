"""After closing: look-backs (Z07), "not fixed" (D27), relapse (S03, S08), reopening."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.clock import frozen, now
from tests.support.cases import World
from tests.support.states import closed, later, photo


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def guard_of(town: World, who: str, case: dict[str, Any], action: str, **body: Any) -> str:
    answer = town.act(who, case["id"], action, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "guard-failed"), answer.text
    guard: str = answer.json()["guard"]
    return guard


def visit(town: World, who: str = "inspector", kind: str = "site") -> dict[str, Any]:
    return {"photos": [photo(town, who, kind)]}


def results(town: World, case: dict[str, Any]) -> list[str | None]:
    return [lb["result"] for lb in town.case(case["id"])["sections"]["look_backs"]]


def test_look_backs_are_done_when_due_and_after_the_last_the_case_is_archived_Z07_D32(town: World) -> None:
    case, start = closed(town), now()
    town.client("inspector"), town.client("auditor")
    assert guard_of(town, "inspector", case, "lookback_pass", **visit(town)) == "look_back_due"
    assert "lookback_pass" not in town.case(case["id"], "inspector")["allowed_actions"]
    for days, done in ((3, 1), (7.1, 2), (30.1, 3)):
        with frozen(start + timedelta(days=days)):
            after = town.done("inspector", case["id"], "lookback_pass", **visit(town))
            assert results(town, case).count("passed") == done
            assert (after["archived_at"] is not None) == (done == 3)
            assert after["state"] == "closed"
    story = [event["action"] for event in after["events"]]
    found, handled, assessed = story[:1], story[1:4], story[4]
    assert (found, handled, assessed) == (["submit"], ["dispatch", "claim", "rectify"], "close")
    assert (after["events"][4]["data"]["on_time"], story[5:]) == (True, ["lookback_pass"] * 3), "followed up"


def test_one_visit_answers_every_look_back_that_is_due(town: World) -> None:
    case = closed(town)
    town.client("inspector"), town.client("auditor")
    with frozen(now() + timedelta(days=8)):
        town.done("inspector", case["id"], "lookback_pass", **visit(town))
        assert results(town, case) == ["passed", "passed", None]


def test_a_look_back_needs_a_photo_and_another_person_than_the_fixer(town: World) -> None:
    case = closed(town)
    assert town.act("inspector", case["id"], "lookback_pass", photos=[]).status_code == 422
    town.done("volunteer", case["id"], "not_fixed")
    assert (
        guard_of(town, "unit_reviewer", case, "lookback_pass", **visit(town, "unit_reviewer"))
        == "not_own_fix"
    )


def test_not_fixed_calls_for_a_look_back_within_a_day_once_D27(town: World) -> None:
    case = closed(town)
    town.done("volunteer", case["id"], "not_fixed", text="又堆了")
    again = town.done("volunteer", case["id"], "not_fixed")
    asked = [lb for lb in again["sections"]["look_backs"] if lb["kind"] == "not_fixed"]
    assert [abs(at(lb["due_at"]) - now() - timedelta(hours=24)) < timedelta(minutes=1) for lb in asked] == [
        True
    ]
    queue = town.client("reviewer").get("/api/review/queue?tab=look_backs").json()["items"]
    assert [i["issue"]["id"] for i in queue] == [case["id"]]
    town.done("inspector", case["id"], "lookback_pass", **visit(town))
    assert results(town, case) == ["passed", None, None, None]
    assert town.act("volunteer2", case["id"], "not_fixed").status_code == 404, "somebody else's case"


def test_a_relapse_is_a_new_round_with_new_pairs_and_half_the_time(town: World) -> None:
    """DECISIONS 7; the category has 24 h."""
    case = closed(town)
    back = town.done("inspector", case["id"], "relapse", **visit(town, kind="before"), note="又堆了")
    assert (back["state"], back["round_no"], back["relapse_count"]) == ("rectifying", 2, 1)
    assert (back["closed_at"], back["archived_at"], back["fixer"]) == (None, None, None)
    assert back["first_closed_at"] == case["first_closed_at"]
    assert at(back["due_at"]) == at(back["round_found_at"]) + timedelta(hours=12)
    assert (back["found_at"], back["campaign_due_at"]) == (case["found_at"], case["campaign_due_at"])
    assert results(town, case) == ["relapsed", "cancelled", "cancelled"]
    pairs = {p["round_no"]: p["state"] for p in town.case(case["id"])["pairs"]}
    assert pairs[2] == "missing"
    again = town.done("liaison", case["id"], "rectify", measure="再清", photos=[photo(town, "liaison")])
    new = [p["id"] for p in again["pairs"] if p["round_no"] == 2]
    done = town.done("reviewer", case["id"], "close", match=new)
    assert (done["state"], done["first_closed_at"]) == ("closed", case["first_closed_at"])
    assert [lb["round_no"] for lb in town.case(case["id"])["sections"]["look_backs"]].count(2) == 3


def test_a_relapse_needs_a_new_picture(town: World) -> None:
    assert town.act("inspector", closed(town)["id"], "relapse", photos=[]).status_code == 422


def test_a_relapse_of_a_case_never_dispatched_goes_to_the_desk(town: World) -> None:
    """DECISIONS 4."""
    shots = [town.shot(town.photo("inspector")), town.shot(town.photo("inspector"), "after")]
    case = town.filed("inspector", action="submit_closed", fixed_by="other", photos=shots)
    assert case["state"] == "closed"
    back = town.done("inspector", case["id"], "relapse", **visit(town, kind="before"))
    assert (back["state"], back["unit"], back["due_at"]) == ("submitted", None, None)
    sent = town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert sent["round_no"] == 2


def test_after_the_window_a_relapse_is_a_new_case(town: World) -> None:
    case = closed(town)
    with frozen(now() + timedelta(days=31)):
        town.clients.clear()  # everybody signs in again
        body = visit(town, kind="before")
        assert guard_of(town, "inspector", case, "relapse", **body) == "within_reopen_window"
        assert "relapse" not in town.case(case["id"], "inspector")["allowed_actions"]
        assert town.filed()["id"] != case["id"]


@pytest.mark.parametrize(("days", "left"), [(2.9, True), (3.1, False)])
def test_an_appeal_has_three_days(town: World, days: float, left: bool) -> None:
    case = town.filed()
    town.done("dispatcher", case["id"], "reject", reason_code="unclear")
    town.client("volunteer"), town.client("auditor")
    with frozen(now() + timedelta(days=days)):
        assert ("appeal" in town.case(case["id"], "volunteer")["allowed_actions"]) is left
        answer = town.act("volunteer", case["id"], "appeal", text="请再看")
    assert answer.status_code == (200 if left else 409)
    assert left or answer.json()["guard"] == "appeal_in_time"


def test_an_auditor_proposes_and_the_office_reopens(town: World) -> None:
    case = closed(town)
    assert town.act("auditor", case["id"], "reopen", reason="照片是旧的").status_code == 403
    town.done("auditor", case["id"], "ask_reopen", reason="照片是旧的")
    back = town.done("admin", case["id"], "reopen", reason="属实")
    assert (back["state"], back["reopen_count"], back["closed_at"], back["first_closed_at"]) == (
        "in_review",
        1,
        None,
        None,
    )
    told = town.case(case["id"])
    assert [a["state"] for a in told["approvals"]] == ["approved"]
    assert results(town, case) == ["cancelled"] * 3
    assert town.done("reviewer", case["id"], "return", reason_code="old_or_copied")["state"] == "rectifying"


def test_a_reopened_case_is_closed_again_with_new_look_backs(town: World) -> None:
    case = closed(town)
    town.done("admin", case["id"], "reopen", reason="复查")
    assert town.done("reviewer", case["id"], "close")["state"] == "closed"
    assert sorted(results(town, case), key=str) == [None] * 3 + ["cancelled"] * 3


def test_a_site_check_of_a_wrong_person_or_a_past_day_is_not_ordered(town: World) -> None:
    case = town.in_review()
    stranger, own = str(town.people["stranger"].id), str(town.people["patroller"].id)
    assert town.act("reviewer", case["id"], "order_site_check", assignee_id=stranger).status_code == 422
    past = later(hours=-1)
    assert (
        town.act("reviewer", case["id"], "order_site_check", assignee_id=own, due_at=past).status_code == 422
    )
