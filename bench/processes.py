"""The product's own processes, what CPU time they have used, and how much memory they hold. The load comes from elsewhere."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent
TICK = 1000 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold spaces.
    return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _tree(*roots: int) -> set[int]:
    """These processes and all below them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
            except (OSError, IndexError):
                continue
    found, before = set(roots), 0
    while len(found) != before:
        before = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def cpu_ms(*roots: int) -> float:
    """User and system time of the trees below `roots`, ended children included."""
    total = 0.0
    for pid in _tree(*roots):
        try:
            fields = _stat(pid)
        except OSError:
            continue
        # utime, stime, and those of children that were waited for; the kernel scales them to what the scheduler counted.
        total += sum(int(value) for value in fields[11:15]) * TICK
    return total


def held_mib(*roots: int) -> float:
    """Resident memory of the trees, each page once: the code of a library lies in memory once, whoever runs it.

    As a control group counts, and other than PSS whoever else on the machine has the same library makes no difference.
    """
    own, shared = 0, dict[str, int]()
    for pid in _tree(*roots):
        try:
            told = (Path("/proc") / str(pid) / "smaps").read_text()
        except OSError:
            continue
        where = ""
        for line in told.splitlines():
            name, *values = line.split()
            if not name.endswith(":"):
                # start-end rights offset device inode: the same piece of the same file, or of no file.
                where = " ".join(values[1:4]) if values[3] != "0" else name
            elif name in ("Private_Clean:", "Private_Dirty:"):
                own += int(values[0])
            elif name in ("Shared_Clean:", "Shared_Dirty:"):
                key = f"{name} {where}"
                shared[key] = max(shared.get(key, 0), int(values[0]))
    return (own + sum(shared.values())) / 1024


def rss_mib(*roots: int) -> float:
    """Resident memory of the trees as each process counts it: what they share is counted in each."""
    total = 0
    for pid in _tree(*roots):
        try:
            total += int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * PAGE
        except OSError:
            continue
    return total / 2**20


class Product:
    """`xunfang serve`, and `xunfang worker` when asked, on one database and data folder."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        self.folder, self.database_url, self.port, self.settings = folder, database_url, free_port(), settings
        self.api: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The environment of both."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
        return own | {
            "XUNFANG_DATA_DIR": str(self.folder),
            "XUNFANG_DATABASE_URL": self.database_url,
            "XUNFANG_JOBS": "worker",
            "XUNFANG_PUBLIC_URL": f"http://localhost:{self.port}",
            **self.settings,
        }

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(Path(sys.executable).parent / "xunfang"), *words],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def start(self) -> float:
        """Start the API; returns the seconds to its first 2xx."""
        started = time.monotonic()
        self.api = self._start("serve", "--port", str(self.port))
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2).close()
                return time.monotonic() - started
            except OSError as away:
                if self.api.poll() is not None or time.monotonic() - started > 60:
                    raise SystemExit(f"the server did not start: see {self.log}") from away
                time.sleep(0.01)

    def start_worker(self) -> None:
        """Start the worker; it is ready some seconds later."""
        self.worker = self._start("worker")

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in (self.api, self.worker) if process]

    @contextmanager
    def worker_paused(self) -> Iterator[None]:
        """The worker stands still: what a request costs to its acknowledgement, and nothing of what comes after."""
        assert self.worker
        self.worker.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.worker.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End both."""
        for process in (self.worker, self.api):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.api = self.worker = None
