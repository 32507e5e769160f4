"""The chain of events, work that changes hands, and cases that come again."""

from sqlalchemy import update

from app.core import db
from app.features.identity.people import hand_over
from app.features.identity.viewer import load_viewer
from app.features.standards.models import Campaign
from tests.support.cases import World


def test_a_leavers_work_goes_to_the_heir_and_the_case_says_so(town: World) -> None:
    case = town.rectifying()
    leaver, heir = town.people["rectifier"], town.people["liaison"]
    town.done("liaison", case["id"], "assign", person_id=str(leaver.id))
    with db.transaction() as session:
        viewer = load_viewer(session, town.people["admin"])
        for person in (leaver, heir):
            person.unit_id = town.unit.id
        assert hand_over(session, viewer, leaver.id, heir.id) == 1
    seen = town.case(case["id"])
    assert (seen["assignee"]["id"], seen["events"][-1]["action"]) == (str(heir.id), "correct")


def test_a_substitute_works_for_whoever_is_away(town: World) -> None:
    case = town.dispatched()
    substitute = town.people["volunteer2"]
    assert town.client("volunteer2").get(f"/api/issues/{case['id']}").status_code == 404
    with db.transaction() as session:
        session.merge(town.people["liaison"]).substitute_id = substitute.id
    assert "claim" in town.case(case["id"], "volunteer2")["allowed_actions"]
    assert town.done("volunteer2", case["id"], "claim")["state"] == "rectifying"
    assert town.client("volunteer2").get("/api/issues/counts").json()["my_orders"] == 1


def _closed(town: World) -> str:
    photos = [town.shot(town.photo("inspector")), town.shot(town.photo("inspector"), "after")]
    told = town.filed("inspector", action="submit_closed", fixed_by="other", photos=photos)
    assert told["state"] == "closed"
    return str(told["id"])


def test_a_case_that_comes_again_names_the_closed_one_and_the_third_time_is_chronic(town: World) -> None:
    with db.transaction() as session:
        session.execute(update(Campaign).values(settings={"on_spot_sample_percent": 0}))
    first = _closed(town)
    assert len(town.case(first)["sections"]["look_backs"]) == 3
    second = town.case(_closed(town))
    assert (second["recurs_from"]["id"], second["is_chronic"]) == (first, False)
    assert town.case(town.filed()["id"])["is_chronic"]


def test_text_that_no_database_holds_does_not_cost_the_report(town: World) -> None:
    told = town.report(description="桶\x00满\x07了\n两行")
    assert town.case(told["issue"]["id"])["description"] == "桶满了\n两行"


def test_near_ones_are_a_tab_of_the_desk(town: World) -> None:
    first, second = town.filed(), town.filed()
    found = town.client("dispatcher").get("/api/issues", params={"near": True}).json()["items"]
    assert {i["id"] for i in found} == {first["id"], second["id"]}
    assert town.client("dispatcher").get("/api/issues/counts").json()["near"] == 2
    assert town.client("volunteer").get("/api/issues", params={"near": True}).json()["items"] == []
    assert town.client("volunteer").get("/api/issues/counts").json()["near"] == 0
