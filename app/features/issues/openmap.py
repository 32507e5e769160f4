"""A map of everything open in a town, for whoever sees the town whole: counted from the columns of opencases."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.geo import Box
from app.features.issues import opencases
from app.features.issues.conditions import SAME_FOR, SOON
from app.features.issues.opencases import (
    DUE,
    GRID,
    LAT,
    LON,
    POINT,
    REVIEW,
    UNIT_DUE,
    URGENT,
    Marks,
    Numbers,
    Town,
)

Tallies = dict[uuid.UUID, dict[str, int]]


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
    """What a map of everything open is made of. In the box: the cases, or where they are more than asked for, clusters."""

    points: Tallies
    grids: Tallies
    inside: list[uuid.UUID]
    clusters: list[Cluster]


def look(session: Session, town_id: uuid.UUID, box: Box, cells: int, most: int) -> Told:
    """The open cases of a town, all of them, as of now."""
    with opencases.of_town(session, town_id) as town:
        return _told(town, box, cells, most, now())


def _told(town: Town, box: Box, cells: int, most: int, at: datetime) -> Told:
    a, (late, points, grids) = town.columns, _places(town, at)
    lon, lat = a[LON], a[LAT]
    inside = np.flatnonzero((lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north))
    told = Told(points, grids, inside=[], clusters=[])
    if len(inside) > most:
        told.clusters = list(_clusters(a[[LON, LAT, URGENT]][:, inside], late[inside], box, cells))
    else:
        told.inside = [held for slot in inside if (held := town.ids[slot])]
    return told


def _places(town: Town, at: datetime) -> tuple[Marks, Tallies, Tallies]:
    """What is late, and the cases of every point and grid: the same for whatever box is looked at."""
    known = town.counted.get("places")
    if known is None or not known[0] <= at < known[0] + SAME_FOR:
        a, t = town.columns, at.timestamp()
        late = a[DUE] < t
        soon = (a[UNIT_DUE] >= t) & (a[UNIT_DUE] < t + SOON.total_seconds())
        points, grids = _tally(town.points, a, POINT, late, soon), _tally(town.grids, a, GRID, late, soon)
        known = town.counted["places"] = at, (late, points, grids)
    told: tuple[Marks, Tallies, Tallies] = known[1]
    return told


def _tally(numbers: Numbers, a: NDArray[np.float64], place: int, late: Marks, soon: Marks) -> Tallies:
    at, size = a[place].astype(np.int64), len(numbers.known)
    counted = {"open": np.bincount(at, minlength=size)}
    marks = {"overdue": late, "urgent": a[URGENT], "soon": soon, "review": a[REVIEW]}
    counted |= {name: np.bincount(at, weights=mark, minlength=size) for name, mark in marks.items()}
    columns = [counted[name].astype(np.int64).tolist() for name in counted]
    return {
        held: dict(zip(counted, values, strict=True))
        for held, *values in zip(numbers.known, *columns, strict=True)
        if held is not None and values[0]
    }


def _clusters(a: NDArray[np.float64], late: Marks, box: Box, cells: int) -> Iterator[Cluster]:
    lon, lat, urgent = a
    column = np.floor((lon - box.west) / (max(box.east - box.west, 1e-9) / cells))
    row = np.floor((lat - box.south) / (max(box.north - box.south, 1e-9) / cells))
    cell = (column * (cells + 1) + row).astype(np.int64)
    count = np.bincount(cell)
    held = np.flatnonzero(count)
    sums = [np.bincount(cell, weights=weight)[held] for weight in (lon, lat, late, urgent)]
    total = count[held]
    columns = sums[0] / total, sums[1] / total, total, *(one.astype(np.int64) for one in sums[2:])
    return map(Cluster, *(one.tolist() for one in columns))
