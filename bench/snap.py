"""How long snapping takes among 100 000 points: `python bench/snap.py [database-url]`. Budget: 5 ms, median.

A fifth are roads, two fifths areas, the rest plain positions, spread over 28 × 33 km; 900 grids.
"""

import math
import random
import statistics
import sys
import tempfile
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


def fill(town_id: uuid.UUID) -> None:
    points, grids = [], []
    for number in range(POINTS):
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


def main() -> None:
    config.override(data_dir=tempfile.mkdtemp(), database_url=sys.argv[1] if len(sys.argv) > 1 else "")
    db.Base.metadata.create_all(db.get_engine())
    with db.transaction() as session:
        town = Unit(code="BENCH", name_zh="镇", kind="town")
        session.add(town)
        session.flush()
        town.town_id = town.id
    fill(town.id)
    with db.transaction() as session:
        session.execute(text("ANALYZE"))
    taken = []
    for _ in range(ROUNDS):
        with db.reading() as session:
            started = time.perf_counter()
            snapping.snap(session, town.id, *somewhere(), 20.0)
            taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    median, p95 = statistics.median(taken), taken[int(ROUNDS * 0.95)]
    print(
        f"{POINTS} points, {ROUNDS} rounds: median {median:.2f} ms, p95 {p95:.2f} ms, most {taken[-1]:.2f} ms"
    )


if __name__ == "__main__":
    main()
