"""The benches still run: a tiny run, in a process of its own. Its figures say nothing."""

import json
import os
from pathlib import Path

from tests.support.zygote import zygote


def test_every_operation_is_measured_and_shown_beside_its_target(tmp_path: Path) -> None:
    words = ["--tiny", "--db", "sqlite", "--only", "list,detail,map,report,photo", "--folder", str(tmp_path)]
    log = tmp_path / "log"
    status = zygote().fork("bench.__main__:main", {"given": words}, dict(os.environ), log).wait(120)
    assert status == 0, log.read_text()
    (figures,) = json.loads((tmp_path / "last.json").read_text())["results"]
    asked = {"list", "detail", "map", "report", "photo, to the ack"}
    assert asked <= set(figures["measured"])
    assert figures["statements"]["list"] <= 5
    assert "list " in log.read_text()


def test_the_pages_of_figures_are_measured_counted_and_kept(tmp_path: Path) -> None:
    words = ["--cases", "300", "--visits", "30", "--rounds", "2", "--folder", str(tmp_path)]
    log = tmp_path / "log"
    status = zygote().fork("bench.figures:main", {"given": words}, dict(os.environ), log).wait(120)
    assert status == 0, log.read_text()
    assert log.read_text().count("kept     /api/figures/") == 3


def test_refusals_of_a_login_are_timed_in_pairs(tmp_path: Path) -> None:
    """Whether they take the same time is measured at leisure (docs/security.md); here each is asked and refused."""
    log = tmp_path / "log"
    status = (
        zygote().fork("bench.login_timing:main", {"given": ["--pairs", "2"]}, dict(os.environ), log).wait(120)
    )
    assert status == 0, log.read_text()
    assert log.read_text().count(" 2 pairs") == 6
