"""Do two photos show the same place? What matches, how much, how far spread, and whether it moves as one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.features.evidence.engine import geometry, growth
from app.features.evidence.engine.features import Array, Features
from app.features.evidence.engine.flow import foretold
from app.features.evidence.engine.matching import (
    DISTINCT_RATIO,
    Matches,
    agreeing,
    match,
    on_overlay,
    pooled,
)
from app.features.evidence.engine.photo import Photo

TOLERANCE = 0.0025  # of the diagonal: how far a match may miss the motion it belongs to
SPOT = 0.012  # of the diagonal: matches closer together than this are one spot
SURE_RATIO, COPY_RATIO = 0.85, 0.6
TILTS = (0, 90, 45, 135)  # degrees
MOST_OF_A_VIEW = 600  # matches
LEAST_TURNED = 8  # agreeing matches
BY_CHANCE = 2.5  # the strength that two photos of different places reach now and then
COPIED_WEIGHT = 3.0
SETTLED = 8.0  # the strength from which nothing more is asked
# How much it speaks for the same place that the photos agree around the matches too: on so many spots they do by chance,
# and at least this share of them must lie outside the densest clump.
SPREAD_BY_CHANCE, SPREAD_WEIGHT, SPREAD_SHARE = 11, 3.0, 1 / 8
# How much it speaks against it that they do not, right beside matches beyond doubt (growth.Growth): up to the first that
# is seen at the rims of things in one scene.
AT_RIMS, CONTRADICTED_WEIGHT = 0.15, 25.0


@dataclass(frozen=True)
class Look:
    """One comparison of two sets of features: the first look, or a closer one with other eyes."""

    before: Features
    after: Features
    found: Matches
    distinct: int
    on_overlay: int
    agreeing: Matches  # neighbours agree
    kept: Matches  # of these, those not on an overlay
    rigid: Array  # mask over kept

    @cached_property
    def sure(self) -> Matches:
        return self.kept.take(self.rigid)

    @cached_property
    def _clump(self) -> tuple[Array, Array]:
        """Masks of `sure`: outside the densest clump of both photos, and inside that of both. The copied object may be
        alone in one and amid chance matches in the other."""
        a = geometry.outside_clump(self.sure.before, self.before.diagonal)
        b = geometry.outside_clump(self.sure.after, self.after.diagonal)
        return a & b, ~a & ~b

    @cached_property
    def outside_clump(self) -> int:
        return self.spots(self.sure.take(self._clump[0]))

    @property
    def is_turned(self) -> bool:
        """The phone was held otherwise: what is looked at upright would not be found again."""
        a = self.kept.around
        turn = np.abs(np.arctan2(a[:, 0, 1] - a[:, 1, 0], a[:, 0, 0] + a[:, 1, 1]))
        return len(turn) >= LEAST_TURNED and bool(np.median(turn) > np.pi / 4)

    @cached_property
    def planes(self) -> geometry.Planes:
        tolerance = 2 * TOLERANCE * self.before.diagonal
        return geometry.planes(self.sure.before, self.sure.after, tolerance)

    def spots(self, matches: Matches) -> int:
        """Different spots that the matches stand on, in the photo where these are fewer: several views of one spot
        count once."""
        cells = (matches.before / (SPOT * self.before.diagonal), matches.after / (SPOT * self.after.diagonal))
        return min(len(np.unique(np.round(cell), axis=0)) for cell in cells) if len(matches) else 0

    @cached_property
    def strength(self) -> float:
        """How much speaks for the same place. The weights are round and not fitted, so that the order of pairs does
        not depend on which pairs a town has seen: spots that move as one (half of it: those that their neighbours
        foretell as well), spots outside the densest clump, and the share of what matches at all; taken away where the
        clump alone holds matches too exact for a second shot."""
        outside = np.log(self.outside_clump + 3)
        distinct = self.kept.take(self.kept.ratio < SURE_RATIO)
        moving = np.log1p(self.spots(distinct.take(_rigid(distinct, self.after))))
        smooth = self.sure.take(foretold(self.sure, self.before.diagonal, self.after.diagonal))
        sure = (moving + np.log1p(self.spots(smooth.take(smooth.ratio < SURE_RATIO)))) / 2
        share = self.spots(self.sure) / (self.spots(self.kept) + 3)
        return float(sure + outside - np.log(3) + 3 * share - COPIED_WEIGHT * self.copied)

    @cached_property
    def copied(self) -> float:
        """How much more the densest clump holds of matches too exact for a second shot than there is outside of it."""
        exact = self.sure.take(self._clump[1] & (self.sure.ratio < COPY_RATIO))
        return max(0.0, float(np.log(self.spots(exact) + 3) - np.log(self.outside_clump + 3)))


MEASURES = ("strength", "beyond_chance")


def measures(look: Look, before: Photo, after: Photo) -> list[float]:
    return weighed(look, before, after)[0]


def weighed(look: Look, before: Photo, after: Photo) -> tuple[list[float], float]:
    """The measures, and how far the surroundings contradict the matches beyond what is seen at rims. Two witnesses, the
    more certain of which is heard: how much matches, and how far the likeness spreads from it. What contradicts them
    counts against both."""
    strength, against = look.strength, 0.0
    if strength < SETTLED:
        enough = round(SPREAD_BY_CHANCE * np.exp(SETTLED / SPREAD_WEIGHT))
        seen = growth.grown(before, after, look.sure, enough, SPREAD_SHARE)
        against = max(0.0, seen.contradiction - AT_RIMS)
        strength = max(strength, _spread(seen) - COPIED_WEIGHT * look.copied) - CONTRADICTED_WEIGHT * against
    return [strength, max(0.0, strength - BY_CHANCE)], against


def _spread(seen: growth.Growth) -> float:
    spread = min(seen.spots, seen.outside / SPREAD_SHARE)
    return min(SETTLED, SPREAD_WEIGHT * float(np.log(max(1.0, spread / SPREAD_BY_CHANCE))))


def first_look(before: Photo, after: Photo) -> Look:
    return look(before.features, after.features)


def look(before: Features, after: Features) -> Look:
    found = match(before, after)
    agrees = agreeing(found, before.diagonal, after.diagonal)
    still = on_overlay(found, before, after)
    kept = found.take(agrees & ~still)
    return Look(
        before,
        after,
        found,
        _distinct(found.take(~still)),
        int((agrees & still).sum()),
        found.take(agrees),
        kept,
        _rigid(kept, after),
    )


def closer_look(
    before: Photo, after: Photo, first: Look, is_over: Callable[[], bool] = lambda: False
) -> Look:
    """With more points, upright; and where then a few agree, with both photos tilted: a wall seen from the side."""
    parts = [_part(first.found, first), _part(match(before.upright(), after.upright()), first)]
    if not is_worth_tilting(first, pooled(parts)):
        return _together(first, parts)
    for degrees in TILTS:
        if is_over():
            break
        parts.append(_part(match(before.tilted(degrees), after.tilted(degrees)), first))
    return _together(first, parts)


def is_worth_tilting(first: Look, seen: Matches) -> bool:
    if len(first.kept) >= 3:
        return True
    return bool(agreeing(seen, first.before.diagonal, first.after.diagonal, neighbours=3).any())


def _part(found: Matches, first: Look) -> Matches:
    """What one pair of views adds: matches that agree among themselves, off the overlays. Loosely: chance matches that
    come along belong to no motion and count against the place."""
    best = found.take(np.arange(min(len(found), MOST_OF_A_VIEW)))
    best = best.take(~on_overlay(best, first.before, first.after))
    return best.take(agreeing(best, first.before.diagonal, first.after.diagonal, rounds=1))


def _together(first: Look, parts: list[Matches]) -> Look:
    kept = pooled(parts, most=3000)
    rigid = _rigid(kept, first.after)
    distinct = max(first.distinct, _distinct(kept))
    return Look(
        first.before, first.after, first.found, distinct, first.on_overlay, first.agreeing, kept, rigid
    )


def _distinct(matches: Matches) -> int:
    return int((matches.ratio < DISTINCT_RATIO).sum())


def _rigid(matches: Matches, after: Features) -> Array:
    return geometry.rigid(matches.before, matches.after, max(1.0, TOLERANCE * after.diagonal))
