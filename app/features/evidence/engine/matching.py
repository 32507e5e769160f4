"""Which points of two pictures may be the same spot: mutual nearest neighbours that their neighbours agree with.

The agreement test follows AdaLAM (L. Cavalli and others, 2020) and weak geometric consistency (H. Jégou and others,
2008): each match alone says how its surroundings moved, turned and grew; only matches whose neighbours moved so are kept.
"""

from dataclasses import dataclass

import numpy as np

from app.features.evidence.engine.features import Array, Features

MOST_MATCHES = 800
LOOSEST_RATIO = 0.97
DISTINCT_RATIO = 0.8
LEAST_OF_A_BAR = 12


@dataclass(frozen=True)
class Matches:
    """Row i: point `before[i]` may be point `after[i]`; `ratio` near 0 = unmistakable, 1 = any other would do."""

    before: Array  # (n, 2)
    after: Array  # (n, 2)
    around: Array  # (n, 2, 2): what the match alone says of its surroundings: a step before @ around = a step after
    ratio: Array

    def __len__(self) -> int:
        return len(self.before)

    def take(self, chosen: Array) -> "Matches":
        return Matches(self.before[chosen], self.after[chosen], self.around[chosen], self.ratio[chosen])


NO_MATCHES = Matches(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0))


def match(before: Features, after: Features, most: int = MOST_MATCHES) -> Matches:
    if min(len(before.xy), len(after.xy)) < 4:
        return NO_MATCHES
    i, j, ratio = _mutual(before, after)
    order = np.argsort(ratio, kind="stable")[:most]
    i, j, ratio = i[order], j[order], ratio[order]
    around = np.linalg.inv(_frames(before, i)) @ _frames(after, j)
    return Matches(before.xy[i].astype(np.float64), after.xy[j].astype(np.float64), around, ratio)


def _frames(features: Features, chosen: Array) -> Array:
    """(n, 2, 2), rows: the point's own axes in pixels of the picture."""
    cos, sin = np.cos(features.angle[chosen]), np.sin(features.angle[chosen])
    axes = np.stack([np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)], axis=-2)
    return np.asarray(axes * features.size[chosen][:, None, None] @ features.lean, np.float64)


def pooled(parts: list[Matches], most: int = MOST_MATCHES) -> Matches:
    """All of them, the most distinct first, each spot-to-spot once."""
    everything = Matches(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("before", "after", "around", "ratio")
        )
    )
    everything = everything.take(np.argsort(everything.ratio, kind="stable"))
    spots = np.round(np.hstack([everything.before, everything.after]) / 4).astype(np.int64)
    _, first = np.unique(spots, axis=0, return_index=True)
    return everything.take(np.sort(first)[:most])


def _mutual(before: Features, after: Features) -> tuple[Array, Array, Array]:
    far = _far(before.descriptors, after.descriptors)
    best = far.argmin(axis=1)
    rows = np.flatnonzero(far.argmin(axis=0)[best] == np.arange(len(far)))
    far, best = far[rows], best[rows]
    each = np.arange(len(rows))
    nearest = far[each, best].copy()
    # The rival must lie elsewhere: one spot may carry several points that differ by their angle only.
    far[each, best] = np.inf
    rival = far.argmin(axis=1)
    same_spot = ((after.xy[rival] - after.xy[best]) ** 2).sum(axis=1) < 9
    far[each[same_spot], rival[same_spot]] = np.inf
    ratio = np.sqrt(np.maximum(nearest, 0) / np.maximum(far.min(axis=1), 1))
    kept = ratio < LOOSEST_RATIO
    return rows[kept], best[kept], ratio[kept]


def _far(a: Array, b: Array) -> Array:
    """Squared distances, exact: all are whole numbers below 2 to the 24th."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    far = a @ b.T
    far *= -2
    far += (a * a).sum(axis=1)[:, None]
    far += (b * b).sum(axis=1)
    return np.asarray(far)


def agreeing(
    matches: Matches,
    before_diagonal: float,
    after_diagonal: float,
    *,
    neighbours: int = 2,
    share: float = 0.15,
    rounds: int = 6,
) -> Array:
    """A mask of the matches that at least `neighbours` kept matches nearby agree with, both ways; all are kept before
    the first round."""
    if len(matches) == 0:
        return np.zeros(0, bool)
    agrees = _agreement(matches, before_diagonal, after_diagonal, share)
    kept = np.ones(len(matches), bool)
    for _ in range(rounds):
        still = kept & ((agrees & kept[None]).sum(axis=1) >= neighbours)
        if (still == kept).all():
            break
        kept = still
    return kept


def _agreement(m: Matches, before_diagonal: float, after_diagonal: float, share: float) -> Array:
    """(n, n): i and j each predict where the other went and saw their surroundings change alike."""
    around = m.around.astype(np.float32)
    before, after = m.before.astype(np.float32), m.after.astype(np.float32)
    agrees = np.zeros((len(m), len(m)), bool)
    i, j = np.nonzero(_near(before, before_diagonal, 0.25) & _near(after, after_diagonal, 0.375))
    step, went = before[j] - before[i], after[j] - after[i]
    told = np.einsum("ij,ijk->ik", step, around[i])
    hits = _length(told - went) < share * np.maximum(_length(went), _length(told)) + 0.008 * after_diagonal
    i, j = i[hits], j[hits]
    flat = around.reshape(-1, 4)
    square = (flat * flat).sum(axis=1)
    both = square[i] + square[j]
    alike = both - 2 * (flat[i] * flat[j]).sum(axis=1) < 0.3 * both / 2
    agrees[i[alike], j[alike]] = True
    return np.asarray(agrees & agrees.T)


def _near(spots: Array, diagonal: float, most: float) -> Array:
    """(n, n): nearer to each other than this share of the diagonal, and not on one spot."""
    x, y = spots[:, 0], spots[:, 1]
    square = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    return np.asarray((square < (most * diagonal) ** 2) & (square > (0.004 * diagonal) ** 2))


def _length(vectors: Array) -> Array:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def on_overlay(m: Matches, before: Features, after: Features) -> Array:
    """A mask of matches that keep their place against a corner of the picture, in its border: a camera app's bar or
    watermark, which may be drawn larger in the larger picture.

    In two photos from one stand-point the scene keeps its place too; what lies inside the border still speaks then.
    """
    still = np.zeros(len(m), bool)
    if len(m) == 0:
        return still
    in_border = _in_border(m.before, before.height) & _in_border(m.after, after.height)
    alike = before.width / before.height / (after.width / after.height)
    same = {1.0, after.width / before.width, after.height / before.height}
    for right in (0, 1):
        for low in (0, 1):
            start = m.before - [right * before.width, low * before.height]
            end = m.after - [right * after.width, low * after.height]
            scale = (start * end).sum(axis=1) / np.maximum((start * start).sum(axis=1), 1.0)
            fits = in_border & (_length(end - scale[:, None] * start) < 0.004 * after.diagonal)
            drawn_at = same | ({_commonest(scale[fits])} if abs(np.log(alike)) > 0.02 else set())
            for one in drawn_at:
                still |= in_border & (_length(end - one * start) < 0.005 * after.diagonal)
    return still | _among(m, still, before.height)


def _among(m: Matches, still: Array, height: int) -> Array:
    """A mask of the matches from one letter of a bar to another: both ends within what the still matches span."""
    among = np.zeros(len(m), bool)
    for is_low in (False, True):
        bar = still & ((m.before[:, 1] > height / 2) == is_low)
        if bar.sum() < LEAST_OF_A_BAR:
            continue
        inside = np.ones(len(m), bool)
        for ends in (m.before, m.after):
            low, high = ends[bar].min(axis=0) - 4, ends[bar].max(axis=0) + 4
            inside &= ((ends >= low) & (ends <= high)).all(axis=1)
        among |= inside
    return among


def _commonest(scales: Array) -> float:
    """The scale that most of them share within 2 %, if at least six do; else 1."""
    logs = np.log(np.clip(scales, 0.1, 10))
    if len(logs) == 0:
        return 1.0
    agree = np.abs(logs[:, None] - logs[None]) < 0.02
    votes = agree.sum(axis=1)
    best = int(votes.argmax())
    return float(np.exp(logs[agree[best]].mean())) if votes[best] >= 6 else 1.0


def _in_border(xy: Array, height: int) -> Array:
    y = xy[:, 1] / height
    return np.asarray((y > 0.65) | (y < 0.15))
