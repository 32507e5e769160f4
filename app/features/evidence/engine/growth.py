"""Do the pictures agree around the matches as well? From each match the likeness is followed outward, patch by patch,
each fitted to the pixels. On one scene it spreads over whole surfaces; from a match by chance, or from a thing of the
same make, it soon ends. That is more than nothing found: where unmistakable matches agree to the pixel and what lies
around them does not, it speaks against the place.

After J. Čech, J. Matas and M. Perdoch, "Efficient sequential correspondence selection by cosegmentation", 2010.
"""

from dataclasses import dataclass, field
from itertools import product

import cv2
import numpy as np

from app.features.evidence.engine import geometry
from app.features.evidence.engine.features import Array
from app.features.evidence.engine.matching import DISTINCT_RATIO, Matches
from app.features.evidence.engine.photo import Photo

HALF, STEP = 7, 1.7  # a patch: samples on each side of its middle, and pixels from one to the next
CELL = 9  # pixels: patches closer together are one
LEAST_TEXTURE = 1.0  # in its plainest direction: along an edge everything is alike
MOST_AT_FIRST, MOST_AT_ONCE, ROUNDS = 80, 600, 4
SMALLEST, LARGEST = 0.02, 50.0  # believable growth of an area from one photo to the other
FEW = 2  # so many patches more, all alike, are taken for seen: a few alone contradict nothing

_RUN = np.arange(-HALF, HALF + 1) * STEP
_SAMPLES = np.stack(np.meshgrid(_RUN, _RUN), axis=-1).reshape(-1, 2).astype(np.float32)
_WEIGHT = np.exp(-(_SAMPLES**2).sum(axis=1) / (2 * (0.6 * HALF * STEP) ** 2))
_WEIGHT = (_WEIGHT / _WEIGHT.sum()).astype(np.float32)
_NEXT = np.array([way for way in product((-1, 0, 1), repeat=2) if any(way)]) * CELL * 1.25


@dataclass(frozen=True)
class _Fit:
    """How long a patch is fitted, how alike it must be then, and how far it may have moved and bent."""

    rounds: int
    alike: float
    moved: float
    bent: float


AT_FIRST, FORETOLD = _Fit(6, 0.85, 9.0, 9.0), _Fit(3, 0.8, 4.5, 0.4)


@dataclass(frozen=True)
class _Patches:
    """Spots in the reduced photos and how a step before becomes a step after: step @ around."""

    before: Array  # (n, 2)
    after: Array  # (n, 2)
    around: Array  # (n, 2, 2)

    def take(self, chosen: Array) -> "_Patches":
        return _Patches(self.before[chosen], self.after[chosen], self.around[chosen])

    def __len__(self) -> int:
        return len(self.before)


@dataclass(frozen=True)
class Growth:
    """On how many spots the photos agree, how many of these lie outside the densest clump, and how much the surroundings
    contradict the matches (0 to 1): the share of the matches that are distinct, of those that the pixels confirm, and of
    the textured patches right beside these that are not alike, all multiplied."""

    spots: int
    outside: int
    contradiction: float


def grown(before: Photo, after: Photo, matches: Matches, enough: int, share: float) -> Growth:
    """Looked for until there are `enough` spots and `share` of them outside the densest clump."""
    here, there = _levels(before.grey), _levels(after.grey)
    first = _at_first(before, after, matches)
    taken = _Taken()
    found, _ = _fitted(here, there, first, AT_FIRST)
    exact = (
        len(found) / max(1, len(first)) * float((matches.ratio < DISTINCT_RATIO).sum() / max(1, len(matches)))
    )
    front = taken.add(found)
    contradiction = 0.0
    diagonal = float(np.hypot(*before.grey.shape))
    for turn in range(ROUNDS):
        if len(front) == 0 or (len(taken) >= enough and taken.outside_clump(diagonal) >= enough * share):
            break
        foretold = taken.beside(front, before.grey.shape, after.grey.shape)
        found, unlike = _fitted(here, there, foretold, FORETOLD)
        if turn == 0:
            contradiction = exact * unlike
        front = taken.add(found)
    return Growth(len(taken), taken.outside_clump(diagonal), contradiction)


def _at_first(before: Photo, after: Photo, matches: Matches) -> _Patches:
    first = _Patches(
        matches.before * before.scale,
        matches.after * after.scale,
        matches.around * after.scale / before.scale,
    )
    growth = np.abs(np.linalg.det(first.around))
    first = first.take((growth > SMALLEST) & (growth < LARGEST))
    _, once = np.unique(np.round(first.before / CELL), axis=0, return_index=True)
    return first.take(np.sort(once)[:MOST_AT_FIRST])


@dataclass
class _Taken:
    spots: list[Array] = field(default_factory=list)
    asked: set[tuple[int, int]] = field(default_factory=set)
    ends: set[tuple[int, int, int]] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.spots)

    def outside_clump(self, diagonal: float) -> int:
        return int(geometry.outside_clump(np.array(self.spots).reshape(-1, 2), diagonal).sum())

    def add(self, patches: _Patches) -> _Patches:
        """Those that start and end where none yet did: a pattern that repeats agrees with itself everywhere."""
        new: list[int] = []
        for i, spot in enumerate(patches.before):
            growth = max(1.0, float(np.sqrt(abs(np.linalg.det(patches.around[i])))))
            x, y = (patches.after[i] // (CELL * growth)).astype(int)
            end = (int(x), int(y), round(np.log2(growth)))
            if end not in self.ends:
                self.ends.add(end)
                self.asked.add(_cell(spot))
                self.spots.append(spot)
                new.append(i)
        return patches.take(np.array(new, int))

    def beside(self, front: _Patches, *shapes: tuple[int, ...]) -> _Patches:
        """What lies around these and nobody asked about, where they foretell it."""
        steps = np.broadcast_to(_NEXT, (len(front), *_NEXT.shape))
        start = (front.before[:, None] + steps).reshape(-1, 2)
        end = (front.after[:, None] + steps @ front.around).reshape(-1, 2)
        around = np.repeat(front.around, len(_NEXT), axis=0)
        inside = np.ones(len(start), bool)
        for spots, (height, width) in zip((start, end), shapes, strict=True):
            inside &= ((spots > 4) & (spots < [width - 4, height - 4])).all(axis=1)
        new: list[int] = []
        for i in map(int, np.flatnonzero(inside)):
            if (cell := _cell(start[i])) not in self.asked and len(new) < MOST_AT_ONCE:
                self.asked.add(cell)
                new.append(i)
        return _Patches(start, end, around).take(np.array(new, int))


def _cell(spot: Array) -> tuple[int, int]:
    return int(spot[0] // CELL), int(spot[1] // CELL)


def _levels(grey: Array) -> list[Array]:
    """The photo, halved and halved again: (h, w, 3) float32: lightness and its slopes."""
    level = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7)
    levels: list[Array] = []
    while not levels or (min(level.shape) > 40 and len(levels) < 4):
        slopes = [cv2.Sobel(level, cv2.CV_32F, *way, ksize=3, scale=0.125) for way in ((1, 0), (0, 1))]
        levels.append(cv2.merge([level, *slopes]))
        level = cv2.pyrDown(level)
    return levels


def _sampled(levels: list[Array], spots: Array, spacing: Array) -> Array:
    """(n, samples, 3) at `spots` (n, samples, 2), from the level whose pixels are about `spacing` apart."""
    at = np.clip(np.round(np.log2(np.maximum(spacing, 1))), 0, len(levels) - 1).astype(int)
    out = np.empty((*spots.shape[:2], 3), np.float32)
    for level in np.unique(at):
        chosen, size = at == level, 2.0**level
        x, y = np.moveaxis(((spots[chosen] + 0.5) / size - 0.5).astype(np.float32), -1, 0)
        pixels = cv2.remap(levels[level], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out[chosen] = pixels.reshape(out[chosen].shape) / np.array([1, size, size], np.float32)
    return out


def _evened(lightness: Array) -> tuple[Array, Array]:
    """Without its mean and contrast; and the contrast."""
    off = lightness - (lightness @ _WEIGHT)[:, None]
    contrast = np.sqrt((off * off) @ _WEIGHT)[:, None] + 1e-3
    return off / contrast, contrast


def _fitted(here: list[Array], there: list[Array], patches: _Patches, by: _Fit) -> tuple[_Patches, float]:
    """The patches that agree once the pixels have moved and bent them (Gauss and Newton), the most alike first; and of
    those with texture in both photos, the share that does not."""
    if len(patches) == 0:
        return patches, 0.0
    size = np.sqrt(np.abs(np.linalg.det(patches.around)))
    ours = _sampled(here, patches.before[:, None] + _SAMPLES, STEP / np.minimum(size, 1))
    target, _ = _evened(ours[..., 0])
    spots, around = patches.after.copy(), patches.around.copy()
    best = np.full(len(patches), -1.0)
    is_textured = _texture(ours[..., 1:]) > LEAST_TEXTURE
    in_both = is_textured
    found = _Patches(patches.before, spots.copy(), around.copy())
    for fit in range(by.rounds + 1):
        theirs = _sampled(there, spots[:, None] + _SAMPLES @ around, STEP * np.maximum(size, 1))
        if fit == 0:
            in_both = is_textured & (_texture(theirs[..., 1:]) > LEAST_TEXTURE)
        seen, contrast = _evened(theirs[..., 0])
        alike = (target * seen) @ _WEIGHT
        better = alike > best
        best[better], found.after[better], found.around[better] = alike[better], spots[better], around[better]
        if fit < by.rounds:
            move = _move(target, seen, theirs[..., 1:] / contrast[..., None])
            spots, around = spots + move[:, 0], around + move[:, 1:]
    off = np.hypot(*(found.after - patches.after).T) / np.maximum(1, size)
    bent = np.linalg.norm(found.around - patches.around, axis=(1, 2)) / np.linalg.norm(
        patches.around, axis=(1, 2)
    )
    is_like = (best > by.alike) & (off < by.moved) & (bent < by.bent) & is_textured
    unlike = float((in_both & ~is_like).sum() / (in_both.sum() + FEW))
    return found.take(np.flatnonzero(is_like)[np.argsort(-best[is_like], kind="stable")]), unlike


def _move(target: Array, seen: Array, slopes: Array) -> Array:
    """(n, 3, 2): the step, and the change of `around`, that bring what is seen closer to the target."""
    moved = np.concatenate([slopes, slopes * _SAMPLES[:, :1], slopes * _SAMPLES[:, 1:]], axis=-1)
    weighted = moved * _WEIGHT[:, None]
    moved -= weighted.sum(axis=1, keepdims=True)
    moved -= seen[..., None] * ((seen * _WEIGHT)[:, None] @ moved)
    weighted = (moved * _WEIGHT[:, None]).transpose(0, 2, 1)
    normal = (weighted @ moved).astype(np.float64)
    hold = 0.02 * np.einsum("naa->na", normal) + 1e-6
    pull = weighted @ (target - seen)[..., None]
    move = np.linalg.solve(normal + hold[:, :, None] * np.eye(6), pull.astype(np.float64))[..., 0]
    far = np.hypot(move[:, 0], move[:, 1])
    return np.asarray((move * np.minimum(1, 3 / np.maximum(far, 1e-6))[:, None]).reshape(-1, 3, 2))


def _texture(slopes: Array) -> Array:
    """How much a patch changes in the direction in which it changes least (C. Harris; J. Shi and C. Tomasi, 1994)."""
    spread = (slopes * _WEIGHT[:, None]).transpose(0, 2, 1) @ slopes
    return np.asarray(np.linalg.eigvalsh(spread)[:, 0])
