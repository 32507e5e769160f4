"""Cells as people write them, into values: yes and no, numbers, codes or names of what exists already."""

import json
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.geo import Crs
from app.features.identity.models import Unit, User
from app.features.places.models import Grid, Point

_YES = {"是", "有", "y", "yes", "true", "1", "√", "✓", "重点", "启用"}
_NO = {"否", "无", "n", "no", "false", "0", "×", "✗", "停用"}
_CRS = {
    "wgs84": Crs.WGS84,
    "wgs-84": Crs.WGS84,
    "epsg:4326": Crs.WGS84,
    "gcj02": Crs.GCJ02,
    "gcj-02": Crs.GCJ02,
    "高德": Crs.GCJ02,
    "火星坐标": Crs.GCJ02,
    "bd09": Crs.BD09,
    "bd-09": Crs.BD09,
    "百度": Crs.BD09,
    "cgcs2000": Crs.CGCS2000,
    "国家2000": Crs.CGCS2000,
}


class BadCell(Exception):
    """A cell that means nothing here. `code` goes into the report."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def yes_no(text: str) -> bool:
    """是/否 in the ways people write it."""
    plain = _plain(text)
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise BadCell("not-yes-or-no")


def number(text: str) -> float:
    """A finite decimal number; full-width digits are digits."""
    try:
        value = float(unicodedata.normalize("NFKC", text))
    except ValueError:
        raise BadCell("not-a-number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise BadCell("not-a-number")
    return value


def whole(text: str) -> int:
    """A whole number; `12.0` is one, as spreadsheets write it."""
    value = number(text)
    if not value.is_integer() or abs(value) > 1e9:
        raise BadCell("not-a-whole-number")
    return int(value)


def crs(text: str) -> Crs:
    """A coordinate system by any of its usual names."""
    found = _CRS.get(_plain(text).replace(" ", ""))
    if found is None:
        raise BadCell("unknown-crs")
    return found


def parts(text: str) -> list[str]:
    """A list in one cell: ; ; 、 , or line breaks between."""
    for mark in ";、,,\n|":
        text = text.replace(mark, ";")
    return [part.strip() for part in text.split(";") if part.strip()]


def geometry(cell: str | dict[str, Any]) -> dict[str, Any]:
    """GeoJSON as object or text, or WKT. What it describes is checked by who stores it."""
    import shapely  # with numpy: not at every start

    if isinstance(cell, dict):
        return cell
    try:
        if cell.startswith("{"):
            value = json.loads(cell)
        else:
            value = json.loads(shapely.to_geojson(shapely.from_wkt(cell)))
    except (ValueError, RecursionError, shapely.errors.ShapelyError):
        raise BadCell("not-a-geometry") from None
    if not isinstance(value, dict):
        raise BadCell("not-a-geometry")
    return value


class Names:
    """Finds rows by code, and by name where only one has it."""

    def __init__(self, rows: Iterable[tuple[uuid.UUID, str | None, str]]) -> None:
        self.by_code: dict[str, uuid.UUID] = {}
        self.by_name: dict[str, list[uuid.UUID]] = {}
        for row_id, code, name in rows:
            self.add(row_id, code, name)

    def add(self, row_id: uuid.UUID, code: str | None, name: str) -> None:
        """A row that this very import made."""
        if code:
            self.by_code[_plain(code)] = row_id
        self.by_name.setdefault(_plain(name), []).append(row_id)

    def find(self, text: str) -> uuid.UUID:
        """The one row meant by `text`."""
        if (found := self.by_code.get(_plain(text))) is not None:
            return found
        named = self.by_name.get(_plain(text), [])
        if len(named) > 1:
            raise BadCell("ambiguous-name")
        if not named:
            raise BadCell("unknown-code")
        return named[0]


def units_of(session: Session, town_id: uuid.UUID) -> Names:
    """The town's units."""
    rows = session.execute(select(Unit.id, Unit.code, Unit.name_zh).where(Unit.town_id == town_id))
    return Names((row.id, row.code, row.name_zh) for row in rows)


def people_of(session: Session, town_id: uuid.UUID) -> Names:
    """The town's people, by login and by name."""
    found = select(User.id, User.login, User.name_zh).join(Unit, Unit.id == User.unit_id)
    rows = session.execute(found.where(Unit.town_id == town_id))
    return Names((row.id, row.login, row.name_zh) for row in rows)


def grids_of(session: Session, town_id: uuid.UUID) -> Names:
    """The town's grids."""
    rows = session.execute(select(Grid.id, Grid.code, Grid.name_zh).where(Grid.town_id == town_id))
    return Names((row.id, row.code, row.name_zh) for row in rows)


def points_of(session: Session, town_id: uuid.UUID) -> Names:
    """The town's points."""
    rows = session.execute(select(Point.id, Point.code, Point.name_zh).where(Point.town_id == town_id))
    return Names((row.id, row.code, row.name_zh) for row in rows)


def day(text: str) -> date:
    """A day as people write it: 2026-11-03, 2026/11/3, 2026年11月3日."""
    plain = unicodedata.normalize("NFKC", text).replace("年", "-").replace("月", "-").replace("日", "")
    parts_of = plain.replace("/", "-").replace(".", "-").strip().partition(" ")[0].split("-")
    try:
        year, month, number = (int(part) for part in parts_of)
        return date(year, month, number)
    except ValueError:
        raise BadCell("not-a-date") from None


def term(text: str, terms: Iterable[Mapping[str, Any]]) -> str:
    """The code of a word of a closed list, given as code or as name."""
    for one in terms:
        if _plain(text) in (
            _plain(one["code"]),
            _plain(one.get("name_zh", "")),
            _plain(one.get("name_en", "")),
        ):
            return str(one["code"])
    raise BadCell("unknown-code")
