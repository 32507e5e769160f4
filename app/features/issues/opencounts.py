"""Badges of whoever sees a town whole, counted from the columns of opencases: the same numbers as overview's SQL."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.issues import opencases
from app.features.issues.conditions import DUE_SOON, NEAR_DAYS, NEAR_LAT, NEAR_LON
from app.features.issues.lifecycle import OPEN, State
from app.features.issues.opencases import (
    ASSIGNEE,
    BOUNCED,
    CATEGORY,
    DUE,
    FOUND,
    HELD,
    LAT,
    LEAD,
    LON,
    REPORTER,
    STATE,
    STATES,
    UNIT,
    URGENT,
    Marks,
    Town,
)

PAIRS_AT_ONCE = 1_000_000
Columns = NDArray[np.float64]


def look(
    session: Session,
    town_id: uuid.UUID,
    me: uuid.UUID,
    as_whom: Collection[uuid.UUID],
    units: Collection[uuid.UUID],
    *,
    has_near: bool,
) -> dict[str, Any]:
    """The fields of `Counts` that are about cases. `as_whom`, `units`: whose orders are the viewer's."""
    with opencases.of_town(session, town_id) as town:
        a, at = town.columns, now()
        state, submitted = a[STATE], _is(a, State.SUBMITTED)
        mine = np.isin(a[ASSIGNEE], town.people.those(as_whom)) | np.isin(a[UNIT], town.units.those(units))
        named = {
            "open": state >= 0,
            "overdue": a[DUE] < at.timestamp(),
            "due_soon": (a[DUE] >= at.timestamp()) & (a[DUE] < (at + DUE_SOON).timestamp()),
            "urgent": a[URGENT] > 0,
            "held": a[HELD] > 0,
            "bounced": submitted & (a[BOUNCED] > 0),
            "leads": submitted & (a[LEAD] > 0),
            "near": submitted & _has_near(town, at) if has_near else np.zeros(len(state), bool),
            "my_orders": (_is(a, State.DISPATCHED) | _is(a, State.RECTIFYING)) & mine,
            "reported": np.isin(a[REPORTER], town.people.those([me])),
        }
        states = {
            one: int(np.count_nonzero(_is(a, one))) if one in OPEN else town.ended.states[one]
            for one in State
        }
        counted = {name: int(np.count_nonzero(marks)) for name, marks in named.items()}
        return counted | {"states": states, "sampled": town.ended.sampled}


def _is(a: Columns, state: State) -> Marks:
    held: Marks = a[STATE] == STATES.index(state)
    return held


def _has_near(town: Town, at: datetime) -> Marks:
    """As conditions.has_near, of submitted cases."""
    if (newest := town.counted.get("near")) is None:
        newest = town.counted["near"] = _newest_near(town.columns)
    return np.asarray(newest >= (at - timedelta(days=NEAR_DAYS)).timestamp())


def _newest_near(a: Columns) -> Columns:
    """When the newest of the cases near each submitted one was found: whatever the time is, that says whether one is new enough."""
    newest = np.full(a.shape[1], -np.inf)
    placed = np.flatnonzero((a[STATE] >= 0) & ~np.isnan(a[LAT]) & ~np.isnan(a[LON]))
    order = placed[np.lexsort((a[LAT][placed], a[CATEGORY][placed]))]
    kind, lat = a[CATEGORY][order], a[LAT][order]
    for number in np.unique(kind):
        first, last = np.searchsorted(kind, [number, number + 1])
        others, at_lat = order[first:last], lat[first:last]
        ones = others[_is(a, State.SUBMITTED)[others]]
        low = np.searchsorted(at_lat, a[LAT][ones] - NEAR_LAT, "left")
        many = np.searchsorted(at_lat, a[LAT][ones] + NEAR_LAT, "right") - low
        size = max(1, PAIRS_AT_ONCE // max(1, int(many.max(initial=1))))
        for start in range(0, len(ones), size):
            part = slice(start, start + size)
            _meet(a, newest, ones[part], others, low[part], many[part])
    return newest


def _meet(
    a: Columns,
    newest: Columns,
    ones: NDArray[np.int64],
    others: NDArray[np.int64],
    low: NDArray[np.int64],
    many: NDArray[np.int64],
) -> None:
    """Each of `ones` with the `many` of `others` from `low` on, which lie at its latitude."""
    one = np.repeat(ones, many)
    step = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
    other = others[np.repeat(low, many) + step]
    lon = a[LON][one]
    near = (one != other) & (a[LON][other] >= lon - NEAR_LON) & (a[LON][other] <= lon + NEAR_LON)
    np.maximum.at(newest, one[near], a[FOUND][other[near]])
