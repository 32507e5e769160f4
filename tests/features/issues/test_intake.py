"""Reports: exactly once, before or after their photos, never lost."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import db
from app.core.clock import now
from app.features.identity.people import confirm
from app.features.identity.viewer import load_viewer
from app.features.issues import intake
from app.features.issues.models import Issue, IssueEvent, Report
from app.features.photos.models import Photo
from app.features.standards.models import Campaign
from tests import factories
from tests.support.cases import LAT, LON, World


def test_a_report_whose_photos_are_here_becomes_a_numbered_case_with_a_nature_at_once_D15(
    town: World,
) -> None:
    told = town.report()
    assert (told["state"], told["photos"]) == ("complete", {"expected": 1, "received": 1, "missing": []})
    assert told["issue"]["no"] == 1
    assert told["issue"]["state"] == "submitted"
    case = town.case(told["issue"]["id"])
    assert (case["point"]["id"], case["nature"]) == (str(town.point.id), "ordinary")
    assert [p["is_required"] for p in case["photos"]] == [True]
    assert [p["state"] for p in case["pairs"]] == ["missing"]
    assert [e["action"] for e in case["events"]] == ["submit"]


def test_numbers_of_the_register_are_continuous_X10(town: World) -> None:
    assert [town.filed(name)["no"] for name in ("volunteer", "pending", "volunteer", "volunteer")] == [
        1,
        None,
        2,
        3,
    ]
    town.done("dispatcher", town.filed()["id"], "reject", reason_code="other")
    assert town.filed()["no"] == 5, "whatever becomes of a case keeps its number"


def test_the_last_photo_completes_a_report_that_came_first(town: World) -> None:
    ids = [uuid.uuid4(), uuid.uuid4()]
    first = town.put(town.body(photos=[town.shot(i) for i in ids])).json()
    assert (first["state"], first["issue"]) == ("incomplete", None)
    assert set(first["photos"]["missing"]) == {str(i) for i in ids}
    town.photo(client_id=ids[1])
    halfway = town.client("volunteer").get(f"/api/reports/{first['report_id']}").json()
    assert (halfway["photos"]["received"], halfway["issue"]) == (1, None)
    town.photo(client_id=ids[0])
    told = town.client("volunteer").get(f"/api/reports/{first['report_id']}").json()
    assert told["issue"]["no"] == 1
    assert [p["is_required"] for p in town.case(told["issue"]["id"])["photos"]] == [True, False]
    alone = uuid.uuid4()
    waiting = town.put(town.body(photos=[town.shot(alone)])).json()
    town.photo(client_id=alone)
    told = town.client("volunteer").get(f"/api/reports/{waiting['report_id']}").json()
    assert (told["state"], told["photos"]["received"]) == ("complete", 1)


def test_the_same_body_again_is_the_same_report(town: World) -> None:
    report_id, body = uuid.uuid4(), town.body(photos=[town.shot(town.photo())])
    first, again = town.put(body, report_id), town.put(dict(reversed(body.items())), report_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["issue"] == again.json()["issue"]


def test_another_body_under_the_id_is_refused_with_the_stored_one(town: World) -> None:
    report_id, body = uuid.uuid4(), town.body()
    town.put(body, report_id)
    other = town.put(body | {"description": "别的"}, report_id)
    assert (other.status_code, other.json()["code"]) == (409, "same-id-other-body")
    assert other.json()["stored"]["description"] == body["description"]


def test_ids_of_another_person_are_never_revealed(town: World) -> None:
    report_id = uuid.uuid4()
    town.put(town.body(), report_id)
    assert town.put(town.body(description="另一件"), report_id, name="volunteer2").status_code == 201
    missing = town.client("volunteer2").get(f"/api/reports/{uuid.uuid4()}")
    hidden = town.client("patroller").get(f"/api/reports/{report_id}")
    assert (
        (missing.status_code, missing.content)
        == (hidden.status_code, hidden.content)
        == (404, hidden.content)
    )


def test_a_misspelt_field_is_refused(town: World) -> None:
    assert town.put(town.body(descripton="x")).status_code == 422


def test_a_category_that_is_no_longer_there_costs_no_report(town: World) -> None:
    """A phone that was away for long may still name it: the desk gets the case, as "other", flagged."""
    told = town.report(category="GONE-01")
    case = town.case(told["issue"]["id"])
    assert (case["state"], case["flags"], told["flags"]) == (
        "submitted",
        ["category_unknown"],
        ["category_unknown"],
    )
    known = {c["code"] for c in town.client("volunteer").get("/api/standards").json()["categories"]}
    assert case["category"]["code"] in known


def test_a_photo_of_somebody_else_does_not_count(town: World) -> None:
    theirs = town.photo("volunteer2")
    assert town.put(town.body(photos=[town.shot(theirs)])).json()["state"] == "incomplete"


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"photos": []}, "guard_failed:has_before_photo"),
        ({"position": None}, "guard_failed:has_position"),
        ({"action": "submit_fixed"}, "guard_failed:has_after_photo"),
    ],
)
def test_what_a_guard_refuses_reaches_the_desk_with_a_flag(
    town: World, changes: dict[str, Any], flag: str
) -> None:
    told = town.report(**changes)
    assert told["issue"]["state"] == "submitted"
    assert flag in told["flags"]
    assert town.case(told["issue"]["id"], "dispatcher")["flags"] == told["flags"]


@pytest.mark.either_db
def test_a_building_leader_reports_in_the_own_community_and_elsewhere_the_desk_decides_Z38(
    town: World,
) -> None:
    with db.transaction() as session:
        for name, of in (("at_home", town.unit), ("elsewhere", town.other_unit)):
            town.people[name] = factories.user(session, of, "building_leader")
        town.people["both"] = factories.user(session, town.other_unit, "building_leader", "volunteer")
        session.merge(town.point).territory_id = town.unit.id
    for name, flags in (("at_home", []), ("elsewhere", ["guard_failed:own_community"]), ("both", [])):
        case = town.case(town.filed(name)["id"])
        assert (case["state"], case["flags"]) == ("submitted", flags), name


def test_a_report_after_the_campaigns_end_is_kept_and_flagged(town: World) -> None:
    with db.transaction() as session:
        session.scalars(select(Campaign).where(Campaign.town_id == town.town.id)).one().is_active = False
    assert "guard_failed:campaign_open" in town.report()["flags"]


def test_found_at_is_the_phones_time_on_the_servers_clock(town: World) -> None:
    captured = now() - timedelta(hours=1)
    case = town.case(town.filed(captured_at=captured.isoformat(), clock_offset_seconds=-60)["id"])
    assert datetime.fromisoformat(case["found_at"]) == captured - timedelta(seconds=60)
    assert datetime.fromisoformat(case["campaign_due_at"]) == captured - timedelta(seconds=60) + timedelta(
        hours=72
    )
    assert case["flags"] == []


@pytest.mark.parametrize(
    ("captured", "offset", "flags"),
    [
        (timedelta(days=365), -365 * 86400.0, ["clock_skew"]),
        (timedelta(minutes=-5), None, ["clock_unknown"]),
        (timedelta(minutes=5), 0.0, []),
    ],
    ids=["a year ahead", "unknown offset", "in the future"],
)
def test_a_clock_that_cannot_be_right_gives_way_to_receipt(
    town: World, captured: timedelta, offset: float | None, flags: list[str]
) -> None:
    told = town.report(captured_at=(now() + captured).isoformat(), clock_offset_seconds=offset)
    case = town.case(told["issue"]["id"])
    assert case["found_at"] == case["received_at"]
    assert case["flags"] == flags


def test_a_report_that_was_long_offline_says_so(town: World) -> None:
    assert town.report(captured_at=(now() - timedelta(hours=9)).isoformat())["flags"] == ["late"]


def test_a_position_is_kept_as_received_and_as_wgs84(town: World) -> None:
    case = town.case(
        town.filed(position={"lon": LON, "lat": LAT, "crs": "gcj02", "source": "gps"}, no_point=True)["id"]
    )
    assert (case["position"]["x"], case["position"]["crs"]) == (LON, "gcj02")
    assert 300 < 111_320 * abs(case["lon"] - LON) + 111_320 * abs(case["lat"] - LAT) < 1000
    assert case["point"] is None


def test_a_chosen_point_far_away_is_taken_with_its_reason(town: World) -> None:
    told = town.report(
        point_id=str(town.point.id),
        position={"lon": LON + 0.01, "lat": LAT, "accuracy_m": 10},
        far_reason="在路口看到的",
    )
    case = town.case(told["issue"]["id"])
    assert case["point"]["id"] == str(town.point.id)
    assert case["position"]["far_reason"] == "在路口看到的"
    assert told["flags"] == ["far_from_point"]
    assert 900 < case["distance_to_point_m"] < 1000


def test_fixed_on_the_spot_goes_to_review_with_its_pair_proposed(town: World) -> None:
    photos = [town.shot(town.photo()), town.shot(town.photo(), "after")]
    told = town.filed(action="submit_fixed", fixed_by="self", photos=photos)
    case = town.case(told["id"])
    assert (case["state"], case["mode"], case["unit"]) == ("in_review", "on_spot", None)
    (pair,) = case["pairs"]
    assert (pair["state"], pair["is_suspect"]) == ("proposed", False)
    assert {c["code"]: c["verdict"] for c in pair["checks"]} == dict.fromkeys(
        ["time", "distance", "same_file", "capture", "clock"], "good"
    )
    assert case["fixer"]["id"] == case["reporter"]["id"]


def _fixed(town: World, name: str, **changes: Any) -> dict[str, Any]:
    photos = [town.shot(town.photo(name)), town.shot(town.photo(name), "after")]
    told = town.filed(name, **{"action": "submit_closed", "fixed_by": "other", "photos": photos, **changes})
    return town.case(told["id"])


def test_an_inspector_closes_on_the_spot_what_another_fixed(town: World) -> None:
    case = _fixed(town, "inspector")
    assert (case["state"], case["mode"]) == ("closed", "on_spot")
    assert case["closed_at"] is not None
    assert [p["state"] for p in case["pairs"]] == ["matched"]
    assert [e["action"] for e in case["events"]] == ["submit_closed"]


@pytest.mark.parametrize(
    ("name", "changes", "flag"),
    [
        ("inspector", {"fixed_by": "self"}, "fixer_is_reporter"),
        ("volunteer", {}, "not_fast_closer"),
        ("inspector", {"nature": "urgent"}, "needs_second_approval"),
    ],
)
def test_who_may_not_close_on_the_spot_reports_for_review(
    town: World, name: str, changes: dict[str, Any], flag: str
) -> None:
    case = _fixed(town, name, **changes)
    assert (case["state"], flag in case["flags"]) == ("in_review", True)


def test_a_doubtful_pair_is_not_closed_on_the_spot(town: World) -> None:
    far = {"lon": LON + 0.01, "lat": LAT}
    before, after = town.photo("inspector"), town.photo("inspector")
    case = _fixed(town, "inspector", photos=[town.shot(before), town.shot(after, "after", **far)])
    assert (case["state"], case["flags"]) == ("in_review", ["pair_doubt"])
    assert case["pairs"][0]["is_suspect"]


def test_closings_on_the_spot_are_sampled_as_the_campaign_says(town: World) -> None:
    for percent, expected in ((100, True), (0, False)):
        with db.transaction() as session:
            campaign = session.scalars(select(Campaign).where(Campaign.town_id == town.town.id)).one()
            campaign.settings = {"on_spot_sample_percent": percent}
        assert _fixed(town, "inspector")["is_sampled"] is expected


def test_a_pending_reporter_is_held_until_confirmed(town: World) -> None:
    told = town.report("pending")
    assert (told["issue"]["no"], told["issue"]["state"]) == (None, "submitted")
    issue_id = told["issue"]["id"]
    case = town.case(issue_id, "dispatcher")
    assert case["is_held"]
    assert "dispatch" not in case["allowed_actions"]
    refused = town.act("dispatcher", issue_id, "dispatch", unit_id=str(town.unit.id))
    assert refused.json()["guard"] == "not_held"
    assert town.filed()["no"] == 1
    with db.transaction() as session:
        confirm(session, load_viewer(session, town.people["admin"]), town.people["pending"].id)
    released = town.case(issue_id, "dispatcher")
    assert (released["is_held"], released["no"]) == (False, 2)
    assert town.act("dispatcher", issue_id, "dispatch", unit_id=str(town.unit.id)).status_code == 200


def test_a_district_finding_is_named_so_and_a_volunteer_cannot_name_it_so(town: World) -> None:
    told = town.report(source="district")
    assert (town.case(told["issue"]["id"])["source"], told["flags"]) == ("snap", ["source_not_allowed"])
    assert town.case(town.filed("district")["id"])["source"] == "district"


def test_the_event_names_the_photos_by_hash_and_the_role_used(town: World) -> None:
    issue = town.filed()
    with db.reading() as session:
        event = session.scalars(select(IssueEvent).where(IssueEvent.issue_id == uuid.UUID(issue["id"]))).one()
        assert (len(event.photo_sha256), event.role, event.seq) == (1, "volunteer", issue["version"])


def test_a_failure_while_filing_costs_neither_photo_nor_report(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = uuid.uuid4()
    told = town.put(town.body(photos=[town.shot(photo_id)])).json()
    with monkeypatch.context() as broken:
        broken.setattr(intake.filing, "file", lambda *_: 1 / 0)
        town.photo(client_id=photo_id)
    waiting = town.client("volunteer").get(f"/api/reports/{told['report_id']}").json()
    assert (waiting["photos"]["received"], waiting["issue"]) == (1, None)
    with db.transaction() as session:
        report = session.scalars(select(Report).where(Report.client_id == uuid.UUID(told["report_id"]))).one()
    intake.file_report(str(report.id))
    intake.file_report(str(report.id))
    assert town.client("volunteer").get(f"/api/reports/{told['report_id']}").json()["issue"]["no"] == 1
    with db.reading() as session:
        assert len(session.scalars(select(Issue).where(Issue.town_id == town.town.id)).all()) == 1


def test_my_reports_show_steps_and_what_is_still_missing(town: World) -> None:
    case = town.dispatched()
    town.put(town.body(photos=[town.shot(uuid.uuid4())]))
    page = town.client("volunteer").get("/api/my/reports").json()
    newest, oldest = page["items"]
    assert (newest["state"], newest["photos"]["received"], newest["issue"]) == ("incomplete", 0, None)
    assert [s["code"] for s in newest["steps"]] == ["received"]
    assert [s["code"] for s in oldest["steps"]] == ["received", "accepted", "dispatched"]
    assert oldest["issue"]["id"] == case["id"]
    one = town.client("volunteer").get("/api/my/reports", params={"limit": 1}).json()
    two = town.client("volunteer").get("/api/my/reports", params={"limit": 1, "cursor": one["next"]}).json()
    assert [one["items"][0]["report_id"], two["items"][0]["report_id"]] == [
        newest["report_id"],
        oldest["report_id"],
    ]
    assert two["next"] is None


def remove(photo_id: uuid.UUID) -> None:
    with db.transaction() as session:
        session.execute(update(Photo).where(Photo.client_id == photo_id).values(deleted_at=now()))


def test_a_photo_that_was_removed_here_is_not_waited_for(town: World) -> None:
    kept, removed = town.photo(), town.photo()
    remove(removed)
    told = town.report(photos=[town.shot(removed), town.shot(kept)])
    assert (told["state"], told["flags"]) == ("complete", ["photo_removed"])
    assert len(town.case(told["issue"]["id"])["photos"]) == 1


def test_a_report_of_which_nothing_is_left_is_not_to_be_sent_again(town: World) -> None:
    photo_id = town.photo()
    remove(photo_id)
    answer = town.put(town.body(photos=[town.shot(photo_id)]))
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_a_report_that_failed_to_be_filed_is_filed_when_it_is_sent_again(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id, report_id = uuid.uuid4(), uuid.uuid4()
    body = town.body(photos=[town.shot(photo_id)])
    town.put(body, report_id)
    with monkeypatch.context() as broken:
        broken.setattr(intake.filing, "file", lambda *_: 1 / 0)
        town.photo(client_id=photo_id)
    assert town.put(body, report_id).json()["issue"]["no"] == 1
