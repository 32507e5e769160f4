"""One pass over one picture: what every later question about it is answered from."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from app.features.evidence.engine.features import SIDE, Array, Features, extract, tilted

SMALL_SIDE = 384
FIRST_SIDE = 896  # the first look's, in pixels
SECOND_POINTS = 2500


@dataclass
class Photo:
    """A picture reduced to at most SIDE pixels and its features. `scale` = reduced / given."""

    picture: Array  # (height, width, 3) uint8, BGR
    scale: float
    features: Features
    views: dict[str, Features] = field(default_factory=dict)

    @cached_property
    def grey(self) -> Array:
        return cv2.cvtColor(self.picture, cv2.COLOR_BGR2GRAY)

    @cached_property
    def small(self) -> Array:
        """At most SMALL_SIDE pixels: what is compared pixel by pixel."""
        factor = SMALL_SIDE / max(self.picture.shape[:2])
        return self.picture if factor >= 1 else reduced(self.picture, factor)

    @property
    def small_scale(self) -> float:
        return float(self.small.shape[1]) / self.features.width

    def upright(self) -> Features:
        """For the second look: larger, more points, upright. Found when first asked for, as few pairs need it."""
        if "upright" not in self.views:
            self.views["upright"] = extract(self.grey, scale=self.scale, most=SECOND_POINTS, is_upright=True)
        return self.views["upright"]

    def tilted(self, degrees: int) -> Features:
        """For the third look, of fewer pairs still."""
        name = f"tilted-{degrees}"
        if name not in self.views:
            self.views[name] = tilted(self.grey, toward=np.deg2rad(degrees), scale=self.scale)
        return self.views[name]


def describe(picture: Array, kept: Features | None = None) -> Photo:
    """`picture`: (height, width, 3) uint8 BGR, turned upright. `kept`: its features, where they were stored before."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError("a picture is an array of (height, width, 3) uint8")
    cv2.setNumThreads(1)
    longest = max(picture.shape[:2])
    scale, first = min(1.0, SIDE / longest), min(1.0, FIRST_SIDE / longest)
    if kept is None:
        kept = extract(cv2.cvtColor(reduced(picture, first), cv2.COLOR_BGR2GRAY), scale=first)
    return Photo(reduced(picture, scale), scale, kept)


def reduced(picture: Array, scale: float) -> Array:
    if scale == 1:
        return picture
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
