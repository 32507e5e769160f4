"""Who is told what of an event: one row a person, nobody else's, and no words of a case that is no longer theirs to see."""

from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from app.core.clock import frozen, now
from tests import factories
from tests.support.cases import World
from tests.support.states import ask_defer, ask_void, closed, later, photo


def inbox(town: World, name: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client(name).get("/api/inbox", params=query).json()["items"]
    return items


def kinds(town: World, name: str, case: dict[str, Any]) -> list[str]:
    """What this person heard of a case, oldest first."""
    return [i["kind"] for i in reversed(inbox(town, name)) if i["issue_id"] == case["id"]]


def told(town: World, case: dict[str, Any]) -> dict[str, list[str]]:
    """All that anybody heard of a case."""
    heard = {name: kinds(town, name, case) for name in town.people}
    return {name: what for name, what in heard.items() if what}


def test_the_whole_way_of_a_case_is_told_to_those_whom_it_concerns(town: World) -> None:
    case = town.dispatched()
    assert told(town, case) == {"liaison": ["order_new"], "volunteer": ["report_dispatched"]}
    town.done("liaison", case["id"], "claim")
    town.done("liaison", case["id"], "assign", person_id=str(town.people["rectifier"].id))
    assert kinds(town, "rectifier", case) == ["order_assigned"]
    done = town.done("rectifier", case["id"], "rectify", measure="清", photos=[photo(town, "rectifier")])
    town.done("reviewer", case["id"], "return", reason_code="not_solved")
    assert kinds(town, "rectifier", case)[-1] == kinds(town, "liaison", case)[-1] == "order_returned"
    done = town.done("rectifier", case["id"], "rectify", measure="清", photos=[photo(town, "rectifier")])
    town.done("reviewer", case["id"], "close", match=[p["id"] for p in done["pairs"]])
    assert told(town, case) == {
        "liaison": ["order_new", "order_returned", "order_closed"],
        "rectifier": ["order_assigned", "order_returned", "order_closed"],
        "volunteer": ["report_dispatched", "report_closed"],
    }


def test_the_line_leader_is_told_of_an_urgent_order_and_of_a_close_that_waits_D16_D02(town: World) -> None:
    case = town.in_review(nature="urgent")
    assert kinds(town, "line", case) == ["urgent_new"]
    town.done("reviewer", case["id"], "close", match=[p["id"] for p in case["pairs"]])
    assert kinds(town, "line", case) == ["urgent_new", "close_needs_second"]
    assert "report_closed" not in kinds(town, "volunteer", case), "it is not closed yet"
    town.done("line", case["id"], "approve_close")
    assert kinds(town, "volunteer", case)[-1] == "report_closed"


def test_the_principal_leader_is_told_of_a_difficult_case_and_it_leaves_the_ordinary_queue_D17_Z09_D02(
    town: World,
) -> None:
    case = town.done("dispatcher", town.dispatched()["id"], "escalate", reason="难")
    assert kinds(town, "principal", case) == ["plan_needed"]
    queues = {"coordinating": [case["id"]], "submitted": [], "dispatched": [], "rectifying": []}
    for state, ids in queues.items():
        shown = town.client("principal").get("/api/issues", params={"state": state}).json()["items"]
        assert [one["id"] for one in shown] == ids, state
    assert kinds(town, "liaison", case)[-1] == "case_escalated"


@pytest.mark.parametrize(
    ("ask", "who", "decides"),
    [
        ("ask_extend", "liaison", "line"),
        ("ask_defer", "liaison", "line"),
        ("ask_escalate", "liaison", "dispatcher"),
    ],
)
def test_who_decides_hears_of_the_question_and_who_asked_of_the_answer(
    town: World, ask: str, who: str, decides: str
) -> None:
    case = town.rectifying()
    bodies = {
        "ask_extend": {"until": later(hours=60), "reason": "等"},
        "ask_defer": ask_defer(),
        "ask_escalate": {"reason": "难"},
    }
    town.done(who, case["id"], ask, **bodies[ask])
    assert kinds(town, decides, case)[-1] == "request_new"
    kind = ask.removeprefix("ask_")
    town.done(decides, case["id"], "refuse_request", kind=kind, note="不同意")
    assert kinds(town, who, case)[-1] == "request_refused"


def test_the_second_person_hears_of_a_voiding_and_the_reporter_of_its_end(town: World) -> None:
    case = ask_void(town, town.filed())
    assert kinds(town, "reviewer", case) == ["request_new"]
    town.done("reviewer", case["id"], "void")
    assert kinds(town, "volunteer", case) == ["report_voided"]


def test_a_reporter_hears_why_not(town: World) -> None:
    case = town.filed()
    town.done("dispatcher", case["id"], "reject", reason_code="not_ours", text="属邻镇")
    message = inbox(town, "volunteer")[0]
    assert (message["kind"], message["params"]["reason"], message["no"]) == (
        "report_rejected",
        "not_ours",
        case["no"],
    )


def test_the_dispatcher_hears_of_a_bounce_and_a_checker_of_the_task(town: World) -> None:
    case = town.dispatched()
    town.done("liaison", case["id"], "bounce", reason_code="not_ours")
    assert kinds(town, "dispatcher", case) == ["order_bounced"]
    assert kinds(town, "dispatcher2", case) == []
    town.done("dispatcher", case["id"], "order_site_check", assignee_id=str(town.people["patroller"].id))
    assert kinds(town, "patroller", case) == ["site_check_new"]


def test_witnesses_hear_what_reporters_hear(town: World) -> None:
    case = town.filed()
    town.report("volunteer2", action="witness", issue_id=case["id"])
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert kinds(town, "volunteer2", case) == ["report_dispatched"]


def test_not_fixed_and_relapse_are_told(town: World) -> None:
    case = closed(town)
    town.done("volunteer", case["id"], "not_fixed")
    assert kinds(town, "reviewer", case) == kinds(town, "dispatcher", case) == ["not_fixed"]
    town.done("inspector", case["id"], "relapse", photos=[photo(town, "inspector", "before")])
    assert kinds(town, "liaison", case)[-1] == "order_relapsed"
    assert kinds(town, "volunteer", case)[-1] == "report_relapsed"


def test_nobody_is_told_of_their_own_deed_nor_after_they_left(town: World) -> None:
    with db.transaction() as session:
        gone = factories.user(session, town.unit, "liaison", status="disabled")
        town.people["gone"] = gone
    case = town.filed("dispatcher")
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert kinds(town, "dispatcher", case) == []
    with db.reading() as session:
        from app.features.notifications.models import InboxItem

        assert session.query(InboxItem).filter_by(user_id=gone.id).count() == 0


def test_messages_are_read_one_by_one_or_up_to_a_moment_and_only_one_s_own(town: World) -> None:
    for _ in range(3):
        town.dispatched()
    items = inbox(town, "liaison")
    liaison, volunteer = town.client("liaison"), town.client("volunteer")
    assert liaison.get("/api/inbox/count").json() == {"unread": 3}
    assert volunteer.post("/api/inbox/read", json={"ids": [items[0]["id"]]}).json() == {"unread": 3}
    assert liaison.get("/api/inbox/count").json() == {"unread": 3}, "somebody else's word does not count"
    assert liaison.post("/api/inbox/read", json={"ids": [items[0]["id"]]}).json() == {"unread": 2}
    assert liaison.post("/api/inbox/read", json={"until": items[2]["at"]}).json() == {"unread": 1}
    with frozen(now() + timedelta(seconds=1)):
        assert liaison.post("/api/inbox/read", json={}).json() == {"unread": 0}
    assert [i["read_at"] is not None for i in inbox(town, "liaison")] == [True] * 3


def test_the_inbox_comes_in_pages(town: World) -> None:
    for _ in range(3):
        town.dispatched()
    first = town.client("liaison").get("/api/inbox", params={"limit": 2}).json()
    rest = town.client("liaison").get("/api/inbox", params={"limit": 2, "cursor": first["next"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert len({i["id"] for i in first["items"] + rest["items"]}) == 3
    assert town.client("liaison").get("/api/inbox", params={"cursor": "nonsense"}).status_code == 400


def test_a_case_that_is_no_longer_theirs_has_no_words(town: World) -> None:
    case = town.dispatched()
    town.done("dispatcher", case["id"], "reassign", unit_id=str(town.other_unit.id), reason="改派")
    message = inbox(town, "liaison")[0]
    assert message["kind"] == "order_new"
    hidden = ("issue_id", "no", "state", "category_zh", "category_en", "point_zh")
    assert [message[k] for k in hidden] == [None] * len(hidden)
    assert message["params"] == {}


def test_the_inbox_is_for_those_signed_in(town: World, client: Any) -> None:
    for method, path in (("get", "/api/inbox"), ("get", "/api/inbox/count"), ("post", "/api/inbox/read")):
        assert getattr(client, method)(path).status_code == 401
