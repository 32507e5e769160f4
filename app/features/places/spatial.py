"""Where a shape lies in an index any database has: one whole number, the cell of a loose quadtree.

A shape belongs to the level whose cells are at least as large as its box, and there to the cell of its south-west
corner. So it reaches at most one cell further, and a search names the few cells, of all levels, that can matter.
"""

import math
from collections.abc import Iterator

from app.core.geo import Box, bbox_around

_FINEST_DEGREES = 0.002
_LEVELS = 13
"""Cells of 0.002° (some 200 m), each level twice as wide; the last holds anything `geo` accepts."""


def _size(level: int) -> float:
    return _FINEST_DEGREES * 2.0**level


def _key(level: int, column: int, row: int) -> int:
    # Below 2^53, so that it survives any JSON reader.
    return (level << 42) | (column << 21) | row


def _column(degrees: float, size: float) -> int:
    return max(0, math.floor((degrees + 180.0) / size))


def cell_of(box: Box) -> int:
    """The cell a shape with this box is kept under."""
    extent = max(box.east - box.west, box.north - box.south)
    level = next((n for n in range(_LEVELS) if _size(n) >= extent), _LEVELS - 1)
    return _key(level, _column(box.west, _size(level)), _column(box.south, _size(level)))


def cells_near(box: Box) -> list[int]:
    """Every cell that may keep a shape whose box meets `box`."""
    return list(_cells_near(box))


def _cells_near(box: Box) -> Iterator[int]:
    for level in range(_LEVELS):
        size = _size(level)
        rows = range(_column(box.south - size, size), _column(box.north, size) + 1)
        for column in range(_column(box.west - size, size), _column(box.east, size) + 1):
            for row in rows:
                yield _key(level, column, row)


def widened(box: Box, metres: float) -> Box:
    """`box` and everything within `metres` of it."""
    if metres <= 0.0:
        return box
    low = bbox_around(box.west, box.south, metres)
    high = bbox_around(box.east, box.north, metres)
    return Box(min(low.west, high.west), low.south, max(low.east, high.east), high.north)
