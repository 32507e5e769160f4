"""Servers that outlive a worker but never the run: a lock to start each once, and a guard process that ends them."""

import fcntl
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def run_pid() -> int:
    """The process that stands for the whole test run: the controller, also when asked in an xdist worker."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` against other processes."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def once(folder: Path, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` returned in whichever process of this run came first; the others wait and read it."""
    kept = folder / f"{name}.json"
    with locked(folder / f"{name}.lock"):
        if not kept.exists():
            kept.write_text(json.dumps(make()))
        return dict(json.loads(kept.read_text()))


def when_run_ends(command: str, folder: Path) -> None:
    """Run a shell command and delete `folder` once this test run is over, even if it was killed."""
    script = f"while kill -0 {run_pid()} 2>/dev/null; do sleep 0.5; done; {command}; rm -rf '{folder}'"
    subprocess.Popen(
        ["/bin/sh", "-c", script],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ).returncode = 0  # never waited for: it outlives us on purpose
