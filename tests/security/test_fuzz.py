"""The short, seeded form of `make fuzz`: every parser of ours is fed for a few seconds, guided by what it covers."""

import os
import subprocess
import sys
from pathlib import Path

from tests.test_architecture import ROOT

RUNS = 15_000


def test_no_parser_falls_over_what_a_fuzzer_feeds_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzz", "all", f"-runs={RUNS}", "-seed=1", "-max_len=2048"]
    environment = {**os.environ, "XF_FUZZ_DIR": str(tmp_path), "XUNFANG_DATA_DIR": str(tmp_path)}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr[-3000:]
    assert f"Done {RUNS} runs" in run.stderr
