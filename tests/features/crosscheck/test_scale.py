"""The result scale of a town's own standard, as phones and scores read it."""

from pathlib import Path

import yaml

from app.features.crosscheck import package, scores
from app.features.standards import loading

ROOT = Path(__file__).parents[3]


def test_the_scale_of_a_loaded_standard_has_the_shares_that_scores_count_M30() -> None:
    source = yaml.safe_load((ROOT / "app/demo/data/categories.yaml").read_text())
    scale = package.told_scale(loading.read(source).lists["result_scale"])
    assert scale == [step | {"en": told["en"]} for step, told in zip(package.SCALE, scale, strict=True)]
    assert scores.shares(scale) == {"pass": 100, "minor": 66, "major": 33, "fail": 0, "na": None}
