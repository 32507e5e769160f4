"""The review desk: four eyes, pairs decided one by one, return, closing, and the second approval of urgent and difficult cases."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core import db
from app.core.clock import frozen, now
from app.features.issues import ranking
from app.features.issues.models import Issue, PhotoPair
from app.features.standards.models import Campaign
from tests import factories
from tests.support.cases import LAT, LON, World
from tests.support.states import photo


def refused(town: World, who: str, case: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    """What the guard that refuses `who` says."""
    answer = town.act(who, case["id"], action, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "guard-failed"), answer.text
    told: dict[str, Any] = answer.json()
    return told


def matches(case: dict[str, Any]) -> dict[str, Any]:
    return {"match": [p["id"] for p in case["pairs"]]}


def fixed_on_the_spot(town: World, who: str = "inspector", **changes: Any) -> dict[str, Any]:
    """A report that says: found and already put right."""
    shots = [town.shot(town.photo(who)), town.shot(town.photo(who), "after")]
    body = {"action": "submit_fixed", "fixed_by": "self", "photos": shots, **changes}
    return town.case(town.filed(who, **body)["id"])


# ---- four eyes ----
def test_who_fixed_does_not_judge(town: World) -> None:
    with db.transaction() as session:
        factories.hold(session, town.people["liaison"], "reviewer", town.town)
    case = town.in_review()
    assert refused(town, "liaison", case, "close", **matches(case))["why"] == "fixer"
    assert refused(town, "liaison", case, "return", reason_code="not_solved")["why"] == "fixer"
    pair = case["pairs"][0]["id"]
    assert refused(town, "liaison", case, "decide_pair", pair_id=pair, decision="matched")["why"] == "fixer"
    assert not {"close", "return", "decide_pair"} & set(town.case(case["id"], "liaison")["allowed_actions"])
    assert town.done("reviewer", case["id"], "close", **matches(case))["state"] == "closed"


def test_the_responsible_unit_does_not_judge_its_own_case(town: World) -> None:
    case = town.in_review()
    told = refused(town, "unit_reviewer", case, "close", **matches(case))
    assert (told["guard"], told["why"]) == ("not_own_fix", "unit")


def test_who_sent_the_case_does_not_close_it_where_somebody_else_can(town: World) -> None:
    case = town.filed()
    town.done("admin", case["id"], "dispatch", unit_id=str(town.unit.id))
    town.done("liaison", case["id"], "claim")
    case = town.done("liaison", case["id"], "rectify", measure="清", photos=[photo(town, "liaison")])
    told = refused(town, "admin", case, "close", **matches(case))
    assert (told["guard"], told["why"]) == ("four_eyes", "dispatcher")
    assert "close" not in town.case(case["id"], "admin")["allowed_actions"]


def test_in_a_town_with_one_reviewer_the_dispatcher_may_close(town: World) -> None:
    with db.transaction() as session:
        small = factories.town(session)
        unit = factories.unit(session, small)
        people = {
            "clerk": factories.user(session, small, "office_admin"),
            "unit": factories.user(session, unit, "liaison"),
        }
        category = factories.category(session, small, nature="ordinary")
    alone = World(small, small, unit, unit, town.point, category, people, town.sign_in)
    case = alone.filed("clerk")
    alone.act("clerk", case["id"], "dispatch", 1, unit_id=str(unit.id))
    alone.act("unit", case["id"], "claim", 2)
    done = alone.act("unit", case["id"], "rectify", 3, measure="清", photos=[photo(alone, "unit")]).json()
    assert alone.act("clerk", case["id"], "close", 4, **matches(done)).status_code == 200


# ---- pairs ----
def test_a_case_closes_only_when_every_required_pair_is_matched(town: World) -> None:
    case = town.rectifying(photos=[town.shot(town.photo(), is_required=True) for _ in range(2)])
    shots = [photo(town, "liaison") for _ in range(2)]
    case = town.done("liaison", case["id"], "rectify", measure="清", photos=shots)
    first, second = (p["id"] for p in case["pairs"])
    told = refused(town, "reviewer", case, "close", match=[first])
    assert (told["guard"], len(told["open"])) == ("pairs_matched", 1)
    town.done("reviewer", case["id"], "decide_pair", pair_id=first, decision="matched")
    assert town.done("reviewer", case["id"], "close", match=[second])["state"] == "closed"


def test_a_refused_pair_needs_a_reason_and_sends_the_case_back(town: World) -> None:
    case = town.in_review()
    pair = case["pairs"][0]["id"]
    answer = town.act("reviewer", case["id"], "decide_pair", pair_id=pair, decision="refused")
    assert answer.status_code == 422
    town.done(
        "reviewer", case["id"], "decide_pair", pair_id=pair, decision="refused", reason_code="other_place"
    )
    assert refused(town, "reviewer", case, "close")["guard"] == "pairs_matched"
    back = town.done("reviewer", case["id"], "return", reason_code="other_place", comment="不是同一处")
    assert (back["state"], back["rework_count"], back["due_at"]) == ("rectifying", 1, case["due_at"])
    assert town.case(case["id"])["sections"]["rounds"][0]["return_reason"] == "other_place"
    again = town.done("liaison", case["id"], "rectify", measure="重清", photos=[photo(town, "liaison")])
    assert [(p["id"], p["state"]) for p in again["pairs"]] == [(pair, "proposed")]
    assert town.done("reviewer", case["id"], "close", **matches(again))["state"] == "closed"


def test_a_suspect_pair_needs_words(town: World) -> None:
    case = town.rectifying()
    far = photo(town, "liaison") | {"lon": LON + 0.01, "lat": LAT}
    case = town.done("liaison", case["id"], "rectify", measure="清", photos=[far])
    pair = case["pairs"][0]
    assert (pair["is_suspect"], {c["code"]: c["verdict"] for c in pair["checks"]}["distance"]) == (
        True,
        "suspect",
    )
    one = {"pair_id": pair["id"], "decision": "matched"}
    assert refused(town, "reviewer", case, "decide_pair", **one)["guard"] == "suspect_explained"
    assert refused(town, "reviewer", case, "close", **matches(case))["guard"] == "suspect_explained"
    town.done("reviewer", case["id"], "decide_pair", **one, override_reason="定位漂移，现场属实")
    assert town.done("reviewer", case["id"], "close")["pairs"][0]["override_reason"] == "定位漂移，现场属实"


def test_a_pair_of_another_case_is_not_known_here(town: World) -> None:
    one, other = town.in_review(), town.in_review()
    pair = other["pairs"][0]["id"]
    assert (
        refused(town, "reviewer", one, "decide_pair", pair_id=pair, decision="matched")["guard"]
        == "pair_known"
    )
    assert refused(town, "reviewer", one, "close", match=[pair])["guard"] == "pairs_matched"


def test_a_case_whose_evidence_is_in_doubt_is_looked_at_before_it_closes(town: World) -> None:
    case = town.in_review()
    person = str(town.people["patroller"].id)
    town.done("reviewer", case["id"], "order_site_check", assignee_id=person, question="照片像旧的")
    assert refused(town, "reviewer", case, "close", **matches(case))["guard"] == "no_open_site_check"
    town.done(
        "patroller", case["id"], "answer_site_check", is_confirmed=True, finding="已清",
        photos=[photo(town, "patroller", "site")],
    )  # fmt: skip
    assert town.done("reviewer", case["id"], "close", **matches(case))["state"] == "closed"


# ---- closing ----
def test_closing_names_who_and_when_and_the_pair_and_plans_three_look_backs_X10(town: World) -> None:
    case = town.in_review()
    closed = town.done("reviewer", case["id"], "close", **matches(case))
    assert closed["first_closed_at"] == closed["closed_at"]
    last = closed["events"][-1]
    assert (last["action"], last["data"]["on_time"]) == ("close", True)
    assert last["actor"]["name"] == town.people["reviewer"].name_zh
    shown = {p["id"]: p["kind"] for p in closed["photos"]}
    pairs = [(p["state"], shown[p["before_id"]], shown[p["after_id"]]) for p in closed["pairs"]]
    assert pairs == [("matched", "before", "after")]
    due = [datetime.fromisoformat(lb["due_at"]) for lb in closed["sections"]["look_backs"]]
    when = datetime.fromisoformat(closed["closed_at"])
    assert due == [when + timedelta(days=d) for d in (3, 7, 30)]


def test_closing_after_the_end_is_not_on_time(town: World) -> None:
    case = town.in_review()
    town.client("reviewer")
    with frozen(now() + timedelta(hours=30)):
        closed = town.done("reviewer", case["id"], "close", **matches(case))
    assert closed["events"][-1]["data"]["on_time"] is False


@pytest.mark.parametrize(
    ("nature", "second", "wrong"), [("urgent", "line", "principal"), ("difficult", "principal", "line")]
)
def test_urgent_and_difficult_cases_are_closed_by_two_D02(
    town: World, nature: str, second: str, wrong: str
) -> None:
    case = town.in_review()
    case = town.done("dispatcher", case["id"], "correct", reason="性质", nature=nature)
    assert refused(town, second, case, "approve_close")["guard"] == "close_asked"
    waiting = town.done("reviewer", case["id"], "close", **matches(case))
    assert (waiting["state"], waiting["closed_at"]) == ("in_review", None)
    assert refused(town, "reviewer2", case, "close", **matches(case))["guard"] == "no_close_asked"
    assert town.act(wrong, case["id"], "approve_close").status_code == 403
    assert town.done(second, case["id"], "approve_close", note="同意")["state"] == "closed"


def test_the_leader_who_closes_an_urgent_case_is_not_its_second_pair_of_eyes(town: World) -> None:
    case = town.in_review(nature="urgent")
    town.done("line", case["id"], "close", **matches(case))
    assert refused(town, "line", case, "approve_close")["guard"] == "not_own_request"
    with db.transaction() as session:
        town.people["line2"] = factories.user(session, town.town, "line_leader")
    assert town.done("line2", case["id"], "approve_close")["state"] == "closed"


def test_a_return_takes_back_a_close_that_waited(town: World) -> None:
    case = town.in_review(nature="urgent")
    town.done("reviewer", case["id"], "close", **matches(case))
    town.done("reviewer2", case["id"], "return", reason_code="not_solved")
    assert [a["state"] for a in town.case(case["id"])["approvals"]] == ["withdrawn"]
    case = town.done("liaison", case["id"], "rectify", measure="清", photos=[photo(town, "liaison")])
    town.done("reviewer", case["id"], "close", **matches(case))
    assert town.done("line", case["id"], "approve_close")["state"] == "closed"


def test_a_refused_close_may_be_asked_again(town: World) -> None:
    case = town.in_review(nature="urgent")
    town.done("reviewer", case["id"], "close", **matches(case))
    town.done("line", case["id"], "refuse_request", kind="close", note="现场再看")
    town.done("reviewer", case["id"], "close", **matches(case))
    assert town.done("line", case["id"], "approve_close")["state"] == "closed"


# ---- never dispatched (DECISIONS 4) ----
def test_what_was_never_dispatched_is_returned_to_the_desk(town: World) -> None:
    case = fixed_on_the_spot(town)
    back = town.done("reviewer", case["id"], "return", reason_code="not_solved")
    assert (back["state"], back["unit"], back["due_at"]) == ("submitted", None, None)
    sent = town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert sent["state"] == "dispatched"


# ---- on the spot (§4.4, Z05) ----
def closed_on_the_spot(town: World, who: str = "inspector", **changes: Any) -> dict[str, Any]:
    return fixed_on_the_spot(town, who, **{"action": "submit_closed", "fixed_by": "other", **changes})


def test_an_inspector_s_case_that_somebody_else_put_right_closes_at_once_Z05(town: World) -> None:
    case = closed_on_the_spot(town)
    assert (case["state"], case["mode"], len(case["sections"]["look_backs"])) == ("closed", "on_spot", 3)
    assert [p["state"] for p in case["pairs"]] == ["matched"]


@pytest.mark.parametrize(
    ("who", "changes", "flag"),
    [
        ("inspector", {"fixed_by": "self"}, "fixer_is_reporter"),
        ("volunteer", {}, "not_fast_closer"),
        ("inspector", {"nature": "urgent"}, "needs_second_approval"),
    ],
)
def test_what_may_not_close_on_the_spot_goes_to_review(
    town: World, who: str, changes: dict[str, Any], flag: str
) -> None:
    case = closed_on_the_spot(town, who, **changes)
    assert (case["state"], flag in case["flags"]) == ("in_review", True)


def test_a_share_of_on_the_spot_closings_is_drawn_for_review(town: World) -> None:
    with db.transaction() as session:
        campaign = session.query(Campaign).filter_by(town_id=town.town.id).one()
        campaign.settings = {**campaign.settings, "on_spot_sample_percent": 100}
    assert closed_on_the_spot(town)["is_sampled"] is True


# ---- the queue ----
def test_the_queue_shows_suspect_then_urgent_then_waiting_longest(town: World) -> None:
    first, urgent, suspect = town.in_review(), town.in_review(nature="urgent"), town.in_review()
    with db.transaction() as session:
        session.query(PhotoPair).filter_by(issue_id=uuid.UUID(suspect["id"])).one().is_suspect = True
        ranking.rank(session, session.get_one(Issue, uuid.UUID(suspect["id"])))
    reviewer = town.client("reviewer")
    items = reviewer.get("/api/review/queue").json()["items"]
    assert [i["issue"]["id"] for i in items] == [suspect["id"], urgent["id"], first["id"]]
    assert [i["is_suspect"] for i in items] == [True, False, False]
    eyes = reviewer.get("/api/review/queue?tab=eyes").json()["items"]
    assert {i["issue"]["id"] for i in eyes} == {suspect["id"], urgent["id"]}
    town.done("reviewer", urgent["id"], "close", **matches(urgent))
    second = reviewer.get("/api/review/queue?tab=second").json()["items"]
    assert [i["issue"]["id"] for i in second] == [urgent["id"]]
    counts = reviewer.get("/api/review/counts").json()
    waiting = {"all": 2, "eyes": 1, "second": 1, "look_backs": 0, "sheet": 0}
    assert counts == waiting | {"reviewed_today": 1, "hints_checked": 0, "hints_wrong": 0}


def test_the_queue_is_for_reviewers(town: World) -> None:
    town.in_review()
    for name in ("volunteer", "liaison", "dispatcher", "auditor"):
        assert town.client(name).get("/api/review/queue").status_code == 403
    assert town.client("patroller").get("/api/review/counts").status_code == 403
