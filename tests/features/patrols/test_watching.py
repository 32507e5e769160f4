"""Relapse, watch, look-back, session on site, video: what patrols and cases do to each other."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from app.core import clock
from app.core.db import transaction
from app.features.identity.models import User
from app.features.patrols import plans, slots
from app.features.patrols.jobs import make_slots, review_watches
from app.features.patrols.models import PatrolPlan, PatrolSlot
from app.features.patrols.plan_schemas import PlanIn, SlotIn
from app.features.standards.models import Standard
from app.features.volunteers.models import Team, TeamMember
from tests import factories
from tests.features.patrols.conftest import local, patrol_body, plan_body, visit_body
from tests.support.cases import World
from tests.support.states import closed, peopled

NOW = local("2026-11-22 07:30")
SignIn = Callable[[User], TestClient]


@pytest.fixture(scope="module")
def town(standing_sign_in: SignIn) -> World:
    with clock.frozen(NOW - timedelta(days=1)):
        world = peopled(standing_sign_in)
        with transaction() as session:
            session.merge(world.point).territory_id = world.unit.id
        for name in world.people:
            world.client(name)  # signed in once for all tests: their own sign-ins would be undone
        return world


@pytest.fixture(autouse=True)
def move(database: Connection) -> Iterator[Callable[[timedelta], None]]:
    with clock.frozen(NOW) as advance:
        yield advance


def relapsed(town: World) -> dict[str, Any]:
    """A case closed and found broken again."""
    case = closed(town)
    photos = [town.shot(town.photo("admin"))]
    for one in photos:
        one.pop("role")
    return town.done("admin", case["id"], "relapse", note="又乱了", photos=photos)


def watches(town: World, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        town.client("admin").get("/api/patrols/watches", params=query).json()["items"]
    )
    return items


def look(town: World, who: str, slot: dict[str, Any], at: Any, **values: Any) -> str:
    """A check-in of a watch slot; the state it is in then."""
    key, phone = str(uuid.uuid4()), town.client(who)
    phone.put(f"/api/patrols/{key}", json=patrol_body(at, kind="watch", slot_id=slot["id"]))
    answer = phone.put(f"/api/visits/{uuid.uuid4()}", json=visit_body(key, town.point, at, **values))
    assert answer.status_code == 201, answer.text
    state: str = answer.json()["slot_state"]
    return state


def test_a_relapse_proposes_three_looks_a_day_and_volunteers_stationed_there_S03_S08(town: World) -> None:
    case = relapsed(town)
    proposed = watches(town)
    assert [(one["state"], one["issue"]["id"], one["volunteers_asked"]) for one in proposed] == [
        ("proposed", case["id"], 2)
    ]
    assert town.client("liaison").get("/api/patrols/watches").json()["items"] == [], (
        "a proposal is the office's"
    )
    with transaction() as session:
        team = Team(town_id=town.town.id, unit_id=town.unit.id, code="VT", name_zh="志愿者", kind="volunteer")
        session.add(team)
        session.flush()
        team_id = str(team.id)
    url = f"/api/patrols/watches/{proposed[0]['id']}/decide"
    accepted = (
        town.client("admin")
        .post(url, json={"decision": "accept", "volunteers_asked": 4, "team_id": team_id})
        .json()
    )
    assert (accepted["state"], accepted["volunteers_asked"], accepted["team"]["zh"]) == ("open", 4, "志愿者")
    today = [
        one
        for one in town.client("liaison").get("/api/patrols/mine").json()["slots"]
        if one["kind"] == "watch"
    ]
    hours = [one["starts_at"][11:16] for one in today if one["local_on"] == "2026-11-22"]
    assert hours == ["04:00", "09:00"], (
        "the one at eight has begun already: 13:00 and 18:00, an hour to either side, in UTC"
    )
    assert len([one for one in today if one["local_on"] == "2026-11-23"]) == 3
    again = town.client("admin").post(url, json={"decision": "accept"})
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "watch-decided", "open")
    second = town.client("admin").post("/api/patrols/watches", json={"point_id": str(town.point.id)})
    assert second.json()["code"] == "point-watched"
    assert town.client("liaison").get("/api/patrols/watches").json()["items"][0]["state"] == "open"


def test_a_watch_ends_after_seven_clean_days_and_a_missed_or_unclean_look_begins_them_anew_S03_M25(
    town: World, move: Callable[[timedelta], None]
) -> None:
    opened = town.client("admin").post("/api/patrols/watches", json={"point_id": str(town.point.id)}).json()
    results = [{"item": "ENV-a", "result": "fail"}]

    def day(*, missed: bool = False, found: bool = False) -> tuple[str, int]:
        """A whole day from midnight on; the watch at the next midnight."""
        make_slots()
        for number, hour in enumerate((8, 13, 18)):
            at = (clock.now() + timedelta(hours=hour)).astimezone(local("2026-01-01 00:00").tzinfo)
            with clock.frozen(at), transaction() as session:
                wanted = select(PatrolSlot.id).where(
                    PatrolSlot.watch_id == uuid.UUID(opened["id"]), PatrolSlot.anchor_at == at
                )
                slot = {"id": str(session.scalars(wanted).one())}
            if missed and number == 1:
                continue
            with clock.frozen(at + timedelta(minutes=1)):
                fine = {} if not (found and number == 2) else {"all_fine": False, "results": results}
                assert look(town, "liaison", slot, at, **fine) == "done"
        move(timedelta(days=1))
        review_watches()
        told = watches(town)[0]
        return told["state"], told["clean_days"]

    with transaction() as session:
        lists = {
            "result_scale": [{"code": "fail", "name_zh": "不符合", "name_en": "fails", "share_percent": 0}]
        }
        session.add(Standard(town_id=town.town.id, version="2021", lists=lists))
    move(timedelta(hours=16.5))
    assert [day() for _ in range(3)] == [("open", 1), ("open", 2), ("open", 3)]
    assert day(missed=True) == ("open", 0)
    assert watches(town)[0]["missed"] == 1 + 2, "one of today; and of the day it was opened two"
    assert [day() for _ in range(2)] == [("open", 1), ("open", 2)]
    assert day(found=True) == ("open", 0)
    assert [day()[1] for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    days = {"first": "2026-11-22", "last": "2026-12-06"}
    told = town.client("admin").get("/api/patrols/coverage", params=days).json()
    assert told["watch"] == {"done": 13 * 3 - 1, "of": 13 * 3 + 2}
    assert day() == ("ended", 7)
    with transaction() as session:
        ahead = PatrolSlot.watch_id == uuid.UUID(opened["id"]), PatrolSlot.starts_at > clock.now()
        assert session.scalars(select(PatrolSlot.id).where(*ahead)).all() == []


def test_a_finding_filed_with_an_all_fine_look_is_not_clean_S03(
    town: World, move: Callable[[timedelta], None]
) -> None:
    opened = town.client("admin").post("/api/patrols/watches", json={"point_id": str(town.point.id)}).json()
    move(timedelta(hours=16.5))
    with transaction() as session:
        found = select(PatrolSlot).where(
            PatrolSlot.watch_id == uuid.UUID(opened["id"]), PatrolSlot.local_on == date(2026, 11, 23)
        )
        made = [
            (str(slot.id), slot.anchor_at) for slot in session.scalars(found.order_by(PatrolSlot.anchor_at))
        ]
    visit = str(uuid.uuid4())
    for slot_id, at in made:
        with clock.frozen(at + timedelta(minutes=1)):
            look(town, "liaison", {"id": slot_id}, at)
    with clock.frozen(made[0][1] + timedelta(minutes=2)):
        key, at = str(uuid.uuid4()), made[0][1]
        phone = town.client("liaison")
        phone.put(f"/api/patrols/{key}", json=patrol_body(at, kind="watch", slot_id=made[0][0]))
        phone.put(f"/api/visits/{visit}", json=visit_body(key, town.point, at))
    move(timedelta(days=1))
    review_watches()
    assert watches(town)[0]["clean_days"] == 1
    town.client("liaison").put(f"/api/reports/{uuid.uuid4()}", json=town.body(visit_id=visit))
    review_watches()
    assert watches(town)[0]["clean_days"] == 0


def _round(town: World, at: Any) -> str:
    """A round of the citizen patrol group at the point of the town, by the patroller; its slot."""
    with transaction() as session:
        team = session.scalar(select(Team).where(Team.code == "TM"))
        if team is None:
            team = Team(
                town_id=town.town.id,
                unit_id=town.office.id,
                code="TM",
                name_zh="巡访团",
                kind="citizen_patrol",
            )
            session.add(team)
            session.flush()
            session.add(TeamMember(team_id=team.id, user_id=town.people["patroller"].id))
        plan = session.scalar(select(PatrolPlan).where(PatrolPlan.code == "PLC"))
        if plan is None:
            body = plan_body(code="PLC", kind="citizen_patrol", level=None, rrule=None, targets="points",
                             target_codes=[town.point.code], parties=[{"kind": "team", "code": "TM"}])  # fmt: skip
            plan = plans.put_plan(session, town.town.id, PlanIn.model_validate(body), None)
        window = {"starts_at": at, "ends_at": at + timedelta(hours=9)}
        return str(plans.put_slots(session, plan, SlotIn.model_validate(window))[0].id)


def _walked(town: World, slot: str) -> None:
    key, at, phone = str(uuid.uuid4()), clock.now(), town.client("patroller")
    phone.put(
        f"/api/patrols/{key}",
        json=patrol_body(at, kind="citizen_patrol", slot_id=slot, ended_at=at.isoformat()),
    )
    phone.put(f"/api/visits/{uuid.uuid4()}", json=visit_body(key, town.point, at))


def test_the_next_round_offers_exactly_what_the_last_one_had_closed_and_relapse_reopens_it_Z07(
    town: World, move: Callable[[timedelta], None]
) -> None:
    with clock.frozen(NOW - timedelta(days=3)):
        old = closed(town)["id"]  # closed before the first round: not of it
    first = _round(town, clock.now())
    _walked(town, first)
    move(timedelta(hours=1))
    of_round = [closed(town)["id"] for _ in range(3)]
    move(timedelta(days=2))
    second = _round(town, clock.now())
    mine = town.client("patroller").get("/api/patrols/mine").json()["slots"]
    target = next(one for one in mine if one["id"] == second)["targets"][0]
    offered = {one["issue"]["id"]: one["why"] for one in target["look_backs"]}
    assert sorted(case for case, why in offered.items() if "last_round" in why) == sorted(of_round)
    assert old not in offered or offered[old] == ["due"]
    assert target["last_round_at"] is not None
    _walked(town, second)
    version = next(
        one["issue"]["version"] for one in target["look_backs"] if one["issue"]["id"] == of_round[0]
    )
    shots = [town.shot(town.photo("patroller"))]
    for one in shots:
        one.pop("role")
    body = {
        "action": "relapse",
        "target": of_round[0],
        "base_version": version,
        "body": {"note": "又堆了", "photos": shots},
    }
    answer = town.client("patroller").put(f"/api/commands/{uuid.uuid4()}", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["issue"]["state"] in ("rectifying", "submitted")
    assert [one["issue"]["id"] for one in watches(town)] == [of_round[0]]


def test_a_session_on_site_stands_in_the_case_with_unit_and_decision_Z08(town: World) -> None:
    case, key = closed(town)["id"], str(uuid.uuid4())
    photo = town.photo("admin")
    body = {
        "issue_ids": [case], "unit_ids": [str(town.unit.id)], "held_at": NOW.isoformat(), "decision": "当日清运,三日内加装护栏",
        "photo_ids": [str(photo)], "clock_offset_seconds": 0,
    }  # fmt: skip
    desk = town.client("admin")
    told = desk.put(f"/api/on-site/{key}", json=body)
    assert (told.status_code, told.json()["issues"], told.json()["photos"]["received"]) == (201, 1, 1)
    assert desk.put(f"/api/on-site/{key}", json=body).status_code == 200
    assert (
        desk.put(f"/api/on-site/{key}", json=body | {"decision": "别的"}).json()["code"]
        == "same-id-other-body"
    )
    for client in (desk, town.client("liaison")):
        shown = client.get(f"/api/issues/{case}").json()["sections"]["on_site"]
        assert [(one["decision"], one["units"][0]["id"]) for one in shown] == [
            (body["decision"], str(town.unit.id))
        ]
        media = shown[0]["photos"][0]["thumb_url"].partition("?")[0]
        # Not rendered yet, but his to see: another person's would be 404 with the same words as nothing at all.
        assert client.get(media).status_code in (200, 404)
    assert desk.put(f"/api/on-site/{uuid.uuid4()}", json=body | {"unit_ids": []}).status_code == 422
    unseen = desk.put(f"/api/on-site/{uuid.uuid4()}", json=body | {"issue_ids": [str(uuid.uuid4())]})
    assert unseen.json()["fields"] == [{"at": ["body", "issue_ids"], "why": "unknown"}]


def test_a_video_patrol_looks_from_afar_and_its_case_needs_a_look_on_site_X37(
    town: World, sign_in: SignIn
) -> None:
    with transaction() as session:
        watcher = factories.user(session, town.office, "inspector")
        body = plan_body(code="PLV", kind="video", level=None, rrule="FREQ=DAILY;BYHOUR=10", targets="cameras",
                         parties=[{"kind": "unit", "code": town.office.code}])  # fmt: skip
        plans.put_plan(session, town.town.id, PlanIn.model_validate(body), None)
        point = session.merge(town.point)
        point.profile = {"cameras": ["CAM-7"]}
        for plan in session.scalars(select(PatrolPlan).where(PatrolPlan.code == "PLV")):
            slots.refresh(session, plan.id)
    phone = sign_in(watcher)
    with clock.frozen(local("2026-11-22 10:20")):
        slot = phone.get("/api/patrols/mine").json()["slots"][0]
        assert [one["id"] for one in slot["targets"]] == [str(town.point.id)]
        key, visit, at = str(uuid.uuid4()), str(uuid.uuid4()), clock.now() - timedelta(minutes=10)
        seen = visit_body(key, town.point, at, position=None, away_reason="视频", all_fine=False)
        phone.put(f"/api/visits/{visit}", json=seen)
        ended = patrol_body(at, kind="video", slot_id=slot["id"], ended_at=clock.now().isoformat())
        assert phone.put(f"/api/patrols/{key}", json=ended).json()["slot_state"] == "done"
        frame = town.body(visit_id=visit, source="video", external_ref="CAM-7@2026-11-22T10:12:31+08:00",
                          point_id=str(town.point.id), captured_at=at.isoformat(), photos=[])  # fmt: skip
        case = phone.put(f"/api/reports/{uuid.uuid4()}", json=frame).json()["issue"]["id"]
        shown = town.client("dispatcher").get(f"/api/issues/{case}").json()
        assert (shown["source"], shown["external_ref"]) == ("video", frame["external_ref"])
        sent = town.client("dispatcher").post(
            f"/api/issues/{case}/actions/dispatch", json={"unit_id": str(town.unit.id)},
            headers={"If-Match": f'"{shown["version"]}"'},
        )  # fmt: skip
        assert (sent.status_code, sent.json()["guard"]) == (409, "site_checked")
