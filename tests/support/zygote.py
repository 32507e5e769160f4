"""Servers and workers without the seconds of imports: a process that has imported the product forks one whenever asked.

What is forked is a process of its own in all that matters here: memory, threads, sockets, kill -9. How long a cold start takes
is measured elsewhere (docs/durability.md).
"""

import atexit
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PR_SET_PDEATHSIG = 1


class Forked:
    """A process that is not our child: what the tests use of Popen, by its pidfd."""

    def __init__(self, pid: int, handle: int, folder: Path) -> None:
        self.pid, self._handle, self._told = pid, handle, folder / str(pid)

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
        if not select.select([self._handle], [], [], timeout)[0]:
            return None
        until = time.monotonic() + 30
        while not self._told.exists():  # the zygote reaps it in a moment
            assert time.monotonic() < until, "the zygote has gone"
            time.sleep(0.005)
        return int(self._told.read_text())

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Zygote:
    def __init__(self) -> None:
        own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
        self._turn = threading.Lock()
        self._ends = tempfile.TemporaryDirectory(prefix="xf-zygote-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, self._ends.name],
            cwd=ROOT,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._end)

    def _end(self) -> None:
        with self._process:  # its input closed, it ends what still runs, and itself
            pass
        self._ends.cleanup()

    def fork(
        self, what: str, arguments: dict[str, Any], env: dict[str, str], log: Path, **places: Path
    ) -> Forked:
        """Call `what` ("module:function") with these arguments in a new process.

        `places`: cwd; stdin, a file to read; errors, where standard error goes if not to the log.
        """
        wanted = {"what": what, "arguments": arguments, "env": env, "log": str(log)}
        wanted |= {name: str(place) for name, place in places.items()}
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
            pid = int(self._process.stdout.readline())
            handle = os.pidfd_open(pid)
            self._process.stdin.write("\n")  # held: now it may run, and end, and be reaped
            self._process.stdin.flush()
        return Forked(pid, handle, Path(self._ends.name))


@lru_cache
def zygote() -> _Zygote:
    """This test process's own; it ends with it."""
    return _Zygote()


# ---- in the process itself ----
def serve(port: int) -> None:
    """As `uvicorn --factory app.api:create_app` does."""
    import uvicorn

    app = "app.api:create_app"
    # As long as the product's own: a client that rests must not write to an end that is just being closed.
    uvicorn.run(app, factory=True, host="127.0.0.1", port=port, access_log=False, timeout_keep_alive=75)


def work(dead_seconds: float) -> None:
    """As `xunfang worker` does, and how soon it counts another as dead: so that no test merely waits."""
    from app.api import create_app
    from app.core import jobs

    jobs.BEAT_SECONDS, jobs.DEAD_SECONDS = dead_seconds / 6, dead_seconds  # type: ignore[misc]
    create_app()
    jobs.run_worker()


def command(words: list[str], dead_seconds: float | None = None) -> None:
    """As `xunfang …` does; a worker counts another as dead after so many seconds."""
    from app.cli import app
    from app.core import jobs

    if dead_seconds:
        jobs.BEAT_SECONDS, jobs.DEAD_SECONDS = dead_seconds / 6, dead_seconds  # type: ignore[misc]
    app(words)


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
    os.setsid()
    ctypes.CDLL(None).prctl(
        PR_SET_PDEATHSIG, signal.SIGKILL
    )  # it must not outlive a test run that was killed
    appended = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    given = os.open(wanted.get("stdin", os.devnull), os.O_RDONLY)
    log = os.open(wanted["log"], appended)
    errors = os.open(wanted["errors"], appended) if "errors" in wanted else log
    for source, target in ((given, 0), (log, 1), (errors, 2)):
        os.dup2(source, target)
    sys.stdin = os.fdopen(0, closefd=False)  # what was read ahead was not for this process
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted.get("cwd", ROOT))
    module, _, name = wanted["what"].partition(":")
    status = 1
    try:
        getattr(import_module(module), name)(**wanted["arguments"])
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _main() -> None:
    children, ends = [], Path(sys.argv[1])

    def reap(*_: Any) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                told = ends / str(ended[0])
                told.with_suffix(".new").write_text(str(os.waitstatus_to_exitcode(ended[1])))
                told.with_suffix(".new").replace(told)

    _import_all()
    for line in sys.stdin:
        wanted = json.loads(line)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if (pid := os.fork()) == 0:
            _become(wanted)
        children.append(pid)
        print(pid, flush=True)
        sys.stdin.readline()  # a pid that was reaped before it is held could be another's
        signal.signal(signal.SIGCHLD, reap)
        reap()
    # Whoever asked has ended: servers must not outlive the tests.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in children:
        if _parent(pid) == os.getpid():
            os.kill(pid, signal.SIGKILL)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    _main()
