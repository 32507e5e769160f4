"""Key points of one picture and their descriptors (RootSIFT), evenly spread, bounded in number, serialisable.

D. Lowe, "Distinctive image features", 2004; R. Arandjelović and A. Zisserman, "Three things everyone should know", 2012.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SIDE = 1024  # longest side, in pixels, at which a picture is kept
MOST_POINTS = 1500
CELLS = 8  # the picture is cut into CELLS x CELLS; each gives its strongest points first
TILT = 2.0  # how much a tilted view is squeezed
RIM = 8  # pixels along the edge of a tilted view's picture in which nothing is believed
DESCRIPTOR_SCALE = 512.0  # a RootSIFT descriptor has length 1; stored as uint8


@dataclass(frozen=True)
class Features:
    """Points in pixels of the picture as given (not of the reduced one); `angle` in radians, `size` in pixels."""

    width: int
    height: int
    xy: Array  # (n, 2) float32
    size: Array  # (n,) float32
    angle: Array  # (n,) float32
    descriptors: Array  # (n, 128) uint8
    lean: Array = field(default_factory=lambda: np.eye(2))
    """2x2, for rows: a step in the view the points were found in @ lean = a step in the picture. Not stored."""

    @property
    def diagonal(self) -> float:
        return float(np.hypot(self.width, self.height))

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        np.savez(
            out,
            shape=np.array([self.width, self.height]),
            xy=self.xy,
            size=self.size,
            angle=self.angle,
            descriptors=self.descriptors,
        )
        return out.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> "Features":
        kept = np.load(io.BytesIO(data), allow_pickle=False)
        width, height = (int(value) for value in kept["shape"])
        points = (kept["xy"], kept["size"], kept["angle"], kept["descriptors"])
        return Features(width, height, *points)


def extract(
    grey: Array,
    *,
    scale: float = 1.0,
    most: int = MOST_POINTS,
    is_upright: bool = False,
) -> Features:
    """`grey` (height, width) uint8, reduced by `scale` from the picture whose pixels the points are given in.

    `is_upright` takes every point as it stands: street photos are rarely tilted, and less freedom errs less.
    """
    cv2.setNumThreads(1)
    height, width = grey.shape
    found = _spread(_detected(grey, is_upright=is_upright), width, height, most)
    return _described(grey, found, round(width / scale), round(height / scale), scale)


def tilted(grey: Array, *, toward: float, scale: float = 1.0, most: int = MOST_POINTS) -> Features:
    """What stands out when the picture is squeezed by TILT along the direction `toward` (radians): as a wall or the
    ground would look to somebody who stands aside. Upright. After J.-M. Morel and G. Yu, "ASIFT", 2009."""
    cv2.setNumThreads(1)
    height, width = grey.shape
    axes = np.array([[np.cos(toward), np.sin(toward)], [-np.sin(toward), np.cos(toward)]])
    squeeze = axes.T @ np.diag([1 / TILT, 1.0]) @ axes
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ squeeze
    low = corners.min(axis=0)
    size = np.ceil(corners.max(axis=0) - low).astype(int)
    view = cv2.warpAffine(
        _blurred_along(grey, axes),
        np.column_stack([squeeze, -low]),
        (max(1, int(size[0])), max(1, int(size[1]))),
        borderMode=cv2.BORDER_REPLICATE,
    )
    lean = np.linalg.inv(squeeze)
    found = _detected(view, is_upright=True)
    spots = (np.array([point.pt for point in found]).reshape(-1, 2) + low) @ lean
    inside = (spots > RIM).all(axis=1) & (spots < [width - RIM, height - RIM]).all(axis=1)
    found = _spread([found[i] for i in np.flatnonzero(inside)], view.shape[1], view.shape[0], most)
    raw = _described(view, found, round(width / scale), round(height / scale), 1.0)
    xy = ((raw.xy + low) @ lean / scale).astype(np.float32)
    return replace(raw, xy=xy, size=raw.size / np.float32(scale), lean=lean)


def _blurred_along(grey: Array, axes: Array) -> Array:
    """Blurred along the first axis only, so that squeezing it brings in no false patterns."""
    reach = np.arange(-6, 7)
    x, y = np.meshgrid(reach, reach)
    along, across = x * axes[0, 0] + y * axes[0, 1], x * axes[1, 0] + y * axes[1, 1]
    kernel = np.exp(-(along**2) / (2 * 0.64 * (TILT**2 - 1)) - across**2 / (2 * 0.09))
    return cv2.filter2D(grey, -1, kernel / kernel.sum())


def _detected(grey: Array, *, is_upright: bool) -> list[cv2.KeyPoint]:
    found = list(cv2.SIFT.create(nfeatures=0, contrastThreshold=0.012, edgeThreshold=12).detect(grey, None))
    if is_upright:
        found = list({(point.pt, point.size): point for point in found}.values())
        for point in found:
            point.angle = 0.0
    return found


def _described(grey: Array, found: list[cv2.KeyPoint], width: int, height: int, scale: float) -> Features:
    points: Sequence[cv2.KeyPoint] = []
    raw: Array | None = None
    if found:
        points, raw = cv2.SIFT.create().compute(grey, found)
    if raw is None:
        raw = np.zeros((0, 128), np.float32)
    root = np.sqrt(raw / (raw.sum(axis=1, keepdims=True) + 1e-9))
    return Features(
        width=width,
        height=height,
        xy=np.array([point.pt for point in points], np.float32).reshape(-1, 2) / np.float32(scale),
        size=np.array([point.size for point in points], np.float32) / np.float32(scale),
        angle=np.deg2rad(np.array([point.angle for point in points], np.float32)),
        descriptors=np.round(root * DESCRIPTOR_SCALE).clip(0, 255).astype(np.uint8),
    )


def _spread(points: list[cv2.KeyPoint], width: int, height: int, most: int) -> list[cv2.KeyPoint]:
    """The strongest of every cell first, then the second strongest …: a tree full of leaves must not take all places."""
    if len(points) <= most:
        return points
    xy = np.asarray(cv2.KeyPoint.convert(points), np.float64)
    strength = np.fromiter((point.response for point in points), np.float64, len(points))
    columns = np.minimum((xy[:, 0] * CELLS / width).astype(int), CELLS - 1)
    rows = np.minimum((xy[:, 1] * CELLS / height).astype(int), CELLS - 1)
    cell = rows * CELLS + columns
    order = np.lexsort((-strength, cell))
    first_of_cell = np.searchsorted(cell[order], np.arange(CELLS * CELLS))
    rank = np.empty(len(points), int)
    rank[order] = np.arange(len(points)) - first_of_cell[cell[order]]
    return [points[i] for i in np.lexsort((-strength, rank))[:most]]


def mirrored(features: Features) -> Features:
    """What `extract` would have found in the picture seen in a mirror, without reading it again.

    Across the point's own axis the rows of the 4x4 grid change places and the 8 orientations change sign.
    """
    grid = features.descriptors.reshape(-1, 4, 4, 8)[:, ::-1]
    turned = grid[..., (8 - np.arange(8)) % 8]
    xy = features.xy.copy()
    xy[:, 0] = features.width - 1 - xy[:, 0]
    return Features(
        features.width,
        features.height,
        xy,
        features.size,
        (np.pi - features.angle).astype(np.float32),
        np.ascontiguousarray(turned).reshape(-1, 128),
    )
