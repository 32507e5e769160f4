"""Local files under fault: a full disk, a dead disk, a crash half-way; and the order of fsync and rename."""

import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Problem, StorageFull, Unavailable
from app.core.storage.files import FileStorage

DATA = b"a photo" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()
KEY = "originals/0d1e2f30-0000-4000-8000-000000000001"


def files_below(root: Path) -> list[str]:
    return [p.name for p in root.rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, Unavailable),
        (errno.EROFS, Unavailable),
        (errno.EMFILE, Unavailable),
    ],
)
def test_a_failing_disk_is_a_problem_with_retry_after_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, problem: type[Problem]
) -> None:
    def broken(_: int) -> None:
        raise OSError(code, os.strerror(code))

    storage = FileStorage(tmp_path)
    storage.put("originals/warm-up", b"x", hashlib.sha256(b"x").hexdigest())
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(problem) as refused:
        storage.put(KEY, DATA, DIGEST)
    assert int(refused.value.headers["Retry-After"]) > 0
    assert files_below(tmp_path) == ["warm-up"]


def test_a_full_disk_is_seen_while_writing(tmp_path: Path) -> None:
    # /dev/full answers every write with ENOSPC, as a full disk does.
    from app.core.storage import files

    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(StorageFull), files._faults(), full.open("wb", buffering=0) as handle:
        handle.write(b"x")


def test_bytes_folder_and_every_new_parent_are_synced_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def spy_fsync(handle: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{handle}').readlink().relative_to(tmp_path)}")
        fsync(handle)

    def spy_replace(self: Path, target: Any) -> Path:
        steps.append(f"rename {Path(target).relative_to(tmp_path)}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(Path, "replace", spy_replace)
    FileStorage(tmp_path / "blobs").put(KEY, DATA, DIGEST)
    written = next(
        i for i, step in enumerate(steps) if step.startswith("fsync blobs/tmp/") and step.count("/") == 3
    )
    final = f"blobs/originals/0d/{KEY.split('/')[1]}"
    assert steps[written + 1 :] == [f"rename {final}", "fsync blobs/originals/0d"]
    for parent in (".", "blobs", "blobs/originals"):
        assert f"fsync {parent}" in steps[:written]


def test_what_a_crash_left_half_written_is_listed_under_tmp(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path)
    left = tmp_path / "tmp" / "ab" / "abcdef"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert [found.key for found in storage.list("tmp/")] == ["tmp/abcdef"]
    storage.delete("tmp/abcdef")
    assert files_below(tmp_path) == []


def test_folders_that_vanish_while_we_run_are_made_anew_at_the_next_try(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "blobs")
    storage.put(KEY, DATA, DIGEST)
    shutil.rmtree(tmp_path / "blobs" / "originals")
    with pytest.raises(Unavailable):
        storage.put(KEY, DATA, DIGEST)
    storage.put(KEY, DATA, DIGEST)
    assert storage.get(KEY) == DATA
