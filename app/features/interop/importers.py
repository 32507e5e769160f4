"""One importer a kind: takes a row's cells, makes or changes the thing they describe, by the services everybody uses."""

import statistics
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import geo
from app.core.errors import Invalid, Problem
from app.features.identity.viewer import Viewer
from app.features.interop import values
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.interop.values import BadCell
from app.features.places import service as places
from app.features.places.models import Grid, Point
from app.features.places.schemas import GridIn, GridPatch, PointIn, PointPatch
from app.features.standards import service as standards
from app.features.standards.schemas import CategoryIn, CategoryOut

Parser = Callable[[Any], Any]
M = TypeVar("M", bound=BaseModel)
FAR_DEGREES = 0.5
"""Some 50 km: no town is that large."""


class RowRefused(Exception):
    """What is wrong with a row: (field, code) pairs."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(str(faults))
        self.faults = faults


@dataclass
class Target:
    """Where an import goes, and who asks; without a viewer it is a command of the operator."""

    session: Session
    town_id: uuid.UUID
    crs: geo.Crs
    viewer: Viewer | None
    source_name: str = ""
    source_sha256: str = ""
    photos: Mapping[str, uuid.UUID] = field(default_factory=dict)
    """Of findings: ids of the photos sent before, by the names of their files."""
    is_dry_run: bool = False


class Importer(Protocol):
    """`put` returns "created", "updated" or "unchanged", or raises RowRefused; `finish` ends the whole import.

    It returns what is wrong with the rows taken together, and what is only worth a look.
    """

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]: ...
    def put(self, row: Row, cells: dict[str, Cell]) -> str: ...
    def finish(self) -> tuple[list[Fault], list[Fault]]: ...


def parsed(cells: Mapping[str, Cell], parsers: Mapping[str, Parser]) -> dict[str, Any]:
    """The cells as values; every cell that means nothing is named, not only the first."""
    found: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for name, cell in cells.items():
        try:
            if isinstance(cell, dict) and name != "geometry":
                raise BadCell("not-text")
            found[name] = parsers[name](cell) if name in parsers else cell
        except BadCell as bad:
            faults.append((name, bad.code))
    if faults:
        raise RowRefused(faults)
    return found


def checked(model: type[M], found: Mapping[str, Any]) -> M:
    """The values as a body the API would accept."""
    try:
        return model.model_validate(found)
    except ValidationError as exc:
        places_of = [
            (str(e["loc"][0]) if e["loc"] else "", e["type"].replace("_", "-")) for e in exc.errors()
        ]
        raise RowRefused(places_of) from exc


def refusals(problem: Problem, where: str = "") -> RowRefused:
    """A service's refusal, as faults of the row."""
    if isinstance(problem, geo.GeometryRefused):
        return RowRefused([(where or "geometry", f"geometry-{problem.reason}")])
    if isinstance(problem, Invalid) and "fields" in problem.members:
        fields = problem.members["fields"]
        return RowRefused([(str(one["at"][-1]), str(one["why"])) for one in fields])
    return RowRefused([(where, problem.code)])


def point_type_of(target: Target) -> Parser:
    """A point type by its code or name."""
    kinds = standards.point_types(target.session, target.town_id)
    terms = [{"code": t.code, "name_zh": t.name_zh, "name_en": t.name_en} for t in kinds if t.is_active]
    return lambda text: values.term(text, terms)


@dataclass
class _Place:
    """Rows with coordinates, to notice one that lies nowhere near the others."""

    spots: list[tuple[int, float, float]] = field(default_factory=list)

    def far_ones(self) -> Iterator[Fault]:
        if len(self.spots) < 5:
            return
        lon = statistics.median(spot[1] for spot in self.spots)
        lat = statistics.median(spot[2] for spot in self.spots)
        for row, x, y in self.spots:
            if abs(x - lon) > FAR_DEGREES or abs(y - lat) > FAR_DEGREES:
                yield Fault(row=row, column="lon", code="far-from-the-others", value=f"{x:.5f}, {y:.5f}")


class Points:
    """Measurement points by code."""

    def __init__(self, target: Target) -> None:
        session, town_id = target.session, target.town_id
        self.target = target
        self.known = {p.code: p for p in session.scalars(select(Point).where(Point.town_id == town_id))}
        self.place = _Place()
        units = values.units_of(session, town_id).find
        self.parsers: dict[str, Parser] = {
            "type_code": point_type_of(target),
            "lon": values.number,
            "lat": values.number,
            "crs": values.crs,
            "geometry": values.geometry,
            "is_key": values.yes_no,
            "is_point": values.yes_no,
            "is_active": values.yes_no,
            "buffer_m": values.whole,
            "grid_id": values.grids_of(session, town_id).find,
            "territory_id": units,
            "responsible_unit_id": units,
            "support_unit_id": units,
            "point_chief_id": values.people_of(session, town_id).find,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = parsed(cells, self.parsers)
        self._locate(found)
        old = self.known.get(found["code"])
        try:
            if old is None:
                point = places.put_point(self.target.session, self.target.town_id, checked(PointIn, found))
                self.known[point.code] = point
            else:
                patch = checked(PointPatch, {k: v for k, v in found.items() if k != "code"})
                point, changes = old, places.patch_point(self.target.session, old, patch)
        except Problem as problem:
            raise refusals(
                problem, "lon" if "position" in found and "geometry" not in found else ""
            ) from problem
        self.place.spots.append((row.number, point.lon, point.lat))
        if old is None:
            return "created"
        return "updated" if changes else "unchanged"

    def _locate(self, found: dict[str, Any]) -> None:
        """lon, lat, crs and geometry, as the position and shape the service takes."""
        lon, lat, shape = found.pop("lon", None), found.pop("lat", None), found.get("geometry")
        crs = found.pop("crs", self.target.crs)
        if (lon is None) != (lat is None):
            raise RowRefused([("lat" if lat is None else "lon", "missing")])
        if shape is not None and lon is None:
            lon, lat = middle_of(shape)
        if shape is not None and shape.get("type") == "Point":
            del found["geometry"]
        if lon is not None:
            found["position"] = {"lon": lon, "lat": lat, "crs": crs}
        elif found["code"] not in self.known:
            raise RowRefused([("lon", "missing"), ("lat", "missing")])

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        return [], list(self.place.far_ones())


def middle_of(shape: Mapping[str, Any]) -> tuple[float, float]:
    """A position on or in the shape, in the shape's own coordinates."""
    import shapely  # with numpy: not at every start

    try:
        spot = shapely.geometry.shape(shape).representative_point()
        return float(spot.x), float(spot.y)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise RowRefused([("geometry", "not-a-geometry")]) from None


class Grids:
    """Unit grids by code."""

    def __init__(self, target: Target) -> None:
        session, town_id = target.session, target.town_id
        self.target = target
        self.known = {g.code: g for g in session.scalars(select(Grid).where(Grid.town_id == town_id))}
        self.rows: dict[str, int] = {}
        units, people = values.units_of(session, town_id).find, values.people_of(session, town_id).find
        self.parsers: dict[str, Parser] = {
            "community_id": units,
            "support_unit_id": units,
            "officer_id": people,
            "crs": values.crs,
            "geometry": values.geometry,
            "is_active": values.yes_no,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = {"crs": self.target.crs} | parsed(cells, self.parsers)
        self.rows[found["code"]] = row.number
        old = self.known.get(found["code"])
        try:
            if old is None:
                if "geometry" not in found:
                    raise RowRefused([("geometry", "missing")])
                grid = places.put_grid(self.target.session, self.target.town_id, checked(GridIn, found))
                self.known[grid.code] = grid
                return "created"
            patch = checked(GridPatch, {k: v for k, v in found.items() if k != "code"})
            return "updated" if places.patch_grid(self.target.session, old, patch) else "unchanged"
        except Problem as problem:
            raise refusals(problem) from problem

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        """No two grids overlap; holes between them, and points outside all, are told."""
        session, town_id = self.target.session, self.target.town_id
        found = places.examine_grids(session, town_id, self.known.values())
        wrong = []
        for one, other, square_metres in found.overlaps:
            number = self.rows.get(other) or self.rows.get(one)
            if number is not None:  # two that were there before are not this file's fault
                told = f"{one} × {other}: {square_metres} m²"
                wrong.append(Fault(row=number, column="geometry", code="overlaps", value=told))
        holes = [
            Fault(row=1, column="geometry", code="hole", value=f"{lon:.5f}, {lat:.5f}: {square_metres} m²")
            for lon, lat, square_metres in found.holes
        ]
        outside = [Fault(row=1, column="geometry", code="point-outside", value=c) for c in found.outside]
        return wrong, holes + outside


class Categories:
    """The town's categories by code; a change is a new revision."""

    def __init__(self, target: Target) -> None:
        self.target = target
        lists = standards.lists_of(target.session, target.town_id)
        classes = lists.get("handling_classes", [])
        focus = [{"code": "none"}, *(one for group in classes for one in group.get("focus", []))]
        self.parsers: dict[str, Parser] = {
            "theme": lambda text: values.term(text, lists.get("themes", [])),
            "handling_class": lambda text: values.term(text, classes),
            "focus": lambda text: values.term(text, focus),
            "nature": lambda text: values.term(text, lists.get("natures", [])),
            "evidence": lambda text: values.term(text, lists.get("evidence_policies", [])),
            "deadline_hours": values.whole,
            "is_dynamic": values.yes_no,
            "on_spot_allowed": values.yes_no,
            "is_active": values.yes_no,
            "aliases": values.parts,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        session, town_id = self.target.session, self.target.town_id
        found = parsed(cells, self.parsers)
        old = standards.category_by_code(session, town_id, str(found["code"])[:24])
        if old is not None:
            kept = CategoryOut.model_validate(old).model_dump(include=set(CategoryIn.model_fields))
            found = kept | found
        try:
            _, is_changed = standards.put_category(session, town_id, checked(CategoryIn, found))
        except Problem as problem:
            raise refusals(problem) from problem
        if old is None:
            return "created"
        return "updated" if is_changed else "unchanged"

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        standards.touch(self.target.session, self.target.town_id, "standards")
        return [], []
