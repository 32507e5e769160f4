"""`make test`: every suite, one after the other, and a table of what came out. Exit status 1 if any of them failed.

Arguments are handed to pytest; with any (say `-k word`) only the two server suites run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
# More at once than cores: there is always one that waits for a server, a disk or a clock. Each takes a third in order, so
# that what a file sets up is set up once, and who is done takes from who is not, so that nobody waits for the last.
SERVER = [*PYTEST, "-n3", "--dist=worksteal", "--ignore=tests/e2e"]
SUITES: list[tuple[str, list[str], Path]] = [
    ("server on SQLite, storage on files and S3", [*SERVER, "--db=sqlite"], ROOT),
    # Without what sends it nothing new: tests/support/statements.py.
    ("server on PostgreSQL", [*SERVER, "--db=postgresql", "--brief"], ROOT),
    ("PWA units", ["npm", "run", "--silent", "test"], ROOT / "pwa"),
    # Half of the time it is a page that waits. The longest files first: tests/e2e/conftest.py has their order.
    ("browser", [*PYTEST, "-n3", "--dist=loadfile", "--no-loadscope-reorder", "tests/e2e"], ROOT),
]


def run(name: str, command: list[str], folder: Path) -> tuple[str, int, float, str]:
    """Run one suite, showing its output as it comes; returns its name, exit status, seconds, and last line."""
    print(f"\n━━ {name} ━━", flush=True)
    started, last = time.monotonic(), ""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            sys.stdout.write(line)
            last = line.strip() or last
    return name, process.returncode, time.monotonic() - started, last


def main() -> int:
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    extra = sys.argv[1:]
    results = [
        run(name, command + extra, folder) for name, command, folder in (SUITES[:2] if extra else SUITES)
    ]
    print()
    for name, status, seconds, last in results:
        print(f"{'ok  ' if status == 0 else 'FAIL'} {seconds:5.0f} s  {name}: {last.strip('= ')}")
    failed = sum(status != 0 for _, status, _, _ in results)
    total = sum(seconds for _, _, seconds, _ in results)
    print(f"{len(results) - failed} of {len(results)} suites passed in {total:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
