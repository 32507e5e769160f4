"""Blobs in S3. Every call has a total deadline: boto3's own time-outs let a black-holed server hold a thread for 20 s."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any, TypeVar

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.config import Settings
from app.core.errors import StorageFull, Unavailable
from app.core.storage.port import CHUNK, BlobMissing, Stored, check_digest, checked_key

log = structlog.get_logger()
T = TypeVar("T")

THREADS = 16
PAUSE_SECONDS = 2.0
SLOWEST_BYTES_PER_SECOND = 1_000_000
LARGEST_BYTES = 20 * 1024 * 1024
MISSING = {"NoSuchKey", "404", "NotFound"}
FULL = {"QuotaExceeded", "InsufficientCapacity", "InsufficientStorage", "XMinioStorageFull", "507"}


class S3Storage:
    """One bucket. Stuck calls use up threads of their own, never those that serve requests."""

    def __init__(self, settings: Settings) -> None:
        self.deadline = settings.s3_deadline_seconds
        self.bucket = settings.s3_bucket
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint or None,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key or None,
            aws_secret_access_key=settings.s3_secret_key.get_secret_value() or None,
            config=Config(
                connect_timeout=self.deadline / 2,
                read_timeout=self.deadline / 2,
                retries={"total_max_attempts": 1},
                max_pool_connections=THREADS,
                # The server itself compares the body with its signed sha256, also where it knows no checksum header.
                s3={"payload_signing_enabled": True, "addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        self._threads = ThreadPoolExecutor(THREADS, "s3")
        self._free = BoundedSemaphore(THREADS)
        self._away_until, self._trying = 0.0, Lock()

    def put(self, key: str, data: bytes, sha256: str, *, is_hashed: bool = False) -> None:
        checked_key(key)
        if not is_hashed:
            check_digest(data, sha256)
        confirm = b64encode(bytes.fromhex(sha256)).decode()
        answer = self._call(
            self.client.put_object,
            len(data),
            Key=key,
            Body=data,
            ChecksumSHA256=confirm,
            ContentLength=len(data),
        )
        if not _confirmed(answer, data, confirm):
            raise Unavailable("The object store did not confirm the bytes.")

    def get(self, key: str) -> bytes:
        return self._call(self._read, LARGEST_BYTES, Key=checked_key(key))

    def stream(self, key: str) -> Iterator[bytes]:
        body = self._call(self.client.get_object, 0, Key=checked_key(key))["Body"]

        def pieces() -> Iterator[bytes]:
            with body:
                yield from iter(lambda: body.read(CHUNK), b"")

        return pieces()

    def head(self, key: str) -> Stored | None:
        try:
            answer = self._call(self.client.head_object, 0, Key=checked_key(key))
        except BlobMissing:
            return None
        return Stored(key, answer["ContentLength"], answer["LastModified"])

    def delete(self, key: str) -> None:
        self._call(self.client.delete_object, 0, Key=checked_key(key))

    def list(self, prefix: str) -> Iterator[Stored]:
        more: dict[str, str] = {}
        while True:
            page = self._call(self.client.list_objects_v2, 0, Prefix=prefix, **more)
            for item in page.get("Contents", []):
                yield Stored(item["Key"], item["Size"], item["LastModified"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown(wait=True)
        self.client.close()

    def _read(self, **where: Any) -> bytes:
        with self.client.get_object(**where)["Body"] as body:
            data: bytes = body.read()
            return data

    def _call(self, call: Callable[..., T], size: int, **args: Any) -> T:
        """Run `call` on an own thread until it answers or its time is over; `size` bytes lengthen that time."""
        self._refuse_while_away()
        until = monotonic() + self.deadline + size / SLOWEST_BYTES_PER_SECOND
        if not self._free.acquire(timeout=self.deadline):
            raise Unavailable("The object store does not keep up.")
        future: Future[T] = self._threads.submit(call, Bucket=self.bucket, **args)
        future.add_done_callback(lambda _: self._free.release())
        try:
            answer = future.result(timeout=max(0.0, until - monotonic()))
        except ClientError as exc:
            self._away_until = 0.0
            raise _translated(exc, str(args.get("Key"))) from exc
        except (BotoCoreError, OSError) as exc:  # TimeoutError is an OSError
            log.warning("s3_away", why=type(exc).__name__)
            self._away_until = monotonic() + PAUSE_SECONDS
            raise Unavailable("The object store does not answer.") from exc
        self._away_until = 0.0
        return answer

    def _refuse_while_away(self) -> None:
        """After a failure, one call at a time tries again; the others are told at once, not after a wait of their own."""
        with self._trying:
            if monotonic() < self._away_until:
                raise Unavailable("The object store did not answer a moment ago.")
            if self._away_until:
                self._away_until = monotonic() + self.deadline


def _translated(exc: ClientError, key: str) -> Exception:
    code = str(exc.response.get("Error", {}).get("Code", ""))
    status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in MISSING:
        return BlobMissing(key)
    if code in FULL or status == 507:
        return StorageFull()
    # A wrong key or a missing bucket is for the operator to mend; the phone keeps its photo and tries again.
    log.error("s3_refuses", code=code, status=status)
    return Unavailable("The object store refuses.")


def _confirmed(answer: dict[str, Any], data: bytes, sha256_base64: str) -> bool:
    """By its sha256 where the server keeps one (AWS), else by the MD5 that is the ETag of a plain put (Ceph)."""
    if "ChecksumSHA256" in answer:
        return bool(answer["ChecksumSHA256"] == sha256_base64)
    etag = str(answer.get("ETag", "")).strip('"')
    return etag == hashlib.md5(data, usedforsecurity=False).hexdigest()
