"""The storage port: what every home of bytes promises, and the checks they share."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.errors import Unavailable

CHUNK = 256 * 1024
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)+")


class BlobMissing(Exception):
    """Nothing is stored under that key."""


@dataclass(frozen=True)
class Stored:
    """What is known of a blob without reading it; `modified_at` is when it was last put."""

    key: str
    size: int
    modified_at: datetime


class Storage(Protocol):
    """Every method raises Unavailable (503) while the home is away, StorageFull (507) when no room is left."""

    def put(self, key: str, data: bytes, sha256: str, *, is_hashed: bool = False) -> None:
        """Store durably: when this returns, the bytes survive a power cut. Same key, same bytes: harmless.

        `is_hashed`: the caller has just hashed these very bytes itself; else they are hashed here.
        """

    def get(self, key: str) -> bytes:
        """The whole blob; BlobMissing if there is none."""

    def stream(self, key: str) -> Iterator[bytes]:
        """The blob in pieces. It is opened before the first piece is asked for, so BlobMissing comes early."""

    def head(self, key: str) -> Stored | None:
        """Size and age, or None if nothing is stored there."""

    def delete(self, key: str) -> None:
        """Remove; harmless if nothing is there."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Everything whose key starts with `prefix` (a folder name and a slash), leftovers of crashes included."""


def checked_key(key: str) -> str:
    """`key`, or ValueError: a key is folder/name in plain characters and cannot climb out of its home."""
    if not _KEY.fullmatch(key) or len(key) > 120:
        raise ValueError(f"not a storage key: {key!r}")
    return key


def check_digest(data: bytes, sha256: str) -> None:
    """Refuse bytes that are not what the caller believes: memory or a pipe damaged them, so send again."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Unavailable("The bytes were damaged before they were stored.")
