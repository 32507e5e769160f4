"""What the engine says of two photos, on drawn streets with depth."""

import numpy as np
import pytest

from app.features.evidence.engine import geometry, judge
from app.features.evidence.engine.features import Features, mirrored, tilted
from app.features.evidence.engine.flow import MOST, foretold
from app.features.evidence.engine.growth import Growth, grown
from app.features.evidence.engine.judge import Verdict, compare
from app.features.evidence.engine.matching import Matches, agreeing, match
from app.features.evidence.engine.photo import describe
from app.features.evidence.engine.place import AT_RIMS, TILTS, first_look
from tests.features.evidence.scenes import Camera, project, sent, street, texture, with_bar, with_light


def _codes(finding: judge.Finding) -> set[str]:
    return {reason.code for reason in finding.why}


def test_the_same_street_from_another_stand_point_is_the_same_place(littered, cleaned):
    finding = compare(littered, cleaned)
    assert finding.verdict is Verdict.SAME
    assert "matches-spread" in _codes(finding)
    assert finding.alignment
    assert finding.alignment.planes > 1
    assert finding.alignment.overlap > 0.5


def test_another_street_is_never_called_the_same(littered, elsewhere):
    finding = compare(littered, elsewhere)
    assert finding.verdict is not Verdict.SAME
    assert finding.same_place < 0.5
    assert finding.alignment is None  # said honestly: cannot be aligned


def test_a_stand_point_far_aside_needs_tilted_views_and_gets_them(littered):
    aside = describe(sent(street(1, Camera().step(x=3, z=6, turn=-0.6))))
    assert judge.needs_closer_look(first_look(littered, aside))
    finding = compare(littered, aside)
    assert finding.verdict is Verdict.SAME
    assert "looked-twice" in _codes(finding)
    assert {f"tilted-{degrees}" for degrees in TILTS} < aside.views.keys()


@pytest.mark.parametrize("degrees", [0, 45])
def test_points_of_a_tilted_view_lie_where_they_are_in_the_picture(littered, degrees):
    view = tilted(littered.grey, toward=np.deg2rad(degrees))
    found = match(littered.upright(), view)
    found = found.take(agreeing(found, view.diagonal, view.diagonal))
    assert len(found) > 200
    assert np.median(np.hypot(*(found.after - found.before).T)) < 2


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_turned_phone_changes_nothing(littered, cleaned, quarter):
    turned = describe(np.ascontiguousarray(np.rot90(cleaned.picture, quarter)))
    assert compare(littered, turned).verdict is Verdict.SAME


def test_matches_of_one_place_foretell_each_other_and_matches_by_chance_do_not(littered, cleaned):
    sure = first_look(littered, cleaned).sure
    sizes = littered.features.diagonal, cleaned.features.diagonal
    assert foretold(sure, *sizes)[:MOST].mean() > 0.8
    elsewhere = np.random.default_rng(4).permutation(len(sure))
    chance = Matches(sure.before, sure.after[elsewhere], sure.around, sure.ratio)
    assert foretold(chance, *sizes).mean() < 0.1
    assert not foretold(sure.take(np.arange(3)), *sizes).any()


def test_likeness_spreads_over_a_street_and_a_copied_thing_is_contradicted_at_its_rim(
    littered, cleaned, elsewhere
):
    sure = first_look(littered, cleaned).sure
    surfaces = grown(littered, cleaned, sure, 144, 1 / 8)
    assert surfaces.spots >= 144
    assert surfaces.outside >= 144 / 8
    assert surfaces.contradiction < AT_RIMS / 2
    anywhere = elsewhere.features.xy[np.random.default_rng(4).choice(len(elsewhere.features.xy), len(sure))]
    chance = Matches(sure.before, anywhere.astype(np.float64), sure.around, sure.ratio)
    assert grown(littered, elsewhere, chance, 144, 1 / 8).spots < 40
    assert grown(littered, cleaned, sure.take(np.arange(0)), 144, 1 / 8) == Growth(0, 0, 0.0)
    heaps = _with_one_heap()
    heap = grown(*heaps, first_look(*heaps).sure, 144, 1 / 8)
    assert heap.spots > 20
    assert heap.outside < 5
    assert heap.contradiction > AT_RIMS


def test_evening_light_changes_nothing(littered, cleaned):
    assert compare(littered, describe(sent(with_light(cleaned.picture, 0.5, 1.4)))).verdict is Verdict.SAME


def test_a_camera_bar_on_both_photos_proves_nothing():
    finding = compare(describe(sent(with_bar(street(1)))), describe(sent(with_bar(street(2)))))
    assert finding.verdict is not Verdict.SAME
    assert finding.same_place < 0.5


def test_a_camera_bar_does_not_hide_the_same_place():
    first, second = with_bar(street(1)), with_bar(street(1, Camera().step(x=0.4)))
    assert compare(describe(sent(first)), describe(sent(second))).verdict is Verdict.SAME


def _with_one_heap():
    heap = texture(5, 90)
    pictures = []
    for seed, (x, y) in ((1, (150, 220)), (2, (310, 240))):
        picture = street(seed)
        picture[y : y + 90, x : x + 90] = heap
        pictures.append(describe(sent(picture)))
    return pictures


def test_one_object_in_two_streets_proves_nothing():
    finding = compare(*_with_one_heap())
    assert finding.verdict is not Verdict.SAME
    assert finding.same_place < 0.9


def test_the_alignment_puts_the_wall_ahead_where_it_was(cleaned):
    """The main plane of these streets carries most matches: its corners must land within a few pixels."""
    before = describe(street(1))
    look = first_look(before, cleaned)
    camera = Camera().step(x=0.6, turn=0.06)
    walls = [np.array([(-6, 6, 16), (6, 6, 16), (6, 1, 16), (-6, 1, 16)], float)]
    walls.append(np.array([(-4, 5, 8), (-4, 5, 15), (-4, 1, 15), (-4, 1, 8)], float))
    misses = [
        np.abs(geometry.warp_points(matrix, project(wall, camera)) - project(wall, Camera())).max()
        for matrix in look.planes.matrices
        for wall in walls
    ]
    assert min(misses) < 3


def test_the_same_photos_give_the_same_answer(littered, cleaned):
    one, other = compare(littered, cleaned), compare(describe(littered.picture), describe(cleaned.picture))
    assert (one.same_place, one.reused, one.why) == (other.same_place, other.reused, other.why)
    assert one.alignment
    assert other.alignment
    assert np.array_equal(one.alignment.homography, other.alignment.homography)


def test_features_survive_being_stored(littered, cleaned):
    kept = Features.from_bytes(littered.features.to_bytes())
    again = describe(littered.picture, kept)
    assert compare(again, cleaned).same_place == compare(littered, cleaned).same_place
    assert len(littered.features.to_bytes()) < 300_000


def test_features_of_the_mirrored_picture_need_no_second_reading(littered):
    flipped = describe(np.ascontiguousarray(littered.picture[:, ::-1]))
    assert len(first_look(describe(littered.picture, mirrored(littered.features)), flipped).kept) > 300


@pytest.mark.parametrize("fill", ["black", "white", "noise", "stripes", "tiny", "thin"])
def test_a_pathological_picture_ends_as_unsure_or_different_in_time(littered, fill):
    rng = np.random.default_rng(3)
    picture = {
        "black": np.zeros((360, 480, 3), np.uint8),
        "white": np.full((360, 480, 3), 255, np.uint8),
        "noise": rng.integers(0, 256, (600, 800, 3), dtype=np.uint8),
        "stripes": np.tile(np.array([0, 255], np.uint8).repeat(4), (480, 80))[:, :, None].repeat(3, axis=2),
        "tiny": np.full((1, 1, 3), 7, np.uint8),
        "thin": rng.integers(0, 256, (2, 3000, 3), dtype=np.uint8),
    }[fill]
    photo = describe(picture)
    assert len(photo.features.xy) <= 1500
    finding = compare(littered, photo)
    assert finding.verdict is not Verdict.SAME
    if fill in ("black", "white", "tiny", "thin"):
        assert finding.verdict is Verdict.UNSURE  # too little to see proves no other place


def test_a_pair_that_takes_too_long_is_unsure(littered, cleaned):
    finding = compare(littered, cleaned, seconds=0.0)
    assert finding.verdict is Verdict.UNSURE
    assert _codes(finding) == {"out-of-time"}
