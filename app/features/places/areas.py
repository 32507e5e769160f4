"""Areas of grids: how large, whether they overlap, what they leave out. Measured on a plane that touches the town."""

from itertools import pairwise
from typing import Any

from app.core import geo


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
    """Metres of a thousandth of a degree, times a thousand: eastward and northward."""
    return geo.distance_m(0.0, lat, 0.001, lat) * 1000, geo.distance_m(0.0, lat, 0.0, lat + 0.001) * 1000
