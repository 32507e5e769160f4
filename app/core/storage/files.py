"""Blobs in a folder: written beside, fsynced, renamed, and the folder fsynced, so a power cut leaves all or nothing."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import StorageFull, Unavailable
from app.core.storage.port import CHUNK, BlobMissing, Stored, check_digest, checked_key

FULL = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the disk says into what the client is told."""
    try:
        yield
    except FileNotFoundError as exc:
        raise BlobMissing(str(exc)) from exc
    except OSError as exc:
        raise (StorageFull if exc.errno in FULL else Unavailable)() from exc


class FileStorage:
    """`root`/folder/ab/name, where ab are the name's first two characters. Half-written files live in `root`/tmp."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._durable: set[Path] = set()

    def _path(self, key: str) -> Path:
        folder, _, name = checked_key(key).rpartition("/")
        return self.root / folder / name[:2] / name

    def _make_folder(self, path: Path) -> None:
        """Make `path`, durable in its parent. Another process may have made it and not yet synced it: so sync once."""
        if path in self._durable or path == path.parent:
            return
        if path != self.root:
            self._make_folder(path.parent)
        path.mkdir(parents=True, exist_ok=True)
        _sync_folder(path.parent)
        self._durable.add(path)

    def put(self, key: str, data: bytes, sha256: str, *, is_hashed: bool = False) -> None:
        target = self._path(key)
        if not is_hashed:
            check_digest(data, sha256)
        try:
            self._put(target, data)
        except BlobMissing as exc:
            # Somebody moved or unmounted our folders while we ran: the next try makes them anew.
            self._durable.clear()
            raise Unavailable() from exc

    def _put(self, target: Path, data: bytes) -> None:
        with _faults():
            # A crash leaves the file under a key of its own, where the sweep finds it.
            aside = self._path(f"tmp/{secrets.token_hex(16)}")
            self._make_folder(aside.parent)
            self._make_folder(target.parent)
            try:
                _write(aside, data)
                aside.replace(target)
            except BaseException:
                with suppress(OSError):
                    aside.unlink()
                raise
            _sync_folder(target.parent)

    def get(self, key: str) -> bytes:
        with _faults():
            return self._path(key).read_bytes()

    def stream(self, key: str) -> Iterator[bytes]:
        with _faults():
            file = self._path(key).open("rb")

        def pieces() -> Iterator[bytes]:
            with file, _faults():
                while piece := file.read(CHUNK):
                    yield piece

        return pieces()

    def head(self, key: str) -> Stored | None:
        try:
            with _faults():
                return _stored(key, self._path(key))
        except BlobMissing:
            return None

    def delete(self, key: str) -> None:
        with suppress(BlobMissing), _faults():
            self._path(key).unlink()

    def list(self, prefix: str) -> Iterator[Stored]:
        folder = prefix.rstrip("/")
        for path in sorted((self.root / folder).glob("[A-Za-z0-9]*/*")):
            # A file may go while we walk.
            with suppress(BlobMissing), _faults():
                yield _stored(f"{folder}/{path.name}", path)


def _stored(key: str, path: Path) -> Stored:
    stat = path.stat()
    return Stored(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _write(path: Path, data: bytes) -> None:
    with path.open("xb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
