"""The open cases of a town as columns in memory, for maps of whoever sees the town whole: counting them costs no SQL.

Each process reads a town's open cases once, and from then on only those that the change feed names. Nobody else's map
may be made of it: what is counted here knows no viewer.
"""

import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import changes, db
from app.core.clock import now
from app.core.geo import Box
from app.features.issues.conditions import SOON
from app.features.issues.lifecycle import OPEN, Nature, State
from app.features.issues.models import Issue

READ_ANEW = timedelta(minutes=5)
"""Whatever was changed without a word to the feed shows after so long."""
MOST_TOWNS = 8
_LON, _LAT, _DUE, _UNIT_DUE, _URGENT, _REVIEW, _POINT, _GRID = range(8)
_NEVER = float("inf")
_NOTHING = (np.nan, np.nan, _NEVER, _NEVER, 0.0, 0.0, 0.0, 0.0)
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Cluster:
    """Cases of one cell; it lies at the middle of them."""

    lon: float
    lat: float
    count: int
    overdue: int
    urgent: int


@dataclass
class Told:
    """What a map of everything open is made of. `inside`: the cases in the box."""

    points: dict[uuid.UUID, dict[str, int]]
    grids: dict[uuid.UUID, dict[str, int]]
    inside: list[uuid.UUID]
    clusters: list[Cluster]


@dataclass
class _Numbers:
    """Ids as small numbers; 0 is none."""

    known: dict[uuid.UUID | None, int] = field(default_factory=lambda: {None: 0})

    def of(self, one: uuid.UUID | None) -> float:
        return self.known.setdefault(one, len(self.known))


class _Town:
    def __init__(self, rows: Iterable[Any], seen: set[int], at: datetime) -> None:
        self.seen, self.at = seen, at
        self.points, self.grids = _Numbers(), _Numbers()
        self.slots: dict[uuid.UUID, int] = {}
        self.ids: list[uuid.UUID | None] = []
        values = []
        for row in rows:
            self.slots[row.id] = len(self.ids)
            self.ids.append(row.id)
            values.append(self._values(row))
        self.columns = np.array(values or [_NOTHING])
        self.ids += [None] * (len(self.columns) - len(self.ids))

    def _values(self, row: Any) -> tuple[float, ...]:
        due = row.due_at or row.campaign_due_at
        runs, review = row.state != State.DEFERRED, row.state == State.IN_REVIEW
        return (
            row.lon,
            row.lat,
            due.timestamp() if due and runs else _NEVER,
            # What waits for the reviewer hurries nobody else.
            row.due_at.timestamp() if row.due_at and runs and not review else _NEVER,
            float(row.nature == Nature.URGENT),
            float(review),
            self.points.of(row.point_id),
            self.grids.of(row.grid_id),
        )

    def put(self, changed: set[uuid.UUID], rows: Iterable[Any]) -> None:
        """These cases changed; `rows` are those of them that are open."""
        for issue_id in changed:
            if (slot := self.slots.pop(issue_id, None)) is not None:
                self.ids[slot], self.columns[slot] = None, _NOTHING
        free = (slot for slot, held in enumerate(self.ids) if held is None)
        added = []
        for row in rows:
            if (slot := next(free, None)) is not None:
                self.ids[slot], self.columns[slot] = row.id, self._values(row)
            else:
                slot = len(self.ids)
                self.ids.append(row.id)
                added.append(self._values(row))
            self.slots[row.id] = slot
        if added:
            self.columns = np.vstack([self.columns, added])

    def told(self, box: Box, cells: int, at: datetime) -> Told:
        a, t = self.columns, at.timestamp()
        late = a[:, _DUE] < t
        soon = (a[:, _UNIT_DUE] >= t) & (a[:, _UNIT_DUE] < t + SOON.total_seconds())
        lon, lat = a[:, _LON], a[:, _LAT]
        inside = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
        return Told(
            points=_tally(self.points, a, _POINT, late, soon),
            grids=_tally(self.grids, a, _GRID, late, soon),
            inside=[held for slot in np.flatnonzero(inside) if (held := self.ids[slot])],
            clusters=list(_clusters(a[inside], late[inside], box, cells)),
        )


def _tally(
    numbers: _Numbers, a: NDArray[np.float64], place: int, late: Marks, soon: Marks
) -> dict[uuid.UUID, dict[str, int]]:
    at, size = a[:, place].astype(np.int64), len(numbers.known)
    counted = {"open": np.bincount(at, minlength=size)}
    marks = {"overdue": late, "urgent": a[:, _URGENT], "soon": soon, "review": a[:, _REVIEW]}
    counted |= {name: np.bincount(at, weights=mark, minlength=size) for name, mark in marks.items()}
    columns = [counted[name].astype(np.int64).tolist() for name in counted]
    return {
        held: dict(zip(counted, values, strict=True))
        for held, *values in zip(numbers.known, *columns, strict=True)
        if held is not None and values[0]
    }


def _clusters(a: NDArray[np.float64], late: Marks, box: Box, cells: int) -> Iterator[Cluster]:
    column = np.floor((a[:, _LON] - box.west) / (max(box.east - box.west, 1e-9) / cells))
    row = np.floor((a[:, _LAT] - box.south) / (max(box.north - box.south, 1e-9) / cells))
    cell = (column * (cells + 1) + row).astype(np.int64)
    count = np.bincount(cell)
    weights = a[:, _LON], a[:, _LAT], late, a[:, _URGENT]
    lon, lat, overdue, urgent = (np.bincount(cell, weights=weight) for weight in weights)
    for n in np.flatnonzero(count):
        total = int(count[n])
        yield Cluster(float(lon[n]) / total, float(lat[n]) / total, total, int(overdue[n]), int(urgent[n]))


_kept: dict[uuid.UUID, _Town] = {}
_lock = threading.Lock()


def look(session: Session, town_id: uuid.UUID, box: Box, cells: int) -> Told:
    """The open cases of a town, all of them, as of now."""
    at = now()
    with _lock:
        town = _refreshed(session, town_id, at)
        return town.told(box, cells, at)


def _refreshed(session: Session, town_id: uuid.UUID, at: datetime) -> _Town:
    recent, town = changes.recent(session), _kept.get(town_id)
    # Far behind, or the feed has been emptied: then nobody can say what was missed.
    is_told = town is not None and min(recent, default=0) <= max(town.seen, default=1)
    if town is None or not is_told or not town.at <= at < town.at + READ_ANEW:
        town = _Town(db.rows(session, _rows(town_id)), recent, at)
        while len(_kept) >= MOST_TOWNS and town_id not in _kept:
            _kept.pop(next(iter(_kept)))
        _kept[town_id] = town
    elif unseen := recent - town.seen:
        changed = {uuid.UUID(one) for one in changes.subjects(session, unseen, town_id, "issue")}
        town.put(changed, db.rows(session, _rows(town_id).where(Issue.id.in_(changed))))
        town.seen = recent | {one for one in town.seen if one > max(recent) - changes.RECENT}
    return town


_COLUMNS = (
    Issue.id, Issue.lon, Issue.lat, Issue.due_at, Issue.campaign_due_at, Issue.state, Issue.nature, Issue.point_id, Issue.grid_id,
)  # fmt: skip


def _rows(town_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(Issue.town_id == town_id, Issue.state.in_(OPEN))
