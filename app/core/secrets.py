"""The server's one key, kept out of the database, and what is derived from it: sealed values and signatures."""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.clock import now
from app.core.config import get_settings

NONCE_BYTES = 12


@lru_cache
def _key_of(configured: str, folder: Path) -> bytes:
    if configured:
        return hashlib.sha256(configured.encode()).digest()
    file = folder / "secret.key"
    if not file.exists():
        _make(file)
    return hashlib.sha256(file.read_bytes().strip()).digest()


def _make(file: Path) -> None:
    # Written in full under another name, then linked: of two processes that start at once, one wins and both read it.
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".secret.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_urlsafe(48).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def server_key(purpose: str) -> bytes:
    """32 bytes for one purpose: from the setting secret_key, or data_dir/secret.key, made at first use (mode 0600)."""
    settings = get_settings()
    key = _key_of(settings.secret_key.get_secret_value(), settings.data_dir)
    return hmac.digest(key, purpose.encode(), "sha256")


def seal(purpose: str, value: bytes) -> str:
    """`value` encrypted and authenticated (AES-256-GCM), as URL-safe text. Opens only under the same purpose."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return urlsafe_b64encode(nonce + AESGCM(server_key(purpose)).encrypt(nonce, value, None)).decode()


def unseal(purpose: str, sealed: str) -> bytes | None:
    """What was sealed, or None: made up, altered, of another purpose or another server."""
    try:
        raw = urlsafe_b64decode(sealed.encode())
        return AESGCM(server_key(purpose)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        return None


def signature(purpose: str, message: str) -> str:
    """A signature of `message`, URL-safe, 43 characters."""
    return (
        urlsafe_b64encode(hmac.digest(server_key(purpose), message.encode(), "sha256")).decode().rstrip("=")
    )


def is_signature(purpose: str, message: str, given: str) -> bool:
    """Whether `given` is our signature of `message`; takes the same time whatever is wrong."""
    return hmac.compare_digest(signature(purpose, message).encode(), given.encode())


LINK_SECONDS = 600
"""A signed link is good for half to all of this."""


def signed_link(purpose: str, path: str) -> str:
    """`path`, open to whoever holds the link for 5 to 10 minutes; the same for five, so that a browser's cache is of use."""
    step = LINK_SECONDS // 2
    expires = (int(now().timestamp()) // step + 2) * step
    return f"{path}?expires={expires}&signature={signature(purpose, f'{path} {expires}')}"


def is_signed_link(purpose: str, path: str, expires: int, given: str) -> bool:
    """Whether such a link is ours and still good."""
    at = now().timestamp()
    return at < expires <= at + LINK_SECONDS and is_signature(purpose, f"{path} {expires}", given)
