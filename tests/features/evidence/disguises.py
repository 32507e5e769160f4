"""What people do to a picture so that it passes for another."""

import cv2
import numpy as np

from tests.features.evidence.scenes import sent, with_bar, with_light


def _photo_of_a_screen(picture: np.ndarray) -> np.ndarray:
    h, w = picture.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    target = np.array([[40, 25], [w - 20, 45], [w - 45, h - 30], [25, h - 50]], np.float32)
    seen = cv2.warpPerspective(
        picture, cv2.getPerspectiveTransform(source, target), (w, h), borderValue=(25, 25, 25)
    )
    return with_light(cv2.GaussianBlur(seen, (0, 0), 0.9), 0.85, 1.1)


DISGUISES = {
    "re-encoded": lambda p: sent(p, 40),
    "half": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "cropped": lambda p: p[60:330, 90:460].copy(),
    "brightened": lambda p: with_light(p, 1.3),
    "turned": lambda p: np.ascontiguousarray(np.rot90(p)),
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "watermarked": with_bar,
    "photo of a screen": _photo_of_a_screen,
}
