"""The benches still run: a tiny run, in a process of its own. Its figures say nothing."""

import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bench import __main__, figures
from bench.processes import Product
from tests.support.zygote import Forked, command, zygote

pytestmark = pytest.mark.either_db


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first bench has filled the second finds there."""
    return tmp_path_factory.mktemp("bench")


def run(bench: str, words: list[str]) -> None:
    """In the process: a bench; what it measures is forked instead of started, for nothing is measured here."""

    def start(product: Product, *words: str) -> Forked:
        what = f"{command.__module__}:command"
        return zygote().fork(what, {"words": list(words)}, product.env, product.log)

    with patch.object(Product, "_start", start):
        {"all": __main__, "figures": figures}[bench].main(words)


def ran(bench: str, words: list[str], log: Path) -> str:
    """What it printed."""
    asked: dict[str, Any] = {"bench": bench, "words": [*words, "--folder", str(log.parent)]}
    status = zygote().fork(f"{__name__}:run", asked, dict(os.environ), log).wait(120)
    assert status == 0, log.read_text()
    return log.read_text()


def test_every_operation_is_measured_and_shown_beside_its_target(folder: Path) -> None:
    only = ["--only", "list,detail,map,report,photo"]
    said = ran("all", ["--tiny", "--db", "sqlite", *only], folder / "all.log")
    (measured,) = json.loads((folder / "last.json").read_text())["results"]
    asked = {"list", "detail", "map", "report", "photo, to the ack"}
    assert asked <= set(measured["measured"])
    assert measured["statements"]["list"] <= 5
    assert "list " in said


def test_the_pages_of_figures_are_measured_counted_and_kept(folder: Path) -> None:
    said = ran(
        "figures", ["--cases", "300", "--visits", "30", "--rounds", "1", "--live"], folder / "figures.log"
    )
    assert said.count("counted  /api/figures/") == len(figures.PAGES)
    # Narrowed by every filter too.
    assert said.count("kept     /api/figures/") > len(figures.PAGES)
