"""The benches still run: a tiny run of each database's, as a command of its own. Its figures say nothing."""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.database import ROOT

BENCH = [sys.executable, "-m", "bench", "--tiny", "--db", "sqlite"]


def test_every_operation_is_measured_and_shown_beside_its_target(tmp_path: Path) -> None:
    run = subprocess.run(
        [*BENCH, "--only", "list,detail,map,report,photo", "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (figures,) = json.loads((tmp_path / "last.json").read_text())["results"]
    asked = {"list", "detail", "map", "report", "photo, to the ack"}
    assert asked <= set(figures["measured"])
    assert figures["statements"]["list"] <= 5
    assert "list " in run.stdout
