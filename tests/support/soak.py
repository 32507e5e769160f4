"""`make soak`: the long forms of tests, and where their figures go: var/soak.jsonl, from there to docs/durability.md."""

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from app.core.clock import now

ROOT = Path(__file__).parents[2]


def soaking() -> bool:
    return os.environ.get("XF_SOAK") == "1"


def record(name: str, **figures: Any) -> None:
    """One line: what was measured, when, of which commit, on what."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    load = os.getloadavg()[0]
    line = {
        "name": name,
        "at": now().isoformat(),
        "commit": commit.stdout.strip(),
        "machine": machine,
        "load": load,
    }
    file = ROOT / "var/soak.jsonl"
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(line | figures) + "\n")
