"""Do two photos show the same place? Measures of what matches, how much, how far spread, and whether it moves as one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.features.evidence.engine import geometry
from app.features.evidence.engine.features import Array, Features
from app.features.evidence.engine.matching import DISTINCT_RATIO, Matches, agreeing, match, on_overlay, pooled
from app.features.evidence.engine.photo import Photo

TOLERANCE = 0.0025  # of the diagonal: how far a match may miss the motion it belongs to


@dataclass(frozen=True)
class Look:
    """One comparison of two sets of features: the first look, or the second with other eyes."""

    before: Features
    after: Features
    found: int
    distinct: int
    on_overlay: int
    agreeing: Matches  # neighbours agree
    kept: Matches  # of these, those not on an overlay
    rigid: Array  # mask over kept

    @cached_property
    def sure(self) -> Matches:
        return self.kept.take(self.rigid)

    @cached_property
    def outside_clump(self) -> int:
        """Fewest in either picture: the copied object may be alone in one and amid chance matches in the other."""
        a = geometry.outside_clump(self.sure.before, self.before.diagonal)
        b = geometry.outside_clump(self.sure.after, self.after.diagonal)
        return int((a & b).sum())

    @cached_property
    def cells(self) -> int:
        if len(self.sure) == 0:
            return 0
        a = geometry.cells_taken(self.sure.before, self.before.width, self.before.height)
        b = geometry.cells_taken(self.sure.after, self.after.width, self.after.height)
        return min(a, b)

    @cached_property
    def planes(self) -> geometry.Planes:
        tolerance = 2 * TOLERANCE * self.before.diagonal
        return geometry.planes(self.sure.before, self.sure.after, tolerance)

    def measures(self) -> list[float]:
        counts = (len(self.kept), self.outside_clump, self.cells, self.distinct, self.on_overlay)
        return [float(np.log1p(count)) for count in counts]


MEASURES = ("kept", "outside_clump", "cells", "distinct", "on_overlay")


def first_look(before: Photo, after: Photo) -> Look:
    return look(before.features, after.features)


def look(before: Features, after: Features) -> Look:
    return _judged(before, after, match(before, after), neighbours=2, share=0.15)


@dataclass(frozen=True)
class SecondLook:
    """With other eyes: more points, upright, and into the dark. `loose`: matches that agree in each of the two alone."""

    look: Look
    loose: tuple[int, int]


def second_look(before: Photo, after: Photo) -> SecondLook:
    """The pool of all matches holds more wrong ones, so more neighbours must agree."""
    parts, loose = [], []
    for is_dark in (False, True):
        found = match(before.second(is_dark=is_dark), after.second(is_dark=is_dark))
        judged = _judged(before.features, after.features, found, neighbours=2, share=0.15)
        parts.append(found)
        loose.append(len(judged.kept))
    first = match(before.features, after.features, most=400)
    found = pooled([first, *parts], most=1200)
    return SecondLook(
        _judged(before.features, after.features, found, neighbours=3, share=0.12), (loose[0], loose[1])
    )


def _judged(before: Features, after: Features, found: Matches, *, neighbours: int, share: float) -> Look:
    agrees = agreeing(found, before.diagonal, after.diagonal, neighbours=neighbours, share=share)
    still = on_overlay(found, before, after)
    kept = found.take(agrees & ~still)
    rigid = geometry.rigid(kept.before, kept.after, max(1.0, TOLERANCE * after.diagonal))
    distinct = int(((found.ratio < DISTINCT_RATIO) & ~still).sum())
    return Look(
        before, after, len(found), distinct, int((agrees & still).sum()), found.take(agrees), kept, rigid
    )
