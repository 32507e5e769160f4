"""Figures read from the columns of a large town: whatever the filters, a sum over codes, true of the moment they were written."""

import json
import uuid
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from itertools import accumulate, compress
from operator import and_, or_
from re import finditer
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.figures import sight
from app.features.figures.columns import DIMENSIONS, OF_VIEWERS
from app.features.figures.measures import Period
from app.features.figures.models import FigureColumn
from app.features.figures.queries import MODELS, Counted, Dimension
from app.features.figures.rounds import Rounds
from app.features.patrols.desk_schemas import CompletionRow

FEW = 8
"""One in so many."""
SAME = 4
"""From so many of a kind on it costs less to count them than to sort them all."""
CODED = {*DIMENSIONS, *OF_VIEWERS, "measures", "took", "days"}
TIMES = ("median_hours", "p90_hours")
TIMED = ":times"


@dataclass(frozen=True)
class Column:
    """A property of cases; `planes`: the bytes of their codes, lowest first, each as long as there are cases."""

    values: list[Any]
    planes: list[bytes]

    @classmethod
    def of(cls, body: bytes, start: int, end: int, cases: int) -> "Column":
        """From its stored form, of `cases`, those from `start` to `end`."""
        head = body.index(b"\n")
        planes = range(head + 1, len(body), cases) if cases else ()
        return cls(json.loads(body[:head]), [body[at + start : at + end] for at in planes])

    def among(self, values: Set[Any]) -> bytes:
        """1 for each case that has one of these values, 0 for the others."""
        if not self.planes:
            return b""
        pages: dict[int, list[int]] = {}
        for code, value in enumerate(self.values):
            if value in values:
                pages.setdefault(code >> 8, []).append(code & 255)
        return _any_of([self._on_page(*one) for one in pages.items()], len(self.planes[0]))

    def _on_page(self, page: int, low: Sequence[int]) -> bytes:
        """Those whose lowest byte is one of `low`, and whose others are the page's."""
        told = [self.planes[0].translate(_ones(low))]
        told += [plane.translate(_ones([page >> 8 * n & 255])) for n, plane in enumerate(self.planes[1:])]
        return _all_of(told)

    def where(self, chosen: Sequence[int] | bytes) -> "Column":
        """Of some cases only: those that stand at these places, or those with a 1."""
        if isinstance(chosen, bytes):
            return Column(self.values, [bytes(compress(plane, chosen)) for plane in self.planes])
        return Column(self.values, [bytes(map(plane.__getitem__, chosen)) for plane in self.planes])


def _words(planes: list[bytes]) -> Any:
    """The planes side by side, lowest first: one number a case."""
    if len(planes) < 2:
        return planes[0] if planes else b""
    wide = next(one for one in (2, 4, 8) if one >= len(planes))
    held = bytearray(wide * len(planes[0]))
    for place, plane in enumerate(planes):
        held[place::wide] = plane
    words = memoryview(held)
    if wide == 2:
        return words.cast("H")
    return words.cast("I") if wide == 4 else words.cast("Q")


def _ones(places: Iterable[int]) -> bytes:
    table = bytearray(256)
    for place in places:
        table[place] = 1
    return bytes(table)


def _all_of(selections: Sequence[bytes]) -> bytes:
    """1 where all of them have it."""
    return _together(and_, selections, len(selections[0]))


def _any_of(selections: Sequence[bytes], count: int) -> bytes:
    """1 where one of them has it."""
    return _together(or_, selections, count) if selections else bytes(count)


def _together(how: Callable[[int, int], int], selections: Sequence[bytes], count: int) -> bytes:
    if len(selections) == 1:
        return selections[0]
    numbers = (int.from_bytes(one, "little") for one in selections)
    return reduce(how, numbers).to_bytes(count, "little")


class Kept:
    """Columns of cases found from some local day to T; `known`: of those only that these reasons show."""

    def __init__(
        self, stored: Mapping[str, bytes], asked: "Asked", at: datetime, known: Sequence[sight.Known] | None
    ) -> None:
        self.period, self.name = Period(asked.start, asked.end or at, at), asked.name
        about = json.loads(stored["about"])
        self.names: list[str] = about["measures"]
        self.begun: dict[str, str] = about.get("periods", {})
        """The first local day of each period whose sums are ready made."""
        self.first_day = date.fromisoformat(about["first"])
        self.day = (asked.day - self.first_day).days
        begins, cases = [*about["begins"], about["cases"]], about["cases"]
        first = begins[min(max(self.day, 0), len(begins) - 1)]
        self.until = len(begins) if asked.until is None else (asked.until - self.first_day).days
        end = begins[min(max(self.until, 0), len(begins) - 1)]
        self.columns = {
            name: Column.of(body, first, end, cases) for name, body in stored.items() if name in CODED
        }
        of_period = {name: body for name, body in stored.items() if name.startswith(f"{asked.name}:")}
        self.ready = {
            name: _from_json(self.names, body) for name, body in of_period.items() if not name.endswith(TIMED)
        }
        self.timed = {name: json.loads(body) for name, body in of_period.items() if name.endswith(TIMED)}
        self.trend: list[Any] = json.loads(stored.get("trend", b"[]"))
        self.rounds = _rounds(json.loads(stored.get("rounds", b"{}")).get(asked.name))
        """M24 to M34, where they were counted for this period."""
        self.seen: bytes | None = None
        self.cases = cases
        """Which cases of the period, if not all; and how many of all days."""
        if known is not None:
            told = {name: Column.of(stored[name], 0, cases, cases) for name in sight.names(known) & CODED}
            shown = sight.seen(known, told, json.loads(stored.get("beside", b"{}")), cases)
            self.seen, self.cases = shown[first:end], shown.count(1)
        self._last: tuple[Mapping[str, Any], Sequence[int] | bytes, dict[str, Column]] | None = None

    def counted(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        """As queries.of_cases counts them."""
        if not only and (name := ready(self.name, by)) in self.ready:
            return {_key(by, key): counted for key, counted in self.ready[name]}
        if len(only) == 1 and by is None:
            (dimension, value), *_ = only.items()
            if (name := ready(self.name, dimension)) in self.ready:
                return {None: dict(self.ready[name]).get(_told(value), dict.fromkeys(self.names, 0))}
        columns = self._narrowed(only, "measures", "took", by)
        told = self._sums(columns, by)
        for group, hours in _hours(columns, by).items() if "took" in columns and told else ():
            if group in told:
                told[group].update(hours)
        return told or ({} if by else {None: dict.fromkeys(self.names, 0)})

    def times(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counter[int]]:
        """By group, how many cases took so many tenths of an hour."""
        if not only and (name := timed(self.name, by)) in self.timed:
            return {_key(by, key): _counter(*among) for key, *among in self.timed[name]}
        if len(only) == 1 and by is None:
            (dimension, value), *_ = only.items()
            if (name := timed(self.name, dimension)) in self.timed:
                known = {key: among for key, *among in self.timed[name]}
                return {None: _counter(*known.get(_told(value), ((), ())))}
        columns, told = self._narrowed(only, "took", by), dict[Any, Counter[int]]()
        keys, values = _keys(columns, by), columns["took"].values
        for group, place, n in _pairs(columns, "took", by):
            if values[place] is not None:
                told.setdefault(keys[group], Counter())[values[place]] += n
        return told

    def _narrowed(self, only: Mapping[str, Any], *names: str | None) -> dict[str, Column]:
        """These columns, of the cases that have all of it: the same for the sum and for its groups."""
        if not only and self.seen is None:
            return self.columns
        if self._last is None or self._last[0] != only:
            chosen = [self.columns[name].among({_told(value)}) for name, value in only.items()]
            seen = [] if self.seen is None else [self.seen]
            self._last = only, _places(_all_of([*seen, *chosen])), {}
        _, places, known = self._last
        for name in names:
            if name in self.columns and name not in known:
                known[name] = self.columns[name].where(places)
        return known

    def _sums(self, columns: Mapping[str, Column], by: Dimension | None) -> dict[Any, Counted]:
        """All counts of a case are one number of eight bytes each: a group's sum takes an addition a kind of case."""
        vectors, size = columns["measures"].values, 8 * len(self.names)
        numbers = [sum(count << 64 * place for place, count in vector) for vector in vectors]
        told = dict[int, int]()
        for group, code, n in _pairs(columns, "measures", by):
            told[group] = told.get(group, 0) + numbers[code] * n
        keys = _keys(columns, by)
        return {
            keys[group]: dict(
                zip(self.names, memoryview(total.to_bytes(size, "little")).cast("Q"), strict=True)
            )
            for group, total in told.items()
        }

    def days(self) -> list[dict[str, Any]]:
        """Found and closed a local day, as queries.days tells them."""
        table: dict[str, Counter[str]] = {}
        for found_on, closed_on, count in self._trend():
            if found_on is not None:
                table.setdefault(found_on, Counter())["found"] += count
                if closed_on is not None:
                    table.setdefault(closed_on, Counter())["closed"] += count
        return [
            {"day": day, "found": table[day]["found"], "closed": table[day]["closed"]}
            for day in sorted(table)
        ]

    def _trend(self) -> Iterable[tuple[str | None, str | None, int]]:
        """Found on, closed on, how many cases."""
        if self.seen is None:
            return (
                (found, closed, n) for day, found, closed, n in self.trend if self.day <= day < self.until
            )
        days = self._narrowed({}, "days")["days"]
        return ((*days.values[code], n) for code, n in Counter(_words(days.planes)).items())


def _places(chosen: bytes) -> Sequence[int] | bytes:
    """Where the ones stand; the ones themselves where going through all costs less."""
    if chosen.count(1) * FEW > len(chosen):
        return chosen
    return [found.start() for found in finditer(b"\x01", chosen)]


def _keys(columns: Mapping[str, Column], by: Dimension | None) -> list[Any]:
    """What the codes of groups stand for; without groups there is one."""
    return [None] if by is None else [_key(by, value) for value in columns[by].values]


def _pairs(columns: Mapping[str, Column], name: str, by: Dimension | None) -> Iterable[tuple[int, int, int]]:
    """(group's code, code, how many cases) of a column."""
    column = columns[name]
    if by is None:
        return ((0, code, n) for code, n in Counter(_words(column.planes)).items())
    bits = 8 * len(column.planes)
    # Group and code as one number: pairs would cost three times as much.
    both, low = Counter(_words([*column.planes, *columns[by].planes])), (1 << bits) - 1
    return ((word >> bits, word & low, n) for word, n in both.items())


def _hours(columns: Mapping[str, Column], by: Dimension | None) -> dict[Any, Counted]:
    """M17 by nearest rank. Codes of times are in their order, those of cases that were not closed before them."""
    took, keys = columns["took"], _keys(columns, by)
    bits, unclosed = 8 * len(took.planes), int(None in took.values[:1])
    words = _words([*took.planes, *(columns[by].planes if by else ())])
    codes, upto = _in_order(words, len(took.values) * len(keys))
    end, told = 0, {}
    for group, key in enumerate(keys):
        start = bisect_left(codes, (group << bits) + unclosed, end)
        end = bisect_left(codes, (group + 1) << bits, start)
        places = _ranked(upto, start, end)
        told[key] = {name: took.values[codes[at] & (1 << bits) - 1] / 10 for name, at in places.items()}
    return told


def _in_order(words: Any, kinds: int) -> tuple[Sequence[int], Sequence[int]]:
    """Sorted, and how many there are before each: a group's times lie side by side. Of few kinds each is named once."""
    if kinds * SAME > len(words):
        return sorted(words), range(len(words) + 1)
    counts = Counter(words)
    codes = sorted(counts)
    return codes, list(accumulate(map(counts.__getitem__, codes), initial=0))


def _ranked(upto: Sequence[int], start: int, end: int) -> dict[str, int]:
    """Where the smallest time stands that half, or nine in ten, do not exceed."""
    among = upto[end] - upto[start]
    places = zip(TIMES, ((among + 1) // 2, (among * 9 + 9) // 10), strict=True)
    return {name: bisect_right(upto, upto[start] + place - 1) - 1 for name, place in places} if among else {}


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _key(dimension: Dimension | None, value: Any) -> Any:
    return uuid.UUID(value) if dimension in MODELS and isinstance(value, str) else value


# ---- sums ready made, of what is asked for most ----
def ready(period: str, by: str | None) -> str:
    """The name of a period's sums."""
    return f"{period}:{by or ''}"


def timed(period: str, by: str | None) -> str:
    """The name of what its medians are of."""
    return ready(period, by) + TIMED


def _to_json(names: Sequence[str], counted: Mapping[Any, Counted]) -> bytes:
    every = (*names, *TIMES)
    rows = [[_told(key), [one.get(name) for name in every]] for key, one in counted.items()]
    return json.dumps(rows, separators=(",", ":")).encode()


def _from_json(names: Sequence[str], body: bytes) -> list[tuple[Any, Counted]]:
    every = (*names, *TIMES)
    return [
        (key, {name: n for name, n in zip(every, counts, strict=True) if n is not None})
        for key, counts in json.loads(body)
    ]


def sums(stored: Mapping[str, bytes], asked: "Asked", at: datetime) -> dict[str, bytes]:
    """Of a period, whole and by each dimension: what pages without filters read instead of the columns."""
    of_all = {name: body for name, body in stored.items() if name in CODED - {*OF_VIEWERS} or name == "about"}
    kept = Kept(of_all, asked, at, None)
    dimensions: tuple[Dimension | None, ...] = (None, *DIMENSIONS)
    told = {ready(asked.name, by): _to_json(kept.names, kept.counted({}, by)) for by in dimensions}
    return told | {timed(asked.name, by): _timed_json(kept, by) for by in dimensions}


def _timed_json(kept: Kept, by: Dimension | None) -> bytes:
    """Of points and grids, which lie in one town each, only what belongs to none: for the medians of several towns."""
    if by in ("point", "grid"):
        told = {None: kept.times({by: None}, None).get(None, Counter())}
    else:
        told = kept.times({}, by)
    # Not a list for each pair: thousands of small ones set off a search for garbage, which costs more than all the rest.
    rows = [[_told(key), list(among.keys()), list(among.values())] for key, among in told.items()]
    return json.dumps(rows, separators=(",", ":")).encode()


def _counter(tenths: Iterable[int], counts: Iterable[int]) -> Counter[int]:
    return Counter(dict(zip(tenths, counts, strict=True)))


def _rounds(told: Mapping[str, Any] | None) -> Rounds | None:
    if told is None:
        return None
    return Rounds(told["counted"], [CompletionRow.model_validate(row) for row in told["completion"]])


# ---- what is asked ----
@dataclass(frozen=True)
class Asked:
    """A period: its name (`30`, `campaign`), its start, and the local day that begins there."""

    name: str
    start: datetime
    day: date
    until: date | None = None
    """The day after the last; None: up to now."""
    end: datetime | None = None


def load(
    session: Session,
    campaign_id: uuid.UUID,
    asked: Asked,
    since: datetime,
    names: Collection[str],
    known: Sequence[sight.Known] | None = None,
) -> Kept | None:
    """Rows with these names, if they were written after `since` and reach back far enough. One statement: all of one moment."""
    found = select(FigureColumn.name, FigureColumn.as_of, FigureColumn.body).where(
        FigureColumn.campaign_id == campaign_id,
        FigureColumn.name.in_(["about", *names]),
        FigureColumn.as_of >= since,
    )
    rows = {row.name: row for row in session.execute(found)}
    if len(rows) < len(names) + 1 or asked.start >= rows["about"].as_of:
        return None
    kept = Kept({name: row.body for name, row in rows.items()}, asked, rows["about"].as_of, known)
    return kept if kept.day >= 0 else None


def load_ready(
    session: Session, campaign_id: uuid.UUID, asked: Asked, since: datetime, names: Collection[str]
) -> Kept | None:
    """The same of a period whose sums are ready made: without columns. None where the period has begun anew since."""
    kept = load(session, campaign_id, asked, since, names)
    return kept if kept and kept.begun.get(asked.name) == asked.day.isoformat() else None
