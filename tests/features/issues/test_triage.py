"""The desk: site checks, corrections, rejection and appeal, merging, witnesses, comments."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from app.core.clock import frozen, now
from app.features.issues.lifecycle import OPEN
from tests import factories
from tests.support.cases import LAT, LON, World


def test_a_lead_keeps_its_ticket_is_listed_until_answered_and_looked_at_before_it_is_dispatched_D31_S42(
    town: World,
) -> None:
    case = town.filed("dispatcher", source="hotline", photos=[], external_ref="12345-8")
    town.filed()
    desk = town.client("dispatcher")
    for wanted in ({"source": "hotline"}, {"lead": True, "state": list(OPEN)}):
        shown = desk.get("/api/issues", params=wanted).json()["items"]
        assert [one["id"] for one in shown] == [case["id"]], wanted
    assert town.case(case["id"], "dispatcher")["external_ref"] == "12345-8"
    with frozen(now() + timedelta(hours=73)):
        unanswered = desk.get("/api/issues", params={"lead": True, "overdue": True}).json()["items"]
    assert [one["id"] for one in unanswered] == [case["id"]]
    refused = town.act("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    assert (refused.json()["code"], refused.json()["guard"]) == ("guard-failed", "site_checked")
    person = str(town.people["patroller"].id)
    town.done("dispatcher", case["id"], "order_site_check", assignee_id=person, question="还在吗")
    seen = town.case(case["id"], "patroller")
    assert "answer_site_check" in seen["allowed_actions"]
    assert town.client("patroller").get("/api/issues/counts").json()["site_checks"] == 1
    without = town.act("patroller", case["id"], "answer_site_check", is_confirmed=True, finding="在")
    assert without.json()["guard"] == "site_check_photo"
    photo = {"id": str(town.photo("patroller"))}
    checked = town.done(
        "patroller", case["id"], "answer_site_check", is_confirmed=True, finding="还在", photos=[photo]
    )
    assert [(p["kind"], p["is_required"]) for p in checked["photos"]] == [("before", True)]
    assert town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))["state"] == "dispatched"


def test_a_correction_says_what_changed_in_codes(town: World) -> None:
    with db.transaction() as session:
        other = factories.category(session, town.town, name_zh="占道经营", nature="ordinary")
    case = town.filed()
    after = town.done(
        "dispatcher",
        case["id"],
        "correct",
        reason="看错了",
        category=other.code,
        nature="urgent",
        description="新的说明",
    )
    assert (after["category"]["code"], after["nature"], after["description"]) == (
        other.code,
        "urgent",
        "新的说明",
    )
    event = after["events"][-1]
    assert event["data"] == {
        "category": [town.category.code, other.code],
        "nature": ["ordinary", "urgent"],
        "description": True,
    }
    assert event["text"] == "看错了"
    assert town.act("dispatcher", case["id"], "correct", reason="没变").status_code == 422


def test_a_corrected_position_moves_point_and_grid(town: World) -> None:
    with db.transaction() as session:
        far = factories.point(session, town.town, lon=LON + 0.02, lat=LAT)
    case = town.filed()
    place = {"lon": LON + 0.02, "lat": LAT, "source": "pin", "reason": "标错了"}
    assert town.done("dispatcher", case["id"], "correct", reason="位置", position=place)["point"][
        "id"
    ] == str(far.id)
    assert town.done("dispatcher", case["id"], "correct", reason="不是点位", no_point=True)["point"] is None


def test_the_desk_chooses_which_before_photos_need_an_answer(town: World) -> None:
    case = town.case(town.filed(photos=[town.shot(town.photo()), town.shot(town.photo())])["id"])
    ids = [p["id"] for p in case["photos"]]
    after = town.done("dispatcher", case["id"], "correct", reason="近景", required_photo_ids=[ids[1]])
    assert [p["is_required"] for p in after["photos"]] == [False, True]
    assert [p["before_id"] for p in after["pairs"]] == [ids[1]]


def test_a_rejection_is_told_and_appealed_once_before_another_dispatcher(town: World) -> None:
    case = town.filed()
    town.done("dispatcher", case["id"], "reject", reason_code="not_a_problem", text="属于正常堆放")
    seen = town.case(case["id"], "volunteer")
    assert (seen["state"], seen["allowed_actions"]) == ("rejected", ["appeal"])
    assert seen["events"][-1]["text"] == "属于正常堆放"
    town.done("volunteer", case["id"], "appeal", text="请再看一眼")
    again = town.act("dispatcher", case["id"], "reject", reason_code="other")
    assert again.json()["guard"] == "another_dispatcher"
    assert "reject" not in town.case(case["id"], "dispatcher")["allowed_actions"]
    town.done("dispatcher2", case["id"], "reject", reason_code="other", text="确实不是")
    assert town.act("volunteer", case["id"], "appeal", text="再来").json()["guard"] == "first_appeal"


def test_a_district_finding_is_marked_and_never_rejected_S05(town: World) -> None:
    case = town.filed("district")
    assert town.case(case["id"], "dispatcher")["source"] == "district"
    assert town.act("dispatcher", case["id"], "reject", reason_code="other").json()["guard"] == "not_district"
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    for reason in ("not_a_problem", "already_done"):
        refused = town.act("liaison", case["id"], "bounce", reason_code=reason)
        assert refused.json()["guard"] == "not_district", "the unit answers it"
    assert town.done("liaison", case["id"], "bounce", reason_code="not_ours")["state"] == "submitted"


def test_merging_gives_photos_and_credit_to_the_master_and_unmerging_takes_them_back(town: World) -> None:
    master, double = town.filed(), town.filed("volunteer2")
    merged = town.done("dispatcher", double["id"], "merge", master_id=master["id"])
    assert (merged["state"], merged["master"]["id"]) == ("merged", master["id"])
    kept = town.case(master["id"])
    assert (len(kept["photos"]), kept["witness_count"], [m["id"] for m in kept["merged"]]) == (
        2,
        1,
        [double["id"]],
    )
    assert kept["version"] == 2
    assert town.case(master["id"], "volunteer2")["id"] == master["id"]
    apart = town.done("dispatcher", double["id"], "unmerge", reason="不是同一处")
    assert (apart["state"], apart["master"]) == ("submitted", None)
    alone = town.case(master["id"])
    assert (len(alone["photos"]), alone["witness_count"], alone["merged"]) == (1, 0, [])


def test_unmerging_brings_an_order_back(town: World) -> None:
    master, sent = town.filed(), town.dispatched()
    town.done("dispatcher", sent["id"], "merge", master_id=master["id"])
    assert town.case(sent["id"])["sections"]["orders"][0]["ended_at"] is not None
    apart = town.done("dispatcher", sent["id"], "unmerge", reason="不是同一处")
    assert (apart["state"], apart["unit"]["id"]) == ("dispatched", str(town.unit.id))
    assert apart["sections"]["orders"][0]["ended_at"] is None
    assert town.done("liaison", sent["id"], "claim")["state"] == "rectifying"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"position": {"lon": LON + 0.02, "lat": LAT}}, "other_place"),
        ({"category": "OTHER"}, "other_category"),
    ],
)
def test_only_the_same_thing_in_the_same_place_is_merged(
    town: World, changes: dict[str, Any], why: str
) -> None:
    with db.transaction() as session:
        factories.category(session, town.town, code="OTHER", nature="ordinary")
    master, other = town.filed(), town.filed(**changes)
    assert town.act("dispatcher", other["id"], "merge", master_id=master["id"]).json()["why"] == why


def test_also_this_adds_a_witness_and_a_photo_and_no_case(town: World) -> None:
    case = town.filed()
    told = town.report("volunteer2", action="witness", issue_id=case["id"])
    assert (told["state"], told["issue"]["id"]) == ("attached", case["id"])
    seen = town.case(case["id"])
    assert (seen["witness_count"], len(seen["photos"])) == (1, 2)
    assert [e["action"] for e in seen["events"]] == ["submit", "add_witness"]
    town.report("volunteer2", action="witness", issue_id=case["id"])
    assert town.case(case["id"])["witness_count"] == 1
    assert town.case(case["id"], "volunteer2")["no"] == case["no"]


def test_a_witness_of_a_case_that_is_gone_becomes_a_case(town: World) -> None:
    case = town.filed()
    town.done("dispatcher", case["id"], "reject", reason_code="other")
    for target in (case["id"], str(uuid.uuid4())):
        told = town.report("volunteer2", action="witness", issue_id=target)
        assert (told["state"], told["flags"]) == ("complete", ["witness_target_gone"])
        assert told["issue"]["id"] != case["id"]
        assert told["issue"]["state"] == "submitted"


def test_a_case_that_was_not_offered_cannot_be_joined(town: World) -> None:
    far = town.filed(position={"lon": LON + 0.01, "lat": LAT})
    assert town.report("volunteer2", action="witness", issue_id=far["id"])["flags"] == ["witness_target_gone"]


def test_comments_reach_whom_they_are_meant_for(town: World) -> None:
    case = town.dispatched()
    said = {
        ("dispatcher", "office"): {"dispatcher"},
        ("dispatcher", "unit"): {"dispatcher", "liaison"},
        ("liaison", "reporter"): {"dispatcher", "liaison", "volunteer"},
        ("volunteer", "reporter"): {"dispatcher", "liaison", "volunteer"},
    }
    for number, (name, audience) in enumerate(said):
        body = {"audience": audience, "body": f"第{number}条"}
        assert town.client(name).post(f"/api/issues/{case['id']}/comments", json=body).status_code == 201
    for name in ("dispatcher", "liaison", "volunteer"):
        read = {c["body"] for c in town.case(case["id"], name)["comments"]}
        assert read == {f"第{n}条" for n, readers in enumerate(said.values()) if name in readers}
    refused = town.client("volunteer").post(
        f"/api/issues/{case['id']}/comments", json={"audience": "office", "body": "x"}
    )
    assert refused.status_code == 403
    hidden = town.client("volunteer2").post(
        f"/api/issues/{case['id']}/comments", json={"audience": "unit", "body": "x"}
    )
    assert hidden.status_code == 404
