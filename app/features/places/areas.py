"""Areas of grids: how large they are, whether they overlap, what they leave out, whether each point lies in one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from app.core import geo

TOLERANCE_M = 0.5
"""What is no wider than twice this is a matter of rounding: neither an overlap nor a hole."""
LEAST_M2 = 1.0


class Area(NamedTuple):
    """A grid's or a point's code with its shape."""

    code: str
    geometry: geo.Geometry


class Spot(NamedTuple):
    """A point by its code."""

    code: str
    lon: float
    lat: float


@dataclass
class Findings:
    """What is not right with a town's grids."""

    overlaps: list[tuple[str, str, int]] = field(default_factory=list)
    """Two codes and the square metres both hold."""
    holes: list[tuple[float, float, int]] = field(default_factory=list)
    """A place inside, and the square metres that no grid between grids holds."""
    outside: list[str] = field(default_factory=list)
    """Points in no grid."""
    several: list[tuple[str, list[str]]] = field(default_factory=list)
    """Points in more than one, and the grids' codes."""
    grids: int = 0
    points: int = 0


def area_m2(geometry: geo.Geometry) -> int:
    """Square metres of a Polygon or MultiPolygon, WGS-84, holes taken off."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return round(sum(abs(_ring(p[0])) - sum(abs(_ring(hole)) for hole in p[1:]) for p in polygons))


def _ring(ring: list[Any]) -> float:
    lon, lat = ring[0][0], ring[0][1]
    to_x, to_y = _scale(lat)
    spots = [((x - lon) * to_x, (y - lat) * to_y) for x, y, *_ in ring]
    return float(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(spots)) / 2)


def _scale(lat: float) -> tuple[float, float]:
    """Metres of a degree eastward and northward."""
    return geo.distance_m(0.0, lat, 0.001, lat) * 1000, geo.distance_m(0.0, lat, 0.0, lat + 0.001) * 1000


def examine(grids: Sequence[Area], points: Iterable[Spot]) -> Findings:
    """Overlaps and holes of the grids, and points that do not lie in exactly one. On a plane that touches the town."""
    import shapely  # with numpy: not at every start

    points = list(points)
    found = Findings(grids=len(grids), points=len(points))
    if not grids:
        found.outside = [spot.code for spot in points]
        return found
    box = geo.bbox(grids[0].geometry)
    scale = _scale((box.south + box.north) / 2)
    shapes = [
        shapely.transform(shapely.geometry.shape(grid.geometry), lambda spots: spots * scale)
        for grid in grids
    ]
    tree = shapely.STRtree(shapes)
    for one, other in sorted(zip(*tree.query(shapes, predicate="intersects"), strict=True)):
        if one < other:
            both = shapes[one].intersection(shapes[other])
            if not both.buffer(-TOLERANCE_M).is_empty:
                found.overlaps.append((grids[one].code, grids[other].code, round(both.area)))
    found.holes = _holes(shapely.union_all([shape.buffer(TOLERANCE_M) for shape in shapes]), scale)
    for spot in points:
        at = shapely.Point(spot.lon * scale[0], spot.lat * scale[1])
        holding = sorted(grids[n].code for n in tree.query(at, predicate="intersects"))
        inside = [grids[n].code for n in tree.query(at, predicate="within")]
        if not holding:
            found.outside.append(spot.code)
        elif len(inside) > 1:
            found.several.append((spot.code, sorted(inside)))
    return found


def _holes(union: Any, scale: tuple[float, float]) -> list[tuple[float, float, int]]:
    import shapely

    holes = []
    for polygon in getattr(union, "geoms", [union]):
        for ring in polygon.interiors:
            hole = shapely.Polygon(ring).buffer(TOLERANCE_M)
            if hole.area > LEAST_M2:
                at = hole.representative_point()
                holes.append((at.x / scale[0], at.y / scale[1], round(hole.area)))
    return sorted(holes, key=lambda hole: -hole[2])
