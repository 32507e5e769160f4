"""From measures to a probability: logistic regressions whose numbers scripts/fit_evidence.py wrote into fitted.json."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np


@dataclass(frozen=True)
class Logistic:
    measures: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, measures: list[float]) -> float:
        if len(measures) != len(self.weights):
            raise ValueError(f"{len(measures)} measures for a model of {len(self.weights)}")
        standard = np.clip((np.array(measures) - self.mean) / np.array(self.scale), -4, 4)
        return float(1 / (1 + np.exp(-(standard @ np.array(self.weights) + self.bias))))


@cache
def fitted(name: str) -> Logistic:
    numbers = json.loads(resources.files(__package__).joinpath("fitted.json").read_text(encoding="utf-8"))[
        name
    ]
    columns = {column: tuple(numbers[column]) for column in ("measures", "mean", "scale", "weights")}
    return Logistic(**columns, bias=float(numbers["bias"]))
