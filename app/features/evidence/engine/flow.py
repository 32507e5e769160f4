"""Do the matches around a match foretell where it went? On one scene they do, as surfaces are mostly smooth; matches that
fit one camera motion by chance do not foretell each other.

Each match's nearest others give an affine motion, held close to what each of them alone says of its surroundings; those
that are badly foretold themselves count less in the next round.
"""

import numpy as np

from app.features.evidence.engine.features import Array
from app.features.evidence.engine.matching import Matches

MOST = 600  # matches, the most distinct first; who has so many needs no more
NEAREST = 8
ROUNDS = 6
APART = 0.012  # of the diagonal: what lies closer is the same spot and foretells nothing
MISS, MISS_BY_WAY = 0.015, 0.2  # of the diagonal; and of the way to the nearest other


def foretold(matches: Matches, before_diagonal: float, after_diagonal: float) -> Array:
    """A mask: the others foretell this match in both directions."""
    mask = np.zeros(len(matches), bool)
    some = matches.take(np.arange(min(len(matches), MOST)))
    if len(some) < 4:
        return mask
    there = _foretells(some.before, some.after, some.around, before_diagonal, after_diagonal)
    back = _foretells(some.after, some.before, np.linalg.inv(some.around), after_diagonal, before_diagonal)
    mask[: len(some)] = there & back
    return mask


def _foretells(start: Array, end: Array, around: Array, diagonal: float, end_diagonal: float) -> Array:
    apart = np.hypot(*(start[:, None] - start[None]).transpose(2, 0, 1))
    apart[apart < APART * diagonal] = np.inf
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(NEAREST, len(start) - 1)]
    way = np.take_along_axis(apart, near, axis=1)
    has_others = np.isfinite(way[:, 0])
    closeness = 1 / (way + 10) ** 2  # none at all where there is no other
    allowed = MISS + MISS_BY_WAY * np.where(has_others, way[:, 0], 0) / diagonal
    trust = np.ones(len(start))
    miss = np.full(len(start), np.inf)
    for _ in range(ROUNDS):
        weight = closeness * trust[near]
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-15)
        ends = _moved(start, start[near], end[near], around[near], weight)
        miss = np.where(has_others, np.hypot(*(ends - end).T) / end_diagonal / allowed, np.inf)
        trust = 1 / (1 + miss**2) ** 2
    return np.asarray(miss < 1)


def _moved(points: Array, start: Array, end: Array, around: Array, weight: Array) -> Array:
    """Each point moved as its others did: (n, k, 2) from `start` to `end`."""
    middle, end_middle = (np.einsum("nk,nki->ni", weight, spots) for spots in (start, end))
    off, end_off = start - middle[:, None], end - end_middle[:, None]
    spread = np.einsum("nk,nki,nkj->nij", weight, off, off)
    together = np.einsum("nk,nki,nkj->nij", weight, off, end_off)
    told = np.einsum("nk,nkij->nij", weight, around)
    hold = (25 + 0.15 * np.trace(spread, axis1=1, axis2=2))[:, None, None] * np.eye(2)
    motion = np.linalg.solve(spread + hold, together + hold @ told)
    return np.asarray(end_middle + np.einsum("ni,nij->nj", points - middle, motion))
