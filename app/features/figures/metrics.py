"""From counts to figures: numerator, denominator and value of each metric; "—" (None) where there is nothing to divide by."""

from collections.abc import Mapping

from pydantic import BaseModel

from app.features.figures.definitions import METRICS, Metric


class Figure(BaseModel):
    """`value`: percent with one decimal, a count, hours, or n per d, rounded half up; null where d is 0: print "—"."""

    id: str
    n: float | None
    d: float | None
    value: float | None


class Definition(BaseModel):
    """What the number means: print it beside it."""

    id: str
    zh: str
    en: str
    means_zh: str
    means_en: str
    kind: str


def rounded(n: float, d: float, *, times: int = 1, decimals: int = 1) -> float:
    """n/d half up, without the surprises of binary fractions where both are whole."""
    scale: int = 10**decimals
    if float(n).is_integer() and float(d).is_integer():
        return (2 * int(n) * times * scale + int(d)) // (2 * int(d)) / scale
    return int(n / d * times * scale + 0.5) / scale


def figure(metric: Metric, counted: Mapping[str, float]) -> Figure:
    """One metric of what was counted; a count that is missing is 0."""
    n, d = counted.get(metric.n, 0), counted.get(metric.d, 0) if metric.d else None
    if metric.kind == "count":
        return Figure(id=metric.id, n=n, d=d, value=n)
    if not d:
        return Figure(id=metric.id, n=None if metric.kind in ("hours", "score") else n, d=d, value=None)
    if metric.kind == "score":
        return Figure(id=metric.id, n=None, d=d, value=rounded(n, 1))
    if metric.kind == "hours":
        return Figure(id=metric.id, n=None, d=d, value=rounded(n, 1))
    if metric.kind == "per":
        return Figure(id=metric.id, n=n, d=d, value=rounded(n, d, decimals=2))
    return Figure(id=metric.id, n=n, d=d, value=rounded(n, d, times=100))


def figures(counted: Mapping[str, float], metrics: tuple[Metric, ...] = METRICS) -> list[Figure]:
    """All metrics, in order."""
    return [figure(metric, counted) for metric in metrics]


def definitions(metrics: tuple[Metric, ...] = METRICS) -> list[Definition]:
    """The words that belong to them."""
    fields = Definition.model_fields
    return [Definition(**{name: getattr(metric, name) for name in fields}) for metric in metrics]
