"""Commands of phones: done once, answered the same again; a stale fix is kept as evidence. And the same action on many cases."""

import uuid
from typing import Any

import httpx
import pytest

from tests.support.cases import World


def send(town: World, name: str, command_id: uuid.UUID, **body: Any) -> httpx.Response:
    answer: httpx.Response = town.client(name).put(f"/api/commands/{command_id}", json=body)
    return answer


def claim(case: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"action": "claim", "target": case["id"], "base_version": case["version"], "body": {}, **changes}


def test_a_command_is_carried_out_once_and_answered_the_same_again(town: World) -> None:
    case, command_id = town.dispatched(), uuid.uuid4()
    first = send(town, "liaison", command_id, **claim(case))
    again = send(town, "liaison", command_id, **claim(case))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["issue"]["state"] == "rectifying"
    assert [e["action"] for e in town.case(case["id"])["events"]] == ["submit", "dispatch", "claim"]


def test_another_command_under_the_id_is_refused_with_the_stored_one(town: World) -> None:
    case, command_id = town.dispatched(), uuid.uuid4()
    send(town, "liaison", command_id, **claim(case))
    other = send(town, "liaison", command_id, **claim(case, base_version=99))
    assert (other.status_code, other.json()["code"]) == (409, "same-id-other-body")
    assert other.json()["stored"]["base_version"] == case["version"]


def test_a_stale_command_is_told_the_present_state_and_told_so_again(town: World) -> None:
    case, command_id = town.dispatched(), uuid.uuid4()
    town.done("liaison", case["id"], "claim")
    for _ in range(2):
        stale = send(town, "liaison", command_id, **claim(case))
        assert (stale.status_code, stale.json()["code"]) == (409, "version-conflict")
        assert stale.json()["current"] == {"state": "rectifying", "version": case["version"] + 1}


def test_a_witness_meanwhile_does_not_make_a_command_stale(town: World) -> None:
    case = town.dispatched()
    town.report("volunteer2", action="witness", issue_id=case["id"])
    answer = send(town, "liaison", uuid.uuid4(), **claim(case))
    assert (answer.status_code, answer.json()["issue"]["version"]) == (201, case["version"] + 2)


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("rectifier", {"action": "claim", "body": {}}, 403, "not-your-role"),
        ("other_liaison", {"action": "claim", "body": {}}, 404, "not-found"),
        ("liaison", {"action": "rectify", "body": {"measure": "x"}}, 409, "move-not-allowed"),
        ("liaison", {"action": "claim", "body": {"extra": 1}}, 422, "invalid"),
        ("liaison", {"action": "submit", "body": {}}, 422, "invalid"),
    ],
)
def test_refusals_are_the_problems_of_the_action_itself(
    town: World, name: str, body: dict[str, Any], status: int, code: str
) -> None:
    case, command_id = town.dispatched(), uuid.uuid4()
    for _ in range(2):
        answer = send(town, name, command_id, target=case["id"], base_version=case["version"], **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_command_whose_photo_is_not_here_can_be_sent_again(town: World) -> None:
    case, command_id, photo_id = town.rectifying(), uuid.uuid4(), uuid.uuid4()
    body = {"measure": "已清运", "photos": [{"id": str(photo_id), "capture": "camera"}]}
    sent = {"action": "rectify", "target": case["id"], "base_version": case["version"], "body": body}
    early = send(town, "liaison", command_id, **sent)
    assert (early.status_code, early.json()["code"]) == (409, "photos-missing")
    assert early.json()["missing"] == [str(photo_id)]
    town.photo("liaison", client_id=photo_id)
    assert send(town, "liaison", command_id, **sent).json()["issue"]["state"] == "in_review"


def late_fix(town: World, case: dict[str, Any]) -> httpx.Response:
    body = {"measure": "已清运，晚到", "photos": [{"id": str(town.photo("liaison"))}]}
    return send(
        town,
        "liaison",
        uuid.uuid4(),
        action="rectify",
        target=case["id"],
        base_version=case["version"],
        body=body,
    )


def test_a_stale_fix_is_kept_as_evidence_for_the_desk(town: World) -> None:
    case = town.rectifying()
    town.done("dispatcher", case["id"], "correct", reason="写清楚", description="三只桶")
    stale = late_fix(town, case)
    assert (stale.status_code, stale.json()["is_kept_evidence"]) == (409, True)
    seen = town.case(case["id"], "dispatcher")
    assert "kept_evidence" in seen["flags"]
    (kept,) = seen["kept_evidence"]
    others = [p["id"] for p in seen["photos"] if p["kind"] == "other"]
    assert (kept["text"], kept["photo_ids"]) == ("已清运，晚到", others)
    assert seen["state"] == "rectifying"
    assert town.case(case["id"], "liaison")["kept_evidence"] == []


def test_a_fix_for_a_case_that_went_to_another_unit_is_kept_too(town: World) -> None:
    case = town.rectifying()
    town.done("dispatcher", case["id"], "reassign", unit_id=str(town.other_unit.id), reason="换人")
    stale = late_fix(town, case)
    assert (stale.status_code, stale.json()["is_kept_evidence"], stale.json()["current"]) == (409, True, None)
    assert len(town.case(case["id"], "dispatcher")["kept_evidence"]) == 1


def test_a_fix_for_somebody_elses_case_is_no_evidence(town: World) -> None:
    case = town.rectifying()
    body = {"measure": "x", "photos": [{"id": str(town.photo("other_liaison"))}]}
    sent = {"action": "rectify", "target": case["id"], "base_version": 1, "body": body}
    hidden = send(town, "other_liaison", uuid.uuid4(), **sent)
    missing = send(town, "other_liaison", uuid.uuid4(), **(sent | {"target": str(uuid.uuid4())}))
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert town.case(case["id"], "dispatcher")["kept_evidence"] == []


def test_several_cases_at_once_each_by_itself(town: World) -> None:
    fine, stale = town.filed(), town.filed()
    items = [
        {"id": fine["id"], "version": fine["version"]},
        {"id": stale["id"], "version": 7},
        {"id": str(uuid.uuid4()), "version": 1},
    ]
    answer = town.client("dispatcher").post(
        "/api/issues/bulk/dispatch", json={"items": items, "body": {"unit_id": str(town.unit.id)}}
    )
    results = answer.json()["results"]
    assert [r["id"] for r in results] == [i["id"] for i in items]
    assert [r["status"] for r in results] == [200, 409, 404]
    assert [r["state"] for r in results] == ["dispatched", None, None]
    assert results[1]["problem"]["code"] == "version-conflict"
    assert town.case(stale["id"])["state"] == "submitted"


def test_a_missing_version_is_asked_for(town: World) -> None:
    case = town.filed()
    answer = town.client("dispatcher").post(
        f"/api/issues/{case['id']}/actions/reject", json={"reason_code": "other"}
    )
    assert (answer.status_code, answer.json()["code"]) == (428, "version-needed")


def test_a_comment_written_offline_arrives_once_and_changes_no_version(town: World) -> None:
    case, command_id = town.rectifying(), uuid.uuid4()
    said = {"audience": "reporter", "body": "明天上午来修"}
    sent = {"action": "comment", "target": case["id"], "body": said}
    first, again = (send(town, "liaison", command_id, **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    seen = town.case(case["id"], "volunteer")
    assert [c["body"] for c in seen["comments"]] == ["明天上午来修"]
    assert seen["version"] == case["version"]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("other_liaison", {"audience": "reporter", "body": "x"}, 404),
        ("volunteer", {"audience": "office", "body": "x"}, 403),
        ("liaison", {"audience": "everybody", "body": "x"}, 422),
        ("liaison", {"audience": "reporter", "body": ""}, 422),
    ],
)
def test_a_comment_goes_only_where_its_writer_may_write(
    town: World, name: str, body: dict[str, str], status: int
) -> None:
    case = town.rectifying()
    answer = send(town, name, uuid.uuid4(), action="comment", target=case["id"], body=body)
    assert answer.status_code == status
    assert town.case(case["id"])["comments"] == []
