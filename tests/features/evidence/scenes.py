"""Drawn streets with real depth, seeded: two walls, a front and the ground, each with a texture of its own."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 480, 360


@dataclass(frozen=True)
class Camera:
    x: float = 0.0
    y: float = 1.6
    z: float = 0.0
    turn: float = 0.0  # radians, to the right
    focal: float = 400.0

    def step(self, **moved: float) -> "Camera":
        return replace(self, **{name: getattr(self, name) + by for name, by in moved.items()})


@lru_cache(maxsize=32)
def texture(seed: int, size: int = 384) -> Picture:
    """Blotches, boards and windows, as nobody else has them."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((size, size, 3), np.float32) + rng.uniform(90, 160, 3)
    for cells, strength in ((6, 30), (24, 25), (96, 18)):
        noise = rng.normal(0, strength, (cells, cells, 3)).astype(np.float32)
        picture += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        x, y = rng.integers(0, size, 2)
        w, h = rng.integers(8, 50, 2)
        colour = tuple(float(value) for value in rng.uniform(20, 235, 3))
        cv2.rectangle(
            picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1 if rng.random() < 0.7 else 2
        )
    return picture.clip(0, 255).astype(np.uint8)


# Corners of each surface in metres (x right, y up, z ahead), in the order of its texture's corners.
SURFACES = (
    ((-9, 9, 16), (9, 9, 16), (9, 0, 16), (-9, 0, 16)),
    ((-4, 7, 2.5), (-4, 7, 16), (-4, 0, 16), (-4, 0, 2.5)),
    ((4, 6, 16), (4, 6, 2.5), (4, 0, 2.5), (4, 0, 16)),
    ((-4, 0, 16), (4, 0, 16), (4, 0, 2.5), (-4, 0, 2.5)),
    ((-1.6, 1.4, 8), (-0.2, 1.4, 8), (-0.2, 0, 8), (-1.6, 0, 8)),
)


def street(seed: int, camera: Camera | None = None, *, is_littered: bool = False) -> Picture:
    """The street `seed` from where the camera stands; littered: a heap lies to the right in front."""
    camera = camera or Camera()
    picture = np.full((HEIGHT, WIDTH, 3), 215, np.uint8)
    for i, corners in enumerate(SURFACES):
        _lay(picture, texture(seed * 100 + i), corners, camera)
    if is_littered:
        heap = ((0.5, 1.1, 6), (1.7, 1.1, 6), (1.7, 0, 6), (0.5, 0, 6))
        _lay(picture, texture(999_983), heap, camera)
    return picture


def _lay(picture: Picture, surface: Picture, corners: tuple[tuple[float, ...], ...], camera: Camera) -> None:
    size = surface.shape[0] - 1
    source = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, project(np.array(corners), camera).astype(np.float32))
    area = (picture.shape[1], picture.shape[0])
    moved = cv2.warpPerspective(surface, matrix, area, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full(surface.shape[:2], 255, np.uint8), matrix, area)
    picture[mask > 127] = moved[mask > 127]


def project(points: NDArray[np.float64], camera: Camera) -> NDArray[np.float64]:
    x, y, z = (points - [camera.x, camera.y, camera.z]).T
    cos, sin = np.cos(camera.turn), np.sin(camera.turn)
    right, ahead = cos * x - sin * z, sin * x + cos * z
    return np.stack(
        [WIDTH / 2 + camera.focal * right / ahead, HEIGHT / 2 - camera.focal * y / ahead], axis=-1
    )


def sent(picture: Picture, quality: int = 75) -> Picture:
    """As a messenger leaves it."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def with_light(picture: Picture, gain: float, gamma: float = 1.0) -> Picture:
    return np.asarray((255 * (picture / 255) ** gamma * gain).clip(0, 255), np.uint8)


def with_bar(picture: Picture, text: str = "PATROL CAMERA  No. 12 Heping Rd") -> Picture:
    """A camera app's bar, at the same place of every photo."""
    marked = picture.copy()
    h, w = marked.shape[:2]
    cv2.rectangle(marked, (0, int(h * 0.74)), (int(w * 0.62), h), (60, 60, 60), -1)
    for i, line in enumerate(("09:13 2026-05-04", text, "Sunny 24C  verified photo")):
        cv2.putText(
            marked, line, (10, int(h * 0.74) + 26 + 28 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1
        )
    return marked
