"""Orders to units: what dispatch asks for, claim and bounce, rulings, assignment, the unit's clock."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.clock import frozen, now
from app.features.dispatch.models import Dispatch
from app.features.issues.lifecycle import Action, State
from app.features.issues.models import Issue
from tests import factories
from tests.support.cases import World
from tests.support.states import a_case, body_of, later, photo


def refused(town: World, who: str, case: dict[str, Any], action: str, **body: Any) -> str:
    """The guard that refuses `who`."""
    answer = town.act(who, case["id"], action, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "guard-failed"), answer.text
    guard: str = answer.json()["guard"]
    return guard


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.either_db
@pytest.mark.parametrize("kind", ["property", "enterprise"])
def test_a_unit_without_a_named_liaison_gets_no_order_one_of_any_kind_with_one_answers_it_X02_J14_D05(
    town: World, kind: str
) -> None:
    with db.transaction() as session:
        firm = factories.unit(session, town.town, kind=kind)
        factories.user(session, firm, "rectifier")
    case = town.filed()
    assert refused(town, "dispatcher", case, "dispatch", unit_id=str(firm.id)) == "unit_has_liaison"
    with db.transaction() as session:
        town.people["firm"] = factories.user(session, firm, "liaison")
    sent = town.done("dispatcher", case["id"], "dispatch", unit_id=str(firm.id))
    assert sent["unit"]["id"] == str(firm.id)
    town.done("firm", case["id"], "claim")
    answered = town.done("firm", case["id"], "rectify", measure="已清运", photos=[photo(town, "firm")])
    assert (answered["state"], answered["measure"]) == ("in_review", "已清运")


def test_a_disabled_liaison_is_nobody(town: World) -> None:
    with db.transaction() as session:
        unit = factories.unit(session, town.town)
        factories.user(session, unit, "liaison", status="disabled")
    assert refused(town, "dispatcher", town.filed(), "dispatch", unit_id=str(unit.id)) == "unit_has_liaison"


def test_an_order_goes_to_a_unit_and_a_person_of_this_town_with_a_deadline_ahead(town: World) -> None:
    case = town.filed()
    with db.transaction() as session:
        abroad = factories.unit(session, factories.town(session))
        factories.user(session, abroad, "liaison")
    unit, stranger = str(town.unit.id), str(town.people["stranger"].id)
    assert town.act("dispatcher", case["id"], "dispatch", unit_id=str(abroad.id)).status_code == 422
    assert town.act("dispatcher", case["id"], "dispatch", unit_id=unit, person_id=stranger).status_code == 422
    past = later(hours=-1)
    assert town.act("dispatcher", case["id"], "dispatch", unit_id=unit, due_at=past).status_code == 422
    assert town.act("dispatcher", case["id"], "dispatch", unit_id=unit, category="无此类").status_code == 422
    assert town.case(case["id"])["version"] == 1


def test_the_due_date_is_proposed_may_be_set_by_hand_and_is_farther_in_long_term_mode_Z40(
    town: World,
) -> None:
    case = town.filed()
    proposed = at(town.case(case["id"], "dispatcher")["sections"]["proposal"]["due_at"])
    sent = town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert abs(at(sent["due_at"]) - at(sent["dispatched_at"]) - timedelta(hours=24)) < timedelta(seconds=2)
    assert abs(at(sent["due_at"]) - proposed) < timedelta(seconds=30)
    by_hand = now() + timedelta(hours=7)
    other = town.done(
        "dispatcher", town.filed()["id"], "dispatch", unit_id=str(town.unit.id), due_at=by_hand.isoformat()
    )
    assert at(other["due_at"]) == by_hand
    office = town.client("admin")
    campaign = office.get("/api/campaigns").json()["items"][0]
    switch = {"settings": {"mode": "long_term"}}
    url, base = f"/api/campaigns/{campaign['id']}", {"If-Match": f'"{campaign["version"]}"'}
    assert office.patch(url, json=switch, headers=base).status_code == 200
    slow = town.dispatched()
    assert abs(at(slow["due_at"]) - at(slow["dispatched_at"]) - timedelta(hours=48)) < timedelta(seconds=2)
    assert at(slow["campaign_due_at"]) - at(slow["found_at"]) == timedelta(hours=144)
    assert town.case(sent["id"])["due_at"] == sent["due_at"], "what was sent before keeps its end"


def test_a_line_leader_sends_an_urgent_case_at_once_and_a_difficult_one_never_without_a_plan(
    town: World,
) -> None:
    """D16, D17."""
    sent = town.done("line", town.filed(nature="urgent")["id"], "dispatch", unit_id=str(town.unit.id))
    assert at(sent["due_at"]) <= at(sent["dispatched_at"]) + timedelta(hours=24)
    hard = town.filed(nature="difficult")
    assert refused(town, "line", hard, "dispatch", unit_id=str(town.unit.id)) == "difficult_needs_plan"
    town.done("line", hard["id"], "escalate", reason="违章搭建")
    planned = town.done("principal", hard["id"], "approve_plan", **plan(town))
    assert (planned["state"], planned["mode"]) == ("rectifying", "coordinated")


def plan(town: World, **changes: Any) -> dict[str, Any]:
    return {
        "meeting": "专项协调会纪要",
        "unit_id": str(town.unit.id),
        "measures": "分三步拆除",
        "final_due_at": later(days=20),
        "milestones": [{"text": "告知", "due_at": later(days=2)}],
        **changes,
    }


def test_claiming_is_never_automatic_and_leaves_its_time_D19(town: World) -> None:
    sent = town.dispatched()
    assert sent["acknowledged_at"] is None
    claimed = town.done("liaison", sent["id"], "claim")
    assert claimed["acknowledged_at"] is not None
    assert claimed["sections"]["orders"][0]["claimed_at"] == claimed["acknowledged_at"].replace("Z", "+00:00")


def test_anyone_reports_what_is_anothers_and_a_unit_may_bounce_so_often_and_no_more_D22(town: World) -> None:
    case = town.filed("other_liaison")
    assert (case["state"], town.case(case["id"])["flags"]) == ("submitted", []), "of a place of another unit"
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    town.done("liaison", case["id"], "bounce", reason_code="not_ours", note="不属于我们")
    town.done("dispatcher", case["id"], "rule_bounce", ruling="unfounded")
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert refused(town, "liaison", case, "bounce", reason_code="not_ours") == "bounces_left"
    orders = town.case(case["id"])["sections"]["orders"]
    assert [o["ruling"] for o in orders] == ["unfounded", None]
    told = town.client("principal").get("/api/figures/metrics", params={"by": "unit"}).json()["groups"]
    passed_on = {g["key"]: f["n"] for g in told for f in g["figures"] if f["id"] == "M22"}
    assert passed_on == {str(town.unit.id): 1}, "unfounded bounces by unit"
    assert "bounce" not in town.case(case["id"], "liaison")["allowed_actions"]


def test_a_bounced_case_belongs_to_no_unit_and_is_ruled_on_once(town: World) -> None:
    case = town.dispatched()
    back = town.done("liaison", case["id"], "bounce", reason_code="wrong_place")
    assert (back["state"], back["unit"], back["due_at"]) == ("submitted", None, None)
    assert town.client("liaison").get(f"/api/issues/{case['id']}").status_code == 404
    assert "bounce_unruled" in town.case(case["id"], "dispatcher")["flags"]
    ruled = town.done("dispatcher", case["id"], "rule_bounce", ruling="founded")
    assert "bounce_unruled" not in ruled["flags"]
    assert refused(town, "dispatcher", case, "rule_bounce", ruling="founded") == "has_unruled_bounce"


def test_work_is_assigned_to_people_of_the_unit_or_to_a_patroller(town: World) -> None:
    case = town.rectifying()
    for name in ("other_liaison", "volunteer", "stranger"):
        person = str(town.people[name].id)
        assert refused(town, "liaison", case, "assign", person_id=person) == "assignee_of_unit"
    town.done("liaison", case["id"], "assign", person_id=str(town.people["rectifier"].id))
    town.done("liaison", case["id"], "assign", person_id=str(town.people["patroller"].id))
    assert town.case(case["id"])["assignee"]["id"] == str(town.people["patroller"].id)
    assert "rectify" in town.case(case["id"], "patroller")["allowed_actions"]
    fixed = town.done("patroller", case["id"], "rectify", measure="已清", photos=[photo(town, "patroller")])
    assert fixed["state"] == "in_review"


def test_a_new_unit_gets_a_new_clock_and_the_campaign_s_runs_on(town: World) -> None:
    case = town.rectifying()
    with frozen(now() + timedelta(hours=6)):
        moved = town.done(
            "dispatcher", case["id"], "reassign", unit_id=str(town.other_unit.id), reason="属城管"
        )
    assert (moved["state"], moved["acknowledged_at"]) == ("dispatched", None)
    assert at(moved["due_at"]) > at(case["due_at"])
    assert moved["campaign_due_at"] == case["campaign_due_at"]
    orders = town.case(case["id"])["sections"]["orders"]
    assert [(o["order_no"] > 0, o["ended_at"] is None) for o in orders] == [(True, False), (True, True)]
    assert town.client("liaison").get(f"/api/issues/{case['id']}").status_code == 404


def test_helpers_of_any_kind_of_unit_see_the_case_and_may_not_claim_it_Z27(town: World) -> None:
    case = town.filed()
    unit, other = str(town.unit.id), str(town.other_unit.id)
    kinds = ("village", "community", "property", "enterprise", "office")
    with db.transaction() as session:
        joining = [str(factories.unit(session, town.town, kind=kind).id) for kind in kinds]
    helpers = [other, unit, other, *joining]
    sent = town.done("dispatcher", case["id"], "dispatch", unit_id=unit, helper_ids=helpers)
    assert {h["id"] for h in sent["helpers"]} == {other, *joining}
    assert town.case(case["id"], "other_liaison")["id"] == case["id"]
    assert town.act("other_liaison", case["id"], "claim").status_code == 403


@pytest.mark.parametrize("source", ["hotline", "media", "web", "public"])
def test_a_lead_is_looked_at_before_a_unit_gets_it(town: World, source: str) -> None:
    case = town.filed("dispatcher", source=source)
    send = {"unit_id": str(town.unit.id)}
    assert refused(town, "dispatcher", case, "dispatch", **send) == "site_checked"
    person = str(town.people["patroller"].id)
    town.done("dispatcher", case["id"], "order_site_check", assignee_id=person)
    assert refused(town, "dispatcher", case, "dispatch", **send) == "site_checked"
    town.done(
        "patroller", case["id"], "answer_site_check", is_confirmed=True, finding="属实",
        photos=[photo(town, "patroller", "site")],
    )  # fmt: skip
    assert town.done("dispatcher", case["id"], "dispatch", **send)["state"] == "dispatched"


def test_a_lead_that_was_not_confirmed_goes_to_no_unit(town: World) -> None:
    case = town.filed("dispatcher", source="hotline")
    town.done("dispatcher", case["id"], "order_site_check", assignee_id=str(town.people["patroller"].id))
    town.done("patroller", case["id"], "answer_site_check", is_confirmed=False, finding="没有")
    assert refused(town, "dispatcher", case, "dispatch", unit_id=str(town.unit.id)) == "site_checked"


def test_a_held_case_goes_to_no_unit(town: World) -> None:
    """DECISIONS 5: the desk sees it, units do not."""
    case = town.filed("pending")
    assert refused(town, "dispatcher", case, "dispatch", unit_id=str(town.unit.id)) == "not_held"
    assert refused(town, "dispatcher", case, "escalate", reason="难") == "not_held"


def test_every_required_before_photo_needs_its_after_photo_and_words_D20(town: World) -> None:
    case = town.rectifying(photos=[town.shot(town.photo(), is_required=True) for _ in range(2)])
    one = [photo(town, "liaison")]
    assert refused(town, "liaison", case, "rectify", measure="清了", photos=[]) == "pairs_covered"
    assert refused(town, "liaison", case, "rectify", measure="清了", photos=one) == "pairs_covered"
    two = [*one, photo(town, "liaison")]
    assert refused(town, "liaison", case, "rectify", measure="  ", photos=two) == "has_measure"
    done = town.done("liaison", case["id"], "rectify", measure="清了", photos=two)
    assert sorted(p["state"] for p in done["pairs"]) == ["proposed", "proposed"]


def test_a_statement_is_enough_where_the_category_says_so_D20_J10(town: World) -> None:
    with db.transaction() as session:
        factories.category(session, town.town, code="STAT", evidence="statement", nature="ordinary")
    case = town.rectifying(category="STAT", photos=[])
    done = town.done("liaison", case["id"], "rectify", measure="已教育引导")
    closed = town.done("reviewer", done["id"], "close")
    assert (closed["state"], closed["measure"], closed["photos"]) == ("closed", "已教育引导", [])


def test_rectifying_with_a_photo_that_is_still_on_the_phone_waits_for_it(town: World) -> None:
    case = town.rectifying()
    missing = photo(town, "liaison") | {"id": str(uuid.uuid4())}
    answer = town.act("liaison", case["id"], "rectify", measure="清了", photos=[missing])
    assert (answer.status_code, answer.json()["missing"]) == (409, [missing["id"]])
    assert town.case(case["id"])["state"] == "rectifying"


def test_a_submission_can_be_taken_back_until_a_reviewer_opens_it(town: World) -> None:
    """DECISIONS 9."""
    case = town.in_review()
    back = town.done("liaison", case["id"], "withdraw", note="拍错了")
    assert (back["state"], back["rectified_at"]) == ("rectifying", None)
    again = body_of(town, Action.RECTIFY, back, "liaison")
    case = town.done("liaison", case["id"], "rectify", **again)
    town.done("reviewer", case["id"], "start_review")
    assert refused(town, "liaison", case, "withdraw") == "review_not_started"
    rounds = town.case(case["id"])["sections"]["rounds"]
    assert [r["withdrawn_at"] is None for r in rounds] == [False, True]


def test_what_was_never_dispatched_cannot_be_withdrawn_by_a_unit(town: World) -> None:
    case = town.filed(
        "rectifier", action="submit_fixed", fixed_by="self",
        photos=[town.shot(town.photo("rectifier")), town.shot(town.photo("rectifier"), "after")],
    )  # fmt: skip
    with db.transaction() as session:
        session.get_one(Issue, uuid.UUID(case["id"])).responsible_unit_id = town.unit.id
    assert refused(town, "rectifier", case, "withdraw") == "was_dispatched"


def test_targets_are_for_those_who_dispatch_and_say_who_has_a_liaison_X23(town: World) -> None:
    with db.transaction() as session:
        factories.unit(session, town.town, name_zh="没人的单位")
        for _ in range(34):
            factories.unit(session, town.town, kind="community")
    items = town.client("dispatcher").get("/api/dispatch/targets").json()["items"]
    told = {t["zh"]: t["has_liaison"] for t in items}
    assert (told["汀兰物业"], told["没人的单位"]) == (True, False)
    assert sum(t["kind"] == "community" for t in items) == 34, "a town of 34 committees is nothing unusual"
    assert town.client("liaison").get("/api/dispatch/targets").status_code == 403
    mates = town.client("liaison").get("/api/dispatch/workmates").json()["items"]
    assert {m["id"] for m in mates} == {str(town.people[n].id) for n in ("liaison", "rectifier")}
    assert town.client("volunteer").get("/api/dispatch/workmates").status_code == 403


def test_a_second_order_has_a_higher_number(town: World) -> None:
    first, second = town.dispatched(), a_case(town, State.RECTIFYING)
    numbers = [town.case(c["id"])["sections"]["orders"][0]["order_no"] for c in (first, second)]
    assert numbers[1] == numbers[0] + 1


def test_a_leaver_s_orders_in_force_name_the_heir(town: World) -> None:
    with db.transaction() as session:
        town.people["root"] = factories.user(session, town.town, "admin")
    unit, rectifier, heir = (
        str(town.unit.id),
        str(town.people["rectifier"].id),
        str(town.people["liaison"].id),
    )
    case = town.filed()
    town.done("dispatcher", case["id"], "dispatch", unit_id=unit, person_id=rectifier)
    answer = town.client("root").post(f"/api/people/{rectifier}/hand-over", json={"to_id": heir})
    assert (answer.status_code, answer.json()["moved"]) == (200, 1), answer.text
    after = town.case(case["id"])
    assert (after["assignee"]["id"], after["state"]) == (heir, "dispatched")
    assert after["events"][-1]["data"]["assignee"] == [rectifier, heir]
    with db.reading() as session:
        order = session.scalars(select(Dispatch).where(Dispatch.issue_id == uuid.UUID(case["id"]))).one()
        assert str(order.person_id) == heir


def test_a_substitute_does_the_liaison_s_work_while_they_are_away(town: World) -> None:
    with db.transaction() as session:
        away = session.merge(town.people["liaison"])
        away.substitute_id = town.people["other_liaison"].id
        away.substitute_until = (now() + timedelta(days=3)).date()
    case = town.dispatched()
    assert town.done("other_liaison", case["id"], "claim")["state"] == "rectifying"
    with frozen(now() + timedelta(days=5)):
        assert town.client("other_liaison").get(f"/api/issues/{case['id']}").status_code == 404
