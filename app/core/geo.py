"""Coordinates and shapes: WGS-84 inside; the only place that knows GCJ-02, BD-09, CGCS2000 and Tianditu.

Distances are metres on the WGS-84 ellipsoid. Shapes are GeoJSON geometries (RFC 7946) as plain dicts.
"""

import math
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Final, NamedTuple

from app.core.errors import Problem

Position = tuple[float, float]
"""(longitude, latitude) in degrees."""
Geometry = dict[str, Any]
"""A GeoJSON geometry that went through `parse_geometry`."""


class Crs(StrEnum):
    """In what system a coordinate arrived. Stored beside the coordinate as received."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


class Box(NamedTuple):
    """A bounding box in degrees; what the SQL prefilter compares with."""

    west: float
    south: float
    east: float
    north: float


class GeometryRefused(Problem):
    """`reason`: not-an-object, type, coordinates, number, range, too-few, not-closed, crossing, too-many
    or too-wide."""

    code, status, title = "geometry-refused", 422, "This shape cannot be used"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class TileSource(NamedTuple):
    """A background map a browser can show. `{key}` in the URL is the operator's own licence key."""

    url: str
    crs: Crs
    max_zoom: int
    attribution: str


TILE_SOURCES: Final[dict[str, TileSource]] = {
    "tianditu": TileSource(
        "https://t{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default"
        "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}",
        Crs.CGCS2000,
        18,
        "天地图",
    ),
    "amap": TileSource(
        "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",
        Crs.GCJ02,
        18,
        "高德地图",
    ),
    "osm": TileSource("https://tile.openstreetmap.org/{z}/{x}/{y}.png", Crs.WGS84, 19, "© OpenStreetMap"),
}
"""Without an entry ("none"): points and grids on plain ground."""

MAX_VERTICES: Final = 20_000
MAX_EXTENT_DEGREES: Final = 5.0
"""A district is far smaller; a wider shape is a mistake, and a flat projection would be wrong for it."""

# --- GCJ-02 and BD-09 -----------------------------------------------------------------------------
# Neither transformation was ever published. These are the formulas all public libraries share (the tests
# hold vectors of three of them): they agree with the map services to about a metre.

_GCJ_AXIS: Final = 6378245.0
_GCJ_ECCENTRICITY_2: Final = 0.00669342162296594323
_BD_WAVE: Final = math.pi * 3000.0 / 180.0


def _is_offset_area(lon: float, lat: float) -> bool:
    """The box inside which map services shift positions: coarse, but the one everybody uses."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _gcj_shift(lon: float, lat: float) -> Position:
    """What GCJ-02 adds to a WGS-84 position, in degrees."""
    x, y, sin, pi = lon - 105.0, lat - 35.0, math.sin, math.pi
    ripple = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + ripple
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + ripple
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = math.radians(lat)
    magic = 1.0 - _GCJ_ECCENTRICITY_2 * sin(latitude) ** 2
    per_north = _GCJ_AXIS * (1.0 - _GCJ_ECCENTRICITY_2) / (magic * math.sqrt(magic)) * pi / 180.0
    per_east = _GCJ_AXIS / math.sqrt(magic) * math.cos(latitude) * pi / 180.0
    return east / per_east, north / per_north


def _wgs_to_gcj(lon: float, lat: float) -> Position:
    east, north = _gcj_shift(lon, lat)
    return lon + east, lat + north


def _gcj_to_bd(lon: float, lat: float) -> Position:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_WAVE)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_WAVE)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def _invert(forward: Callable[[float, float], Position], lon: float, lat: float) -> Position:
    """Solve forward(x) = (lon, lat) by fixed point: each round shrinks the error at least fifty times."""
    guess_lon, guess_lat = lon, lat
    for _ in range(12):
        there_lon, there_lat = forward(guess_lon, guess_lat)
        error_lon, error_lat = lon - there_lon, lat - there_lat
        guess_lon, guess_lat = guess_lon + error_lon, guess_lat + error_lat
        if abs(error_lon) < 1e-11 and abs(error_lat) < 1e-11:
            break
    return guess_lon, guess_lat


def check_position(lon: float, lat: float) -> None:
    """Refuse a position that is not on Earth. Everything below expects one that is."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise GeometryRefused("number", "A coordinate is not a finite number.")
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise GeometryRefused("range", f"({lon}, {lat}) is not a longitude and a latitude.")


def to_wgs84(lon: float, lat: float, crs: Crs) -> Position:
    """A received position in WGS-84. Outside China nothing is shifted; CGCS2000 agrees to decimetres."""
    check_position(lon, lat)
    if crs in (Crs.WGS84, Crs.CGCS2000) or not _is_offset_area(lon, lat):
        return lon, lat
    if crs is Crs.BD09:
        lon, lat = _invert(_gcj_to_bd, lon, lat)
    return _invert(_wgs_to_gcj, lon, lat)


def from_wgs84(lon: float, lat: float, crs: Crs) -> Position:
    """The inverse of `to_wgs84`, for what leaves the system; a round trip is exact to below a centimetre."""
    check_position(lon, lat)
    if crs in (Crs.WGS84, Crs.CGCS2000) or not _is_offset_area(lon, lat):
        return lon, lat
    shifted = _wgs_to_gcj(lon, lat)
    return _gcj_to_bd(*shifted) if crs is Crs.BD09 else shifted


# --- Distances ------------------------------------------------------------------------------------

_WGS_AXIS: Final = 6378137.0
_WGS_ECCENTRICITY_2: Final = 0.00669437999014
_MEAN_RADIUS: Final = 6371008.8


def _metres_per_degree(lat: float) -> Position:
    """One degree east and one degree north at this latitude, from the ellipsoid's two radii of curvature."""
    sine = math.sin(math.radians(lat))
    w = 1.0 - _WGS_ECCENTRICITY_2 * sine * sine
    prime_vertical = _WGS_AXIS / math.sqrt(w)
    meridian = prime_vertical * (1.0 - _WGS_ECCENTRICITY_2) / w
    return math.radians(prime_vertical * math.cos(math.radians(lat))), math.radians(meridian)


def distance_m(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two positions: 1 : 10 000 within a degree, beyond it a great circle (0.5 %)."""
    if abs(lon1 - lon2) < 1.0 and abs(lat1 - lat2) < 1.0:
        east, north = _metres_per_degree((lat1 + lat2) / 2.0)
        return math.hypot((lon2 - lon1) * east, (lat2 - lat1) * north)
    a, b = math.radians(lat1), math.radians(lat2)
    turn = math.sin(math.radians(lon2 - lon1) / 2.0) ** 2
    half = math.sin((b - a) / 2.0) ** 2 + math.cos(a) * math.cos(b) * turn
    return 2.0 * _MEAN_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def distance_to_geometry_m(lon: float, lat: float, geometry: Geometry) -> float:
    """Metres from a position to a point, a line or an area; 0 inside an area. A microsecond a vertex."""
    east, north = _metres_per_degree(lat)
    is_area = geometry["type"] in ("Polygon", "MultiPolygon")
    nearest, inside = math.inf, False
    for line in _lines(geometry):
        local = [((p[0] - lon) * east, (p[1] - lat) * north) for p in line]
        # Rings of a valid area do not cross, so a hole simply turns "inside" off again.
        inside ^= is_area and _encloses(local)
        nearest = min(nearest, _to_line(local))
    return 0.0 if inside else nearest


def contains(geometry: Geometry, lon: float, lat: float) -> bool:
    """Whether a position lies in or on the edge of an area, or on a line or point to within a centimetre."""
    return distance_to_geometry_m(lon, lat, geometry) < 0.01


def _lines(geometry: Geometry) -> Iterator[list[Any]]:
    """Every vertex list: a lone point, a line, a ring."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        yield [coordinates]
    elif kind == "MultiPoint":
        for point in coordinates:
            yield [point]
    elif kind == "LineString":
        yield coordinates
    elif kind == "MultiPolygon":
        for area in coordinates:
            yield from area
    else:
        yield from coordinates


def _encloses(ring: list[Position]) -> bool:
    """Whether the origin lies inside a closed ring: count the edges crossed going east."""
    inside = False
    x1, y1 = ring[-1]
    for x2, y2 in ring:
        if (y1 > 0.0) != (y2 > 0.0) and x1 - y1 * (x2 - x1) / (y2 - y1) > 0.0:
            inside = not inside
        x1, y1 = x2, y2
    return inside


def _to_line(line: list[Position]) -> float:
    """Distance of the origin to a polyline of one or more vertices."""
    x1, y1 = line[0]
    best = x1 * x1 + y1 * y1
    for x2, y2 in line[1:]:
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        t = 0.0 if length == 0.0 else min(1.0, max(0.0, -(x1 * dx + y1 * dy) / length))
        px, py = x1 + t * dx, y1 + t * dy
        best = min(best, px * px + py * py)
        x1, y1 = x2, y2
    return math.sqrt(best)


def bbox(geometry: Geometry) -> Box:
    """The bounding box, for the index that a search asks before it measures."""
    points = [p for line in _lines(geometry) for p in line]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return Box(min(lons), min(lats), max(lons), max(lats))


def bbox_around(lon: float, lat: float, radius_m: float) -> Box:
    """A box that holds every position within `radius_m`; 1 % wider, so that no rounding loses one."""
    north = radius_m * 1.01 / _metres_per_degree(lat)[1]
    # The narrowest degree of longitude in reach is the one nearest the pole.
    narrowest = _metres_per_degree(min(89.9, abs(lat) + north))[0]
    east = min(180.0, radius_m * 1.01 / narrowest)
    west, south = max(-180.0, lon - east), max(-90.0, lat - north)
    return Box(west, south, min(180.0, lon + east), min(90.0, lat + north))


# --- GeoJSON --------------------------------------------------------------------------------------

_DEPTH: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def parse_geometry(value: object, *, crs: Crs = Crs.WGS84) -> Geometry:
    """An untrusted GeoJSON geometry, checked and canonical: WGS-84, two dimensions, floats."""
    if not isinstance(value, dict):
        raise GeometryRefused("not-an-object", "A geometry is a JSON object.")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise GeometryRefused("type", "A geometry is a Point, LineString or Polygon, or a Multi of one.")
    _check_bbox_member(value.get("bbox", [0, 0, 0, 0]))
    coordinates = _parse_nested(value.get("coordinates"), _DEPTH[kind], crs, [MAX_VERTICES])
    parsed: Geometry = {"type": kind, "coordinates": coordinates}
    _check_shape(parsed)
    return parsed


def transform_geometry(geojson: object, crs: Crs) -> Geometry:
    """A received geometry in WGS-84; the same checks as `parse_geometry`."""
    return parse_geometry(geojson, crs=crs)


def _parse_nested(value: object, depth: int, crs: Crs, budget: list[int]) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise GeometryRefused("coordinates", "The coordinates are not nested as the type asks.")
    if depth:
        if not value:
            raise GeometryRefused("too-few", "A part has no coordinates.")
        return [_parse_nested(part, depth - 1, crs, budget) for part in value]
    budget[0] -= 1
    if budget[0] < 0:
        raise GeometryRefused("too-many", f"More than {MAX_VERTICES} vertices.")
    if len(value) not in (2, 3) or any(isinstance(n, bool) or not isinstance(n, int | float) for n in value):
        raise GeometryRefused("number", "A position is two numbers: longitude, latitude.")
    return list(to_wgs84(_as_float(value[0]), _as_float(value[1]), crs))


def _check_bbox_member(value: object) -> None:
    """A bbox is not used, but a malformed one tells of a program that gets GeoJSON wrong."""
    if not isinstance(value, list) or len(value) not in (4, 6):
        raise GeometryRefused("number", "A bbox is four or six numbers.")
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in value):
        raise GeometryRefused("number", "A bbox is four or six numbers.")


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise GeometryRefused("number", "A coordinate is too large a number.") from None


def _check_shape(geometry: Geometry) -> None:
    kind = geometry["type"]
    for line in _lines(geometry):
        if kind.endswith("LineString") and len({tuple(p) for p in line}) < 2:
            raise GeometryRefused("too-few", "A line needs two different positions.")
        if kind.endswith("Polygon") and len(line) < 4:
            raise GeometryRefused("too-few", "A ring needs four positions, the last one the first again.")
        if kind.endswith("Polygon") and line[0] != line[-1]:
            raise GeometryRefused("not-closed", "A ring does not end where it starts.")
    box = bbox(geometry)
    if box.east - box.west > MAX_EXTENT_DEGREES or box.north - box.south > MAX_EXTENT_DEGREES:
        raise GeometryRefused("too-wide", f"Wider than {MAX_EXTENT_DEGREES:g} degrees.")
    if kind.endswith("Polygon"):
        import shapely  # with numpy: a quarter second and 25 MB that no start and few requests need
        from shapely import geometry as shapes

        area = shapes.shape(geometry)
        if not area.is_valid:
            raise GeometryRefused("crossing", shapely.is_valid_reason(area))


def simplify(geometry: Geometry, tolerance_m: float) -> Geometry:
    """The same shape with fewer vertices, moved at most `tolerance_m`. For overviews, never for snapping."""
    import shapely
    from shapely import geometry as shapes

    box = bbox(geometry)
    lon, lat = (box.west + box.east) / 2.0, (box.south + box.north) / 2.0
    scale = _metres_per_degree(lat)
    local = shapely.transform(shapes.shape(geometry), lambda xy: (xy - (lon, lat)) * scale)
    degrees = shapely.transform(local.simplify(tolerance_m), lambda xy: xy / scale + (lon, lat))
    mapping = shapes.mapping(degrees)
    return {"type": mapping["type"], "coordinates": _as_lists(mapping["coordinates"])}


def _as_lists(value: Any) -> Any:
    return [_as_lists(part) for part in value] if isinstance(value, list | tuple) else value
