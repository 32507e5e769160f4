"""`make test`: every suite, and a table of what came out. Exit status 1 if any of them failed.

Arguments are handed to pytest; with any (say `-k word`) only the two server suites run.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
# More at once than cores: there is always one that waits for a server, a disk or a clock. Each takes a third in order, so
# that what a file sets up is set up once, and who is done takes from who is not, so that nobody waits for the last.
SERVER = [*PYTEST, "-n3", "--dist=worksteal", "--ignore=tests/e2e"]
Suite = tuple[str, list[str], Path]
Result = tuple[str, int, float, str]
SERVERS: list[Suite] = [
    ("server on SQLite, storage on files and S3", [*SERVER, "--db=sqlite"], ROOT),
    ("server on PostgreSQL", [*SERVER, "--db=postgresql"], ROOT),
]
# Half of the time and more it is a page that waits, so there are many. The longest files first: tests/e2e/conftest.py has
# their order. They begin with one process that makes a town for all: the units run beside it.
BROWSER: Suite = ("browser", [*PYTEST, "-n5", "--dist=loadfile", "--no-loadscope-reorder", "tests/e2e"], ROOT)
UNITS: Suite = ("PWA units", ["npm", "run", "--silent", "test"], ROOT / "pwa")


def run(suite: Suite, into: TextIO = sys.stdout) -> Result:
    """Run one suite, showing its output as it comes; returns its name, exit status, seconds, and last line."""
    name, command, folder = suite
    into.write(f"\n━━ {name} ━━\n")
    started, last = time.monotonic(), ""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            into.write(line)
            into.flush()
            last = line.strip() or last
    return name, process.returncode, time.monotonic() - started, last


def run_browser_and_units() -> list[Result]:
    """Both at once; what the units said is shown when the browser is done."""
    said = StringIO()
    with ThreadPoolExecutor() as pool:
        units = pool.submit(run, UNITS, said)
        browser = run(BROWSER)
    sys.stdout.write(said.getvalue())
    return [browser, units.result()]


def main() -> int:
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    extra, began = sys.argv[1:], time.monotonic()
    results = [run((name, command + extra, folder)) for name, command, folder in SERVERS]
    if not extra:
        results += run_browser_and_units()
    print()
    for name, status, seconds, last in results:
        print(f"{'ok  ' if status == 0 else 'FAIL'} {seconds:5.0f} s  {name}: {last.strip('= ')}")
    failed = sum(status != 0 for _, status, _, _ in results)
    print(f"{len(results) - failed} of {len(results)} suites passed in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
