"""Figures by grid: what lies in no grid is a row of its own, so the rows make the total."""

from typing import Any

import pytest

from tests.support.cases import LAT, LON, World, world


@pytest.fixture
def town(sign_in: Any) -> World:
    return world(sign_in)


def square(west: float) -> dict[str, Any]:
    east, south, north = west + 0.01, LAT - 0.005, LAT + 0.005
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_grids_and_outside_any_grid_make_the_total_D33(town: World) -> None:
    grids = {}
    for number, west in enumerate((LON + 0.1, LON + 0.11)):
        body = {"code": f"G{number}", "name_zh": f"第{number}网格", "geometry": square(west)}
        answer = town.client("admin").post("/api/grids", json=body)
        assert answer.status_code == 201, answer.text
        grids[answer.json()["id"]] = answer.json()["code"]
    for lon in (0.102, 0.105, 0.115, 0.2, 0.3, 0.4):
        at = {"lon": LON + lon, "lat": LAT, "accuracy_m": 5, "source": "gps"}
        town.filed(position=at, photos=[town.shot(town.photo(), lon=LON + lon)])
    told = town.client("dispatcher").get("/api/figures/metrics", params={"by": "grid"}).json()

    def found(figures: list[dict[str, Any]]) -> float:
        return float(next(one["n"] for one in figures if one["id"] == "M01"))

    rows = {grids.get(group["key"], group["key"]): found(group["figures"]) for group in told["groups"]}
    assert rows["G0"] == 2
    assert rows["G1"] == 1
    assert rows[""] == 3, "outside any grid"
    assert sum(rows.values()) == found(told["figures"]) == 6
