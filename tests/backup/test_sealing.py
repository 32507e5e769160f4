"""Sealed files: what went in comes out, and nothing else does, in constant memory."""

import io
import tracemalloc
from pathlib import Path

import pytest

from app.backup import BackupRefused, sealing
from app.backup.lines import LineWriter, read_lines
from app.backup.sealing import CHUNK, Key, SealedWriter, sealed_size, unsealed

KEY = Key(b"k" * 32)
HEAD = 4 + 8 + 32


def sealed(data: bytes, purpose: str = "test", key: Key = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, key, purpose)
    for start in range(0, len(data), 100_000):
        writer.write(data[start : start + 100_000])
    writer.close()
    return file.getvalue()


def opened(data: bytes, purpose: str = "test", key: Key = KEY) -> bytes:
    return b"".join(unsealed(io.BytesIO(data), key, purpose, "it"))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_went_in_comes_out_and_its_length_is_known_before(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    made = sealed(data)
    assert opened(made) == data
    assert len(made) == sealed_size(size)
    assert len(data) < 16 or data[:64] not in made  # a byte or two turn up by chance


def test_a_flipped_bit_anywhere_is_refused() -> None:
    made = sealed(b"x" * (CHUNK + 10))
    for at in (
        0,
        5,
        20,
        HEAD - 1,
        HEAD,
        HEAD + CHUNK // 2,
        HEAD + CHUNK + 15,
        HEAD + CHUNK + 16,
        len(made) - 1,
    ):
        damaged = bytearray(made)
        damaged[at] ^= 1
        with pytest.raises(BackupRefused):
            opened(bytes(damaged))


def test_a_cut_off_or_longer_file_is_refused() -> None:
    made = sealed(b"x" * (2 * CHUNK + 10))
    ends = [0, 3, HEAD - 1, HEAD, HEAD + 15, HEAD + CHUNK + 16, HEAD + 2 * (CHUNK + 16), len(made) - 1]
    for end in ends:
        with pytest.raises(BackupRefused):
            opened(made[:end])
    for more in (b"\0", b"\0" * 16, made[HEAD:]):
        with pytest.raises(BackupRefused):
            opened(made + more)


def test_chunks_cannot_change_places_or_be_left_out() -> None:
    made = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    first, second = HEAD + CHUNK + 16, HEAD + 2 * (CHUNK + 16)
    for mixed in (
        made[:HEAD] + made[first:second] + made[HEAD:first] + made[second:],
        made[:HEAD] + made[first:],
        made[:first] + made[second:],
    ):
        with pytest.raises(BackupRefused):
            opened(mixed)


def test_another_key_and_another_purpose_are_refused() -> None:
    made = sealed(b"x")
    with pytest.raises(BackupRefused, match="another key"):
        opened(made, key=Key(b"j" * 32))
    with pytest.raises(BackupRefused, match="damaged"):
        opened(made, purpose="something else")


def test_the_same_bytes_never_look_the_same() -> None:
    assert sealed(b"x" * 100)[HEAD:] != sealed(b"x" * 100)[HEAD:]


def test_lines_come_back_in_constant_memory() -> None:
    file, line = io.BytesIO(), ["巡访" * 1000, 1, None, 0.1]
    writer = LineWriter(file, KEY)
    tracemalloc.start()
    try:
        for _ in range(4_000):
            writer.write(line)
        writer.close()
        file.seek(0)
        assert sum(one == line for one in read_lines(file, KEY, "it")) == 4_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024, "25 MB went through"
    finally:
        tracemalloc.stop()


def test_a_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "backup.key"
    made = sealing.make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sealing.read_key(file) == made
    with pytest.raises(BackupRefused, match="exists already"):
        sealing.make_key(file)
    assert sealing.read_key(file) == made


@pytest.mark.parametrize("text", ["", "x", "xunfang-backup-key-1:", "xunfang-backup-key-1:AAAA", "巡"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text, encoding="utf-8")
    with pytest.raises(BackupRefused, match="not a backup key"):
        sealing.read_key(tmp_path / "k")
