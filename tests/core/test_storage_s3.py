"""S3 under fault: away, silent, refusing, full. The answer comes in time and the threads stay free."""

import hashlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.core.config import Settings
from app.core.errors import StorageFull, Unavailable
from app.core.storage import BlobMissing
from app.core.storage import s3 as s3_module
from app.core.storage.s3 import THREADS, S3Storage, _translated
from tests.core.test_storage import bucket

SMALL = b"x" * 1000
PHOTO = b"x" * 3_000_000
KEY = "originals/0d1e2f30-0000-4000-8000-000000000001"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def storage_at(port: int) -> S3Storage:
    return S3Storage(
        Settings(
            storage="s3",
            s3_endpoint=f"http://127.0.0.1:{port}",
            s3_bucket="photos",
            s3_access_key="a",
            s3_secret_key="b",
        )
    )


@pytest.fixture(params=["accepts and says nothing", "never accepts"])
def black_hole(request: pytest.FixtureRequest) -> Iterator[S3Storage]:
    """A server that takes connections and never answers, or one whose queue is full so that even SYN is dropped."""
    silent = request.param == "accepts and says nothing"
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(200 if silent else 0)
        blockers = [socket.socket() for _ in range(0 if silent else 4)]
        for blocker in blockers:
            blocker.setblocking(False)
            blocker.connect_ex(server.getsockname())
        storage = storage_at(server.getsockname()[1])
        yield storage
        for blocker in blockers:
            blocker.close()
    storage.close()


@pytest.mark.parametrize("data", [SMALL, PHOTO])
def test_a_black_holed_server_is_told_in_less_than_five_seconds(black_hole: S3Storage, data: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        black_hole.put(KEY, data, digest(data))
    assert time.monotonic() - began < 5
    assert refused.value.headers["Retry-After"]


def test_callers_do_not_queue_up_behind_a_black_holed_server(black_hole: S3Storage) -> None:
    def attempt(_: int) -> float:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            black_hole.head(KEY)
        return time.monotonic() - began

    with ThreadPoolExecutor(2 * THREADS) as callers:
        assert max(callers.map(attempt, range(2 * THREADS))) < 6


def test_after_a_failure_the_next_callers_are_told_at_once_and_later_ones_try_again(
    s3: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket(s3) as storage:
        monkeypatch.setattr(s3_module, "PAUSE_SECONDS", 0.2)
        with monkeypatch.context() as away:
            away.setattr(storage.client, "head_object", _times_out)
            with pytest.raises(Unavailable):
                storage.head(KEY)
        with pytest.raises(Unavailable, match="a moment ago"):
            storage.head(KEY)
        time.sleep(0.3)
        assert storage.head(KEY) is None


def _times_out(**_: Any) -> None:
    raise TimeoutError


def test_a_closed_port_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        storage = storage_at(taken.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(Unavailable):
            storage.put(KEY, SMALL, digest(SMALL))
        assert time.monotonic() - began < 2
    storage.close()


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("QuotaExceeded", 403, StorageFull),
        ("XMinioStorageFull", 507, StorageFull),
        ("AccessDenied", 403, Unavailable),
        ("NoSuchBucket", 404, Unavailable),
        ("SlowDown", 503, Unavailable),
        ("NoSuchKey", 404, BlobMissing),
    ],
)
def test_refusals_are_translated(code: str, status: int, problem: type[Exception]) -> None:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    assert isinstance(_translated(ClientError(answer, "PutObject"), KEY), problem)


def test_wrong_credentials_and_a_missing_bucket_are_told_as_unavailable(s3: dict[str, Any]) -> None:
    port = int(s3["endpoint"].rsplit(":", 1)[1])
    storage = storage_at(port)
    with pytest.raises(Unavailable):
        storage.put(KEY, SMALL, digest(SMALL))
    storage.close()


def test_a_put_that_the_server_did_not_confirm_is_refused(
    s3: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket(s3) as storage:
        put = storage.client.put_object
        monkeypatch.setattr(
            storage.client, "put_object", lambda **kw: {**put(**kw), "ETag": '"0"', "ChecksumSHA256": "0"}
        )
        with pytest.raises(Unavailable):
            storage.put(KEY, SMALL, digest(SMALL))
