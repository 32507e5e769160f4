"""A snapshot's text: JSON lines, compressed, sealed. Read one line at a time."""

import json
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from app.backup import BackupRefused
from app.backup.sealing import CHUNK, Key, SealedWriter, unsealed

PURPOSE = "snapshot"


class LineWriter:
    """Writes JSON values, one a line."""

    def __init__(self, file: BinaryIO, key: Key) -> None:
        self._sealed, self._zip = SealedWriter(file, key, PURPOSE), zlib.compressobj(3)

    def write(self, value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
        self._sealed.write(self._zip.compress(line.encode()))

    def close(self) -> None:
        self._sealed.write(self._zip.flush())
        self._sealed.close()


def read_lines(file: BinaryIO, key: Key, what: str) -> Iterator[Any]:
    """The values of a snapshot. What it gives out is authentic; that it is complete shows only at its end."""
    unzip, pending = zlib.decompressobj(), b""
    for piece in unsealed(file, key, PURPOSE, what):
        while piece:
            pending += unzip.decompress(piece, 4 * CHUNK)
            piece = unzip.unconsumed_tail
            *lines, pending = pending.split(b"\n")
            yield from map(json.loads, lines)
    *lines, pending = (pending + unzip.flush()).split(b"\n")
    yield from map(json.loads, lines)
    if pending or not unzip.eof:
        raise BackupRefused(f"{what} ends in the middle")
