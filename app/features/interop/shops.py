"""The register of shops (门前五包) from a file, by code."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.errors import Problem
from app.features.interop import values
from app.features.interop.importers import Parser, RowRefused, Target, checked, parsed, refusals
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.interop.values import BadCell
from app.features.places import frontages
from app.features.places.frontage_schemas import DUTIES, FrontageIn, FrontagePatch
from app.features.places.models import Frontage

_WORDS = dict(zip(DUTIES, ("卫生", "绿化", "秩序", "设施", "劝阻"), strict=True))
_ALL = {"五包", "全部", "all"}


def _duties(text: str) -> list[str]:
    """The duties signed for, by word (包 before it makes no difference) or code; 五包 is all of them."""
    if text.strip().casefold() in _ALL:
        return list(DUTIES)
    known = {word: duty for duty, zh in _WORDS.items() for word in (duty, zh, f"包{zh}")}
    said = values.parts(text)
    if any(word.casefold() not in known for word in said):
        raise BadCell("unknown-code")
    return [known[word.casefold()] for word in said]


class Frontages:
    """Shops by code: an empty cell leaves what is there."""

    def __init__(self, target: Target) -> None:
        session, town_id = target.session, target.town_id
        self.target = target
        shops = session.scalars(select(Frontage).where(Frontage.town_id == town_id))
        self.known = {shop.code: shop for shop in shops}
        self.parsers: dict[str, Parser] = {
            "lon": values.number,
            "lat": values.number,
            "crs": values.crs,
            "reach_m": values.whole,
            "point_id": values.points_of(session, town_id).find,
            "unit_id": values.units_of(session, town_id).find,
            "duties": _duties,
            "signed_on": values.day,
            "is_active": values.yes_no,
        }

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = self._placed(parsed(cells, self.parsers))
        old = self.known.get(found["code"])
        try:
            if old is None:
                body = checked(FrontageIn, found)
                self.known[body.code] = frontages.put(self.target.session, self.target.town_id, body)
                return "created"
            patch = checked(FrontagePatch, {name: said for name, said in found.items() if name != "code"})
            return "updated" if frontages.rewrite(old, patch) else "unchanged"
        except Problem as problem:
            raise refusals(problem, "lon") from problem

    def _placed(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """lon, lat and crs as the position that the service takes."""
        said = {name: one for name, one in found.items() if name not in ("lon", "lat", "crs")}
        lon, lat = found.get("lon"), found.get("lat")
        if lon is None and lat is None and found["code"] in self.known:
            return said
        missing = [(name, "missing") for name, one in (("lon", lon), ("lat", lat)) if one is None]
        if missing:
            raise RowRefused(missing)
        return said | {"position": {"lon": lon, "lat": lat, "crs": found.get("crs", self.target.crs)}}

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        return [], []
