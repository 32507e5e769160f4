"""One contract, two homes: every promise of the storage port on local files and on a real S3 server."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.core.config import Settings
from app.core.errors import Unavailable
from app.core.storage import BlobMissing, Storage
from app.core.storage.files import FileStorage
from app.core.storage.s3 import S3Storage


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def new_key(folder: str = "originals") -> str:
    return f"{folder}/{uuid.uuid4()}"


@contextmanager
def bucket(s3: dict[str, Any]) -> Iterator[S3Storage]:
    """An S3Storage with a bucket of its own."""
    name = f"b-{uuid.uuid4().hex}"
    keys = {"aws_access_key_id": s3["access_key"], "aws_secret_access_key": s3["secret_key"]}
    admin = boto3.client("s3", endpoint_url=s3["endpoint"], region_name=s3["region"], **keys)
    admin.create_bucket(Bucket=name)
    admin.close()
    storage = S3Storage(
        Settings(
            storage="s3",
            s3_endpoint=s3["endpoint"],
            s3_bucket=name,
            s3_access_key=s3["access_key"],
            s3_secret_key=s3["secret_key"],
        )
    )
    yield storage
    storage.close()


@pytest.fixture(params=["files", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "files":
        yield FileStorage(tmp_path / "blobs")
    else:
        with bucket(request.getfixturevalue("s3")) as made:
            yield made


@pytest.mark.parametrize("size", [1, 4096, 300_000, 3_000_001])
def test_what_is_put_is_got_byte_for_byte(storage: Storage, size: int) -> None:
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    key = new_key()
    storage.put(key, data, digest(data))
    assert storage.get(key) == data
    assert b"".join(storage.stream(key)) == data


def test_head_tells_size_and_age(storage: Storage) -> None:
    key = new_key()
    storage.put(key, b"12345", digest(b"12345"))
    found = storage.head(key)
    assert found is not None
    assert (found.key, found.size) == (key, 5)
    assert abs(datetime.now(UTC) - found.modified_at) < timedelta(minutes=2)


def test_a_missing_blob_is_told_apart_from_a_missing_storage(storage: Storage) -> None:
    assert storage.head(new_key()) is None
    with pytest.raises(BlobMissing):
        storage.get(new_key())
    with pytest.raises(BlobMissing):
        storage.stream(new_key())


def test_put_twice_is_harmless(storage: Storage) -> None:
    key = new_key()
    for _ in range(2):
        storage.put(key, b"same", digest(b"same"))
    assert storage.get(key) == b"same"
    assert len(list(storage.list("originals/"))) == 1


def test_delete_removes_and_a_second_delete_is_harmless(storage: Storage) -> None:
    key = new_key()
    storage.put(key, b"x", digest(b"x"))
    storage.delete(key)
    storage.delete(key)
    assert storage.head(key) is None


def test_list_shows_exactly_what_lies_below_the_prefix(storage: Storage) -> None:
    keys = {new_key() for _ in range(5)}
    for key in [*keys, new_key("renditions")]:
        storage.put(key, b"abc", digest(b"abc"))
    assert {found.key for found in storage.list("originals/")} == keys
    assert {found.size for found in storage.list("originals/")} == {3}
    assert list(storage.list("nothing/")) == []


def test_bytes_that_do_not_match_their_digest_are_refused_and_nothing_is_kept(storage: Storage) -> None:
    key = new_key()
    with pytest.raises(Unavailable):
        storage.put(key, b"damaged", digest(b"whole"))
    assert storage.head(key) is None
    assert list(storage.list("originals/")) == []


@pytest.mark.parametrize(
    "key", ["", "x", "../x", "a/../b", "/etc/passwd", "a//b", "a/b\n", "a/.hidden", "a/" + "x" * 200]
)
def test_a_key_cannot_climb_out_of_its_home(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        storage.put(key, b"x", digest(b"x"))
    with pytest.raises(ValueError, match="not a storage key"):
        storage.get(key)
