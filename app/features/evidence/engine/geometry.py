"""How the camera moved, as far as the matches tell: one motion of a rigid scene (a fundamental matrix), and its planes."""

import contextlib
from dataclasses import dataclass

import cv2
import numpy as np

from app.features.evidence.engine.features import Array

MOST_PLANES = 4
LEAST_ON_PLANE = 12


@dataclass(frozen=True)
class Planes:
    """Homographies after → before in pixels of the given pictures, most supported first; `of` says which plane
    each match lies on (-1: none)."""

    matrices: tuple[Array, ...]
    of: Array

    @property
    def main(self) -> Array | None:
        return self.matrices[0] if self.matrices else None


def rigid(before: Array, after: Array, tolerance: float) -> Array:
    """A mask of the matches that one camera motion through a rigid scene explains (MAGSAC++). The best match stands
    first: motions are guessed from the best ones before the others (O. Chum and J. Matas, "PROSAC", 2005)."""
    none = np.zeros(len(before), bool)
    if len(before) < 8:
        return none
    with contextlib.suppress(cv2.error):  # OpenCV's solver gives up with an error on some real pairs
        _, inliers = cv2.findFundamentalMat(before, after, _guessing(tolerance))
        if inliers is not None:
            return np.asarray(inliers.ravel() > 0)
    return none


def _guessing(tolerance: float) -> cv2.UsacParams:
    told = cv2.UsacParams()
    told.sampler = cv2.SAMPLING_PROSAC
    told.score = cv2.SCORE_METHOD_MAGSAC
    told.loMethod = cv2.LOCAL_OPTIM_SIGMA
    told.final_polisher = cv2.MAGSAC
    told.threshold, told.confidence, told.maxIterations = tolerance, 0.999, 2000
    told.loIterations, told.loSampleSize, told.final_polisher_iterations = 10, 14, 3
    told.randomGeneratorState = 0
    return told


def homography(source: Array, target: Array, tolerance: float) -> tuple[Array | None, Array]:
    """source → target and a mask of its inliers; None where there is none, or one that folds the picture over."""
    none = np.zeros(len(source), bool)
    if len(source) < 4:
        return None, none
    cv2.setRNGSeed(0)
    with contextlib.suppress(cv2.error):
        matrix, inliers = cv2.findHomography(
            source, target, cv2.USAC_MAGSAC, tolerance, maxIters=2000, confidence=0.999
        )
        if matrix is not None and inliers is not None and is_sound(matrix, source):
            return matrix, np.asarray(inliers.ravel() > 0)
    return None, none


def is_sound(matrix: Array, points: Array, *, may_mirror: bool = False) -> bool:
    """No point goes behind the camera, the picture is not mirrored, and nothing grows or shrinks beyond belief."""
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        return False
    depth = points @ matrix[2, :2] + matrix[2, 2]
    x, y = points.mean(axis=0)
    w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    growth = np.linalg.det(matrix) / w**3  # the Jacobian's determinant at the middle of the points
    growth = abs(growth) if may_mirror else growth
    return bool((depth > 0).all() or (depth < 0).all()) and 1 / 400 < growth < 400


def planes(before: Array, after: Array, tolerance: float) -> Planes:
    """One homography after another, each from the matches that the former left over: a street has depth."""
    of = np.full(len(before), -1)
    matrices: list[Array] = []
    while len(matrices) < MOST_PLANES:
        left = np.flatnonzero(of < 0)
        matrix, inliers = homography(after[left], before[left], tolerance)
        if matrix is None or inliers.sum() < (LEAST_ON_PLANE if matrices else 4):
            break
        of[left[inliers]] = len(matrices)
        matrices.append(matrix)
    return Planes(tuple(matrices), of)


def warp_points(matrix: Array, points: Array) -> Array:
    if len(points) == 0:
        return points
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), matrix)).reshape(
        -1, 2
    )


def overlap(matrix: Array, before_size: tuple[int, int], after_size: tuple[int, int]) -> float:
    """Share of the before picture (width, height) that the after picture covers."""
    (w0, h0), (w1, h1) = before_size, after_size
    corners = np.array([[0, 0], [w1, 0], [w1, h1], [0, h1]], np.float64)
    if not is_sound(matrix, corners, may_mirror=True):
        return 0.0
    frame = np.array([[0, 0], [w0, 0], [w0, h0], [0, h0]], np.float32)
    shown = cv2.convexHull(warp_points(matrix, corners).astype(np.float32))
    area, _ = cv2.intersectConvexConvex(shown, cv2.convexHull(frame))
    return float(np.clip(area / (w0 * h0), 0, 1))


def outside_clump(points: Array, diagonal: float, radius: float = 0.13) -> Array:
    """A mask of the points outside the disc (radius: share of the diagonal) that holds most of them.

    One movable object, copied or carried from place to place, fills such a disc and nothing else.
    """
    if len(points) == 0:
        return np.zeros(0, bool)
    apart = np.hypot(*(points[None] - points[:, None]).transpose(2, 0, 1))
    inside = apart < radius * diagonal
    return np.asarray(~inside[inside.sum(axis=1).argmax()])
