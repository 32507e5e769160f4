"""What a reviewer sees of a finding: the after photo laid over the before photo, and where something changed, hatched."""

from typing import Any

import cv2
import numpy as np

CHANGED = 55
"""From this brightness of the change map on a spot counts as changed: above what light and shadow alone bring about."""
STRIPE = 14
WIDTH = 960
JPEG_QUALITY = 80
_INK, _PAPER = (0, 96, 255), (255, 255, 255)  # BGR: orange and white, seen on grass as on asphalt


def aligned(after: Any, homography: Any, shape: tuple[int, int]) -> bytes:
    """The after photo in the before photo's frame (height, width), as JPEG."""
    height, width = shape
    warped = cv2.warpPerspective(after, homography, (width, height), flags=cv2.INTER_LINEAR)
    return _encoded(".jpg", warped, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def changed_share(change_map: Any) -> float:
    return float((change_map >= CHANGED).mean())


def hatched(change_map: Any, shape: tuple[int, int]) -> bytes:
    """A transparent PNG of the before photo's proportions: stripes and an outline where something changed."""
    height, width = shape
    size = (WIDTH, max(1, round(WIDTH * height / width)))
    mask = (cv2.resize(change_map, size, interpolation=cv2.INTER_LINEAR) >= CHANGED).astype(np.uint8)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    stripe = (rows + columns) % STRIPE
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    picture[(mask > 0) & (stripe < 4)] = (*_INK, 235)
    picture[(mask > 0) & (stripe >= 4) & (stripe < 6)] = (*_PAPER, 200)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(picture, outlines, -1, (*_PAPER, 255), 5)
    cv2.drawContours(picture, outlines, -1, (*_INK, 255), 3)
    return _encoded(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def _encoded(kind: str, picture: Any, options: list[int]) -> bytes:
    return bytes(cv2.imencode(kind, picture, options)[1])
