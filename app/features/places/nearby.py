"""A town's active points and grids in memory, by place: asked with every report, changed a few times a month.

Each process builds its own when it is first asked, and anew when the town's list has another tag. The tag changes in the
transaction that changes a row, whoever writes it (`_mark_changed`), so no replica answers from what was before.
"""

import marshal
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.core.geo import Box, Geometry
from app.features.places.models import Grid, Point
from app.features.places.spatial import cells_near
from app.features.standards.models import touch

MOST_TOWNS = 32
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A row with its box. The shape is packed: a town's shapes as lists of lists would fill the memory."""

    row: T
    box: Box
    packed: bytes | None

    @property
    def geometry(self) -> Geometry | None:
        """The shape, GeoJSON."""
        shape: Geometry | None = marshal.loads(self.packed) if self.packed else None  # noqa: S302 - our own bytes
        return shape


@dataclass(frozen=True)
class PointRow:
    """What a snap needs of a point."""

    id: uuid.UUID
    code: str
    type_code: str
    name_zh: str
    name_en: str
    grid_id: uuid.UUID | None
    territory_id: uuid.UUID | None
    responsible_unit_id: uuid.UUID | None
    lon: float
    lat: float
    buffer_m: int


@dataclass(frozen=True)
class GridRef:
    """The grid a position lies in."""

    id: uuid.UUID
    code: str
    name_zh: str
    name_en: str
    community_id: uuid.UUID | None


class Nearby(Generic[T]):
    """Rows by the cells of spatial.py."""

    def __init__(self, rows: Iterable[tuple[int, Placed[T]]]) -> None:
        self._cells: dict[int, list[Placed[T]]] = {}
        for cell, placed in rows:
            self._cells.setdefault(cell, []).append(placed)

    def meeting(self, box: Box) -> Iterator[Placed[T]]:
        """Those whose box meets `box`, in no order."""
        west, south, east, north = box
        for cell in cells_near(box):
            for placed in self._cells.get(cell, ()):
                own = placed.box
                if own[0] <= east and own[2] >= west and own[1] <= north and own[3] >= south:
                    yield placed


def points(session: Session, town_id: uuid.UUID, tag: str) -> Nearby[PointRow]:
    """The town's active points, as of `tag` or later."""
    return _points.of(session, town_id, tag)


def grids(session: Session, town_id: uuid.UUID, tag: str) -> Nearby[GridRef]:
    """The town's active grids, as of `tag` or later."""
    return _grids.of(session, town_id, tag)


_BOX = ("min_lon", "min_lat", "max_lon", "max_lat")


class _Towns(Generic[T]):
    def __init__(self, kind: type[Any], make: type[T]) -> None:
        names = list(make.__annotations__)
        columns = [getattr(kind, name) for name in (*names, *_BOX, "cell", "geometry")]
        self._all = select(*columns).where(kind.is_active.is_(True))
        self._town, self._make, self._width = kind.town_id, make, len(names)
        self._kept: dict[uuid.UUID, tuple[str, Nearby[T]]] = {}
        self._building = threading.Lock()

    def of(self, session: Session, town_id: uuid.UUID, tag: str) -> Nearby[T]:
        known = self._kept.get(town_id)
        if known is not None and known[0] == tag:
            return known[1]
        with self._building:  # who waits here finds it made
            known = self._kept.get(town_id)
            if known is None or known[0] != tag:
                known = tag, Nearby(self._read(session, town_id))
                self._kept.pop(town_id, None)
                while len(self._kept) >= MOST_TOWNS:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[town_id] = known
        return known[1]

    def _read(self, session: Session, town_id: uuid.UUID) -> Iterator[tuple[int, Placed[T]]]:
        # Types, units and grids recur in thousands of rows: each is kept once.
        one: dict[Any, Any] = {}
        width = self._width
        for row in session.execute(self._all.where(self._town == town_id)):
            values = [one.setdefault(value, value) for value in row[:width]]
            *sides, cell, shape = row[width:]
            packed = marshal.dumps(shape) if shape is not None else None
            yield cell, Placed(self._make(*values), Box(*sides), packed)


_points = _Towns(Point, PointRow)
_grids = _Towns(Grid, GridRef)
_LISTS: Mapping[type[Any], str] = {Point: "points", Grid: "grids"}


@event.listens_for(Session, "after_flush")
def _mark_changed(session: Session, _context: Any) -> None:
    """Give the lists of the towns whose points or grids were written new tags. Phones hold these lists, too."""
    written = (*session.new, *session.dirty, *session.deleted)
    for town_id, name in {(row.town_id, _LISTS[type(row)]) for row in written if type(row) in _LISTS}:
        touch(session, town_id, name)
