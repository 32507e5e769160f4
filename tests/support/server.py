"""The product as a separate process, with its own database and data folder: to be killed, restarted and raced."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.core import db
from bench.processes import cpu_ms
from tests.support.ports import free_port
from tests.support.zygote import Forked, zygote

ROOT = Path(__file__).parents[2]
XUNFANG = Path(sys.executable).with_name("xunfang")


@dataclass
class LiveServer:
    """One server. The port, the database and the data folder stay the same over `kill()` and `start()`."""

    folder: Path
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | Forked | None = None
    cold: tuple[str, ...] | None = None
    """A process with its own interpreter, begun by these words (none: plainly); else a fork of one that has imported all."""
    entry: str = "tests.support.zygote:serve"
    entry_arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """http://localhost:…: a secure context for the browser, so that camera and service worker work."""
        return f"http://localhost:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment it runs in: also what a command beside it (`xunfang worker`) needs."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
        return {
            **own,
            "XUNFANG_DATA_DIR": str(self.folder),
            "XUNFANG_DATABASE_URL": self.database_url,
            "XUNFANG_PUBLIC_URL": self.url,
            **self.environment,
        }

    def start(self, seconds: float = 60) -> "LiveServer":
        """Start, and return when it answers /healthz."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.cold is None:
            self.process = zygote().fork(
                self.entry, {"port": self.port, **self.entry_arguments}, self.env, self.log
            )
        else:
            self.process = self._start_cold(self.cold)
        self._wait_until_up(time.monotonic() + seconds)
        return self

    def _start_cold(self, before: tuple[str, ...]) -> subprocess.Popen[bytes]:
        command = [*before, sys.executable, str(XUNFANG), "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def _wait_until_up(self, until: float) -> None:
        assert self.process
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
                return
            except OSError as away:
                if isinstance(away, urllib.error.HTTPError):
                    away.close()
                if self.process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise RuntimeError(f"the server did not come up:\n{self.output()[-4000:]}") from away
                time.sleep(0.02)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction on its database, beside it: rows to begin with, rows to look at."""
        engine = db.make_engine(self.database_url)
        try:
            with db.WriteSession(engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            engine.dispose()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def cpu_seconds(self) -> float:
        """What it has computed so far."""
        assert self.process
        return cpu_ms(self.process.pid) / 1000

    def kill(self) -> None:
        """SIGKILL: as if the power went."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if it is not gone in ten seconds."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
