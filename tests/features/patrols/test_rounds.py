"""Plans become slots; what was walked makes them done, what was not stays missed."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from starlette.testclient import TestClient

from app.core import clock, jobs
from app.core.db import transaction
from app.features.patrols import slots
from app.features.patrols.models import PatrolPlan, PatrolSlot
from tests import factories
from tests.features.patrols.conftest import PatrolTown, local, patrol_body, plan_body, visit_body

NOW = local("2026-11-23 10:00")  # a Monday
People = dict[str, TestClient]


@pytest.fixture(scope="module")
def people(standing_sign_in: Callable[..., TestClient], place: PatrolTown) -> People:
    names = ("office", "leader", "liaison", "west_liaison", "volunteer", "walker")
    with clock.frozen(NOW):
        return {name: standing_sign_in(getattr(place, name)) for name in names}


@pytest.fixture(autouse=True)
def move(database: Connection) -> Iterator[Callable[[timedelta], None]]:
    with clock.frozen(NOW) as advance:
        yield advance


def make(people: People, **values: Any) -> dict[str, Any]:
    """A plan of the office."""
    answer = people["office"].post("/api/patrols/plans", json=plan_body(**values))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def listed(client: TestClient, first: str, last: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/patrols/slots", params={"first": first, "last": last, "limit": 200, **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def walk(client: TestClient, at: datetime, points: list[Any], **values: Any) -> dict[str, Any]:
    """A patrol of an hour with a look at each of the points; what the server says of it."""
    key = str(uuid.uuid4())
    for number, point in enumerate(points):
        body = visit_body(key, point, at + timedelta(minutes=5 * number))
        assert client.put(f"/api/visits/{uuid.uuid4()}", json=body).status_code == 201
    answer = client.put(f"/api/patrols/{key}", json=patrol_body(at, **values))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_three_levels_are_three_disjoint_sets_and_both_modes_count_X04_X06_S01(
    place: PatrolTown, people: People
) -> None:
    leaders = [{"kind": "role", "code": "leader"}]
    own = {"targets": "points", "target_codes": ["K1"], "kind": "leader_area", "level": 1, "parties": leaders}
    weekdays = make(people, code="L1A", rrule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", **own)
    together = make(people, code="L1B", rrule=None, mode="concentrated", **own)
    make(people, code="L2", level=2, kind="department", targets="all_key_points",
         parties=[{"kind": "unit", "code": place.east.code}])  # fmt: skip
    make(people, code="L3")
    by_hand = {"starts_at": "2026-11-24T06:00:00Z", "ends_at": "2026-11-24T09:00:00Z"}
    url = f"/api/patrols/plans/{together['id']}/slots"
    put_in = people["office"].post(url, json=by_hand).json()["items"]
    assert [(one["mode"], one["assignee"]["kind"], one["assignee"]["role"]) for one in put_in] == [
        ("concentrated", "role", "leader")
    ]
    assert people["office"].post(url, json=by_hand).json()["items"] == []
    days = ("2026-11-23", "2026-11-29")
    sets = {level: {one["id"] for one in listed(people["office"], *days, level=level)} for level in (1, 2, 3)}
    assert [len(found) for found in sets.values()] == [5 + 1, 7, 14]
    assert set.union(*sets.values()) == {one["id"] for one in listed(people["office"], *days)}
    assert len(listed(people["office"], *days, plan=weekdays["id"])) == 5
    mine = people["leader"].get("/api/patrols/mine").json()["slots"]
    assert [(one["plan"]["code"], one["local_on"]) for one in mine] == [
        ("L1A", "2026-11-23"), ("L1A", "2026-11-24"), ("L1B", "2026-11-24"),
    ]  # fmt: skip


def test_a_committee_without_its_daily_patrol_is_on_the_list_X08(place: PatrolTown, people: People) -> None:
    make(people)
    told = walk(people["volunteer"], NOW - timedelta(hours=2), [place.market])
    assert told["slot_state"] == "done"
    absent = people["office"].get("/api/patrols/not-done").json()
    assert (absent["on"], absent["of"]) == ("2026-11-23", 2)
    assert [one["unit"]["id"] for one in absent["items"]] == [str(place.west.id)]
    yesterday = people["office"].get("/api/patrols/not-done", params={"on": "2026-11-24"}).json()
    assert [(one["unit"]["id"], one["days"]) for one in yesterday["items"]] == [
        (str(place.east.id), 1),
        (str(place.west.id), None),
    ]
    # A liaison is told of the own committee only.
    assert people["west_liaison"].get("/api/patrols/not-done").json()["of"] == 1
    assert people["walker"].get("/api/patrols/not-done").status_code == 403


def test_a_fortnightly_inspection_that_nobody_made_is_listed_as_missed_Z04(
    place: PatrolTown, people: People, move: Callable[[timedelta], None]
) -> None:
    plan = make(people, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", start_on="2026-11-24", window_days=2, kind="supervision",
                level=None, targets="all_key_points", parties=[{"kind": "role", "code": "leader"}])  # fmt: skip
    for _ in range(4):
        move(timedelta(days=7))
        with transaction() as session:
            slots.fill(session, uuid.UUID(plan["id"]))
    states = [(one["local_on"], one["state"]) for one in listed(people["office"], "2026-11-20", "2026-12-31")]
    assert states == [("2026-11-24", "missed"), ("2026-12-08", "missed"), ("2026-12-22", "due")]
    assert len(listed(people["office"], "2026-11-20", "2026-12-31", state="missed")) == 2


def test_twice_a_month_over_key_and_radiating_points_with_leaflets_X16_Z06(
    place: PatrolTown, people: People
) -> None:
    with transaction() as session:
        near = factories.point(session, place.town, code="N2", lon=120.002, territory_id=place.west.id)
    with clock.frozen(local("2026-01-01 00:30")) as month:
        plan = make(people, rrule="FREQ=MONTHLY;BYMONTHDAY=10,25", until_on="2026-10-31", kind="citizen_patrol", level=None,
                    targets="key_and_radiating_points", parties=[{"kind": "team", "code": "TM"}], has_publicity=True)  # fmt: skip
        for number in range(44):
            month(timedelta(days=7))
            if number == 3:
                at = local("2026-01-25 09:00")
                told = walk(people["walker"], at, [place.market, near], kind="citizen_patrol",
                            tallies={"publicity": {"leaflet": 60}})  # fmt: skip
                assert told["slot_state"] == "done"
            with transaction() as session:
                slots.fill(session, uuid.UUID(plan["id"]))
    rounds = [
        one
        for month in range(1, 11)
        for one in listed(people["office"], f"2026-{month:02}-01", f"2026-{month:02}-28")
    ]
    assert len(rounds) == 20
    assert {one["targets_total"] for one in rounds} == {3}, (
        "the two key points and the one beside a key point"
    )
    done = (
        people["office"]
        .get("/api/patrols/coverage", params={"first": "2026-01-01", "last": "2026-10-31"})
        .json()
    )
    assert done["slots"] == {"done": 1, "of": 20}
    assert done["rows"] == [{"level": None, "kind": "citizen_patrol", "done": 1, "due": 20, "missed": 19}]
    assert place.team.size == 39
    log = people["office"].get("/api/patrols/log").json()["items"][0]
    detail = people["office"].get(f"/api/patrols/log/{log['id']}").json()
    looked = [(one["place"]["id"], one["all_fine"], one["by"]["name"]) for one in detail["visited"]]
    assert looked == [
        (str(place.market.id), True, place.walker.name_zh),
        (str(near.id), True, place.walker.name_zh),
    ]
    assert detail["tallies"] == [{"kind": "publicity", "code": "leaflet", "count": 60}]


def test_fixed_time_and_fixed_point_needs_the_place_and_the_time_S34(
    place: PatrolTown, people: People
) -> None:
    with clock.frozen(NOW - timedelta(hours=3)):
        make(people, rrule="FREQ=DAILY;BYHOUR=9", window_minutes=60, kind="fixed_time_point", level=None, targets="points",
             target_codes=["K1", "K2"], parties=[{"kind": "team", "code": "TM"}])  # fmt: skip
    today = people["walker"].get("/api/patrols/mine").json()["slots"][:2]
    assert [(one["state"], one["needs_position"], one["targets_total"]) for one in today] == [
        ("missed", True, 1)
    ] * 2
    market = next(one for one in today if one["targets"][0]["id"] == str(place.market.id))
    key, nine = str(uuid.uuid4()), local("2026-11-23 09:00")
    phone = people["walker"]
    phone.put(f"/api/patrols/{key}", json=patrol_body(nine, kind="fixed_time_point", slot_id=market["id"]))

    def look(at: datetime, point: Any, **values: Any) -> str:
        body = visit_body(key, point, at, **values)
        state: str = phone.put(f"/api/visits/{uuid.uuid4()}", json=body).json()["slot_state"]
        return state

    assert look(nine + timedelta(minutes=31), place.market) == "missed", "too late"
    assert look(nine - timedelta(minutes=31), place.market) == "missed", "too early"
    assert look(nine, place.market, position=None, away_reason="没有信号") == "missed", "no position"
    assert look(nine, place.quarter) == "missed", "another point"
    assert look(nine + timedelta(minutes=29), place.market) == "done"
    assert [one["state"] for one in listed(people["office"], "2026-11-23", "2026-11-23")].count("done") == 1


def test_editing_a_plan_replaces_what_has_not_begun_and_nothing_else(
    place: PatrolTown, people: People, move: Callable[[timedelta], None]
) -> None:
    plan = make(people)
    before = listed(people["office"], "2026-11-23", "2026-12-31")
    move(timedelta(days=1))
    url, office = f"/api/patrols/plans/{plan['id']}", people["office"]
    weekly = plan_body(rrule="FREQ=WEEKLY;BYDAY=FR", parties=[{"kind": "unit", "code": place.east.code}])
    assert office.put(url, json=weekly).status_code == 428
    changed = office.put(url, json=weekly, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.headers["ETag"]) == (200, 2, '"2"')
    assert office.put(url, json=weekly, headers={"If-Match": '"1"'}).status_code == 409
    after = listed(office, "2026-11-23", "2026-12-31")
    kept = [one["id"] for one in before if one["local_on"] <= "2026-11-24"]
    assert [one["id"] for one in after][: len(kept)] == kept
    assert [one["local_on"] for one in after][len(kept) :] == ["2026-11-27"]
    ended = office.put(url, json=weekly | {"is_active": False}, headers={"If-Match": '"2"'})
    assert ended.status_code == 200
    assert [one["id"] for one in listed(office, "2026-11-23", "2026-12-31")] == kept


def test_slots_are_made_once_whoever_makes_them_and_those_of_an_absence_too(
    place: PatrolTown, people: People, move: Callable[[timedelta], None]
) -> None:
    plan_id = uuid.UUID(make(people)["id"])
    for _ in range(2):
        jobs.drain()
        with transaction() as session:
            slots.fill(session, plan_id)
    move(timedelta(days=20))
    with transaction() as session:
        slots.fill(session, plan_id)
        made = session.execute(
            select(PatrolSlot.local_on, func.count())
            .where(PatrolSlot.plan_id == plan_id)
            .group_by(PatrolSlot.local_on)
        ).all()
        session.get_one(PatrolPlan, plan_id).filled_until = NOW  # as if the next process knew of nothing
    with transaction() as session:
        assert slots.fill(session, plan_id) == 0
    assert {count for _, count in made} == {2}
    assert len(made) == 29, "twenty days passed, eight lie ahead, and today"


def test_a_round_follows_the_points_until_it_is_begun(place: PatrolTown, people: People) -> None:
    plan_id = uuid.UUID(make(people)["id"])
    with transaction() as session:
        added = factories.point(session, place.town, code="K9", territory_id=place.east.id)
        slots.refresh(session, plan_id)
    slot = people["volunteer"].get("/api/patrols/mine").json()["slots"][0]
    assert str(added.id) in [one["id"] for one in slot["targets"]]
    walk(people["volunteer"], NOW - timedelta(hours=1), [place.market])
    with transaction() as session:
        session.merge(added).is_active = False
        slots.refresh(session, plan_id)
    again = people["volunteer"].get("/api/patrols/mine").json()["slots"]
    assert [one["targets_total"] for one in again] == [3, 2]


def test_every_point_once_in_a_period_shows_done_of_total_X25(place: PatrolTown, people: People) -> None:
    plan = make(people, code="BASE", rrule=None, kind="baseline", level=None, targets="all_points",
                parties=[{"kind": "team", "code": "TM"}])  # fmt: skip
    by_hand = {"starts_at": NOW.isoformat(), "ends_at": (NOW + timedelta(days=14)).isoformat()}
    url = f"/api/patrols/plans/{plan['id']}"
    slot = people["office"].post(f"{url}/slots", json=by_hand).json()["items"][0]
    with clock.frozen(NOW + timedelta(hours=3)):
        first = walk(
            people["walker"],
            NOW + timedelta(hours=1),
            [place.market, place.road],
            slot_id=slot["id"],
            kind="baseline",
        )
        assert first["slot_state"] == "running"
        swept = people["office"].get(f"{url}/sweep").json()
        assert (swept["done"], swept["total"]) == (2, 3)
        assert [one["code"] for one in swept["points"] if one["visited_at"] is None] == ["K2"]
        rest = walk(
            people["walker"], NOW + timedelta(hours=2), [place.quarter], slot_id=slot["id"], kind="baseline"
        )
        assert rest["slot_state"] == "done"


def test_a_plan_is_previewed_before_it_is_saved_and_a_bad_rule_says_why(
    place: PatrolTown, people: People
) -> None:
    office = people["office"]
    body = {"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1", "start_on": "2026-01-01", "count": 3}
    shown = office.post("/api/patrols/plans/preview", json=body).json()["items"]
    assert [one["local_on"] for one in shown] == ["2026-11-30", "2026-12-31", "2027-01-31"]
    never = body | {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}
    assert office.post("/api/patrols/plans/preview", json=never).json()["items"] == []
    bad = office.post("/api/patrols/plans", json=plan_body(rrule="FREQ=MINUTELY"))
    assert bad.status_code == 422
    assert "bad_value" in bad.json()["fields"][0]["message"]
    plan = make(people, rrule="FREQ=WEEKLY;BYDAY=SU")
    dates = office.get(
        f"/api/patrols/plans/{plan['id']}/dates", params={"first": "2027-01-01", "last": "2027-01-31"}
    )
    assert [one["local_on"][-2:] for one in dates.json()["items"]] == ["03", "10", "17", "24", "31"]
    assert office.post("/api/patrols/plans", json=plan_body()).json()["code"] == "plan-code-taken"
    for wrong in (
        {"window_minutes": 30},
        {"until_on": "2020-01-01"},
        {"targets": "points"},
        {"kind": "watch"},
    ):
        assert office.post("/api/patrols/plans", json=plan_body(code="W", **wrong)).status_code == 422
