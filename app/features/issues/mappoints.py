"""The points of a town on its map. For whoever sees the town whole a process keeps them, while they and their cases stay as they are."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.geo import Box
from app.features.issues.schemas import MapPoint
from app.features.places.models import Point

Tally = Mapping[str, int]
MOST_POINTS = 2000
MOST_TOWNS = 8
_NONE: Tally = dict.fromkeys(("open", "overdue", "urgent", "soon", "review"), 0)


@dataclass
class _Town:
    """Points as one list of them has them; `rows` is None where they are too many to be kept."""

    tag: str
    rows: Sequence[Any] | None
    shown: dict[uuid.UUID, tuple[Tally, MapPoint]] = field(default_factory=dict)

    def show(self, row: Any, n: Tally) -> MapPoint:
        known = self.shown.get(row.id)
        if known is None or known[0] != n:
            known = self.shown[row.id] = n, _shown(row, n)
        return known[1]


_towns: dict[uuid.UUID, _Town] = {}


def kept(
    session: Session, town_id: uuid.UUID, tag: str, box: Box, tally: Mapping[Any, Tally]
) -> list[MapPoint]:
    """As `read`, from memory. `tag`: of the list of points that the session sees."""
    town = _towns.get(town_id)
    if town is None or town.tag != tag:
        rows = db.rows(session, _OF_TOWN, {"town": town_id})
        town = _Town(tag, rows if len(rows) <= MOST_POINTS else None)
        while len(_towns) >= MOST_TOWNS and town_id not in _towns:
            _towns.pop(next(iter(_towns)), None)
        _towns[town_id] = town
    if town.rows is None:
        return read(session, town_id, box, tally)
    west, south, east, north = box
    return [
        town.show(row, tally.get(row.id, _NONE))
        for row in town.rows
        if row.min_lon <= east and row.max_lon >= west and row.min_lat <= north and row.max_lat >= south
    ]


def read(session: Session, town_id: uuid.UUID, box: Box, tally: Mapping[Any, Tally]) -> list[MapPoint]:
    """The points in a box, each with its worst open case."""
    rows = db.rows(session, _IN_BOX, {"town": town_id} | box._asdict())
    return [_shown(row, tally.get(row.id, _NONE)) for row in rows]


# Made once: building them costs more than asking.
_COLUMNS = (Point.id, Point.name_zh, Point.name_en, Point.type_code, Point.is_key, Point.lon, Point.lat)
_EDGES = (Point.min_lon, Point.max_lon, Point.min_lat, Point.max_lat)


def _of_town(*columns: Any) -> Select[*tuple[Any, ...]]:
    return select(*columns).where(Point.town_id == bindparam("town"), Point.is_active).order_by(Point.code)


_OF_TOWN = _of_town(*_COLUMNS, *_EDGES).limit(MOST_POINTS + 1)
_IN_BOX = (
    _of_town(*_COLUMNS)
    .where(
        Point.min_lon <= bindparam("east"),
        Point.max_lon >= bindparam("west"),
        Point.min_lat <= bindparam("north"),
        Point.max_lat >= bindparam("south"),
    )
    .limit(MOST_POINTS)
)


def _shown(point: Any, n: Tally) -> MapPoint:
    return MapPoint(
        id=point.id,
        zh=point.name_zh,
        en=point.name_en,
        type_code=point.type_code,
        is_key=point.is_key,
        lon=point.lon,
        lat=point.lat,
        open=n["open"],
        overdue=n["overdue"],
        worst=worst(n),
    )


def worst(n: Tally) -> str | None:
    """What colours a place: its worst open case."""
    for mark in ("overdue", "urgent", "soon"):
        if n[mark]:
            return mark
    if n["open"] > n["review"]:
        return "open"
    return "review" if n["open"] else None
