"""台账: key tasks and their owners, information asked of units, requests to departments, petitions."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import frozen, now
from tests.support.cases import World
from tests.support.states import later

pytestmark = pytest.mark.either_db
NOBODY = "00000000-0000-0000-0000-000000000000"


def said(town: World, name: str, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
    answer = town.client(name).request(method, f"/api/{path}", **more)
    assert answer.status_code == status, (name, method, path, answer.text)
    told: dict[str, Any] = answer.json()
    return told


def refused(
    town: World, method: str, path: str, body: Any, *names: str, status: int = 403, **more: Any
) -> None:
    for name in names:
        said(town, name, method, path, status, json=body, **more)


def on(days: int) -> str:
    return (now() + timedelta(days=days)).date().isoformat()


def base(version: int) -> dict[str, Any]:
    return {"If-Match": f'"{version}"'}


def test_ten_key_tasks_each_with_an_owner_a_day_and_progress_J01(town: World) -> None:
    def task(number: int, **changes: Any) -> dict[str, Any]:
        return {"title": f"第{number}项", "unit_id": str(town.unit.id), "due_on": on(number), **changes}

    made = [said(town, "admin", "POST", "key-tasks", 201, json=task(n)) for n in range(1, 10)]
    liaison, other = str(town.people["liaison"].id), str(town.other_unit.id)
    made.append(said(town, "principal", "POST", "key-tasks", 201, json=task(-1, person_id=liaison)))
    assert [one["no"] for one in made] == list(range(1, 11))
    refused(town, "POST", "key-tasks", task(1), "reviewer", "leader", "liaison", "volunteer", "pending")
    for wrong in ({"unit_id": NOBODY}, {"person_id": str(town.people["other_liaison"].id)}, {"title": " "}):
        refused(town, "POST", "key-tasks", task(1, **wrong), "admin", status=422)
    # owners say how far they are; the office says when it is done
    path = f"key-tasks/{made[-1]['id']}"
    for percent, text in ((40, "已动员"), (100, "全部完成")):
        told = said(town, "liaison", "POST", f"{path}/progress", 201, json={"percent": percent, "text": text})
    assert [(one["percent"], one["text"]) for one in told["progress"]] == [(100, "全部完成"), (40, "已动员")]
    assert (told["percent"], told["state"], told["waits"], told["is_late"]) == (100, "open", True, True)
    words = {"percent": 1, "text": "别人的"}
    refused(town, "POST", f"{path}/progress", words, "other_liaison", "volunteer", status=404)
    refused(town, "POST", f"{path}/progress", words, "reviewer")
    refused(town, "PUT", path, task(1), "liaison", headers=base(3))
    done = task(-1, person_id=liaison, state="done")
    assert said(town, "admin", "PUT", path, 200, json=done, headers=base(3))["ended_on"] == on(0)
    refused(town, "PUT", path, done, "admin", status=409, headers=base(3))
    refused(town, "POST", f"{path}/progress", words, "liaison", status=422)
    # who sees what
    whole = said(town, "auditor", "GET", "key-tasks", 200)
    assert (len(whole["items"]), whole["done"], whole["late"], whole["may_add"]) == (10, 1, 0, False)
    assert all(one["unit"]["zh"] == "汀兰物业" for one in whole["items"])
    moved = task(1, unit_id=other)
    said(town, "admin", "PUT", f"key-tasks/{made[0]['id']}", 200, json=moved, headers=base(1))
    assert len(said(town, "liaison", "GET", "key-tasks", 200)["items"]) == 9
    assert [one["no"] for one in said(town, "other_liaison", "GET", "key-tasks", 200)["items"]] == [1]
    assert said(town, "volunteer", "GET", "key-tasks", 200)["items"] == []
    refused(town, "GET", "key-tasks", None, "pending")


def test_units_that_hand_in_nothing_by_the_day_are_listed_J03(town: World) -> None:
    call = {"title": "十一月信息", "wanted": "两条做法", "due_on": on(1)}
    made = said(town, "admin", "POST", "info-calls", 201, json=call)
    assert {one["unit"]["zh"] for one in made["reports"]} == {"汀兰物业", "城管中队"}, (
        "all that somebody answers for"
    )
    refused(town, "POST", "info-calls", call, "reviewer", "liaison", "leader")
    refused(town, "POST", "info-calls", {**call, "unit_ids": [NOBODY]}, "admin", status=422)
    path = f"info-calls/{made['id']}/reports"
    own, words = f"{path}/{town.unit.id}", {"text": "楼道清理"}
    told = said(town, "liaison", "PUT", own, 200, json=words)
    assert (told["asked"], told["handed_in"], told["missing"]) == (1, 1, []), "of the own unit only"
    refused(town, "PUT", own, words, "other_liaison", status=404)
    refused(town, "PUT", own, words, "admin")
    with frozen(now() + timedelta(days=2)):
        once_more = said(town, "liaison", "PUT", own, 200, json={"text": "楼道清理，两条"})["reports"][0]
        (seen,) = said(town, "line", "GET", "info-calls", 200)["items"]
        assert said(town, "other_liaison", "PUT", f"{path}/{town.other_unit.id}", 200, json=words)["reports"][
            0
        ]["is_late"]
    assert (once_more["text"], once_more["is_late"]) == ("楼道清理，两条", False), "when it first came counts"
    assert ([one["zh"] for one in seen["missing"]], seen["is_over"]) == (["城管中队"], True)
    refused(town, "GET", "info-calls", None, "volunteer", "pending")


def test_a_department_is_asked_and_answers_each_with_its_time_S09(town: World) -> None:
    case = town.dispatched()
    asked = {
        "unit_id": str(town.other_unit.id),
        "text": "请协助清理占道",
        "issue_id": case["id"],
        "due_on": on(-1),
    }
    made = said(town, "dispatcher", "POST", "department-requests", 201, json=asked)
    assert (made["department"]["zh"], made["issue"]["id"], made["answered_at"]) == (
        "城管中队",
        case["id"],
        None,
    )
    assert (made["is_late"], made["asked_by"]) == (True, town.people["dispatcher"].name_zh)
    refused(town, "POST", "department-requests", asked, "reviewer", "liaison", "leader")
    for wrong in ({"issue_id": NOBODY}, {"unit_id": NOBODY}, {"text": ""}):
        refused(town, "POST", "department-requests", {**asked, **wrong}, "admin", status=422)
    path, words = f"department-requests/{made['id']}/answer", {"answer": "周五联合整治"}
    refused(town, "PUT", path, words, "liaison", status=404)
    refused(town, "PUT", path, words, "dispatcher")
    told = said(town, "other_liaison", "PUT", path, 200, json=words)
    assert told["answered_at"] > told["asked_at"]
    assert told["issue"] is None, "a department that may not see the case is not told of it"
    seen = said(town, "reviewer", "GET", "department-requests", 200)
    assert [(one["answer"], one["answered_by"]) for one in seen["items"]] == [
        ("周五联合整治", told["answered_by"])
    ]
    assert seen["open"] == 0
    assert said(town, "liaison", "GET", "department-requests", 200)["items"] == []


def test_petitions_are_counted_and_one_entered_by_mistake_stays_D23(town: World) -> None:
    body = {
        "received_on": on(0),
        "subject": "反映小区门口乱停车",
        "unit_id": str(town.unit.id),
        "point_id": str(town.point.id),
    }
    made = [
        said(town, "admin", "POST", "petitions", 201, json={**body, "received_on": on(-n)})
        for n in (0, 3, 40)
    ]
    assert (made[0]["unit"]["zh"], made[0]["point"]["zh"]) == ("汀兰物业", "兰溪苑")
    for wrong in (
        {"received_on": on(1)},
        {"point_id": NOBODY},
        {"unit_id": NOBODY},
        {"subject": ""},
        {"name": "张三"},
    ):
        refused(town, "POST", "petitions", {**body, **wrong}, "admin", status=422)
    refused(town, "POST", "petitions", body, "reviewer", "liaison", "leader", "volunteer")
    strike, why = f"petitions/{made[1]['id']}/strike", {"reason": "重复登记"}
    refused(town, "POST", strike, why, "reviewer")
    refused(town, "POST", strike, why, "liaison", "stranger", status=404)
    assert said(town, "principal", "POST", strike, 200, json=why)["struck_reason"] == "重复登记"
    month = said(town, "leader", "GET", "petitions", 200, params={"days": 30})
    assert ([bool(one["struck_at"]) for one in month["items"]], month["count"]) == ([False, True], 1)
    assert said(town, "leader", "GET", "petitions", 200)["count"] == 2
    refused(town, "GET", "petitions", None, "liaison", "volunteer", "pending")


def test_a_lead_of_an_online_channel_becomes_a_case_once_D28(town: World) -> None:
    def lead(channel: str, **changes: Any) -> dict[str, Any]:
        at = (now() - timedelta(hours=2)).isoformat()
        return {
            "channel": channel,
            "ref": "2026-77",
            "text": "网友说菜场门口乱停车",
            "received_at": at,
            **changes,
        }

    links = {"link": "https://example.test/t/77"}
    made = {
        one: said(town, "dispatcher", "POST", "leads", 201, json=lead(one, **links))
        for one in ("community_app", "we_media", "weibo")
    }
    nameless = said(town, "admin", "POST", "leads", 201, json=lead("weibo", ref="", **links))
    assert nameless["ref"] == links["link"], "what has no number is known by its link"
    known = said(town, "admin", "POST", "leads", 409, json=lead("weibo", text="又看到一次"))
    assert (known["code"], known["lead_id"], known["issue"]) == ("lead-known", made["weibo"]["id"], None)
    for wrong in (
        {"ref": ""},
        {"channel": "myspace"},
        {"link": "javascript:alert(1)"},
        {"received_at": later(hours=1)},
    ):
        refused(town, "POST", "leads", lead(**{"channel": "weibo", "ref": "9", **wrong}), "admin", status=422)
    refused(town, "POST", "leads", lead("weibo", ref="10"), "reviewer", "liaison", "leader", "volunteer")

    path, where = (
        f"leads/{made['weibo']['id']}",
        {"category": town.category.code, "point_id": str(town.point.id)},
    )
    refused(town, "POST", f"{path}/file", {**where, "point_id": NOBODY}, "admin", status=422)
    refused(town, "POST", f"{path}/file", where, "reviewer")
    filed = said(town, "dispatcher", "POST", f"{path}/file", 201, json=where)
    case = town.case(filed["issue"]["id"], "dispatcher")
    assert (case["source"], case["external_ref"], case["point"]["zh"]) == ("media", "2026-77", "兰溪苑")
    assert (case["description"], case["found_at"][:16]) == (
        "网友说菜场门口乱停车",
        made["weibo"]["received_at"][:16],
    )
    once = said(town, "admin", "POST", f"{path}/file", 409, json=where)
    assert (once["code"], once["issue"]) == ("lead-filed", {"id": case["id"], "no": case["no"]})
    again = said(town, "admin", "POST", "leads", 409, json=lead("weibo"))
    assert again["issue"]["id"] == case["id"], "the case is named to who registers it once more"
    said(town, "admin", "PUT", f"leads/{nameless['id']}/answer", 200, json={"answer": "已在平台回复"})
    seen = said(town, "auditor", "GET", "leads", 200)
    assert (seen["open"], [one["is_filed"] for one in seen["items"]].count(True), seen["may_register"]) == (
        2,
        1,
        False,
    )
    weibo = said(town, "leader", "GET", "leads", 200, params={"channel": "weibo", "open": False})
    assert {one["ref"] for one in weibo["items"]} == {"2026-77", links["link"]}
    refused(town, "GET", "leads", None, "liaison", "volunteer", "pending")
