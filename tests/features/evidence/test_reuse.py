"""The same exposure in disguise is found; two honest shots seconds apart pass."""

import cv2
import numpy as np
import pytest

from app.features.evidence.engine.judge import compare
from app.features.evidence.engine.photo import describe
from tests.features.evidence.scenes import Camera, sent, street, with_bar, with_light


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


@pytest.mark.parametrize("disguise", DISGUISES)
def test_the_same_exposure_is_found_in(disguise):
    original = street(3, is_littered=True)
    finding = compare(describe(original), describe(sent(DISGUISES[disguise](original))))
    assert finding.reused > 0.5
    assert finding.is_mirrored == (disguise == "mirrored")
    assert finding.why[0].code.startswith("same-exposure")


def test_an_honest_second_shot_passes():
    one, other = street(3, is_littered=True), street(3, Camera().step(x=0.25))
    assert compare(describe(sent(one)), describe(sent(other))).reused < 0.5


def test_another_street_is_no_reuse(littered, elsewhere):
    assert compare(littered, elsewhere).reused < 0.1
