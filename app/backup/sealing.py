"""Files encrypted with AES-256-GCM chunk by chunk (the STREAM construction), in constant memory.

The nonce is the chunk's number and whether it is the last, the key is of this one file and purpose: a byte altered, a chunk
missing, moved or added, a tail cut off, and a file put in the place of another are all refused. docs/adr/0013.
"""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.backup import BackupRefused

MAGIC = b"XFB1"
SALT_BYTES, ID_BYTES, TAG_BYTES = 32, 8, 16
CHUNK = 256 * 1024
_PREFIX = "xunfang-backup-key-1:"


@dataclass(frozen=True, repr=False)
class Key:
    """The one secret of all backups."""

    secret: bytes

    @property
    def id(self) -> bytes:
        """Tells keys apart without telling them."""
        return self._derived(b"id")[:ID_BYTES]

    def name_of(self, sha256: str) -> str:
        """Under what name bytes with this hash are kept: whoever sees the names learns no hash."""
        return hmac.digest(self._derived(b"names"), sha256.encode(), "sha256").hex()

    def cipher(self, salt: bytes, purpose: str) -> AESGCM:
        """For one file alone: its salt is random."""
        info = MAGIC + b" file " + purpose.encode()
        return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self.secret))

    def _derived(self, what: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=MAGIC + b" " + what).derive(self.secret)


def make_key(path: Path) -> Key:
    """A new key in a file only its owner may read; refused where a file is already."""
    key = Key(secrets.token_bytes(32))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as exc:
        raise BackupRefused(f"{path} exists already: a key is never overwritten") from exc
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{_PREFIX}{urlsafe_b64encode(key.secret).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Key:
    """The key of a file that make_key wrote."""
    try:
        text = path.read_text(encoding="ascii").strip()
        secret = urlsafe_b64decode(text.removeprefix(_PREFIX))
    except FileNotFoundError as exc:
        raise BackupRefused(f"there is no key file {path}: make one with `xunfang backup keygen`") from exc
    except ValueError as exc:
        raise BackupRefused(f"{path} is not a backup key") from exc
    if not text.startswith(_PREFIX) or len(secret) != 32:
        raise BackupRefused(f"{path} is not a backup key")
    return Key(secret)


def sealed_size(size: int) -> int:
    """How long the sealed file of `size` bytes is."""
    chunks = max(1, -(-size // CHUNK))
    return len(MAGIC) + ID_BYTES + SALT_BYTES + size + chunks * TAG_BYTES


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class SealedWriter:
    """Writes a sealed file. Without `close()` it has no last chunk and counts as truncated."""

    def __init__(self, file: BinaryIO, key: Key, purpose: str) -> None:
        self._file, self._pending, self._number = file, bytearray(), 0
        salt = secrets.token_bytes(SALT_BYTES)
        self._head = MAGIC + key.id + salt
        self._cipher = key.cipher(salt, purpose)
        file.write(self._head)

    def write(self, data: bytes) -> None:
        """More of the plain bytes."""
        self._pending += data
        # A chunk that may be the last waits for close().
        while len(self._pending) > CHUNK:
            self._seal(bytes(self._pending[:CHUNK]), is_last=False)
            del self._pending[:CHUNK]

    def close(self) -> None:
        """Write the last chunk. The file itself stays open: its owner syncs it."""
        self._seal(bytes(self._pending), is_last=True)
        self._pending.clear()

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last), piece, self._head))
        self._number += 1


def unsealed(file: BinaryIO, key: Key, purpose: str, what: str) -> Iterator[bytes]:
    """The plain bytes, each piece proven before it is given out. `what` names the file in a refusal."""
    head = file.read(len(MAGIC) + ID_BYTES + SALT_BYTES)
    if not head.startswith(MAGIC) or len(head) != len(MAGIC) + ID_BYTES + SALT_BYTES:
        raise BackupRefused(f"{what} is not a backup of this program, or its beginning is damaged")
    if head[len(MAGIC) : len(MAGIC) + ID_BYTES] != key.id:
        raise BackupRefused(f"{what} was made with another key, or its beginning is damaged")
    cipher = key.cipher(head[-SALT_BYTES:], purpose)
    number, piece = 0, file.read(CHUNK + TAG_BYTES)
    while True:
        following = file.read(CHUNK + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, not following), piece, head)
        except InvalidTag as exc:
            raise BackupRefused(f"{what} is damaged or cut off (chunk {number})") from exc
        if not following:
            return
        number, piece = number + 1, following


def digest_of(pieces: Iterator[bytes]) -> tuple[str, int]:
    """sha256 (hex) and size of what comes."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size
