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
    "miss", "on_plane", "on_plane_share", "containment", "alike_low", "alike_quarter", "alike_half", "fine_quarter",
    "fine_half", "thumb",
)  # fmt: skip
LEAST_MATCHES = 12
SURELY_STRAIGHT = 250  # agreeing matches from which nobody need look into the mirror
LIKE_AS_IT_IS = 0.85  # correlation of the thumbs from which the pictures may lie on each other uncut
ORIENTATIONS = tuple((is_mirrored, quarter) for is_mirrored in (False, True) for quarter in range(4))


@dataclass(frozen=True)
class Registration:
    matrix: Array | None  # after → before, in pixels of the given pictures
    is_mirrored: bool
    measures: list[float]


@dataclass(frozen=True)
class _Plane:
    matrix: Array
    on_plane: int
    share: float
    miss: float  # pixels of the small picture


def register(before: Photo, after: Photo, straight: Look) -> Registration:
    """The best single homography, straight or mirrored, and how exactly the pictures agree under it."""
    start, end, back = straight.agreeing.before, straight.agreeing.after, np.eye(3)
    if len(straight.kept) < SURELY_STRAIGHT:
        flipped = look(before.features, mirrored(after.features)).agreeing
        if len(flipped) > len(start):
            start, end, back = flipped.before, flipped.after, _mirror(after.features.width)
    planes = [_plane(start, end, back, before.small_scale)]
    thumb, orientation = _thumb(before.grey, after.grey)
    if thumb > LIKE_AS_IT_IS:
        planes.append(_as_it_is(before, after, orientation, start, geometry.warp_points(back, end)))
    found = min((p for p in planes if p), key=lambda plane: (plane.miss, -plane.on_plane), default=None)
    if found is None:
        return Registration(None, False, [_log(3.0), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, thumb])
    coarse, fine = _agreement(before, after, found.matrix)
    alike = [-float(np.log(1.02 - value)) for value in (*coarse, *fine[1:])]
    within = _containment(before, after, found.matrix)
    measures = [_log(found.miss), float(np.log1p(found.on_plane)), found.share, within, *alike, thumb]
    return Registration(found.matrix, bool(np.linalg.det(found.matrix[:2, :2]) < 0), measures)


def _log(miss: float) -> float:
    return float(np.log(miss + 0.05))


def _mirror(width: int) -> Array:
    return np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)


def _containment(before: Photo, after: Photo, matrix: Array) -> float:
    """1 where one picture lies within the other: a cut, or a frame around it. A camera that turned leaves part of
    both outside."""
    ours, theirs = ((photo.features.width, photo.features.height) for photo in (before, after))
    if abs(np.linalg.det(matrix)) < 1e-12:
        return 0.0
    return max(geometry.overlap(matrix, ours, theirs), geometry.overlap(np.linalg.inv(matrix), theirs, ours))


def _plane(start: Array, end: Array, back: Array, scale: float) -> _Plane | None:
    """The plane that most matches lie on. `back`: from where the matches end to the after photo (a mirror, or not)."""
    if len(start) < LEAST_MATCHES:
        return None
    matrix, inliers = geometry.homography(end, start, 1.5 / scale)
    if matrix is None or inliers.sum() < LEAST_MATCHES:
        return None
    return _on(matrix @ np.linalg.inv(back), start, geometry.warp_points(back, end), scale)


def _on(matrix: Array, start: Array, end: Array, scale: float) -> _Plane:
    if len(start) == 0:
        return _Plane(matrix, 0, 0.0, 3.0)
    misses = np.hypot(*(geometry.warp_points(matrix, end) - start).T) * scale
    hit = misses < 1.5
    miss = float(np.median(misses[hit])) if hit.any() else 3.0
    return _Plane(matrix, int(hit.sum()), float(hit.mean()), miss)


def _as_it_is(
    before: Photo, after: Photo, orientation: tuple[bool, int], start: Array, end: Array
) -> _Plane | None:
    """The pictures laid on each other whole, in the orientation in which their thumbs agree, if the matches agree too."""
    is_mirrored, quarter = orientation
    width, height = after.features.width, after.features.height
    matrix = _mirror(width) if is_mirrored else np.eye(3)
    for _ in range(quarter):
        matrix = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]]) @ matrix
        width, height = height, width
    matrix = np.diag([before.features.width / width, before.features.height / height, 1.0]) @ matrix
    laid = _on(matrix, start, end, before.small_scale)
    return laid if laid.on_plane >= LEAST_MATCHES and laid.share > 0.7 else None


def _agreement(before: Photo, after: Photo, matrix: Array) -> tuple[list[float], list[float]]:
    """Percentiles 10, 25, 50 of the local correlation after the warp, coarse and fine."""
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
    full = np.full(source.shape, 255, np.uint8)
    covered = cv2.warpPerspective(full, small, size, flags=cv2.INTER_NEAREST) > 0
    coarse = _percentiles(target, moved, covered, window=31, blur=2.0)
    fine = _percentiles(target, moved, covered, window=15, blur=0.8)
    return coarse, fine


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


def _thumb(a: Array, b: Array) -> tuple[float, tuple[bool, int]]:
    """Best correlation of the whole pictures at 32x32 in their eight orientations (mirrored first, then turned)."""
    first = _normalised(a)
    small = cv2.resize(b, (32, 32), interpolation=cv2.INTER_AREA)
    sides = {False: small, True: small[:, ::-1]}
    alike = [float((first * _normalised(np.rot90(sides[flip], turn))).mean()) for flip, turn in ORIENTATIONS]
    return max(alike), ORIENTATIONS[int(np.argmax(alike))]


def _normalised(grey: Array) -> Array:
    small = cv2.resize(np.ascontiguousarray(grey), (32, 32), interpolation=cv2.INTER_AREA).astype(np.float64)
    return np.asarray((small - small.mean()) / (small.std() + 1.0))
