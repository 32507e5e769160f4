"""M30, the score of a point: 100 · Σ w·share / Σ w over the items that apply. Pure; shares are the standard's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

FULL = 100


@dataclass(frozen=True)
class Mark:
    """One item's result: how much of its weight counts, in percent; None: it does not apply there."""

    share_percent: int | None
    weight: int = 1


def point_score(marks: Iterable[Mark]) -> float | None:
    """0 to 100 with two decimals, half up; None where nothing applies."""
    counted = [(mark.weight, mark.share_percent) for mark in marks if mark.share_percent is not None]
    weight = sum(w for w, _ in counted)
    if weight == 0:
        return None
    return half_up(Decimal(sum(w * share for w, share in counted)) / weight)


def half_up(exact: Decimal) -> float:
    """Two decimals, as figures are shown."""
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def stricter(scale: Mapping[str, int | None]) -> dict[str, int | None]:
    """The scale of a point with a stricter profile (席地而坐): whatever falls short counts as the next worse result does.

    {pass: 100, minor: 66, major: 33, fail: 0, na: null} becomes {pass: 100, minor: 33, major: 0, fail: 0, na: null}.
    """
    short = sorted({share for share in scale.values() if share is not None and share < FULL}, reverse=True)
    worse: dict[int | None, int] = dict(zip(short, [*short[1:], *short[-1:]], strict=True))
    return {code: worse.get(share, share) for code, share in scale.items()}
