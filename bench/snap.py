"""How long snapping takes among 100 000 points, in this process, without HTTP.

A fifth are roads, two fifths areas, the rest plain positions, spread over 28 × 33 km; 900 grids.
"""

import math
import random
import statistics
import time
import uuid
from typing import Any

from sqlalchemy import insert, text

import app.core.audit
import app.features.volunteers.models  # noqa: F401 - all tables
from app.core import config, db, geo
from app.features.identity.models import Unit
from app.features.places import snapping
from app.features.places.models import Grid, Point
from app.features.places.spatial import cell_of, widened

POINTS, ROUNDS, SPREAD = 100_000, 500, 0.3
chance = random.Random(1)
WEST, SOUTH = 120.1, 31.1


chance = random.Random(1)


def somewhere() -> tuple[float, float]:
    return WEST + chance.random() * SPREAD, SOUTH + chance.random() * SPREAD


def shape_at(lon: float, lat: float) -> tuple[dict[str, Any] | None, int]:
    kind = chance.random()
    if kind < 0.4:
        radius = chance.uniform(0.0003, 0.0008)
        turns = [n * math.pi / 6 for n in range(12)]
        ring = [[lon + radius * math.cos(a), lat + radius * math.sin(a)] for a in turns]
        return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, 50
    if kind < 0.6:
        turn, length = chance.random() * 6, chance.uniform(0.001, 0.01)
        steps = [length * n / 20 for n in range(21)]
        line = [[lon + s * math.cos(turn), lat + s * math.sin(turn)] for s in steps]
        return {"type": "LineString", "coordinates": line}, 30
    return None, 0


def boxed(box: geo.Box) -> dict[str, Any]:
    return {
        "cell": cell_of(box),
        "min_lon": box.west,
        "min_lat": box.south,
        "max_lon": box.east,
        "max_lat": box.north,
    }


def fill(town_id: uuid.UUID, count: int) -> None:
    points, grids = [], []
    for number in range(count):
        lon, lat = somewhere()
        shape, buffer_m = shape_at(lon, lat)
        own: dict[str, Any] = {"code": f"P{number}", "name_zh": f"点{number}", "lon": lon, "lat": lat}
        box = widened(geo.bbox(shape) if shape else geo.Box(lon, lat, lon, lat), buffer_m)
        own |= {"id": uuid.uuid4(), "town_id": town_id, "type_code": "RES", "buffer_m": buffer_m}
        points.append(own | {"geometry": shape} | boxed(box))
    side = SPREAD / 30
    for number in range(900):
        west, south = WEST + number % 30 * side, SOUTH + number // 30 * side
        ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
        shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        own = {
            "id": uuid.uuid4(),
            "town_id": town_id,
            "code": f"G{number}",
            "name_zh": "格",
            "geometry": shape,
        }
        grids.append(own | boxed(geo.bbox(shape)))
    with db.transaction() as session:
        session.execute(insert(Point), points)
        session.execute(insert(Grid), grids)


def measure(url: str, points: int = POINTS, rounds: int = ROUNDS) -> dict[str, float]:
    """Median and p95 of a snap, in ms, on an empty database that is filled first."""
    config.override(database_url=url, jobs="off")
    db.get_engine.cache_clear()
    db.Base.metadata.create_all(db.get_engine())
    with db.transaction() as session:
        town = Unit(code="BENCH", name_zh="镇", kind="town")
        session.add(town)
        session.flush()
        town.town_id = town.id
        town_id = town.id
    fill(town_id, points)
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    taken = []
    for _ in range(rounds):
        with db.reading() as session:
            started = time.perf_counter()
            snapping.snap(session, town_id, *somewhere(), 20.0)
            taken.append((time.perf_counter() - started) * 1000)
    db.get_engine().dispose()
    db.get_engine.cache_clear()
    taken.sort()
    return {
        f"snap among {points:_} points, ms".replace("_", " "): statistics.median(taken),
        "snap, p95, ms": taken[int(rounds * 0.95)],
    }
