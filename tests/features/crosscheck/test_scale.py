"""The result scale of a town's own standard, as phones and scores read it."""

from pathlib import Path

from app.features.crosscheck import package, scores
from app.features.standards import loading

CATEGORIES = Path(__file__).parents[3] / "app/demo/data/categories.yaml"


def test_the_scale_of_a_loaded_standard_has_the_shares_that_scores_count_M30() -> None:
    lists = loading.read_standard(CATEGORIES).lists.model_dump()
    scale = package.told_scale(lists["result_scale"])
    assert [step["zh"] for step in scale] == [step["zh"] for step in package.SCALE]
    assert [set(step) for step in scale] == [{"code", "zh", "en", "share"}] * 5
    assert scores.shares(scale) == {"pass": 100, "minor": 66, "major": 33, "fail": 0, "na": None}
