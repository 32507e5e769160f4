"""What a team sends from the dark stairwell: any order, nothing twice, nothing taken back, nothing left out."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import audit, db
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.ringtown import RingTown

HOUR = timedelta(hours=1)


@pytest.fixture
def task(ring: RingTown, advance: Advance) -> dict[str, Any]:
    """A's task at B, as the captain's phone has it."""
    round_ = ring.plan_table()
    advance(HOUR)
    ring.reveal(round_["id"])
    return ring.task("A")


def test_what_was_saved_cannot_be_deleted_or_made_harmless_S17(ring: RingTown, task: dict[str, Any]) -> None:
    found = ring.finding("member:A", task, nature="urgent")
    deleted = ring.client("member:A").delete(f"/api/cross/findings/{found}")
    changed = ring.client("member:A").patch(f"/api/cross/findings/{found}", json={"nature": "ordinary"})
    assert (deleted.status_code, changed.status_code) == (405, 404)
    softer = ring.send("captain:A", "correction", task, finding_id=found, text="其实还好", nature="ordinary")
    assert (softer.status_code, softer.json()["code"], softer.json()["nature"]) == (
        409,
        "no-softening",
        "urgent",
    )
    ring.sent("captain:A", "correction", task, finding_id=found, text="又发现两辆")
    kinds = [r["kind"] for r in ring.task("A")["records"]]
    assert sorted(kinds) == ["correction", "finding"]


def test_the_inspected_side_can_neither_see_nor_touch_it_S13(ring: RingTown, task: dict[str, Any]) -> None:
    found = ring.finding("captain:A", task)
    missing = {"assignment_id": str(uuid.uuid4())}
    for name in ("captain:B", "liaison:B", "office2", "dispatcher"):
        hidden = ring.send(name, "correction", task, finding_id=found, text="不是我们的")
        nothing = ring.client(name).put(
            f"/api/cross/corrections/{uuid.uuid4()}",
            json={**missing, "finding_id": found, "text": "不是我们的"},
        )
        assert (hidden.status_code, hidden.content) == (404, nothing.content)
    assert [t["target"]["zh"] for t in ring.get("mine", "captain:B")["items"]] == ["C居民区"]
    assert ring.get("mine", "liaison:B")["items"] == []


def test_a_look_before_the_reveal_is_refused_and_logged_S17(ring: RingTown, advance: Advance) -> None:
    round_ = ring.plan_table()
    assert ring.get("mine", "captain:A")["items"] == []
    assert ring.client("captain:A").get(f"/api/cross/rounds/{round_['id']}").status_code == 404
    ring.get(f"rounds/{round_['id']}")
    with db.reading() as session:
        of = audit.AuditEntry.subject_id == round_["id"]
        rows = session.execute(
            select(audit.AuditEntry.action, audit.AuditEntry.actor_id).where(of).order_by(audit.AuditEntry.id)
        ).all()
    captain, office = ring.people["captain:A"].id, ring.people["office"].id
    assert [tuple(row) for row in rows] == [
        ("cross.planned", office), ("cross.refused", captain), ("cross.viewed", office),
    ]  # fmt: skip


def test_records_come_in_any_order_and_from_two_phones(ring: RingTown, task: dict[str, Any]) -> None:
    visit, found = uuid.uuid4(), uuid.uuid4()
    ring.sent("member:A", "correction", task, finding_id=str(found), text="先到的补充", nature="difficult")
    point = task["package"]["points"][0]
    body = {
        "point_id": point["id"], "visit_id": str(visit), "category": "RES-01", "captured_at": "2026-05-11T02:10:00Z",
        "photos": [{"id": str(uuid.uuid4())}],
    }  # fmt: skip
    kept = ring.send("member:A", "finding", task, found, **body)
    assert kept.status_code == 201
    assert kept.json()["photos_missing"] == [body["photos"][0]["id"]]
    late = ring.send(
        "captain:A", "visit", task, visit, point_id=point["id"], arrived_at="2026-05-11T02:05:00Z", results=[]
    )
    assert late.status_code == 201
    missing = {m["code"] for m in ring.task("A", "member")["missing"]}
    assert "photos_missing" in missing
    ring.photo("member:A", uuid.UUID(body["photos"][0]["id"]))
    seen = ring.task("A")
    assert "photos_missing" not in {m["code"] for m in seen["missing"]}
    assert list(seen["thumbs"]) == [body["photos"][0]["id"]]  # the captain's phone shows what the member took


def test_every_point_in_scope_is_visited_or_excused_S25(ring: RingTown, task: dict[str, Any]) -> None:
    first, _ = task["package"]["points"]
    half = [{"item": first["items"][0], "result": "pass"}]
    ring.visit("captain:A", task, 0, results=half)
    ring.visit("captain:A", task, 1, results=[], excuse="地铁施工封路")
    about_points = [
        m for m in ring.task("A")["missing"] if m["code"] in ("point_not_visited", "item_unanswered")
    ]
    assert about_points == [
        {"code": "item_unanswered", "params": {"point_id": first["id"], "item": first["items"][1]}}
    ]
    progress = ring.get(f"rounds/{task['round']['id']}")["assignments"]
    mine = next(p for p in progress if p["id"] == task["id"])
    assert (mine["points"], mine["visited"], mine["excused"]) == (2, 1, 1)
    elsewhere = str(ring.points["C"][0].id)
    strange = ring.send("captain:A", "visit", task, point_id=elsewhere, arrived_at="2026-05-11T02:05:00Z")
    assert strange.status_code == 422


def test_an_answer_that_does_not_fit_its_question_is_refused_S19(
    ring: RingTown, task: dict[str, Any]
) -> None:
    for body in (
        {"question": 1, "answer": "satisfied"},
        {"question": 2, "answer": "yes"},
        {"question": 3, "answer": "yes"},
        {"question": 4, "answer": "yes"},
        {"question": 5},
        {"question": 6, "answer": "yes"},
        {"question": 1, "is_met": False, "answer": "yes"},
    ):
        assert ring.send("captain:A", "interview", task, **body).status_code == 422, body
    assert ring.send("captain:A", "lesson", task).status_code == 422
    ring.sent("captain:A", "lesson", task, none_reason="两边情况一样")


def test_the_package_tells_what_is_known_at_the_points_already(ring: RingTown, advance: Advance) -> None:
    point = ring.points["B"][1]
    body = {
        "action": "submit", "category": "ENV-02", "point_id": str(point.id), "captured_at": "2026-05-11T00:20:00Z",
        "clock_offset_seconds": 0, "photos": [{**ring.photo("volunteer:B"), "role": "before"}],
    }  # fmt: skip
    filed = ring.client("volunteer:B").put(f"/api/reports/{uuid.uuid4()}", json=body).json()["issue"]
    round_ = ring.plan_table()
    advance(HOUR)
    ring.reveal(round_["id"])
    package = ring.task("A")["package"]
    (known,) = package["open_issues"]
    assert (known["issue_id"], known["category"]["code"]) == (filed["id"], "ENV-02")
    assert ring.client("captain:A").get(known["thumb_url"]).status_code != 401
    assert [i["code"] for i in package["items"]] == ["I1", "I2"]
    assert package["points"][0]["fence_m"] == 50
    assert ring.task("B")["package"]["open_issues"] == []


def test_villages_inspect_neighbourhoods_at_random_without_a_fixed_point(ring: RingTown) -> None:
    ids = [str(u.id) for u in ring.units.values()]
    for _ in range(20):
        edges = ring.post("pairings", {"rule": "random", "unit_ids": ids})["edges"]
        assert all(e["inspector"]["id"] != e["target"]["id"] for e in edges)
        assert {e["target"]["id"] for e in edges} == set(ids)
    groups = ring.post("pairings", {"rule": "random", "unit_ids": ids[:1], "target_ids": ids[1:2]})["edges"]
    assert [(e["inspector"]["id"], e["target"]["id"]) for e in groups] == [(ids[0], ids[1])]
    table = [{"inspector_id": ids[0], "target_id": ids[1]}]
    planned = ring.plan(pairing="planned", unit_ids=None, edges=table)
    assert [e["target"]["zh"] for e in planned["edges"]] == ["B居民区"]


def test_rings_are_kept_for_later_and_rounds_copy_them(ring: RingTown) -> None:
    ids = [str(u.id) for u in ring.units.values()]
    made = ring.post("rings", {"code": "RING-1", "name_zh": "十一居", "unit_ids": ids}, expect=201)
    assert ring.post("rings", {"code": "RING-1", "name_zh": "x", "unit_ids": ids}, expect=409)
    planned = ring.plan(unit_ids=None, ring_id=made["id"], pairing="planned")
    turned = ring.client("office2").patch(
        f"/api/cross/rings/{made['id']}", json={"unit_ids": ids[::-1]}, headers={"If-Match": '"1"'}
    )
    assert [u["id"] for u in turned.json()["units"]] == ids[::-1]
    assert [u["id"] for u in ring.get(f"rounds/{planned['id']}")["units"]] == ids
    assert ring.get("rings", "auditor")["items"][0]["version"] == 2


def test_a_round_that_was_called_off_stays_hidden(ring: RingTown) -> None:
    round_ = ring.plan_table()
    ring.post(f"rounds/{round_['id']}/call-off", {"reason": "台风"})
    assert ring.get("rounds", "office2")["items"] == []
    assert [r["state"] for r in ring.get("rounds", "auditor")["items"]] == ["closed"]


def test_what_a_person_wrote_goes_with_the_person_and_rounds_go_to_the_heir(
    ring: RingTown, task: dict[str, Any]
) -> None:
    ring.finding("member:A", task, description="张三家门口")
    ring.sent("member:A", "interview", task, question=5, text="请找李四协调")
    ring.step_up("sysadmin")
    person = ring.people["member:A"]
    erased = ring.client("sysadmin").post(f"/api/people/{person.id}/erase")
    assert erased.status_code in (200, 204), erased.text
    told = str(ring.task("A")) + str(ring.get(f"rounds/{task['round']['id']}/findings"))
    assert "张三" not in told
    assert [r["text"] for r in ring.get("requests")["items"]] == [""]
    moved = ring.client("sysadmin").post(
        f"/api/people/{ring.people['office'].id}/hand-over", json={"to_id": str(ring.people["office2"].id)}
    )
    assert moved.status_code == 200, moved.text
    assert moved.json().get("moved", 0) == 0
    assert [r["id"] for r in ring.get("rounds", "office2")["items"]] == [task["round"]["id"]]
