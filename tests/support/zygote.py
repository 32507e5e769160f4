"""Servers and workers without the seconds of imports: a process that has imported the product forks one whenever asked.

What is forked is a process of its own in all that matters here: memory, threads, sockets, kill -9. How long a cold start takes
is measured elsewhere (docs/durability.md).
"""

import atexit
import ctypes
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.guard import once, run_pid

if TYPE_CHECKING:
    from fastapi import FastAPI

ROOT = Path(__file__).parents[2]
PR_SET_PDEATHSIG = 1
SOCKET, READY = "door", b"ready\n"


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

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class _Zygote:
    """This test process's line to the zygote of the run. What it had forked ends with it."""

    def __init__(self) -> None:
        # One for all workers of a run, and what they start: the first that asks starts it.
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or os.environ.setdefault("XF_RUN", uuid.uuid4().hex)
        folder = Path(tempfile.gettempdir()) / f"xf-zygote-{run}"
        folder.mkdir(mode=0o700, exist_ok=True)
        once(folder, "zygote", partial(_start, folder))
        self._turn, self._ends = threading.Lock(), folder
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.connect(str(folder / SOCKET))
        self._answers = self._line.makefile()
        atexit.register(self._end)

    def _end(self) -> None:
        self._answers.close()
        self._line.close()

    def fork(
        self, what: str, arguments: dict[str, Any], env: dict[str, str], log: Path, **places: Path
    ) -> Forked:
        """Call `what` ("module:function") with these arguments in a new process.

        `places`: cwd; stdin, a file to read; errors, where standard error goes if not to the log.
        """
        wanted = {"what": what, "arguments": arguments, "env": env, "log": str(log)}
        wanted |= {name: str(place) for name, place in places.items()}
        with self._turn:
            self._line.sendall(json.dumps(wanted).encode() + b"\n")
            pid = int(self._answers.readline())
            handle = os.pidfd_open(pid)
            self._line.sendall(b"\n")  # held: now it may end, and be reaped
        return Forked(pid, handle, self._ends)


def _start(folder: Path) -> dict[str, Any]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), str(run_pid())],
        cwd=ROOT,
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    with process.stdout as said:
        assert said.readline() == READY, "the zygote did not start"
    process.returncode = 0  # never waited for: it ends with the run
    return {"pid": process.pid}


@lru_cache
def zygote() -> _Zygote:
    """The one of this run."""
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


def alembic(words: list[str]) -> None:
    """As `alembic …` does in the project's folder."""
    from alembic.config import main

    main(words)


def _import_all() -> None:
    from app.api import FEATURES

    for name in (
        *("uvicorn", "uvicorn.protocols.http.auto", "uvicorn.lifespan.on", "uvloop", "alembic.command"),
        *("app.cli", "app.core.storage.s3", "sqlalchemy.dialects.postgresql.psycopg"),
        *(f"app.features.{feature}.router" for feature in FEATURES),
    ):
        import_module(name)
    _work_out_routes()
    assert threading.active_count() == 1, "a fork copies no threads"
    gc.collect()
    gc.freeze()  # what is never collected is never copied


def _work_out_routes() -> None:
    """FastAPI does so at an app's first request, for most of a second; they are the same in each process."""
    from sqlalchemy.orm import configure_mappers

    from app import api
    from app.core import config
    from app.core.frontend import PWA

    made, ready = api.create_app, api.create_app()
    nothing = {"type": "http", "method": "GET", "path": "/api/nothing", "headers": [], "root_path": ""}
    for route in ready.router.routes:
        route.matches(nothing)

    def create_app(pwa: Path = PWA) -> "FastAPI":
        app = made(pwa)
        ready.router.default, app.router = app.router.default, ready.router
        return app

    api.create_app = create_app
    configure_mappers()
    config.get_settings.cache_clear()


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


class _Asker:
    """A test process, and what was forked for it."""

    def __init__(self, line: socket.socket) -> None:
        self.line, self.children = line, list[int]()
        self.asked = line.makefile("rb")

    def fileno(self) -> int:
        return self.line.fileno()

    def serve(self, left: Callable[[int], None]) -> bool:
        """One fork; False if nobody asks any more. `left`: what of ours neither the fork nor its number is to keep."""
        wanted = self.asked.readline()
        if not wanted:
            return False
        if (pid := os.fork()) == 0:
            left(0)
            _become(json.loads(wanted))
        left(pid)
        self.children.append(pid)
        self.line.sendall(b"%d\n" % pid)
        # A pid that was reaped before it is held could be another's. One byte: behind it may be the next request.
        self.line.recv(1)
        return True

    def end(self) -> None:
        """Servers must not outlive the tests."""
        self.asked.close()
        self.line.close()
        for pid in self.children:
            if _parent(pid) == os.getpid():
                os.kill(pid, signal.SIGKILL)


class _Serving:
    """The zygote at work: one request after the other, and the end of each child told in a file."""

    def __init__(self, folder: Path, run: int) -> None:
        self.folder, self.askers = folder, list[_Asker]()
        self.run = os.pidfd_open(run)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.door.bind(str(folder / SOCKET))
        self.door.listen(64)
        self.woken, told = socket.socketpair()
        for end in (self.woken, told):
            end.setblocking(False)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.told = told

    def until_the_run_ends(self) -> None:
        while True:
            watched: list[Any] = [self.run, self.door, self.woken, *self.askers]
            ready = select.select(watched, [], [])[0]
            if self.run in ready:
                return
            if self.woken in ready:
                self.woken.recv(4096)
            if self.door in ready:
                self.askers.append(_Asker(self.door.accept()[0]))
            for asker in [asker for asker in self.askers if asker in ready]:
                if not asker.serve(self._left):
                    self.askers.remove(asker)
                    asker.end()
            self._reap()

    def _left(self, pid: int) -> None:
        if pid:  # another may have ended under this number
            return (self.folder / str(pid)).unlink(missing_ok=True)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self.run)
        for one in (self.door, self.woken, self.told, *(asker.line for asker in self.askers)):
            os.close(one.fileno())
        return None

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                told = self.folder / str(ended[0])
                told.with_suffix(".new").write_text(str(os.waitstatus_to_exitcode(ended[1])))
                told.with_suffix(".new").replace(told)


def _main() -> None:
    folder, run = Path(sys.argv[1]), int(sys.argv[2])
    _import_all()
    serving = _Serving(folder, run)
    os.write(1, READY)
    os.dup2(2, 1)
    serving.until_the_run_ends()
    shutil.rmtree(folder, ignore_errors=True)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    _main()
