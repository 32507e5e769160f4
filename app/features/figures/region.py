"""Figures of several towns: each is counted by itself, from its columns or live, and these are put together. Medians are of all cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.features.figures import queries
from app.features.figures.measures import Period
from app.features.figures.queries import MODELS, Counted, Dimension
from app.features.figures.rounds import Rounds
from app.features.identity.viewer import Viewer
from app.features.patrols.desk_schemas import CompletionRow

HOURS = {"median_hours": (1, 2), "p90_hours": (9, 10)}
"""M17 by nearest rank: the smallest time that so many of so many do not exceed."""
Times = dict[Any, Counter[int]]
"""By group, how many cases took so many tenths of an hour."""


class Part(Protocol):
    """What is asked of one town."""

    @property
    def period(self) -> Period: ...

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]: ...

    def times(self, only: Mapping[str, Any], by: Dimension | None) -> Times: ...

    def kept_rounds(self, blind_days: int) -> Rounds | None: ...

    def totals(self) -> Mapping[str, float]: ...

    def tabled(self, dimension: Dimension) -> Mapping[Any, Mapping[str, float]]: ...

    def days(self) -> list[dict[str, Any]]: ...


@dataclass(frozen=True)
class Region:
    """Several towns as one. T is that of the oldest."""

    session: Session
    viewer: Viewer
    parts: Sequence[Part]

    @property
    def period(self) -> Period:
        return min((part.period for part in self.parts), key=lambda period: period.at)

    def cases(self, only: Mapping[str, Any], by: Dimension | None) -> dict[Any, Counted]:
        """Counts are added; of times only those of a group that several towns have are put together anew."""
        told, timed = dict[Any, Counted](), Counter[Any]()
        for part in self.parts:
            for key, one in part.cases(only, by).items():
                timed[key] += "median_hours" in one
                _add(told.setdefault(key, {}), one)
        shared = [key for key, towns in timed.items() if towns > 1]
        for key, among in self._times(only, by, shared).items():
            told[key].update(hours(among))
        return told

    def _times(self, only: Mapping[str, Any], by: Dimension | None, keys: Sequence[Any]) -> Times:
        told: Times = {key: Counter() for key in keys}
        for part in self.parts if keys else ():
            of_part: Times = {}
            if by in MODELS:
                # Few lie in several towns: what belongs to no point, say.
                for key in keys:
                    of_part[key] = part.times({**only, by: key}, None).get(None, Counter())
            else:
                of_part = part.times(only, by)
            for key in keys:
                told[key].update(of_part.get(key, {}))
        return told

    def rounds(self, blind_days: int) -> Rounds | None:
        """M24 to M34, where each town has them."""
        every = [part.kept_rounds(blind_days) for part in self.parts]
        there = [one for one in every if one is not None]
        return together(there) if len(there) == len(every) else None

    def totals(self) -> Mapping[str, float]:
        return _sum(part.totals() for part in self.parts)

    def table(self, dimension: Dimension, limit: int) -> list[dict[str, Any]]:
        told = dict[Any, Counted]()
        for part in self.parts:
            for key, one in part.tabled(dimension).items():
                _add(told.setdefault(key, {}), one)
        return table(self.session, self.viewer, dimension, told, limit)

    def days(self) -> list[dict[str, Any]]:
        told = dict[str, Counted]()
        for part in self.parts:
            for day in part.days():
                counts = {"found": day["found"], "closed": day["closed"]}
                _add(told.setdefault(day["day"], {}), counts)
        return [{"day": day, **told[day]} for day in sorted(told)]


def _add(to: Counted, one: Mapping[str, float]) -> None:
    for name, n in one.items():
        to[name] = n if name in HOURS else to.get(name, 0) + n


def _sum(every: Iterable[Mapping[str, float]]) -> Counted:
    told: Counted = {}
    for one in every:
        _add(told, one)
    return told


def hours(among: Mapping[int, int]) -> Counted:
    """Of cases that took so many tenths of an hour."""
    count, told = sum(among.values()), dict[str, float]()
    for name, (n, of) in HOURS.items():
        place, passed = (count * n + of - 1) // of, 0
        for tenths in sorted(among):
            passed += among[tenths]
            if passed >= place:
                told[name] = tenths / 10
                break
    return told


def together(every: Sequence[Rounds]) -> Rounds:
    """Counts are added; the mean score is that of all points that have one."""
    counted = _sum({k: n for k, n in one.counted.items() if k != "point_score"} for one in every)
    if points := counted.get("points_scored"):
        scores = (
            one.counted["point_score"] * one.counted["points_scored"]
            for one in every
            if "point_score" in one.counted
        )
        counted["point_score"] = sum(scores) / points
    rows = dict[tuple[int | None, str], CompletionRow]()
    for row in (row for one in every for row in one.completion):
        known = rows.get((row.level, row.kind))
        more = {name: getattr(row, name) + getattr(known, name, 0) for name in ("done", "due", "missed")}
        rows[row.level, row.kind] = row.model_copy(update=more)
    return Rounds(counted, list(rows.values()))


def table(
    session: Session,
    viewer: Viewer,
    dimension: Dimension,
    counted: Mapping[Any, Mapping[str, float]],
    limit: int,
) -> list[dict[str, Any]]:
    """Those with most overdue first, then most open."""
    some = {key: one for key, one in counted.items() if key is not None and one["found"]}
    keys = sorted(some, key=lambda key: (*(-some[key][k] for k in ("overdue", "open", "found")), str(key)))
    named = queries.names(session, viewer, dimension, keys[:limit])
    return [
        {"id": str(key), "code": code, "zh": zh, "en": en, **some[key]}
        for key in keys[:limit]
        for code, zh, en in [named.get(key, (str(key), str(key), ""))]
    ]
