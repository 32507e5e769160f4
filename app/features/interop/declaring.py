"""A file of declared points: the whole file is one version, complete in itself."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core import geo
from app.core.errors import Problem
from app.features.interop import values
from app.features.interop.importers import (
    Parser,
    RowRefused,
    Target,
    checked,
    parsed,
    point_type_of,
    refusals,
)
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.places import declarations
from app.features.places.duty_schemas import DeclaredIn
from app.features.places.models import Point


class Declarations:
    """Counts against the version in force; a file that says the same makes no new one."""

    def __init__(self, target: Target) -> None:
        session, town_id = target.session, target.town_id
        self.target = target
        self.before = declarations.system_in_force(session, town_id)
        self.rows: list[tuple[int, DeclaredIn]] = []
        self.parsers: dict[str, Parser] = {
            "type_code": point_type_of(target),
            "lon": values.number,
            "lat": values.number,
            "crs": values.crs,
            "is_key": values.yes_no,
            "unit_id": values.units_of(session, town_id).find,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        declared = checked(DeclaredIn, self._located(parsed(cells, self.parsers)))
        self.rows.append((row.number, declared))
        old = self.before.get(declared.code)
        if old is None:
            return "created"
        return "updated" if declarations.differing(old, declared) else "unchanged"

    def _located(self, found: dict[str, Any]) -> dict[str, Any]:
        lon, lat, crs = found.get("lon"), found.get("lat"), found.pop("crs", self.target.crs)
        if (lon is None) != (lat is None):
            raise RowRefused([("lat" if lat is None else "lon", "missing")])
        if lon is None or lat is None:
            return found
        try:
            lon, lat = geo.to_wgs84(lon, lat, crs)
        except Problem as problem:
            raise refusals(problem, "lon") from problem
        return found | {"lon": lon, "lat": lat}

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        """The new version; declared points that nobody looks after are told."""
        session, town_id = self.target.session, self.target.town_id
        declared = [row for _, row in self.rows]
        same = len(declared) == len(self.before) and all(
            row.code in self.before and not declarations.differing(self.before[row.code], row)
            for row in declared
        )
        if declared and not same:
            declarations.put_declaration(
                session,
                town_id,
                declared,
                label=self.target.source_name.rpartition(".")[0] or self.target.source_name,
                source_name=self.target.source_name,
                source_sha256=self.target.source_sha256,
                declared_by_id=self.target.viewer.user_id if self.target.viewer else None,
            )
        held = select(Point.code).where(Point.town_id == town_id, Point.is_active)
        known = set(session.scalars(held))
        missing = [(number, row) for number, row in self.rows if row.code not in known]
        return [], [Fault(row=n, column="code", code="no-point", value=row.code) for n, row in missing]
