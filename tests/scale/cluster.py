"""What docs/operations.md calls "at scale": `xunfang serve` and `xunfang worker` as processes on one PostgreSQL and one S3."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.orm import Session

from app.core import db
from tests.support.ports import free_port
from tests.support.soak import soaking
from tests.support.zygote import Forked, zygote

DEAD_SECONDS = 2.0
"""When a worker here counts another as dead. In a soak it is the product's own."""
COMMAND = "tests.support.zygote:command"
HOST = "xunfang.example"
SECRET = "the same forty characters on every machine"


def plain(folder: Path, database_url: str) -> dict[str, str]:
    """The environment of a command: a folder and a database, defaults otherwise."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
    return own | {"XUNFANG_DATA_DIR": str(folder), "XUNFANG_DATABASE_URL": database_url, "COLUMNS": "200"}


def settings(folder: Path, database_url: str, s3: dict[str, Any], bucket: str) -> dict[str, str]:
    """The environment of one machine: a folder of its own, all else as on the others."""
    return plain(folder, database_url) | {
        "XUNFANG_STORAGE": "s3",
        "XUNFANG_S3_ENDPOINT": s3["endpoint"],
        "XUNFANG_S3_REGION": s3["region"],
        "XUNFANG_S3_BUCKET": bucket,
        "XUNFANG_S3_ACCESS_KEY": s3["access_key"],
        "XUNFANG_S3_SECRET_KEY": s3["secret_key"],
        "XUNFANG_SECRET_KEY": SECRET,
        "XUNFANG_JOBS": "worker",
        "XUNFANG_PUBLIC_URL": f"https://{HOST}",
        "XUNFANG_TRUSTED_PROXIES": "127.0.0.1",
    }


def xunfang(env: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One command of the operator, to its end."""
    folder = Path(env["XUNFANG_DATA_DIR"])
    with tempfile.TemporaryDirectory() as aside:
        given, out, err = (Path(aside) / name for name in ("in", "out", "err"))
        given.write_text(stdin)
        places = {"cwd": folder, "stdin": given, "errors": err}
        status = zygote().fork(COMMAND, {"words": list(words)}, env, out, **places).wait(120)
        return subprocess.CompletedProcess(words, status, out.read_text(), err.read_text())


@dataclass
class Machine:
    """A `serve` or a `worker` with a working folder of its own."""

    words: tuple[str, ...]
    env: dict[str, str]
    port: int = 0
    process: Forked | None = None

    @property
    def log(self) -> Path:
        return Path(self.env["XUNFANG_DATA_DIR"]) / "log"

    def start(self) -> None:
        dead = None if soaking() else DEAD_SECONDS
        arguments = {"words": list(self.words), "dead_seconds": dead}
        self.process = zygote().fork(COMMAND, arguments, self.env, self.log, cwd=self.log.parent)

    def kill(self) -> None:
        """SIGKILL: as if the power went."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def wait_until(self, ready: Any, seconds: float = 180) -> None:
        until = time.monotonic() + seconds
        while not ready():
            assert self.process
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            assert time.monotonic() < until, f"{self.words} is not up: {self.log.read_text()[-4000:]}"
            time.sleep(0.1)

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        """A client of this replica alone, as the load balancer would hand its requests on."""
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        passed = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"}
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers=passed | bearer | headers,
            timeout=60,
            verify=False,
        )

    def is_ready(self) -> bool:
        try:
            return (
                httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=10, verify=False).status_code == 200
            )
        except httpx.TransportError:
            return False


@dataclass
class Cluster:
    """Two replicas, a and b, and two workers."""

    folder: Path
    database_url: str
    s3: dict[str, Any]
    bucket: str
    machines: list[Machine] = field(default_factory=list)

    def env(self, name: str) -> dict[str, str]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return settings(folder, self.database_url, self.s3, self.bucket)

    def _started(self, machine: Machine) -> Machine:
        self.machines.append(machine)
        machine.start()
        return machine

    def replica(self, name: str) -> Machine:
        port = free_port()
        return self._started(Machine(("serve", "--port", str(port)), self.env(name), port))

    def worker(self, name: str) -> Machine:
        return self._started(Machine(("worker",), self.env(name)))

    def run(self, *words: str, stdin: str = "") -> str:
        """A command on the operator's machine, which must succeed; what it printed."""
        done = xunfang(self.env("operator"), *words, stdin=stdin)
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction on the database, beside all of them."""
        engine = db.make_engine(self.database_url)
        try:
            with db.WriteSession(engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            engine.dispose()

    def end(self) -> None:
        for machine in self.machines:
            if machine.process and machine.process.poll() is None:
                machine.kill()
