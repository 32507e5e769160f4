"""Each recipe in a short form, beside arithmetic of its own; the full ones, by the command, are soaks."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from fastapi import FastAPI
from sqlalchemy import Connection

from app.demo.town import read_data
from app.replay import run
from app.replay.run import Result
from tests.support.zygote import command, zygote

# What each route and query gives on PostgreSQL is proved with its feature; here they are only strung together.
pytestmark = pytest.mark.either_db
XUNFANG = Path(sys.executable).with_name("xunfang")


def quiet(_: int, __: int) -> None:
    """Nobody watches."""


@pytest.fixture
def perform(app: FastAPI, portal: BlockingPortal, database: Connection, settings: Any) -> Any:
    """Plays a recipe of demo.yaml with other sizes."""
    settings(totp_required=False)

    def play(name: str, **sizes: Any) -> dict[str, Any]:
        recipe = {**read_data("demo.yaml")["replays"][name], **sizes}
        told: dict[str, Any] = run.perform(name, recipe, app, portal, quiet)
        return told

    return play


def test_two_inspections_find_22_and_one_is_coordinated_Z05_M29(perform: Any) -> None:
    told = perform("zhujiajiao", inspections=2)
    assert told == {
        "found": 22,
        "on_spot": 21,
        "coordinated": 1,
        "open": 0,
        "closure_rate": "100.0 %",
        "on_spot_rate": "95.5 %",
        "coordinated_rate": "4.5 %",
        "per_inspection": 11.0,
    }


def test_what_a_town_finds_in_two_days_is_closed_X12(perform: Any) -> None:
    told = perform("xujing", found=9, period=["2021-01-01", "2021-01-02"])
    assert told == {"found": 9, "closed": 9, "closure_rate": "100.0 %"}


def test_a_day_of_twelve_is_closed_within_72_hours_also_the_difficult_one_D16_D17_D23(perform: Any) -> None:
    told = perform("dachang", days=1)
    assert told == {"found": 12, "share_within_72h": "100.0 %", "overdue": 0, "petitions": 0}


def test_four_found_and_three_resolved_are_75_percent_S35(perform: Any) -> None:
    told = perform("shimen_year", found=4, resolved=3, period=["2021-03-01", "2021-03-20"])
    assert told == {"resolution_rate": "75.0 %", "at_least": 75.0}


def test_volunteers_of_two_kinds_are_imported_once_S41(perform: Any) -> None:
    assert perform("shimen_volunteers", white_collar=4, resident=3) == {"total": 7}


def test_grids_have_their_duty_when_all_three_accepted_J06_J07(perform: Any) -> None:
    assert perform("jiyang_grids", columns=3, rows=2) == {"grids": 6, "with_full_duty": 6}


def test_a_rounds_findings_become_cases_by_category_S11_S28_S29_S31(perform: Any) -> None:
    kinds = [("ORD-02", 5), ("ENV-02", 4), ("RES-01", 3), ("ENV-03", 2), ("PUB-02", 1)]
    told = perform("shimen_round", by_category=[{"category": c, "n": n} for c, n in kinds])
    assert told == {
        "findings": 15,
        "at_least": 15,
        "top4": ["ORD-02", "ENV-02", "RES-01", "ENV-03"],
        "each_unit_inspected_once": True,
    }


def test_a_figure_that_differs_is_named_and_a_least_is_a_least() -> None:
    result = Result(
        "x",
        {"found": 63, "at_least": 60, "rate": "95.5 %"},
        {"found": 62, "at_least": 62, "rate": "95.5 %"},
        1,
    )
    assert result.differs == ["found"]
    assert Result("x", {"at_least": "95 %"}, {"at_least": 94.9}, 1).differs == ["at_least"]
    assert Result("x", {"found": 1}, {}, 1).differs == ["found"]


def test_the_recipes_are_those_of_the_sources() -> None:
    assert run.names() == list(read_data("demo.yaml")["replays"])


def small(words: list[str]) -> None:
    """The command, in a process that knows only six grids."""
    grids = read_data("demo.yaml")["replays"]["jiyang_grids"]
    grids |= {"columns": 3, "rows": 2, "expected": {"grids": 6, "with_full_duty": 6}}
    command(words)


def test_the_command_plays_on_a_database_of_its_own_and_says_what_came_out(tmp_path: Path) -> None:
    for name, status, said in (("nobody", 1, "zhujiajiao"), ("jiyang_grids", 0, "with_full_duty")):
        log, folder = tmp_path / name, tmp_path / "here"
        folder.mkdir(exist_ok=True)
        words = {"words": ["replay", name]}
        done = zygote().fork(f"{__name__}:small", words, {**os.environ, "COLUMNS": "200"}, log, cwd=folder)
        assert done.wait(120) == status, log.read_text()
        assert said in log.read_text()
        assert list(folder.iterdir()) == [], "nothing is left behind"


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["zhujiajiao", "xujing", "dachang", "shimen_round", "shimen_year", "shimen_volunteers", "jiyang_grids"])  # fmt: skip
def test_the_figures_of_the_sources_come_out_Z05_X12_D23_S28_S29_S35_J06_J07(
    name: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [XUNFANG, "replay", name], cwd=tmp_path, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stdout + done.stderr
