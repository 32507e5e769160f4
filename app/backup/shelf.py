"""A backup folder: `snapshots/` one file a backup, `pictures/` every original once, shared by all snapshots.

A picture that is already here is not copied again. Files are written beside, synced and renamed: what has its name is whole.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from app.backup import BackupRefused
from app.backup.sealing import Key, SealedWriter, digest_of, sealed_size, unsealed

SUFFIX = ".xfb"


class Shelf:
    """The folder, seen with a key."""

    def __init__(self, root: Path, key: Key) -> None:
        self.root, self.key = root, key
        self.snapshots, self.pictures = root / "snapshots", root / "pictures"
        self._made: set[Path] = set()

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (self.snapshots, self.pictures):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One backup at a time into one folder; what an earlier one left half-written is removed."""
        with (self.root / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise BackupRefused(f"another backup is writing to {self.root}") from exc
            for left in (*self.snapshots.glob("*.part"), *self.pictures.glob("*/*.part")):
                left.unlink(missing_ok=True)
            yield

    # ---- snapshots ----
    def all_snapshots(self) -> list[Path]:
        """Finished snapshots, oldest first."""
        return sorted(self.snapshots.glob(f"*{SUFFIX}"))

    def new_snapshot(self, at: datetime) -> Path:
        """Where the snapshot of this moment will be."""
        return self.snapshots / f"{at:%Y-%m-%dT%H-%M-%SZ}-{secrets.token_hex(3)}{SUFFIX}"

    # ---- pictures ----
    def _path(self, sha256: str) -> Path:
        name = self.key.name_of(sha256)
        return self.pictures / name[:2] / f"{name[2:]}{SUFFIX}"

    def has(self, sha256: str, size: int) -> bool:
        """Whether the picture is here, as far as its length tells."""
        try:
            return self._path(sha256).stat().st_size == sealed_size(size)
        except FileNotFoundError:
            return False

    def put(self, sha256: str, size: int, pieces: Iterator[bytes]) -> bool:
        """Take a picture in. False: its bytes are not what the database says, and nothing was kept."""
        target = self._path(sha256)
        if target.parent not in self._made:
            target.parent.mkdir(exist_ok=True)
            sync_folder(self.pictures)
            self._made.add(target.parent)
        aside = target.with_suffix(f".{secrets.token_hex(4)}.part")
        digest, count = hashlib.sha256(), 0
        try:
            with aside.open("xb") as file:
                sealed = SealedWriter(file, self.key, f"picture {sha256}")
                for piece in pieces:
                    digest.update(piece)
                    count += len(piece)
                    sealed.write(piece)
                sealed.close()
                sync(file)
            is_right = (digest.hexdigest(), count) == (sha256, size)
            if is_right:
                aside.replace(target)
            return is_right
        finally:
            with suppress(FileNotFoundError):
                aside.unlink()

    def sync_pictures(self) -> None:
        """The names of all pictures taken in are durable when this returns."""
        for folder in self._made:
            sync_folder(folder)

    def read(self, sha256: str, size: int) -> Iterator[bytes]:
        """A picture's bytes; refused if it is missing, damaged, or of another length."""
        path = self._path(sha256)
        try:
            file = path.open("rb")
        except FileNotFoundError as exc:
            raise BackupRefused(f"the picture {path.relative_to(self.root)} is missing") from exc
        with file:
            if os.fstat(file.fileno()).st_size != sealed_size(size):
                raise BackupRefused(f"the picture {path.relative_to(self.root)} has another length")
            what = f"the picture {path.relative_to(self.root)}"
            yield from unsealed(file, self.key, f"picture {sha256}", what)

    def check(self, sha256: str, size: int) -> None:
        """Refuse a picture whose bytes are not those of its hash."""
        if digest_of(self.read(sha256, size)) != (sha256, size):
            raise BackupRefused(f"the picture {self._path(sha256).relative_to(self.root)} holds other bytes")

    def drop(self, sha256: str) -> None:
        """Remove a copy that is no good."""
        self._path(sha256).unlink(missing_ok=True)

    def keep_only(self, sha256s: Collection[bytes]) -> int:
        """Delete pictures that no snapshot names; returns how many."""
        wanted = {self._path(one.hex()).name for one in sha256s}
        gone = [path for path in self.pictures.glob(f"*/*{SUFFIX}") if path.name not in wanted]
        for path in gone:
            path.unlink()
        return len(gone)


def sync(file: BinaryIO) -> None:
    """Bytes written to `file` are on the disk when this returns."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Names in `path` are on the disk when this returns."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
