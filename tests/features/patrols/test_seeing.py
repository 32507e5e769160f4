"""Who sees which patrol; covert ones do not exist for the inspected side until released; coverage and blind spots."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core import clock, jobs
from app.core.db import reading, transaction
from app.features.patrols import measures
from app.features.places.models import Grid
from app.features.standards.models import Campaign, PointType
from tests import factories
from tests.features.patrols.conftest import PatrolTown, local, patrol_body, visit_body
from tests.features.patrols.test_rounds import People, listed, make, walk

NOW = local("2026-11-23 10:00")
DAYS = {"first": "2026-11-17", "last": "2026-11-23"}


@pytest.fixture(scope="module")
def people(standing_sign_in: Callable[..., TestClient], place: PatrolTown) -> People:
    names = ("office", "leader", "liaison", "west_liaison", "volunteer", "walker")
    with clock.frozen(NOW):
        with transaction() as session:
            inspector = factories.user(session, place.town, "district_inspector")
            stranger = factories.user(session, place.other, "office_admin")
        made = {name: standing_sign_in(getattr(place, name)) for name in names}
        return made | {"inspector": standing_sign_in(inspector), "stranger": standing_sign_in(stranger)}


@pytest.fixture(autouse=True)
def move(database: Connection) -> Iterator[Callable[[timedelta], None]]:
    with clock.frozen(NOW) as advance:
        yield advance


def all_they_see(client: TestClient, place: PatrolTown) -> list[Any]:
    """The inspected side's whole view of patrols."""
    paths = [
        "/api/patrols/mine", "/api/patrols/log", "/api/visits", f"/api/visits?point={place.market.id}", "/api/patrols/watches",
        "/api/patrols/slots?first=2026-11-20&last=2026-11-30", "/api/patrols/blind-spots?days=3", "/api/patrols/not-done",
        "/api/patrols/coverage?first=2026-11-17&last=2026-11-23", "/api/patrols/plans",
        "/api/patrols/tallies?first=2026-11-17&last=2026-11-23", "/api/patrols/tallies?first=2026-11-17&last=2026-11-23&by=point",
    ]  # fmt: skip
    return [(path, client.get(path).json()) for path in paths]


def test_a_covert_patrol_does_not_exist_for_the_inspected_until_it_is_released_S10(
    place: PatrolTown, people: People
) -> None:
    before = {name: all_they_see(people[name], place) for name in ("liaison", "volunteer")}
    walk(
        people["inspector"],
        NOW - timedelta(hours=2),
        [place.market, place.quarter],
        kind="supervision",
        is_covert=True,
    )
    make(people, code="PLT", kind="third_party_grid", level=None, visibility="covert", rrule="FREQ=DAILY", targets="all_points",
         parties=[{"kind": "team", "code": "TM"}])  # fmt: skip
    for name in ("liaison", "volunteer"):
        assert all_they_see(people[name], place) == before[name]
    assert len(listed(people["walker"], "2026-11-20", "2026-11-30")) == 8, "who goes knows"
    log = people["office"].get("/api/patrols/log").json()["items"]
    assert [(one["visibility"], one["visits"]) for one in log] == [("covert", 2)]
    url = f"/api/patrols/log/{log[0]['id']}"
    for name in ("liaison", "volunteer", "stranger"):
        assert people[name].get(url).status_code == 404
    assert people["leader"].get(url).status_code == 200
    assert people["liaison"].post(f"{url}/release").status_code == 404
    assert people["inspector"].post(f"{url}/release").status_code == 403
    released = people["office"].post(f"{url}/release")
    assert (released.status_code, released.json()["released_at"] is not None) == (200, True)
    seen = people["liaison"].get(url).json()
    assert [one["place"]["id"] for one in seen["visited"]] == [str(place.market.id), str(place.quarter.id)]
    assert people["liaison"].get("/api/visits").json()["items"] != []
    assert people["west_liaison"].get(url).status_code == 404


def found(client: TestClient, place: PatrolTown, visit: str | None, at: datetime = NOW, **values: Any) -> Any:
    """What a person reports of the market, on a visit or by the way."""
    report = {
        "action": "submit", "category": "ENV-01", "position": {"lon": place.market.lon, "lat": place.market.lat},
        "point_id": str(place.market.id), "captured_at": at.isoformat(), "clock_offset_seconds": 0, "visit_id": visit, **values,
    }  # fmt: skip
    answer = client.put(f"/api/reports/{uuid.uuid4()}", json=report)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_what_a_covert_patrol_finds_is_no_case_before_its_release_S10(
    place: PatrolTown, people: People, sign_in: Callable[..., TestClient]
) -> None:
    with transaction() as session:
        chief = factories.user(session, place.town, "point_chief")
        session.merge(place.market).point_chief_id = chief.id
    sides = {name: people[name] for name in ("liaison", "volunteer")} | {"chief": sign_in(chief)}
    cases = ["/api/issues", "/api/issues/counts", "/api/inbox", f"/api/points/{place.market.id}/card",
             f"/api/issues/nearby?lon={place.market.lon}&lat={place.market.lat}&category=ENV-01",
             "/api/issues/map?bbox=119,29,121,31", "/api/figures/metrics"]  # fmt: skip

    def view() -> dict[str, list[Any]]:
        asked = {name: [side.get(path) for path in cases] for name, side in sides.items()}
        heard = {
            name: [(one.status_code, one.text, one.headers.get("ETag")) for one in answers]
            for name, answers in asked.items()
        }
        return {name: [*told, all_they_see(sides[name], place)] for name, told in heard.items()}

    before = view()
    assert [told[0] for told in before["chief"][:6]] == [200] * 6
    key, visits = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(2)]
    phone, began = people["inspector"], NOW - timedelta(hours=1)
    # The first finding comes before anything else of its patrol; the second on it, before its visit; the third after it.
    early = found(phone, place, visits[0], NOW - timedelta(minutes=50))
    tallies = {"dissuasion": {"parking": 2}}
    patrol = patrol_body(began, kind="supervision", is_covert=True, tallies=tallies)
    assert phone.put(f"/api/patrols/{key}", json=patrol | {"ended_at": None}).status_code == 201
    during = found(phone, place, visits[0], NOW - timedelta(minutes=40), description="路边暴露垃圾")
    body = visit_body(key, place.market, NOW - timedelta(minutes=55), all_fine=False, tallies=tallies)
    phone.put(f"/api/visits/{visits[0]}", json=body)
    fixed = found(phone, place, visits[0], NOW - timedelta(minutes=35))
    phone.put(f"/api/patrols/{key}", json=patrol)
    jobs.sweep()
    jobs.drain()
    for told in (early, during, fixed):
        assert (told["state"], told["issue"], told["flags"]) == ("complete", None, ["withheld"])
        again = phone.get(f"/api/reports/{told['report_id']}").json()
        assert again == told, "nothing moves it but the release"
    assert view() == before
    number = found(people["walker"], place, None)["issue"]["no"]
    log = people["office"].get("/api/patrols/log").json()["items"]
    url = f"/api/patrols/log/{log[0]['id']}"
    held = people["office"].get(url).json()["withheld"]
    assert [one["description"] for one in held] == ["", "路边暴露垃圾", ""]
    assert held[0]["category"]["code"] == "ENV-01"
    assert people["office"].post(f"{url}/release").status_code == 200
    jobs.drain()
    told = [phone.get(f"/api/reports/{one['report_id']}").json() for one in (early, during, fixed)]
    assert {one["issue"]["no"] for one in told} == {number + 1, number + 2, number + 3}, "without a gap"
    case = people["office"].get(f"/api/issues/{told[1]['issue']['id']}").json()
    assert (case["source"], case["found_at"]) == ("patrol", "2026-11-23T01:20:00Z")
    assert people["office"].get(url).json()["withheld"] == []
    assert sides["chief"].get("/api/issues").text != before["chief"][0][1]
    late = found(phone, place, visits[0], NOW - timedelta(minutes=30))
    assert late["issue"]["no"] == number + 4, "what comes after the release is a case at once"


def test_a_finding_waits_for_its_visit_only_where_that_may_be_covert_S10(
    place: PatrolTown, people: People, move: Callable[[timedelta], None]
) -> None:
    visit, key, phone = str(uuid.uuid4()), str(uuid.uuid4()), people["inspector"]
    assert found(people["walker"], place, visit)["issue"] is not None, "a patroller does not go covertly"
    lost = found(phone, place, str(uuid.uuid4()))
    waiting = found(phone, place, visit)
    assert (lost["issue"], waiting["issue"]) == (None, None)
    phone.put(f"/api/visits/{visit}", json=visit_body(key, place.market, NOW - timedelta(minutes=5)))
    phone.put(f"/api/patrols/{key}", json=patrol_body(NOW - timedelta(minutes=20), kind="supervision"))
    jobs.drain()
    assert phone.get(f"/api/reports/{waiting['report_id']}").json()["issue"] is not None, "it was an open one"
    assert found(phone, place, str(uuid.uuid4()))["issue"] is not None, "on an open patrol nothing waits"
    move(timedelta(hours=73))
    jobs.sweep()
    jobs.drain()
    assert phone.get(f"/api/reports/{lost['report_id']}").json()["issue"] is not None, "its phone was lost"


def test_a_unit_sees_looks_at_its_points_and_not_who_looked_elsewhere(
    place: PatrolTown, people: People
) -> None:
    walk(people["walker"], NOW - timedelta(hours=2), [place.market, place.road], kind="special")
    east, west = (people[name].get("/api/visits").json()["items"] for name in ("liaison", "west_liaison"))
    assert [one["place"]["id"] for one in east] == [str(place.market.id)]
    assert [one["place"]["id"] for one in west] == [str(place.road.id)]
    assert east[0]["by"]["name"] is None, "a name is for those who may know it"
    assert people["volunteer"].get("/api/visits").json()["items"] == []
    assert people["stranger"].get("/api/visits").json()["items"] == []
    assert len(people["walker"].get("/api/visits").json()["items"]) == 2
    first = people["office"].get("/api/visits", params={"limit": 1}).json()
    rest = people["office"].get("/api/visits", params={"limit": 1, "cursor": first["next"]}).json()
    assert [first["items"][0]["place"]["id"], rest["items"][0]["place"]["id"]] == [
        str(place.road.id),
        str(place.market.id),
    ]
    assert rest["next"] is None
    assert (
        people["office"].get("/api/visits", params={"cursor": "bm9uc2Vuc2U"}).json()["code"] == "bad-cursor"
    )


def test_a_joint_patrol_lists_its_units_and_each_sees_it_X36(place: PatrolTown, people: People) -> None:
    party: dict[str, Any] = {"units": [str(place.east.id), str(place.west.id)], "children_count": 3}
    walk(people["walker"], NOW - timedelta(hours=2), [], kind="special", participants=party)
    for name in ("liaison", "west_liaison"):
        seen = people[name].get("/api/patrols/log").json()["items"]
        assert [sorted(unit["id"] for unit in one["units"]) for one in seen] == [sorted(party["units"])]
        assert (seen[0]["adults"], seen[0]["children_count"]) == (1, 3)


def test_blind_spots_shrink_with_looks_and_never_by_those_from_afar_X21_S33_M27(
    place: PatrolTown, people: People
) -> None:
    with transaction() as session:
        square = {
            "type": "Polygon",
            "coordinates": [[[120, 30], [120.1, 30], [120.1, 30.1], [120, 30.1], [120, 30]]],
        }
        box = {"min_lon": 120.0, "min_lat": 30.0, "max_lon": 120.1, "max_lat": 30.1}
        for code, community in (("G1", place.east), ("G2", place.west)):
            session.add(
                Grid(
                    town_id=place.town.id,
                    code=code,
                    name_zh=code,
                    geometry=square,
                    cell=0,
                    community_id=community.id,
                    **box,
                )
            )
        session.flush()
        grids = {grid.code: grid for grid in session.query(Grid).filter_by(town_id=place.town.id)}
        session.merge(place.market).grid_id = grids["G1"].id

    def blind(**query: Any) -> tuple[list[str], list[str]]:
        told = people["office"].get("/api/patrols/blind-spots", params={"days": 7, **query}).json()
        assert (told["points_of"], told["grids_of"]) == (3, 2)
        return [one["code"] for one in told["points"]], [one["code"] for one in told["grids"]]

    assert blind() == (["K1", "K2", "N1"], ["G1", "G2"])
    walk(people["walker"], NOW - timedelta(days=8), [place.quarter], kind="special")
    afar = visit_body(
        str(uuid.uuid4()), place.road, NOW - timedelta(hours=1), position=None, away_reason="雨"
    )
    people["walker"].put(f"/api/visits/{uuid.uuid4()}", json=afar)
    walk(people["volunteer"], NOW - timedelta(hours=3), [place.market], kind="self_check")
    assert blind() == (["N1", "K2"], ["G2"]), (
        "never seen first, then the longest ago; a point's look is its grid's, too"
    )
    of_grid = visit_body(str(uuid.uuid4()), place.road, NOW - timedelta(minutes=1)) | {
        "point_id": None,
        "grid_id": str(grids["G2"].id),
    }
    assert people["walker"].put(f"/api/visits/{uuid.uuid4()}", json=of_grid).json()["is_inside"] is True
    assert blind()[1] == []
    # By level 2 nobody has looked at anything (X07).
    assert blind(level=2) == ([*["K1", "N1", "K2"][:0], "K1", "K2", "N1"], ["G1", "G2"])
    own = people["liaison"].get("/api/patrols/blind-spots").json()
    assert ([one["code"] for one in own["points"]], own["points_of"], own["grids_of"]) == (["K2"], 2, 1)
    assert people["walker"].get("/api/patrols/blind-spots").status_code == 403


def test_coverage_says_of_how_many_M24_M25_M26_M29_M30_X07_D13_J20(place: PatrolTown, people: People) -> None:
    with transaction() as session:
        session.query(PointType).filter_by(town_id=place.town.id, code="MARKET").one().zone = "hard_hit"
        kind = factories.point_type(session, place.town, zone="showcase")
        session.merge(place.road).type_code = kind.code
    make(people, code="L2", level=2, kind="department", targets="all_key_points",
         parties=[{"kind": "unit", "code": place.west.code}])  # fmt: skip
    worse = [{"item": "ENV-a", "result": "fail"}, {"item": "PUB-a", "result": "pass"}]
    key = str(uuid.uuid4())
    for point, extra in ((place.market, {}), (place.quarter, {"all_fine": False, "results": worse})):
        people["west_liaison"].put(
            f"/api/visits/{uuid.uuid4()}", json=visit_body(key, point, NOW - timedelta(hours=1), **extra)
        )
    people["west_liaison"].put(
        f"/api/patrols/{key}", json=patrol_body(NOW - timedelta(hours=2), kind="department")
    )
    told = people["office"].get("/api/patrols/coverage", params=DAYS).json()
    assert told["rows"] == [{"level": 2, "kind": "department", "done": 1, "due": 1, "missed": 0}]
    assert (told["points"], told["key_points"]) == ({"done": 2, "of": 3}, {"done": 2, "of": 2})
    by_zone = {zone["code"]: (zone["done"], zone["of"]) for zone in told["zones"]}
    assert by_zone == {"hard_hit": (2, 2), "showcase": (0, 1)}
    assert (told["watch"], told["patrols"], told["issues"]) == ({"done": 0, "of": 0}, 1, 0)
    assert told["score"] == {"mean": 66.67, "points": 2}, "the mean of 100 and 33.33"
    weak = people["office"].get("/api/patrols/weak-items", params=DAYS).json()["items"]
    assert [(one["item"], one["type_code"], one["short"], one["judged"]) for one in weak] == [
        ("ENV-a", "MARKET", 1, 1)
    ]
    assert weak[0]["zh"]
    assert people["walker"].get("/api/patrols/weak-items", params=DAYS).status_code == 403
    narrowed = people["office"].get("/api/patrols/coverage", params=DAYS | {"level": 3}).json()
    assert (narrowed["slots"], narrowed["points"], narrowed["score"]["mean"]) == (
        {"done": 0, "of": 0},
        {"done": 0, "of": 3},
        None,
    )
    assert (
        people["office"].get("/api/patrols/coverage", params=DAYS | {"last": "2020-01-01"}).status_code == 422
    )
    with reading() as session:
        rate = measures.point_coverage(session, place.town.id, NOW - timedelta(days=1), NOW, key_only=True)
        assert rate == measures.Rate(2, 2)


def test_what_is_found_on_a_patrol_is_a_case_that_knows_it_M29(place: PatrolTown, people: People) -> None:
    visit = str(uuid.uuid4())
    filed = found(people["walker"], place, visit)
    key = str(uuid.uuid4())
    body = visit_body(key, place.market, NOW - timedelta(minutes=20), all_fine=False)
    people["walker"].put(f"/api/visits/{visit}", json=body)
    people["walker"].put(f"/api/patrols/{key}", json=patrol_body(NOW - timedelta(hours=1), kind="special"))
    seen = people["office"].get("/api/visits").json()["items"][0]
    assert [one["id"] for one in seen["issues"]] == [filed["issue"]["id"]]
    assert people["office"].get(f"/api/issues/{filed['issue']['id']}").json()["source"] == "patrol"
    told = people["office"].get("/api/patrols/coverage", params=DAYS).json()
    assert (told["issues"], told["patrols"]) == (1, 1)
    # What still waits at the desk is not told to the unit, not even as a case of the visit (Z11).
    assert people["liaison"].get("/api/visits").json()["items"][0]["issues"] == []


def test_the_snap_radius_of_the_campaign_is_the_fence(place: PatrolTown, people: People) -> None:
    with transaction() as session:
        campaign = session.query(Campaign).filter_by(town_id=place.town.id).one()
        campaign.settings = {"snap_radius_m": 200}
    body = visit_body(str(uuid.uuid4()), place.market, NOW)
    body["position"] |= {"lon": place.market.lon + 150 / 96_486, "accuracy_m": 0}
    assert people["walker"].put(f"/api/visits/{uuid.uuid4()}", json=body).json()["is_inside"] is True


def test_a_third_party_goes_by_grids_unseen_and_a_look_in_one_is_a_look_at_it_Z10_Z11(
    place: PatrolTown, people: People, sign_in: Callable[..., TestClient]
) -> None:
    with transaction() as session:
        square = {
            "type": "Polygon",
            "coordinates": [[[120, 30], [120.1, 30], [120.1, 30.1], [120, 30.1], [120, 30]]],
        }
        box = {"min_lon": 120.0, "min_lat": 30.0, "max_lon": 120.1, "max_lat": 30.1}
        for code in ("G1", "G2"):
            session.add(
                Grid(
                    town_id=place.town.id,
                    code=code,
                    name_zh=code,
                    geometry=square,
                    cell=0,
                    community_id=place.east.id,
                    **box,
                )
            )
        firm = factories.unit(session, place.town, kind="third_party", code="X01")
        inspector = factories.user(session, firm, "third_party")
    make(people, code="PLT", kind="third_party_grid", level=None, visibility="covert", rrule="FREQ=DAILY", targets="all_grids",
         parties=[{"kind": "unit", "code": "X01"}])  # fmt: skip
    phone = sign_in(inspector)
    mine = phone.get("/api/patrols/mine").json()
    slot = mine["slots"][0]
    assert (slot["visibility"], slot["targets_total"]) == ("covert", 2)
    assert [(one["place"], one["code"], one["fence_m"]) for one in mine["places"]] == [
        ("grid", "G1", 0),
        ("grid", "G2", 0),
    ]
    key, at = str(uuid.uuid4()), NOW - timedelta(hours=1)
    body = visit_body(key, place.market, at) | {"point_id": None, "grid_id": slot["targets"][0]["id"]}
    body["position"] = {"lon": 120.05, "lat": 30.05, "accuracy_m": 5}
    assert phone.put(f"/api/visits/{uuid.uuid4()}", json=body).json()["is_inside"] is True
    told = phone.put(
        f"/api/patrols/{key}", json=patrol_body(at, kind="third_party_grid", slot_id=slot["id"])
    ).json()
    assert (told["slot_state"], told["visibility"]) == ("done", "covert")
    assert people["liaison"].get("/api/visits").json()["items"] == []
    blind = people["liaison"].get("/api/patrols/blind-spots").json()
    assert [one["code"] for one in blind["grids"]] == ["G1", "G2"], (
        "a covert look covers nothing for the inspected"
    )
    assert len(people["office"].get("/api/patrols/blind-spots").json()["grids"]) == 1
