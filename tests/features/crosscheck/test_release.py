"""From the office's consolidation to numbered cases at the inspected units, and the reverse round that looks back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock, db, jobs
from app.features.crosscheck import releasing
from app.features.crosscheck.models import Assignment
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import event_hash
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.ringtown import MORNING, RingTown

HOUR = timedelta(hours=1)
Round = dict[str, Any]


def issues(ring: RingTown, name: str, **query: Any) -> list[dict[str, Any]]:
    answer = ring.client(name).get("/api/issues", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def case(ring: RingTown, issue_id: str, name: str = "auditor") -> dict[str, Any]:
    found: dict[str, Any] = ring.client(name).get(f"/api/issues/{issue_id}").json()
    return found


@pytest.fixture(scope="module")
def standing_round(standing_ring: RingTown) -> Round:
    """A found two things at B, one of them twice; all teams have submitted."""
    ring = standing_ring
    with clock.frozen(MORNING) as advance:
        round_ = ring.plan_table()
        advance(HOUR)
        ring.reveal(round_["id"])
        task = ring.task("A")
        ring.finding("captain:A", task, "ORD-02")
        ring.finding("member:A", task, "ORD-02", description="同一处")
        ring.finding("member:A", task, "RES-01")
        ring.all_submitted()
        return ring.get(f"rounds/{round_['id']}")


@pytest.fixture
def inspected(standing_round: Round, ring: RingTown, advance: Advance) -> Round:
    advance(HOUR)
    return standing_round


def released(ring: RingTown, round_: Round) -> Round:
    if round_["state"] == "submitted":
        ring.post(f"rounds/{round_['id']}/consolidate")
    ring.post(f"rounds/{round_['id']}/release")
    jobs.drain()
    told: Round = ring.get(f"rounds/{round_['id']}")
    return told


def test_the_release_files_and_dispatches_in_one_go_S30(
    ring: RingTown, inspected: Round, advance: Advance
) -> None:
    advance(100 * HOUR)  # the campaign's 72 hours are over: the unit still has four
    assert issues(ring, "liaison:B") == issues(ring, "dispatcher") == []
    found = ring.get(f"rounds/{inspected['id']}/findings")["items"]
    again = next(f for f in found if f["description"] == "同一处")
    first = next(f for f in found if f["category"] == "ORD-02" and f is not again)
    assert [near["finding_id"] for near in first["near"]] == [again["id"]]
    merged = ring.client("office").patch(
        f"/api/cross/findings/{again['id']}", json={"merged_into": first["id"]}
    )
    assert merged.status_code == 200, merged.text
    done = released(ring, inspected)
    assert done["state"] == "released"
    assert done["allowed_actions"] == ["close"]
    seen = issues(ring, "liaison:B")
    assert len(seen) == 2
    assert {i["state"] for i in seen} == {"dispatched"}
    assert {i["source"] for i in seen} == {"cross"}
    assert sorted(i["no"] for i in seen) == [1, 2]
    for one in seen:
        assert one["found_at"] == first["found_at"]  # the real time, not that of the release
        assert one["due_at"] == (clock.now() + 4 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert one["unit"]["zh"] == "B居民区"
    assert max(i["witness_count"] for i in seen) == 1  # the second finder keeps the credit
    assert issues(ring, "liaison:A") == issues(ring, "liaison:C") == []
    with db.transaction() as session:
        events = session.scalars(select(IssueEvent)).all()
        assert all(event.hash == event_hash(event) for event in events)  # phones spoke in their own zone
        releasing.requeue(session)
    ring.client("office").post(f"/api/cross/rounds/{inspected['id']}/release")
    jobs.drain()
    assert len(issues(ring, "auditor")) == 2  # done twice, it is done once


def test_a_crash_leaves_a_unit_released_or_not_never_half(
    ring: RingTown, inspected: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.post(f"rounds/{inspected['id']}/consolidate")
    ring.post(f"rounds/{inspected['id']}/release")
    with db.reading() as session:
        tasks = select(Assignment.id).where(Assignment.target_id == ring.units["B"].id)
        (of_b,) = session.scalars(tasks)
    whole, filed = releasing.filing.file, []

    def dies_at_the_second(*args: Any) -> Issue:
        filed.append(1)
        if len(filed) == 2:
            raise OSError("killed")
        return whole(*args)

    monkeypatch.setattr(releasing.filing, "file", dies_at_the_second)
    with pytest.raises(OSError, match="killed"):
        releasing.release_unit(str(of_b))
    assert issues(ring, "auditor") == []
    assert ring.get(f"rounds/{inspected['id']}")["state"] == "consolidated"
    monkeypatch.undo()
    jobs.drain()
    assert len(issues(ring, "liaison:B")) == 3


def test_a_duplicate_of_an_open_case_becomes_its_witness(ring: RingTown, inspected: Round) -> None:
    point = ring.points["B"][0]
    body = {
        "action": "submit", "category": "ORD-02", "point_id": str(point.id), "captured_at": clock.now().isoformat(),
        "clock_offset_seconds": 0, "photos": [{**ring.photo("volunteer:B"), "role": "before"}],
    }  # fmt: skip
    filed = ring.client("volunteer:B").put(f"/api/reports/{uuid.uuid4()}", json=body).json()["issue"]
    found = next(
        f for f in ring.get(f"rounds/{inspected['id']}/findings")["items"] if f["category"] == "ORD-02"
    )
    assert [near["issue"]["no"] for near in found["near"] if near["issue"]] == [filed["no"]]
    ruled = ring.client("office").patch(
        f"/api/cross/findings/{found['id']}", json={"duplicate_of": filed["id"]}
    )
    assert ruled.json()["duplicate_of"]["no"] == filed["no"]
    released(ring, inspected)
    assert case(ring, filed["id"])["witness_count"] == 1
    assert len(issues(ring, "liaison:B")) == 2


def test_a_photo_that_comes_after_the_release_is_released_by_the_sweep(
    ring: RingTown, inspected: Round
) -> None:
    late = uuid.uuid4()
    released(ring, inspected)
    ring.finding("member:A", ring.task("A"), "ENV-02", photos=[{"id": str(late)}])
    for expected in (3, 3):
        with db.transaction() as session:
            releasing.requeue(session)
        jobs.drain()
        assert len(issues(ring, "liaison:B")) == expected
    ring.photo("member:A", late)
    with db.transaction() as session:
        releasing.requeue(session)
    jobs.drain()
    assert len(issues(ring, "liaison:B")) == 4


def closed(ring: RingTown, issue_id: str, letter: str) -> None:
    """The unit mends it and a reviewer closes it."""
    ring_case = case(ring, issue_id)
    liaison, reviewer = ring.client(f"liaison:{letter}"), ring.client("reviewer")
    url = f"/api/issues/{issue_id}/actions"

    def act(who: Any, action: str, **body: Any) -> dict[str, Any]:
        version = case(ring, issue_id)["version"]
        answer = who.post(f"{url}/{action}", json=body, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    assert ring_case["state"] == "dispatched"
    act(liaison, "claim")
    mended = act(liaison, "rectify", measure="已清理", photos=[ring.photo(f"liaison:{letter}")])
    pairs = [pair["id"] for pair in mended["pairs"]]
    act(reviewer, "close", match=pairs, override_reason="同一时刻拍的，看过现场")


def test_the_reverse_round_looks_back_at_what_the_forward_round_found_S31(
    ring: RingTown, inspected: Round, advance: Advance
) -> None:
    forward = released(ring, inspected)
    first, second, third = sorted(issues(ring, "liaison:B"), key=lambda i: i["no"])
    for one in (first, second):
        closed(ring, one["id"], "B")
    advance(7 * 24 * HOUR)
    back = ring.plan(
        code="TB-1R", unit_ids=None, direction="reverse", verifies_id=forward["id"], start_at="2026-05-18T15:00:00+08:00"
    )  # fmt: skip
    assert back["pairing"] == "inverted"
    edges = {(e["inspector"]["zh"], e["target"]["zh"]) for e in back["edges"]}
    assert edges == {("B居民区", "A居民区"), ("C居民区", "B居民区"), ("A居民区", "C居民区")}
    advance(6 * HOUR)
    ring.reveal(back["id"])
    (task,) = [t for t in ring.get("mine", "captain:C")["items"] if t["round"]["code"] == "TB-1R"]
    to_verify = {row["no"]: row["finding_id"] for row in task["package"]["to_verify"]}
    assert set(to_verify) == {first["no"], second["no"], third["no"]}
    results = {first["no"]: "solved", second["no"]: "relapsed", third["no"]: "not_solved"}
    for no, result in results.items():
        shots = [ring.photo("member:C")]
        ring.sent("member:C", "verification", task, finding_id=to_verify[no], result=result, photos=shots)
    assert case(ring, second["id"])["state"] == "closed"  # nothing moves before the release
    for letter in "ABC":
        excused = [
            p for p in ring.get(f"rounds/{back['id']}")["assignments"] if p["inspector"]["zh"][0] == letter
        ]
        ring.post(f"assignments/{excused[0]['id']}/excuse", {"reason": "下雨"})
    teams = ring.get(f"rounds/{back['id']}")["assignments"]
    assert {team["not_signed_because"] for team in teams} == {"下雨"}
    done = released(ring, back | {"state": "submitted"})
    assert done["state"] == "released"
    assert ring.get(f"rounds/{forward['id']}")["state"] == "verified"
    assert case(ring, second["id"])["state"] == "rectifying"
    assert case(ring, second["id"])["round_no"] == 2
    assert [e["action"] for e in case(ring, first["id"])["events"]][-1] == "lookback_pass"
    assert case(ring, third["id"])["state"] == "dispatched"
