"""`make test`: every suite, and a table of what came out. Exit status 1 if any of them failed.

Two lanes at once, so that one computes while the other waits: the server's suites are shown as they go, what the PWA's
said follows at the end. Arguments are handed to pytest; with any (say `-k word`) only the two server suites run.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
Suite = tuple[str, list[str], Path]
SERVER: list[Suite] = [
    (
        "server on SQLite, storage on files and S3",
        [*PYTEST, "-n2", "--db=sqlite", "--ignore=tests/e2e"],
        ROOT,
    ),
    ("server on PostgreSQL", [*PYTEST, "-n2", "--db=postgresql", "--ignore=tests/e2e"], ROOT),
]
PHONE: list[Suite] = [
    ("PWA units", ["npm", "run", "--silent", "test"], ROOT / "pwa"),
    ("browser", [*PYTEST, "-n2", "--dist=loadfile", "tests/e2e"], ROOT),
]


@dataclass
class Outcome:
    """How a suite ended: its exit status, its seconds, and what it said."""

    name: str
    status: int
    seconds: float
    said: list[str]


def run(suite: Suite, *, shown: bool) -> Outcome:
    """Run one suite; `shown`: its output as it comes."""
    name, command, folder = suite
    started, said = time.monotonic(), [f"\n━━ {name} ━━\n"]
    if shown:
        print(said[0], end="", flush=True)
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if shown:
                sys.stdout.write(line)
    return Outcome(name, process.returncode, time.monotonic() - started, said)


def main() -> int:
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    started, extra = time.monotonic(), sys.argv[1:]
    with ThreadPoolExecutor(1) as beside:
        hidden = beside.submit(lambda: [run(suite, shown=False) for suite in ([] if extra else PHONE)])
        results = [run((name, command + extra, folder), shown=True) for name, command, folder in SERVER]
        for outcome in hidden.result():
            sys.stdout.writelines(outcome.said)
            results.append(outcome)
    print()
    for one in results:
        last = next((line.strip("= \n") for line in reversed(one.said) if line.strip()), "")
        print(f"{'FAIL' if one.status else 'ok  '} {one.seconds:5.0f} s  {one.name}: {last}")
    failed = sum(one.status != 0 for one in results)
    seconds = time.monotonic() - started
    print(f"{len(results) - failed} of {len(results)} suites passed in {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
