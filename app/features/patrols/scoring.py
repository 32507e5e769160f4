"""M30, the score of a point: 100 · Σ w·share / Σ w over the items that apply. Pure; shares are the standard's."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


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
