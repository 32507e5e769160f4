"""To which point, grid and unit a position belongs."""

import marshal
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import geo
from app.core.db import reading, transaction
from app.features.identity.models import Unit, User
from app.features.places import nearby, service, snapping, spatial
from app.features.places.models import Point
from app.features.places.schemas import GridIn, PointIn, PositionIn
from app.features.standards import service as standards
from tests import factories

SignIn = Callable[[User], TestClient]
LON, LAT = 120.10, 31.20
EAST_M = 1 / 95_300.0
"""Degrees of longitude a metre here."""


@pytest.fixture
def town(database: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        factories.point_type(session, row, code="RES", buffer_m=0)
        return row


def put(town: Unit, code: str, east_m: float = 0.0, **values: Any) -> Point:
    at = PositionIn(lon=LON + east_m * EAST_M, lat=LAT)
    with transaction() as session:
        point = PointIn(**{"code": code, "type_code": "RES", "name_zh": code, "position": at, **values})
        row = service.put_point(session, town.id, point)
        session.flush()
        return row


def square(east_m: float, half_m: float) -> dict[str, Any]:
    x, half, up = LON + east_m * EAST_M, half_m * EAST_M, half_m / 110_900.0
    ring = [[x - half, LAT - up], [x + half, LAT - up], [x + half, LAT + up], [x - half, LAT + up]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def snapped(town: Unit, east_m: float = 0.0, accuracy_m: float | None = None) -> Any:
    with reading() as session:
        return service.snap(session, town.id, LON + east_m * EAST_M, LAT, accuracy_m)


def test_within_the_snap_radius_it_is_the_point(town: Unit) -> None:
    put(town, "A")
    result = snapped(town, 49.0)
    assert result.point.code == "A"
    assert result.distance_m == pytest.approx(49.0, abs=0.5)
    assert not result.is_inside


def test_beyond_the_snap_radius_it_is_only_offered(town: Unit) -> None:
    put(town, "A")
    result = snapped(town, 52.0, accuracy_m=500.0)
    assert result.point is None
    assert [near.code for near in result.candidates] == ["A"]


def test_inside_an_area_it_is_that_point_however_far_its_middle(town: Unit) -> None:
    put(town, "AREA", geometry=square(0, 400))
    put(town, "NEXT", 460.0)
    result = snapped(town, 390.0)
    assert (result.point.code, result.distance_m, result.is_inside) == ("AREA", 0.0, True)
    assert [near.code for near in result.candidates] == ["AREA", "NEXT"]


def test_of_two_areas_around_a_position_the_smaller_wins(town: Unit) -> None:
    put(town, "BIG", geometry=square(0, 400))
    put(town, "SMALL", geometry=square(0, 40))
    assert snapped(town).point.code == "SMALL"


def test_the_buffer_counts_as_the_point(town: Unit) -> None:
    put(town, "ROAD", buffer_m=90)
    result = snapped(town, 85.0)
    assert (result.point.code, result.is_inside) == ("ROAD", True)
    assert snapped(town, 92.0).point is None


def test_a_line_is_near_along_its_whole_length(town: Unit) -> None:
    line = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 3000 * EAST_M, LAT]]}
    put(town, "ROAD", geometry=line)
    assert snapped(town, 2500.0).point.code == "ROAD"


def test_a_point_that_is_switched_off_is_not_offered(town: Unit) -> None:
    put(town, "A", is_active=False)
    assert snapped(town).candidates == []


def test_the_campaign_sets_the_radius(town: Unit) -> None:
    put(town, "A")
    with transaction() as session:
        campaign = standards.active_campaign(session, town.id)
        assert campaign is not None
        campaign.settings = {"snap_radius_m": 10}
    assert snapped(town, 20.0).point is None


def test_candidates_are_the_eight_nearest_of_many(town: Unit) -> None:
    chance = random.Random(7)
    places = [chance.uniform(-900, 900) for _ in range(120)]
    for number, east_m in enumerate(places):
        shape = square(east_m, chance.uniform(5, 60)) if number % 3 == 0 else None
        put(town, f"P{number:03}", east_m, geometry=shape)
    with reading() as session:
        rows = session.scalars(select(Point).where(Point.town_id == town.id)).all()
    for east_m in (0.0, 333.0, -870.0):
        lon = LON + east_m * EAST_M
        exact = sorted(
            geo.distance_to_geometry_m(lon, LAT, r.geometry)
            if r.geometry
            else geo.distance_m(lon, LAT, r.lon, r.lat)
            for r in rows
        )
        found = [near.distance_m for near in snapped(town, east_m).candidates]
        assert found == pytest.approx(exact[:8], abs=1e-6)


def test_the_nearest_are_those_that_measuring_all_finds() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        rows = [_placed(chance, number) for number in range(chance.choice([3, 30, 300]))]
        lon, lat = LON + chance.uniform(-900, 900) * EAST_M, LAT + chance.uniform(-900, 900) / 110_900
        radius_m = chance.choice([30.0, 100.0, 1000.0])
        index = nearby.Nearby((spatial.cell_of(p.box), p) for p in rows)
        found = snapping._nearest(index, lon, lat, radius_m, {})
        assert [(near.code, near.is_inside) for near in found] == _by_measuring_all(rows, lon, lat, radius_m)


def _placed(chance: random.Random, number: int) -> nearby.Placed[nearby.PointRow]:
    east_m, buffer_m = chance.uniform(-1000, 1000), chance.choice([0, 20, 300])
    shape = square(east_m, chance.choice([5, 60, 900])) if number % 2 else None
    lon, lat = LON + east_m * EAST_M, LAT + chance.uniform(-1000, 1000) / 110_900
    box = spatial.widened(geo.bbox(shape) if shape else geo.Box(lon, lat, lon, lat), buffer_m)
    row = nearby.PointRow(uuid.uuid4(), f"P{number:03}", "T", "", "", None, None, None, lon, lat, buffer_m)
    return nearby.Placed(row, box, marshal.dumps(shape) if shape else None)


def _by_measuring_all(rows: list[Any], lon: float, lat: float, radius_m: float) -> list[tuple[str, bool]]:
    within = geo.bbox_around(lon, lat, radius_m)
    measured = []
    for placed in rows:
        box, row, shape = placed.box, placed.row, placed.geometry
        if (
            box.west > within.east
            or box.east < within.west
            or box.south > within.north
            or box.north < within.south
        ):
            continue
        away = (
            geo.distance_to_geometry_m(lon, lat, shape)
            if shape
            else geo.distance_m(lon, lat, row.lon, row.lat)
        )
        size = (box.east - box.west) * (box.north - box.south)
        measured.append((away, size, row.code, away <= row.buffer_m))
    return [(code, inside) for away, _, code, inside in sorted(measured)[:8] if inside or away <= radius_m]


def test_a_change_shows_at_once_and_one_taken_back_never_did(town: Unit) -> None:
    point = put(town, "A")
    assert snapped(town).point.code == "A"
    with pytest.raises(RuntimeError), transaction() as session:
        session.get_one(Point, point.id).is_active = False
        session.flush()
        assert service.snap(session, town.id, LON, LAT).point is None
        raise RuntimeError
    assert snapped(town).point.code == "A"
    with transaction() as session:
        session.get_one(Point, point.id).is_active = False
    assert snapped(town).point is None


def test_nothing_of_another_town_is_near(town: Unit) -> None:
    with transaction() as session:
        away = factories.town(session)
    put(town, "A")
    assert snapped(away).candidates == []


def test_a_grid_holds_what_lies_inside_and_on_its_edge(town: Unit) -> None:
    with transaction() as session:
        for code, east_m in (("G1", 0), ("G2", 200)):
            grid = GridIn(code=code, name_zh=code, geometry=square(east_m, 100))
            service.put_grid(session, town.id, grid)
    assert snapped(town, 10.0).grid.code == "G1"
    assert snapped(town, 150.0).grid.code == "G2"
    assert snapped(town, 100.0).grid.code == "G1"
    assert snapped(town, 400.0).grid is None


def test_the_unit_is_proposed_from_point_then_grid_then_territory_Z27(town: Unit) -> None:
    with transaction() as session:
        office, community, territory = (factories.unit(session, town, code=c) for c in "OCT")
        grid = service.put_grid(session, town.id, GridIn(code="G", name_zh="G", geometry=square(0, 50)))
        session.flush()
        point = factories.point(
            session, town, responsible_unit_id=office.id, territory_id=territory.id, grid_id=grid.id
        )
        assert service.propose_unit(session, point.id, grid.id) == (office.id, "point")
        point.responsible_unit_id = None
        assert service.propose_unit(session, point.id, grid.id) == (territory.id, "territory")
        grid.community_id = community.id
        assert service.propose_unit(session, point.id, None) == (community.id, "grid")
        assert service.propose_unit(session, None, grid.id) == (community.id, "grid")
        assert service.propose_unit(session, None, None) == (None, None)


def test_snap_answers_over_http_in_the_crs_asked(town: Unit, sign_in: SignIn, client: TestClient) -> None:
    put(town, "A")
    with transaction() as session:
        person = factories.user(session, town, "volunteer")
    lon, lat = geo.from_wgs84(LON, LAT, geo.Crs.GCJ02)
    phone = sign_in(person)
    body = phone.get("/api/snap", params={"lon": lon, "lat": lat, "crs": "gcj02", "accuracy_m": 12}).json()
    assert body["point"]["code"] == "A"
    assert body["distance_m"] < 0.1
    assert (body["lon"], body["lat"]) == pytest.approx((LON, LAT), abs=1e-7)
    assert client.get("/api/snap", params={"lon": LON, "lat": LAT}).status_code == 401


@pytest.mark.parametrize(
    "bad", [{"lon": "nan"}, {"lon": "inf"}, {"lat": 91}, {"lon": "x"}, {"accuracy_m": -1}]
)
def test_positions_that_are_none_are_refused(town: Unit, sign_in: SignIn, bad: dict[str, Any]) -> None:
    with transaction() as session:
        person = factories.user(session, town, "volunteer")
    answer = sign_in(person).get("/api/snap", params={"lon": LON, "lat": LAT, **bad})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


degrees = st.floats(-170, 170), st.floats(-80, 80), st.floats(0, 5), st.floats(0, 5)


@given(*degrees, st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), st.floats(0, 500))
def test_a_search_never_misses_a_shape_whose_box_it_meets(
    west: float, south: float, wide: float, high: float, off_east: float, off_north: float, radius_m: float
) -> None:
    shape = geo.Box(west, south, west + wide, south + high)
    near = geo.bbox_around(west + wide + off_east, south + high + off_north, radius_m)
    is_meeting = near.west <= shape.east and near.east >= shape.west
    is_meeting &= near.south <= shape.north and near.north >= shape.south
    if is_meeting:
        assert spatial.cell_of(shape) in spatial.cells_near(near)


def test_a_cell_survives_json() -> None:
    for corner in ((-180.0, -90.0), (179.99, 89.99)):
        for size in (0.0, 0.1, 5.0):
            cell = spatial.cell_of(geo.Box(*corner, corner[0] + size, corner[1] + size))
            assert 0 <= cell < 2**53


def test_an_unknown_id_proposes_nobody(database: object) -> None:
    with reading() as session:
        assert service.propose_unit(session, uuid.uuid4(), None) == (None, None)
