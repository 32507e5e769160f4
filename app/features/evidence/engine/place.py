"""Do two photos show the same place? Measures of what matches, how much, how far spread, and whether it moves as one."""

from dataclasses import dataclass
from functools import cached_property

import cv2
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
    kept: Matches  # neighbours agree, not on an overlay
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
    def hull(self) -> float:
        a = geometry.hull_share(self.sure.before, self.before.width, self.before.height)
        b = geometry.hull_share(self.sure.after, self.after.width, self.after.height)
        return min(a, b)

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
        main = int((self.planes.of == 0).sum())
        return [
            np.log1p(self.distinct),
            np.log1p(len(self.kept)),
            np.log1p(len(self.sure)),
            np.log1p(main),
            np.log1p(self.outside_clump),
            np.sqrt(self.hull),
            np.log1p(self.cells),
            np.log1p(self.on_overlay),
            len(self.kept) / max(1, self.found),
        ]


MEASURES = (
    "distinct", "kept", "sure", "on_main_plane", "outside_clump", "hull", "cells", "on_overlay", "kept_share",
)  # fmt: skip


def first_look(before: Photo, after: Photo) -> Look:
    return look(before.features, after.features)


def look(before: Features, after: Features) -> Look:
    return _judged(before, after, match(before, after), neighbours=2, share=0.15)


# Which view of the before photo is held against which of the after photo.
SECOND = (("upright", "upright"), ("dark", "dark"))


def second_look(before: Photo, after: Photo) -> Look:
    """With other eyes: upright, and into the dark. Less freedom, so more neighbours must agree."""
    parts = [match(before.view(one), after.view(other), most=500) for one, other in SECOND]
    found = pooled([match(before.features, after.features, most=400), *parts], most=1200)
    return _judged(before.features, after.features, found, neighbours=3, share=0.12)


def _judged(before: Features, after: Features, found: Matches, *, neighbours: int, share: float) -> Look:
    agrees = agreeing(found, before.diagonal, after.diagonal, neighbours=neighbours, share=share)
    still = on_overlay(found, before, after)
    kept = found.take(agrees & ~still)
    rigid = geometry.rigid(kept.before, kept.after, max(1.0, TOLERANCE * after.diagonal))
    distinct = int(((found.ratio < DISTINCT_RATIO) & ~still).sum())
    return Look(before, after, len(found), distinct, int((agrees & still).sum()), kept, rigid)


def likeness(before: Photo, after: Photo) -> list[float]:
    """What the eye sees at a glance, matches or not: colours, and where edges of which direction lie."""
    colours = [_colours(photo.small) for photo in (before, after)]
    edges = [_edges(photo.grey) for photo in (before, after)]
    return [float(np.sqrt(colours[0] * colours[1]).sum()), float(edges[0] @ edges[1])]


LIKENESS = ("colours", "edges")


def _colours(picture: Array) -> Array:
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
    histogram = cv2.calcHist([lab], [0, 1, 2], None, [4, 8, 8], [0, 256, 64, 192, 64, 192]).ravel()
    return np.asarray(histogram / max(1.0, histogram.sum()), np.float64)


def _edges(grey: Array) -> Array:
    """8x8 cells of 8 directions, brightness taken out (GIST, A. Oliva and A. Torralba, 2001, in its plainest form)."""
    small = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA).astype(np.float32)
    dx, dy = cv2.Sobel(small, cv2.CV_32F, 1, 0), cv2.Sobel(small, cv2.CV_32F, 0, 1)
    direction = ((np.arctan2(dy, dx) % np.pi) / np.pi * 8).astype(int) % 8
    rows, columns = np.mgrid[0:128, 0:128] // 16
    bins = ((rows * 8 + columns) * 8 + direction).ravel()
    histogram = np.bincount(bins, np.sqrt(np.hypot(dx, dy)).ravel(), minlength=512)
    histogram -= histogram.mean()
    return np.asarray(histogram / max(1e-9, float(np.linalg.norm(histogram))), np.float64)
