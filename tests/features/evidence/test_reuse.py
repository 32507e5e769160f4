"""The same exposure in disguise is found; two honest shots seconds apart pass."""

import pytest

from app.features.evidence.engine.judge import compare
from app.features.evidence.engine.photo import describe
from tests.features.evidence.disguises import DISGUISES
from tests.features.evidence.scenes import Camera, sent, street


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
