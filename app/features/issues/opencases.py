"""The open cases of a town as columns in memory, for whoever sees the town whole: maps and counts of them cost no SQL.

Each process reads a town's open cases once, and from then on only those that the change feed names. Of those that have
ended it keeps how many there are. Nobody else's map or badge may be made of it: what is kept here knows no viewer.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core import changes, db
from app.core.clock import now
from app.features.issues.lifecycle import ENDED, OPEN, Nature, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.queries import LEADS

READ_ANEW = timedelta(minutes=5)
"""Whatever was changed without a word to the feed shows after so long."""
MOST_TOWNS = 8
ROOM = 256
"""Places for new cases, made at once."""
(
    LON, LAT, DUE, UNIT_DUE, URGENT, REVIEW, POINT, GRID, STATE, HELD, BOUNCED, LEAD, CATEGORY, FOUND, ASSIGNEE, UNIT,
    REPORTER,
) = range(17)  # fmt: skip
STATES = tuple(State)
_NEVER = float("inf")
_NOTHING = (np.nan, np.nan, _NEVER, _NEVER, 0.0, 0.0, 0.0, 0.0, -1.0, *[0.0] * 8)
Marks = NDArray[np.bool_]


@dataclass
class Numbers:
    """Ids as small numbers; 0 is none."""

    known: dict[uuid.UUID | None, int] = field(default_factory=lambda: {None: 0})

    def of(self, one: uuid.UUID | None) -> float:
        return self.known.setdefault(one, len(self.known))

    def those(self, ids: Iterable[uuid.UUID]) -> list[int]:
        """The numbers of these, as far as they are known."""
        return [self.known[one] for one in ids if one in self.known]


class Town:
    """A town's open cases: `columns` has a line for each fact and a place for each case."""

    def __init__(self, rows: Sequence[Any], ended: "Ended", seen: set[int], at: datetime) -> None:
        self.seen, self.at, self.ended = seen, at, ended
        self.points, self.grids, self.categories, self.units, self.people = (Numbers() for _ in range(5))
        self.counted: dict[str, Any] = {}
        """What readers have counted; gone as soon as a case changes."""
        self.slots = {row.id: slot for slot, row in enumerate(rows)}
        self.ids: list[uuid.UUID | None] = [row.id for row in rows]
        self.columns = np.array([_NOTHING] * len(rows)).reshape(-1, len(_NOTHING)).T.copy()
        for slot, row in enumerate(rows):
            self.columns[:, slot] = self._values(row)
        self.free: list[int] = []

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
            float(STATES.index(State(row.state))),
            float(row.is_held),
            float(row.bounce_count > 0),
            float(row.source in LEADS),
            self.categories.of(row.category_id),
            row.found_at.timestamp(),
            self.people.of(row.assignee_id),
            self.units.of(row.responsible_unit_id),
            self.people.of(row.reporter_id),
        )

    def put(self, changed: set[uuid.UUID], rows: Iterable[Any]) -> None:
        """These cases changed; `rows` is what they are now."""
        self.counted.clear()
        for issue_id in changed & self.slots.keys():
            slot = self.slots.pop(issue_id)
            self.ids[slot], self.columns[:, slot] = None, _NOTHING
            self.free.append(slot)
        for row in rows:
            if row.state in OPEN:
                slot = self.slots[row.id] = self._room()
                self.ids[slot], self.columns[:, slot] = row.id, self._values(row)

    def _room(self) -> int:
        if not self.free:
            self.free = list(range(len(self.ids), len(self.ids) + ROOM))
            self.ids += [None] * ROOM
            self.columns = np.hstack([self.columns, np.tile(np.array([_NOTHING]).T, ROOM)])
        return self.free.pop()


@dataclass
class Ended:
    """How many cases have ended, by state, and how many of the closed ones were drawn for review."""

    states: Counter[str]
    sampled: int

    def add(self, row: Any) -> None:
        """One that was open has ended."""
        self.states[row.state] += 1
        self.sampled += row.state == State.CLOSED and row.is_sampled


def _ended(session: Session, town_id: uuid.UUID) -> Ended:
    of_town = Issue.town_id == town_id
    states = select(Issue.state, func.count()).where(of_town, Issue.state.in_(ENDED)).group_by(Issue.state)
    drawn = select(func.count()).where(of_town, Issue.is_sampled.is_(True), Issue.state == State.CLOSED)
    counted = Counter({row[0]: row[1] for row in db.rows(session, states)})
    return Ended(counted, session.scalar(drawn) or 0)


_kept: dict[uuid.UUID, Town] = {}
_lock = threading.Lock()


@contextmanager
def of_town(session: Session, town_id: uuid.UUID) -> Iterator[Town]:
    """The cases of a town as of now, in the hands of the caller alone. Who waits meanwhile finds them read."""
    with _lock:
        yield _refreshed(session, town_id, now())


def _refreshed(session: Session, town_id: uuid.UUID, at: datetime) -> Town:
    recent, town = changes.recent(session), _kept.get(town_id)
    # Far behind, or the feed has been emptied: then nobody can say what was missed.
    is_told = town is not None and min(recent, default=0) <= max(town.seen, default=1)
    if town is None or not is_told or not town.at <= at < town.at + READ_ANEW:
        rows = db.rows(session, _rows(town_id).where(Issue.state.in_(OPEN)))
        town = Town(rows, _ended(session, town_id), recent, at)
        while len(_kept) >= MOST_TOWNS and town_id not in _kept:
            _kept.pop(next(iter(_kept)))
        _kept[town_id] = town
    elif unseen := recent - town.seen:
        if changed := {uuid.UUID(one) for one in changes.subjects(session, unseen, town_id, "issue")}:
            found = {row.id: row for row in db.rows(session, _rows(town_id).where(Issue.id.in_(changed)))}
            _count_ended(session, town_id, town, changed, found)
            town.put(changed, found.values())
        town.seen = recent | {one for one in town.seen if one > max(recent) - changes.RECENT}
    return town


def _count_ended(
    session: Session, town_id: uuid.UUID, town: Town, changed: set[uuid.UUID], rows: Mapping[uuid.UUID, Any]
) -> None:
    unknown = changed - town.slots.keys()
    was_ended = IssueEvent.issue_id.in_(unknown), IssueEvent.to_state.in_(ENDED)
    if unknown and session.scalar(select(IssueEvent.id).where(*was_ended).limit(1)) is not None:
        # It had ended before, or came as one that had: what it counted as until now, nobody has kept.
        town.ended = _ended(session, town_id)
        return
    for issue_id in changed & town.slots.keys():
        if issue_id in rows and rows[issue_id].state in ENDED:
            town.ended.add(rows[issue_id])


_COLUMNS = (
    Issue.id, Issue.lon, Issue.lat, Issue.due_at, Issue.campaign_due_at, Issue.state, Issue.nature, Issue.point_id, Issue.grid_id,
    Issue.is_held, Issue.bounce_count, Issue.source, Issue.category_id, Issue.found_at, Issue.assignee_id,
    Issue.responsible_unit_id, Issue.reporter_id, Issue.is_sampled,
)  # fmt: skip


def _rows(town_id: uuid.UUID) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(Issue.town_id == town_id)
