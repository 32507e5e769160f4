"""The round on paper: every section of the method, with figures that come from what the teams sent."""

import io
from datetime import timedelta
from typing import Any

from openpyxl import load_workbook

from app.core import clock, jobs
from app.core.db import transaction
from tests import factories
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.ringtown import RingTown

HOUR = timedelta(hours=1)


def a_full_round(ring: RingTown, advance: Advance) -> dict[str, Any]:
    """A finds two things at B's first point and judges it poor; everything else is in order; released."""
    round_ = ring.plan_table(target_score=95)
    advance(HOUR)
    ring.reveal(round_["id"])
    task = ring.task("A")
    ring.visit("captain:A", task, 0, "minor")
    ring.finding("captain:A", task, "ORD-02")
    ring.finding("member:A", task, "ORD-02")
    ring.finding("member:A", task, "RES-01", point_id=task["package"]["points"][1]["id"])
    ring.sent("captain:A", "interview", task, question=1, answer="no")
    ring.sent("captain:A", "interview", task, question=2, answer="dissatisfied")
    ring.sent("captain:A", "interview", task, question=2, is_met=False)
    ring.sent("captain:A", "practice", task, kind="strength", text="宣传氛围浓厚")
    ring.sent(
        "captain:A", "practice", task, kind="method", text="停车线重划", adopt=True, due_on="2026-05-25"
    )
    ring.all_submitted()
    return round_


def test_the_report_has_the_sections_of_the_method_S09_S14_S15_S20_S21_S23_S24_S26_S29_S32(
    ring: RingTown, advance: Advance
) -> None:
    round_ = a_full_round(ring, advance)
    report = ring.get(f"rounds/{round_['id']}/report")
    of_b = next(t for t in report["targets"] if t["target"]["zh"] == "B居民区")
    # 1: items of the first point 0.66 at the first visit and 1 at the second: the worse one counts
    assert [p["score"] for p in of_b["points"]] == [66.0, 100.0]
    assert (of_b["score"], of_b["reached"], of_b["findings"], of_b["found_at_home"]) == (83.0, False, 3, 0)
    assert [(c["code"], c["count"]) for c in report["categories"]] == [("ORD-02", 2), ("RES-01", 1)]
    # 2 and 3
    assert {m["category"] for m in report["mirrors"]} == {"ORD-02", "RES-01"}
    done = next(d for d in report["done"] if d["inspector"]["zh"] == "A居民区")
    assert (done["declared"], done["visited"], done["excused"]) == (2, 2, 0)
    # 4
    assert {p["kind"] for p in report["practices"]} == {"strength", "method"}
    assert len(report["lessons"]) == 3
    # 5: three captains asked a guard who knew, one who did not
    assert report["five"]["awareness"] == {"good": 3, "asked": 4}
    assert report["five"]["satisfaction"] == {"good": 3, "asked": 4}
    assert report["five"]["not_met"] == {"2": 1}
    assert {r["text"] for r in report["requests"]} == {"请协调增设车棚"}
    asked = next(r for r in report["requests"] if r["unit"]["zh"] == "A居民区")
    told = ring.client("office").post(
        f"/api/cross/requests/{asked['id']}/answer", json={"answer": "已报建管"}
    )
    assert told.json()["answer"] == "已报建管"
    assert (asked["answered_at"], told.json()["answered_at"] >= told.json()["asked_at"]) == (None, True)
    book = load_workbook(
        io.BytesIO(ring.client("office").get(f"/api/cross/rounds/{round_['id']}.xlsx").content)
    )
    rows = list(book["问题 Findings"].iter_rows(values_only=True))
    assert len(rows) == 4
    assert rows[1][1] == "B居民区"


def test_what_others_find_within_two_days_counts_as_missed_M34(ring: RingTown, advance: Advance) -> None:
    round_ = a_full_round(ring, advance)
    point = ring.points["B"][0]
    with transaction() as session:
        factories.category(session, ring.town, code="ORD-04", name_zh="跨门经营", is_dynamic=True)
    # The same kind is no miss; what comes and goes, and what is found after 48 hours, may be new; elsewhere nobody had looked.
    for hours, category, at in (
        (1, "ENV-02", point), (1, "ORD-02", point), (60, "ENV-03", point), (1, "ORD-04", point), (1, "ENV-03", point)
    ):  # fmt: skip
        with clock.frozen(clock.now() + hours * HOUR):
            shot = ring.photo("volunteer:C")
            body = {
                "action": "submit", "category": category, "point_id": str(at.id),
                "captured_at": clock.now().isoformat(), "clock_offset_seconds": 0, "photos": [{**shot, "role": "before"}],
            }  # fmt: skip
            answer = ring.client("volunteer:C").put(f"/api/reports/{shot['id']}", json=body)
            assert answer.status_code == 201
    void = answer.json()["issue"]
    url, why = f"/api/issues/{void['id']}/actions/reject", {"reason_code": "not_a_problem"}
    refused = ring.client("dispatcher").post(url, json=why, headers={"If-Match": f'"{void["version"]}"'})
    assert refused.status_code == 200, refused.text
    missed = ring.get(f"rounds/{round_['id']}/report")["missed"]
    of_a = next(m for m in missed if m["inspector"]["zh"] == "A居民区")
    assert (of_a["missed"], of_a["all"]) == (1, 4)

    def m34() -> Any:
        told = ring.client("office").get("/api/figures/metrics").json()
        return next((m["n"], m["d"], m["value"]) for m in told["figures"] if m["id"] == "M34")

    advance(2 * HOUR)
    assert m34() == (0, 0, None), "a round that is not released counts for nothing"
    ring.post(f"rounds/{round_['id']}/consolidate")
    ring.post(f"rounds/{round_['id']}/release")
    jobs.drain()
    assert m34() == (1, 4, 25.0)


def test_a_practice_becomes_an_own_task_done_with_a_photo_S22_S27(ring: RingTown, advance: Advance) -> None:
    round_ = a_full_round(ring, advance)
    of_team = ring.get("tasks", "member:A")["items"]
    assert {(t["source"], t["due_on"]) for t in of_team} == {
        ("question", "2026-05-20"),
        ("practice", "2026-05-25"),
    }
    assert ring.get("tasks", "liaison:A")["items"] == []  # the unit learns of it with the release
    ring.post(f"rounds/{round_['id']}/consolidate")
    ring.post(f"rounds/{round_['id']}/release")
    jobs.drain()
    task = next(t for t in ring.get("tasks", "liaison:A")["items"] if t["source"] == "practice")
    assert ring.get("tasks", "liaison:B")["items"] != ring.get("tasks", "liaison:A")["items"]
    liaison, shot = ring.client("liaison:A"), ring.photo("liaison:A")
    body = {"id": shot["id"], "note": "已划线", "photos": []}
    assert liaison.put(f"/api/cross/tasks/{task['id']}/done", json=body).status_code == 422
    done = liaison.put(f"/api/cross/tasks/{task['id']}/done", json={**body, "photos": [shot]})
    assert done.status_code == 200, done.text
    assert done.json()["done_at"] is not None
    other = ring.client("liaison:B").put(
        f"/api/cross/tasks/{task['id']}/done", json={**body, "photos": [shot]}
    )
    assert other.status_code == 404


def test_after_the_release_both_sides_read_the_report(ring: RingTown, advance: Advance) -> None:
    round_ = a_full_round(ring, advance)
    assert ring.client("liaison:B").get(f"/api/cross/rounds/{round_['id']}/report").status_code == 404
    ring.post(f"rounds/{round_['id']}/consolidate")
    ring.post(f"rounds/{round_['id']}/release")
    jobs.drain()
    report = ring.get(f"rounds/{round_['id']}/report", "liaison:B")
    assert "宣传氛围浓厚" in {p["text"] for p in report["practices"]}  # S26: the strength is shown to B
    assert report["round"]["pairing"] == "planned"  # and said so to everyone
    assert ring.client("volunteer:B").get(f"/api/cross/rounds/{round_['id']}/report").status_code == 404
    thumb = ring.get(f"rounds/{round_['id']}/findings", "liaison:B")["items"][0]["photos"][0]["id"]
    assert ring.client("liaison:B").get(f"/api/media/{thumb}/thumb").status_code != 403
