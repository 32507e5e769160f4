"""One pass over one picture: what every later question about it is answered from."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from app.features.evidence.engine.features import SIDE, Array, Features, extract, upright

SMALL_SIDE = 384


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

    def view(self, name: str) -> Features:
        """One of VIEWS, found when it is first asked for: only a pair that the first look leaves unsure pays for it."""
        if name not in self.views:
            if name == "upright":
                self.views[name] = upright(self.grey, self.features, self.scale)
            else:
                self.views[name] = extract(self.grey, scale=self.scale, is_dark=True)
        return self.views[name]


def describe(picture: Array, kept: Features | None = None) -> Photo:
    """`picture`: (height, width, 3) uint8 BGR, turned upright. `kept`: its features, where they were stored before."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise ValueError("a picture is an array of (height, width, 3) uint8")
    cv2.setNumThreads(1)
    scale = min(1.0, SIDE / max(picture.shape[:2]))
    if scale < 1:
        picture = reduced(picture, scale)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return Photo(picture, scale, kept or extract(grey, scale=scale))


def reduced(picture: Array, scale: float) -> Array:
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
