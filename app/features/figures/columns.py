"""All cases of a large town as columns: one pass each hour decides of every case what it counts for, so that any question is a sum.

A column is a code a case, in the order of found_at, so that the days up to now are its end. A code stands for a value of the
list before it: a unit, a category, or `measures`, the counts that a case adds to. Decided by the same SQL that counts live.
"""

import json
import uuid
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, case, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from app.features.dispatch.models import Dispatch
from app.features.figures import measures
from app.features.figures.measures import HOUR, Condition, Period, Rules
from app.features.figures.metrics import rounded
from app.features.figures.queries import Dimension
from app.features.figures.times import local_day, seconds_between
from app.features.issues.models import Issue
from app.features.issues.reasons import BESIDE, OF_CASE, come
from app.features.places.models import Point
from app.features.review.models import LookBack
from app.features.standards.models import Category

DIMENSIONS: tuple[Dimension, ...] = (
    "unit",
    "point",
    "grid",
    "point_type",
    "category",
    "handling_class",
    "focus",
    "source",
)
IDS = ("unit", "point", "grid", "reporter", "assignee", "territory")
"""Columns of ids; all others hold codes and numbers."""
OF_VIEWERS = ("reporter", "assignee", "territory", "come")
"""With unit, point and grid: who sees the case (sight.py)."""
BASE = 10_000
"""Orders of one case, and its look-backs, are packed into one number as digits of this base: nobody has as many."""
BATCH = 20_000
MOST_DAYS = 400
"""A period of days begins so long ago at most."""


def made(
    session: Session, town_id: uuid.UUID, days: Sequence[datetime], p: Period, rules: Rules
) -> dict[str, bytes]:
    """The columns of the town's cases found from the first of `days` (local midnights) to T, by name. Only reads."""
    table = _Table(days, _Words(p, rules), _beside(session, town_id, p))
    for batch in session.execute(_cases(town_id, p, rules).execution_options(yield_per=BATCH)).partitions():
        table.add(batch)
    return table.bodies()


def local_midnights(first: date, last: date, zone: Any) -> list[datetime]:
    """Of each day from `first` to `last`."""
    return [datetime.combine(first + timedelta(days=n), time(), zone) for n in range((last - first).days + 1)]


# ---- what the database decides ----
class _Words:
    """The names of the counts, and what a case's numbers mean in them."""

    def __init__(self, p: Period, rules: Rules) -> None:
        self.of_cohort = measures.overview(p) | measures.of_cases(p, rules)
        self.of_filed = measures.of_filed()
        self.bits = [*self.of_cohort, *self.of_filed]
        self.orders = list(measures.of_orders(rules))
        self.look_backs = list(measures.of_look_backs(p.at))
        self.names = [*self.bits, *self.orders, *self.look_backs]

    def vector(self, bits: int, orders: int, look_backs: int) -> list[list[int]]:
        """[place in `names`, how many], where there are any."""
        counts = [bits >> place & 1 for place in range(len(self.bits))]
        for packed, of in ((orders, self.orders), (look_backs, self.look_backs)):
            counts += [packed // BASE**place % BASE for place in range(len(of))]
        return [[place, count] for place, count in enumerate(counts) if count]


def _flags(conditions: Iterable[Condition], first: int, base: int) -> ColumnElement[int]:
    """Each condition a digit, or bit, of one number."""
    total: ColumnElement[int] = literal(0, BigInteger)
    for place, condition in enumerate(conditions, first):
        total = total + case((condition, literal(base**place, BigInteger)), else_=literal(0, BigInteger))
    return total


def _packed(model: Any, conditions: Iterable[Condition]) -> ColumnElement[int]:
    total = cast(func.coalesce(func.sum(_flags(conditions, 0, BASE)), 0), BigInteger)
    of_case = select(total).where(model.issue_id == Issue.id).correlate(Issue).scalar_subquery()
    return case((measures.in_cohort(), of_case), else_=literal(0, BigInteger))


def _cases(town_id: uuid.UUID, p: Period, rules: Rules) -> Any:
    """A row a case: when it was found, its codes, what it counts for. Ids stay as the database has them."""
    words = _Words(p, rules)
    cohort = measures.in_cohort()
    bits = case((cohort, _flags(words.of_cohort.values(), 0, 2)), else_=literal(0, BigInteger)) + _flags(
        words.of_filed.values(), len(words.of_cohort), 2
    )
    closed_on = local_day(Issue.first_closed_at, rules.minutes)
    return (
        select(
            Issue.found_at,
            type_coerce(Issue.responsible_unit_id, String),
            type_coerce(Issue.point_id, String),
            type_coerce(Issue.grid_id, String),
            Point.type_code,
            Category.code,
            Category.handling_class,
            Category.focus,
            Issue.source,
            *(type_coerce(getattr(Issue, OF_CASE[name]), String) for name in OF_VIEWERS[:3]),
            _flags(come(Issue).values(), 0, 2),
            type_coerce(Issue.id, String),
            bits,
            _packed(Dispatch, measures.of_orders(rules).values()),
            _packed(LookBack, measures.of_look_backs(p.at).values()),
            case((cohort, seconds_between(Issue.first_closed_at, Issue.found_at))),
            case((cohort, local_day(Issue.found_at, rules.minutes))),
            case((cohort, closed_on)),
        )
        .join(Category, Category.id == Issue.category_id)
        .outerjoin(Point, Point.id == Issue.point_id)
        .where(Issue.town_id == town_id, measures.found_in(p))
        .order_by(Issue.found_at)
    )


def _beside(session: Session, town_id: uuid.UUID, p: Period) -> dict[Any, list[tuple[str, str]]]:
    """Of the few cases that tables beside them name for somebody: which table, and whom."""
    told: dict[Any, list[tuple[str, str]]] = {}
    for name, (issue_id, who) in BESIDE.items():
        found = (
            select(type_coerce(issue_id, String), who)
            .join(Issue, Issue.id == issue_id)
            .where(Issue.town_id == town_id, measures.found_in(p), who.is_not(None))
        )
        for case_id, one in session.execute(found):
            told.setdefault(case_id, []).append((name, str(one)))
    return told


# ---- what is written ----
class _Coded:
    """A column: codes, and the values they stand for in the order of their first use."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}
        self.codes = array("I")

    def add(self, values: Iterable[Any]) -> None:
        places = self.places
        self.codes.extend([places.setdefault(value, len(places)) for value in values])

    def in_order(self) -> None:
        """Codes as their values are: None, then the lowest."""
        values = sorted(self.places, key=lambda value: (value is not None, value))
        codes = {self.places[value]: place for place, value in enumerate(values)}
        self.codes = array("I", map(codes.__getitem__, self.codes))
        self.places = {value: place for place, value in enumerate(values)}

    def body(self, values: Sequence[Any]) -> bytes:
        """The values as JSON, a line's end, then the codes: all their low bytes, all their next ones, as far as needed."""
        held, wide = self.codes.tobytes(), 1
        while len(values) > 256**wide:
            wide += 1
        return (
            json.dumps(values, ensure_ascii=False).encode()
            + b"\n"
            + b"".join(held[n::4] for n in range(wide))
        )


class _Table:
    """Columns while they grow."""

    def __init__(
        self, starts: Sequence[datetime], words: _Words, beside: Mapping[Any, list[tuple[str, str]]]
    ) -> None:
        self.starts, self.words, self.named = starts, words, beside
        self.columns = {name: _Coded() for name in (*DIMENSIONS, *OF_VIEWERS, "measures", "took", "days")}
        self.beside: dict[str, dict[str, list[int]]] = {}
        self.begins: list[int] = []
        self.trend: Counter[tuple[int, str, str | None]] = Counter()
        self.count = 0

    def add(self, rows: Sequence[Any]) -> None:
        found, *codes, ids, bits, orders, look_backs, took, found_on, closed_on = zip(*rows, strict=True)
        for name, values in zip((*DIMENSIONS, *OF_VIEWERS), codes, strict=True):
            self.columns[name].add(values)
        self.columns["measures"].add(zip(bits, orders, look_backs, strict=True))
        self.columns["took"].add(None if seconds is None else tenths(seconds) for seconds in took)
        self.columns["days"].add(zip(found_on, closed_on, strict=True))
        for place, id_ in enumerate(ids, self.count):
            for name, who in self.named.get(id_, ()):
                self.beside.setdefault(name, {}).setdefault(who, []).append(place)
        day = [self._day(at, self.count + place) for place, at in enumerate(found)]
        self.trend.update(one for one in zip(day, found_on, closed_on, strict=True) if one[1] is not None)
        self.count += len(rows)

    def _day(self, found_at: datetime, place: int) -> int:
        """The day it was found on; notes where a day begins."""
        while len(self.begins) < len(self.starts) and found_at >= self.starts[len(self.begins)]:
            self.begins.append(place)
        return len(self.begins) - 1

    def bodies(self) -> dict[str, bytes]:
        begins = self.begins + [self.count] * (len(self.starts) - len(self.begins))
        about = {"first": self.starts[0].date().isoformat(), "begins": begins, "cases": self.count}
        about["measures"] = self.words.names
        trend = [[*key, count] for key, count in self.trend.items()]
        self.columns["took"].in_order()
        columns = {name: one.body(self._values(name, one)) for name, one in self.columns.items()}
        told = {"about": about, "trend": trend, "beside": self.beside}
        return {name: json.dumps(one).encode() for name, one in told.items()} | columns

    def _values(self, name: str, column: _Coded) -> list[Any]:
        if name == "measures":
            return [self.words.vector(*value) for value in column.places]
        if name in IDS:
            return [None if value is None else str(uuid.UUID(str(value))) for value in column.places]
        return list(column.places)


def tenths(seconds: float) -> int:
    """Tenths of an hour, as they are shown: what half of them do not exceed is the same before rounding and after."""
    return round(rounded(seconds / HOUR, 1) * 10)
