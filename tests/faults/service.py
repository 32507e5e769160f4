"""Server and worker as processes of their own, on SQLite with files or on PostgreSQL with S3: to be killed and restarted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.storage import Storage
from app.core.storage.files import FileStorage
from tests.core.test_storage import bucket
from tests.support.server import LiveServer
from tests.support.street import Street, street_of
from tests.support.zygote import Forked, zygote


@dataclass
class Service:
    """One server, one worker, what they store, and the people who use them."""

    street: Street
    storage: Storage
    dead_seconds: float = 1.5
    worker: Forked | None = None
    helpers: list[Forked] = field(default_factory=list)

    @property
    def server(self) -> LiveServer:
        return self.street.server

    def start_worker(self) -> None:
        self.worker = self._worker()

    def start_helper(self) -> None:
        """One more worker, which nobody kills."""
        self.helpers.append(self._worker())

    def _worker(self) -> Forked:
        log = self.server.folder / "worker.log"
        return zygote().fork(
            "tests.support.zygote:work", {"dead_seconds": self.dead_seconds}, self.server.env, log
        )

    def kill_worker(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()
            self.worker = None

    def end(self) -> None:
        self.kill_worker()
        for helper in self.helpers:
            helper.kill()
            helper.wait()
        self.server.kill()


def s3_settings(s3: dict[str, Any], bucket_name: str, port: int | None = None) -> dict[str, str]:
    """The environment of a server on this bucket; `port`: through something that stands before S3."""
    return {
        "XUNFANG_STORAGE": "s3",
        "XUNFANG_S3_ENDPOINT": f"http://127.0.0.1:{port}" if port else s3["endpoint"],
        "XUNFANG_S3_BUCKET": bucket_name,
        "XUNFANG_S3_ACCESS_KEY": s3["access_key"],
        "XUNFANG_S3_SECRET_KEY": s3["secret_key"],
    }


@contextmanager
def on_files(folder: Path, database_url: str, **environment: str) -> Iterator[Service]:
    """Everything below one folder, as embedded; but the jobs in a worker, which can be killed alone."""
    server = LiveServer(folder, database_url, {"XUNFANG_JOBS": "worker", **environment}).start()
    made = Service(street_of(server, volunteers=8), FileStorage(folder / "blobs"))
    try:
        yield made
    finally:
        made.end()


@contextmanager
def on_s3(folder: Path, database_url: str, s3: dict[str, Any], **environment: str) -> Iterator[Service]:
    """As at scale: PostgreSQL and S3."""
    with bucket(s3) as storage:
        settings = s3_settings(s3, storage.bucket) | {"XUNFANG_JOBS": "worker", **environment}
        server = LiveServer(folder, database_url, settings).start()
        made = Service(street_of(server, volunteers=8), storage)
        try:
            yield made
        finally:
            made.end()
