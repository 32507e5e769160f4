"""Is one photo the other in disguise? The same exposure shows no parallax and the same passers-by, wherever it was cut.

Two honest shots from one stand-point differ in both by seconds; one exposure, re-encoded, cropped, turned, mirrored or
photographed from a screen, does in neither.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from app.features.evidence.engine import geometry
from app.features.evidence.engine.features import Array, mirrored
from app.features.evidence.engine.photo import Photo
from app.features.evidence.engine.place import Look, look

MEASURES = (
    "on_plane", "on_plane_share", "miss", "covered",
    "alike_low", "alike_quarter", "alike_half", "fine_quarter", "fine_half", "thumb", "off_plane",
)  # fmt: skip
LEAST_MATCHES = 12


@dataclass(frozen=True)
class Registration:
    matrix: Array | None  # after → before, in pixels of the given pictures
    is_mirrored: bool
    measures: list[float]


def register(before: Photo, after: Photo, straight: Look) -> Registration:
    """The best single homography, straight or mirrored, and how exactly the pictures agree under it."""
    flipped = look(before.features, mirrored(after.features))
    is_mirrored = len(flipped.kept) > len(straight.kept)
    best = flipped if is_mirrored else straight
    thumb = _thumb(before.grey, after.grey)
    scale = before.small_scale
    on_plane, share, miss, matrix = _plane(best, scale)
    if matrix is None:
        return Registration(None, is_mirrored, [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, thumb, 0.0])
    if is_mirrored:
        matrix = matrix @ np.array([[-1, 0, after.features.width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    coarse, fine, covered = _agreement(before, after, matrix)
    measures = [
        float(np.log1p(on_plane)), share, miss, covered,
        *coarse, *fine[1:], thumb, float(np.log1p(max(0, len(best.sure) - on_plane))),
    ]  # fmt: skip
    return Registration(matrix, is_mirrored, measures)


def _plane(best: Look, scale: float) -> tuple[int, float, float, Array | None]:
    """Matches on the tightest plane, their share, and by how much (small pixels) they miss it."""
    if len(best.kept) < LEAST_MATCHES:
        return 0, 0.0, 3.0, None
    tolerance = 1.5 / scale
    matrix, inliers = geometry.homography(best.kept.after, best.kept.before, tolerance)
    if matrix is None or inliers.sum() < LEAST_MATCHES:
        return 0, 0.0, 3.0, None
    hit = best.kept.take(inliers)
    miss = np.hypot(*(geometry.warp_points(matrix, hit.after) - hit.before).T) * scale
    return int(inliers.sum()), float(inliers.mean()), float(np.median(miss)), matrix


def _agreement(before: Photo, after: Photo, matrix: Array) -> tuple[list[float], list[float], float]:
    """Percentiles 10, 25, 50 of the local correlation after the warp, coarse and fine, and the share covered."""
    target = cv2.cvtColor(before.small, cv2.COLOR_BGR2GRAY)
    source = after.grey
    here, there = before.small_scale, after.scale
    small = np.diag([here, here, 1.0]) @ matrix @ np.diag([1 / there, 1 / there, 1.0])
    size = (target.shape[1], target.shape[0])
    # Shrinking by the warp alone would alias: blur first by what it shrinks.
    shrink = max(1.0, there / here / np.sqrt(abs(np.linalg.det(matrix[:2, :2])) + 1e-9))
    if shrink > 1.2:
        source = cv2.GaussianBlur(source, (0, 0), 0.45 * min(shrink, 8.0))
    moved = cv2.warpPerspective(source, small, size, flags=cv2.INTER_LINEAR)
    covered = (
        cv2.warpPerspective(np.full(source.shape, 255, np.uint8), small, size, flags=cv2.INTER_NEAREST) > 0
    )
    coarse = _percentiles(target, moved, covered, window=31, blur=2.0)
    fine = _percentiles(target, moved, covered, window=15, blur=0.8)
    return coarse, fine, float(covered.mean())


def _percentiles(target: Array, moved: Array, covered: Array, *, window: int, blur: float) -> list[float]:
    a = cv2.GaussianBlur(target.astype(np.float32), (0, 0), blur)
    b = cv2.GaussianBlur(moved.astype(np.float32), (0, 0), blur)
    correlation, texture = local_correlation(a, b, window)
    inner = cv2.erode(covered.astype(np.uint8), np.ones((window, window), np.uint8)) > 0
    rated = inner & (texture > 3.0)
    if rated.sum() < 200:
        rated = inner
    if rated.sum() < 50:
        return [0.0, 0.0, 0.0]
    return [float(value) for value in np.percentile(correlation[rated], (10, 25, 50))]


def local_correlation(a: Array, b: Array, window: int) -> tuple[Array, Array]:
    """Per pixel the correlation of the windows around it, and the deviation of the first one (its texture)."""
    box = (window, window)
    mean_a, mean_b = cv2.blur(a, box), cv2.blur(b, box)
    var_a = np.maximum(cv2.blur(a * a, box) - mean_a**2, 0)
    var_b = np.maximum(cv2.blur(b * b, box) - mean_b**2, 0)
    both = cv2.blur(a * b, box) - mean_a * mean_b
    return both / np.sqrt((var_a + 4.0) * (var_b + 4.0)), np.sqrt(var_a)


def _thumb(a: Array, b: Array) -> float:
    """Best correlation of the whole pictures at 32x32 in their eight orientations: for pictures without points."""
    first = _normalised(a)
    best = -1.0
    small = cv2.resize(b, (32, 32), interpolation=cv2.INTER_AREA)
    for side in (small, small[:, ::-1]):
        for quarter in range(4):
            best = max(best, float((first * _normalised(np.rot90(side, quarter))).mean()))
    return best


def _normalised(grey: Array) -> Array:
    small = cv2.resize(np.ascontiguousarray(grey), (32, 32), interpolation=cv2.INTER_AREA).astype(np.float64)
    return np.asarray((small - small.mean()) / (small.std() + 1.0))
