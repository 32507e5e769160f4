"""Two-step moves (DECISIONS 8, 9): asked by one, decided by another. Extension, deferral, coordination, voiding; and the clocks they move."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core import db
from app.core.clock import frozen, now
from app.features.dispatch.jobs import resume_due
from app.features.places.models import Responsibility
from tests.support.cases import World
from tests.support.states import ask_defer, ask_void, coordinating, deferred, later


def refused(town: World, who: str, case: dict[str, Any], action: str, **body: Any) -> str:
    """The guard that refuses `who`."""
    answer = town.act(who, case["id"], action, **body)
    assert (answer.status_code, answer.json()["code"]) == (409, "guard-failed"), answer.text
    guard: str = answer.json()["guard"]
    return guard


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def approval(town: World, case: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = town.case(case["id"])["approvals"][-1]
    return last


def wait(town: World, name: str, **by: float) -> Any:
    """Time passes; the person stays signed in."""
    town.client(name)
    return frozen(now() + timedelta(**by))


# ---- extension ----
def test_an_extension_is_asked_before_the_end_and_given_by_a_line_leader(town: World) -> None:
    case, until = town.rectifying(), later(hours=60)
    asked = town.done("liaison", case["id"], "ask_extend", until=until, reason="等备件")
    assert (asked["state"], asked["due_at"]) == ("rectifying", case["due_at"])
    assert (
        refused(town, "liaison", case, "ask_extend", until=later(hours=70), reason="再等") == "nothing_asked"
    )
    given = town.done("line", case["id"], "extend", note="同意")
    assert (at(given["due_at"]), given["extension_count"]) == (at(until), 1)
    assert given["campaign_due_at"] == case["campaign_due_at"]
    assert approval(town, case)["state"] == "approved"


def test_extensions_run_out(town: World) -> None:
    case = town.rectifying()
    most = 0
    while True:
        until = later(hours=60 + most * 10)
        answer = town.act("liaison", case["id"], "ask_extend", until=until, reason="等备件")
        if answer.status_code != 200:
            break
        town.done("line", case["id"], "extend")
        most += 1
    told = answer.json()
    assert (told["guard"], told["most"], most) == ("extensions_left", most, 1)
    assert "ask_extend" not in town.case(case["id"], "liaison")["allowed_actions"]


def test_after_the_end_it_is_too_late_to_ask(town: World) -> None:
    case = town.rectifying()
    with wait(town, "liaison", hours=25):
        assert (
            refused(town, "liaison", case, "ask_extend", until=later(hours=9), reason="晚了") == "before_due"
        )


def test_an_extension_must_extend(town: World) -> None:
    case = town.rectifying()
    answer = town.act("liaison", case["id"], "ask_extend", until=later(hours=1), reason="更早")
    assert (answer.status_code, answer.json()["fields"][0]["why"]) == (422, "not_later")


def test_nothing_is_given_that_nobody_asked_for(town: World) -> None:
    case = town.rectifying()
    for who, action in (("line", "extend"), ("line", "defer"), ("reviewer", "void")):
        assert refused(town, who, case, action) == "was_asked"


def test_a_refused_request_leaves_the_clock_and_may_be_asked_again(town: World) -> None:
    case = town.rectifying()
    ask = {"until": later(hours=60), "reason": "等备件"}
    town.done("liaison", case["id"], "ask_extend", **ask)
    said_no = town.done("line", case["id"], "refuse_request", kind="extend", note="抓紧")
    assert (said_no["due_at"], said_no["extension_count"]) == (case["due_at"], 0)
    assert (approval(town, case)["state"], approval(town, case)["decision_note"]) == ("refused", "抓紧")
    town.done("liaison", case["id"], "ask_extend", **ask)


def test_nobody_decides_what_they_asked_for_themselves(town: World) -> None:
    """Somebody who is both a liaison and a line leader."""
    from tests import factories

    with db.transaction() as session:
        factories.hold(session, town.people["liaison"], "line_leader", town.town)
        factories.hold(session, town.people["admin"], "reviewer", town.town)
    case = town.rectifying()
    town.done("liaison", case["id"], "ask_extend", until=later(hours=60), reason="等")
    assert refused(town, "liaison", case, "extend") == "not_own_request"
    assert refused(town, "liaison", case, "refuse_request", kind="extend", note="不") == "not_own_request"
    town.done("liaison", case["id"], "ask_defer", **ask_defer())
    assert refused(town, "liaison", case, "defer") == "not_own_request"
    ask_void(town, case)
    assert refused(town, "admin", case, "void") == "not_own_request"
    allowed = set(town.case(case["id"], "liaison")["allowed_actions"])
    assert not allowed & {"extend", "defer", "refuse_request"}


def test_the_area_s_own_line_leader_decides_where_it_has_one(town: World) -> None:
    """DECISIONS 9: an area leader who holds line_leader, else any line leader of the town."""
    from tests import factories

    case = town.rectifying()
    town.done("liaison", case["id"], "ask_extend", until=later(hours=60), reason="等")
    with db.transaction() as session:
        town.people["area"] = factories.user(session, town.town, "line_leader")
        for name in ("area", "leader"):
            session.add(
                Responsibility(
                    town_id=town.town.id, role="area_leader", point_id=town.point.id,
                    user_id=town.people[name].id,
                )
            )  # fmt: skip
    assert refused(town, "line", case, "extend") == "area_approver"
    assert town.act("leader", case["id"], "extend").status_code == 403, "a leader who is no line leader"
    assert "extend" not in town.case(case["id"], "line")["allowed_actions"]
    assert town.done("area", case["id"], "extend")["extension_count"] == 1


# ---- deferral ----
def test_a_deferred_case_stands_apart_and_its_clock_stands_still(town: World) -> None:
    case = town.rectifying()
    left = at(case["due_at"]) - now()
    case = deferred(town)
    assert (case["state"], case["resume_at"] is not None) == ("deferred", True)
    with wait(town, "auditor", days=4):
        assert town.case(case["id"])["is_overdue"] is False
        resume_due()
        assert town.case(case["id"])["state"] == "deferred"
    with wait(town, "auditor", days=9, minutes=1):
        assert resume_due() is None
        back = town.case(case["id"])
        assert (back["state"], back["resume_at"]) == ("rectifying", None)
        assert at(back["due_at"]) >= now() + left - timedelta(minutes=1)
        assert at(back["due_at"]) >= now() + timedelta(hours=23)
        assert (back["events"][-1]["action"], back["events"][-1]["actor"]) == ("resume", None)
        assert back["sections"]["deferrals"][0]["resumed_at"] is not None
        resume_due()
        assert town.case(case["id"])["version"] == back["version"], "once"


def test_the_desk_resumes_earlier(town: World) -> None:
    case = deferred(town)
    assert town.done("dispatcher", case["id"], "resume")["state"] == "rectifying"
    with wait(town, "auditor", days=10):
        resume_due()
        assert town.case(case["id"])["state"] == "rectifying"


def test_a_deferral_says_why_and_what_keeps_it_safe_and_ends_in_the_future(town: World) -> None:
    case = town.rectifying()
    for wrong in ({"safety_measure": ""}, {"reason_code": "lazy"}, {"resume_at": later(hours=-1)}):
        assert town.act("liaison", case["id"], "ask_defer", **(ask_defer() | wrong)).status_code == 422


def test_a_case_deferred_before_it_had_a_unit_comes_back_all_the_same(town: World) -> None:
    """From coordination: its plan is not there yet, nor its lead unit; what resumes it must not stumble."""
    case = town.done("dispatcher", town.filed()["id"], "escalate", reason="难")
    answer = town.act("liaison", case["id"], "ask_defer", **ask_defer())
    assert answer.status_code == 404, "no unit, no liaison: nobody can ask"


def test_deferring_in_coordination_returns_to_the_unit(town: World) -> None:
    case = coordinating(town)
    town.done("liaison", case["id"], "ask_defer", **ask_defer())
    town.done("line", case["id"], "defer")
    assert town.done("dispatcher", case["id"], "resume")["state"] == "rectifying"


# ---- coordination ----
def test_a_difficult_case_has_a_plan_in_a_day_and_is_due_when_the_plan_says_D17(town: World) -> None:
    """DECISIONS 8."""
    case = coordinating(town)
    assert (case["nature"], case["mode"]) == ("difficult", "coordinated")
    assert abs(at(case["plan_due_at"]) - now() - timedelta(hours=24)) < timedelta(minutes=1)
    final = later(days=20)
    plan = {"meeting": "纪要", "unit_id": str(town.other_unit.id), "measures": "拆除", "final_due_at": final}
    assert town.act("line", case["id"], "approve_plan", **plan).status_code == 403
    assert (
        town.act(
            "principal", case["id"], "approve_plan", **(plan | {"final_due_at": later(days=-1)})
        ).status_code
        == 422
    )
    assert town.act("principal", case["id"], "approve_plan", **(plan | {"meeting": ""})).status_code == 422
    from tests import factories

    with db.transaction() as session:
        nobody = factories.unit(session, town.town)
    assert (
        refused(town, "principal", case, "approve_plan", **(plan | {"unit_id": str(nobody.id)}))
        == "unit_has_liaison"
    )
    done = town.done("principal", case["id"], "approve_plan", **plan)
    assert (at(done["due_at"]), done["plan_due_at"], done["unit"]["id"]) == (
        at(final),
        None,
        str(town.other_unit.id),
    )
    assert done["sections"]["coordination"]["measures"] == "拆除"


@pytest.mark.parametrize("who", ["liaison", "patroller", "volunteer"])
def test_a_unit_a_patroller_or_the_reporter_proposes_escalation(town: World, who: str) -> None:
    if who == "volunteer":
        case = town.dispatched()
    else:
        case = town.dispatched()
        if who == "patroller":
            town.done("liaison", case["id"], "assign", person_id=str(town.people["patroller"].id))
    town.done(who, case["id"], "ask_escalate", reason="产权不清")
    assert refused(town, who, case, "ask_escalate", reason="产权不清") == "nothing_asked"
    town.done("dispatcher", case["id"], "escalate", reason="同意上报")
    assert approval(town, case)["state"] == "approved"


# ---- voiding ----
def test_a_case_is_never_deleted_and_voided_by_two_people_D14(town: World) -> None:
    case = ask_void(town, town.rectifying())
    assert case["state"] == "rectifying"
    deleted = town.client("admin").delete(f"/api/issues/{case['id']}")
    assert (deleted.status_code, deleted.headers["content-type"]) == (405, "application/problem+json")
    gone = town.done("reviewer", case["id"], "void", note="同意")
    assert (gone["state"], gone["events"][-1]["reason_code"]) == ("voided", "test")
    asked, second = gone["events"][-2:]
    assert (asked["action"], asked["text"], second["action"]) == ("ask_void", "演练", "void")
    names = [town.people[name].name_zh for name in ("admin", "reviewer")]
    assert [event["actor"]["name"] for event in (asked, second)] == names, "two names and a reason"
    assert all(o["ended_at"] for o in town.case(case["id"])["sections"]["orders"])


def test_a_district_finding_is_never_voided_S05(town: World) -> None:
    case = town.filed("district")
    body = {"reason_code": "wrong", "reason": "误报"}
    assert refused(town, "admin", case, "ask_void", **body) == "not_district"
    assert not {"ask_void", "reject"} & set(town.case(case["id"], "admin")["allowed_actions"])
    # nor one that became the district's while somebody was asking
    other = ask_void(town, town.filed())
    answer = town.act("dispatcher", other["id"], "correct", reason="区级交办", source="district")
    assert answer.json()["guard"] == "not_district"
