"""The point score of M30, and the way over the points."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geo import distance_m
from app.features.patrols.walking import walking_order
from app.features.standards.scoring import Mark, point_score, stricter

MARKS = st.lists(st.builds(Mark, st.sampled_from([100, 66, 33, 0, None]), st.integers(1, 5)), max_size=30)


@pytest.mark.parametrize(
    ("marks", "score"),
    [
        ([], None),
        ([Mark(None)], None),
        ([Mark(100), Mark(None)], 100.0),
        ([Mark(100), Mark(66), Mark(33), Mark(0)], 49.75),
        ([Mark(100, 2), Mark(0)], 66.67),
        ([Mark(0, 2), Mark(100)], 33.33),
        ([Mark(66), Mark(66), Mark(33)], 55.0),
        ([Mark(100), Mark(0, 7)], 12.5),
    ],
)
def test_a_points_score_weighs_what_applies_M30(marks: list[Mark], score: float | None) -> None:
    assert point_score(marks) == score


def test_a_stricter_profile_counts_what_falls_short_as_the_next_worse_X39() -> None:
    scale = {"pass": 100, "minor": 66, "major": 33, "fail": 0, "na": None}
    assert stricter(scale) == {"pass": 100, "minor": 33, "major": 0, "fail": 0, "na": None}
    assert stricter({"ok": 100, "not": 0}) == {"ok": 100, "not": 0}
    assert stricter({"ok": 100, "half": 50}) == {"ok": 100, "half": 50}, "nothing is worse than the worst"


@given(MARKS)
def test_a_score_lies_between_its_worst_and_its_best_item_M30(marks: list[Mark]) -> None:
    shares = [mark.share_percent for mark in marks if mark.share_percent is not None]
    score = point_score(marks)
    assert (score is None) == (not shares)
    if score is not None:
        assert min(shares) <= score <= max(shares)
    assert point_score([*marks, Mark(None, 9)]) == score


@given(st.lists(st.tuples(st.floats(119.9, 120.1), st.floats(29.9, 30.1)), max_size=12))
def test_the_way_visits_every_point_once_and_is_no_longer_than_the_list(
    places: list[tuple[float, float]],
) -> None:
    order = walking_order(places)
    assert sorted(order) == list(range(len(places)))


def test_the_way_along_a_road_does_not_go_back_and_forth() -> None:
    road = [(120.0 + n / 1000, 30.0) for n in (3, 0, 4, 1, 2)]
    assert walking_order(road) == [1, 3, 4, 0, 2]
    crossing = [(120.0, 30.0), (120.001, 30.001), (120.002, 30.0), (120.001, 29.999), (120.0011, 30.0005)]
    order = walking_order(crossing)

    def length(way: list[int]) -> float:
        return sum(distance_m(*crossing[a], *crossing[b]) for a, b in itertools.pairwise(way))

    assert length(order) <= length(list(range(5)))
