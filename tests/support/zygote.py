"""Servers and workers without the seconds of imports: a process that has imported the product forks one whenever asked.

What is forked is a process of its own in all that matters here: memory, threads, sockets, kill -9. How long a cold start takes
is measured elsewhere (docs/durability.md).
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Forked:
    """A process that is not our child: what the tests use of Popen, by its pidfd."""

    def __init__(self, pid: int) -> None:
        self.pid, self._handle = pid, os.pidfd_open(pid)

    def __del__(self) -> None:
        os.close(self._handle)

    def poll(self) -> int | None:
        """None while it lives."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(f"forked {self.pid}", timeout or 0)
        return ended

    def _ended(self, timeout: float | None) -> int | None:
        return 0 if select.select([self._handle], [], [], timeout)[0] else None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Zygote:
    def __init__(self) -> None:
        own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip

    def fork(self, what: str, arguments: dict[str, Any], env: dict[str, str], log: Path) -> Forked:
        """Call `what` ("module:function") with these arguments in a new process."""
        wanted = {"what": what, "arguments": arguments, "env": env, "log": str(log)}
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
            return Forked(int(self._process.stdout.readline()))


@lru_cache
def zygote() -> _Zygote:
    """This test process's own; it ends with it."""
    return _Zygote()


# ---- in the process itself ----
def serve(port: int) -> None:
    """As `uvicorn --factory app.api:create_app` does."""
    import uvicorn

    uvicorn.run("app.api:create_app", factory=True, host="127.0.0.1", port=port, access_log=False)


def work(dead_seconds: float) -> None:
    """As `xunfang worker` does, and how soon it counts another as dead: so that no test merely waits."""
    from app.api import create_app
    from app.core import jobs

    jobs.BEAT_SECONDS, jobs.DEAD_SECONDS = dead_seconds / 6, dead_seconds  # type: ignore[misc]
    create_app()
    jobs.run_worker()


def _import_all() -> None:
    from app.api import FEATURES

    for name in (
        "uvicorn",
        "app.core.storage.s3",
        *(f"app.features.{feature}.router" for feature in FEATURES),
    ):
        import_module(name)
    assert threading.active_count() == 1, "a fork copies no threads"


def _become(wanted: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    nothing, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(wanted["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT),
    )
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wanted["env"])
    module, _, name = wanted["what"].partition(":")
    status = 1
    try:
        getattr(import_module(module), name)(**wanted["arguments"])
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _main() -> None:
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for them
    children = []
    for line in sys.stdin:
        wanted = json.loads(line)
        if (pid := os.fork()) == 0:
            _become(wanted)
        children.append(pid)
        print(pid, flush=True)
    # Whoever asked has ended: servers must not outlive the tests.
    for pid in children:
        if Path(f"/proc/{pid}/stat").exists() and _parent(pid) == os.getpid():
            os.kill(pid, signal.SIGKILL)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    _main()
