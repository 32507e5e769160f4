"""A drawn round from the plan to the last captain's signature."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.features.crosscheck import draw
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.ringtown import RingTown

HOUR = timedelta(hours=1)


@pytest.fixture
def revealed(ring: RingTown, advance: Advance) -> dict[str, Any]:
    """A inspects B, B inspects C, C inspects A, by table; revealed at half past nine."""
    round_ = ring.plan_table()
    advance(HOUR)
    return ring.reveal(round_["id"])


def test_a_drawn_round_pairs_at_the_reveal_from_seed_and_nonces_S13(ring: RingTown, advance: Advance) -> None:
    envelope = ring.get("envelope", "captain:A")
    planned = ring.plan()
    assert planned["edges"] == []
    assert planned["seed"] is None
    mine = secrets.token_hex(32)
    assert ring.nonce("A", mine).status_code == 201
    assert ring.nonce("B").status_code == 201
    assert ring.get(f"rounds/{planned['id']}")["nonces_so_far"] == 2
    early = ring.post(f"rounds/{planned['id']}/reveal", expect=409)
    assert early["code"] == "not-yet"
    advance(HOUR + timedelta(seconds=1))
    late = ring.nonce("C")  # arrived after the time of the reveal: kept, does not count
    told = ring.reveal(planned["id"])
    assert told["state"] == "revealed"
    assert told["commitment"] == envelope["commitment"] == draw.commitment(told["seed"])
    units = [str(u.id) for u in ring.units.values()]
    nonces = [(n["unit_id"], n["nonce"]) for n in told["nonces"]]
    assert mine in {n for _, n in nonces}
    assert late.json()["nonce"] not in {n for _, n in nonces}
    edges = [(e["inspector"]["id"], e["target"]["id"]) for e in told["edges"]]
    assert edges == draw.draw(units, planned["id"], told["seed"], nonces)


def test_without_a_nonce_the_reveal_is_refused_and_the_round_can_be_postponed(
    ring: RingTown, advance: Advance
) -> None:
    round_ = ring.plan()
    advance(HOUR)
    ring.step_up()
    refused = ring.post(f"rounds/{round_['id']}/reveal", expect=409)
    assert refused["code"] == "round-not-ready"
    assert refused["reasons"] == [{"code": "no-nonces"}]
    later = "2026-05-11T14:00:00+08:00"
    told = ring.post(f"rounds/{round_['id']}/postpone", {"start_at": later})
    assert told["reveal_at"] == "2026-05-11T05:30:00Z"
    assert len(told["postponed"]) == 1
    ring.nonce("C")
    advance(4 * HOUR)
    assert ring.reveal(round_["id"])["state"] == "revealed"


def test_a_ring_of_three_is_inspected_in_a_circle_S11(ring: RingTown, revealed: dict[str, Any]) -> None:
    edges = {e["inspector"]["zh"]: e["target"]["zh"] for e in revealed["edges"]}
    assert edges == {"A居民区": "B居民区", "B居民区": "C居民区", "C居民区": "A居民区"}
    assert revealed["pairing"] == "planned"
    assert revealed["seed"] is None
    task = ring.task("A")
    assert task["target"]["zh"] == "B居民区"
    assert [p["zh"] for p in task["package"]["points"]] == ["B居民区0号点", "B居民区1号点"]
    assert [m["is_captain"] for m in task["members"]] == [True, False]
    assert ring.task("A", "member")["is_captain"] is False


def test_a_unit_without_a_captain_of_rank_cannot_start_S12(ring: RingTown, advance: Advance) -> None:
    office = ring.client("sysadmin")
    person = ring.people["captain:B"]
    holds = office.get(f"/api/people/{person.id}").json()["roles"]
    principal = next(h for h in holds if h["role"] == "unit_principal")
    assert office.delete(f"/api/people/{person.id}/roles/{principal['id']}").status_code in (200, 204)
    round_ = ring.plan_table()
    assert [u["zh"] for u in round_["without_captain"]] == ["B居民区"]
    advance(HOUR)
    ring.step_up()
    refused = ring.post(f"rounds/{round_['id']}/reveal", expect=409)
    assert refused["reasons"] == [{"code": "no-captain", "unit_id": str(ring.units["B"].id)}]


def test_planning_and_revealing_ask_for_a_fresh_second_factor(ring: RingTown, advance: Advance) -> None:
    round_ = ring.plan_table()
    advance(HOUR)  # the factor given at the plan is an hour old
    assert ring.post(f"rounds/{round_['id']}/reveal", expect=403)["code"] == "step-up-needed"


def test_the_same_record_again_is_the_same_answer_and_another_body_is_refused(
    ring: RingTown, revealed: dict[str, Any]
) -> None:
    task, record = ring.task("A"), uuid.uuid4()
    said = {"question": 1, "answer": "yes"}
    first = ring.send("member:A", "interview", task, record, **said)
    again = ring.send("member:A", "interview", task, record, **said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = ring.send("member:A", "interview", task, record, question=1, answer="no")
    assert other.status_code == 409
    assert other.json()["code"] == "same-id-other-body"
    assert [r["id"] for r in ring.task("A")["records"]] == [str(record)]


def test_the_captain_signs_only_what_is_complete_S17_S18_S19(
    ring: RingTown, revealed: dict[str, Any]
) -> None:
    task = ring.task("A")
    ring.finding("member:A", task)
    refused = ring.submit("A", unsent_drafts=2)
    assert refused.status_code == 409
    assert refused.json()["code"] == "not-complete"
    codes = [m["code"] for m in refused.json()["missing"]]
    assert codes.count("point_not_visited") == 2
    assert codes.count("question_open") == 5
    assert {"mirror_open", "rating_missing", "lesson_missing", "drafts_left"} <= set(codes)
    ring.complete("A")
    assert ring.task("A")["missing"] == []
    assert ring.send("member:A", "submission", task, **_signed()).status_code == 403
    assert ring.submit("A").status_code == 201
    for letter in "BC":
        ring.complete(letter)
        assert ring.submit(letter).status_code == 201
    assert ring.get(f"rounds/{revealed['id']}")["state"] == "submitted"


def _signed() -> dict[str, Any]:
    return {"unsent_drafts": 0, "is_complete": True, "signed_at": "2026-05-11T12:00:00+08:00"}
