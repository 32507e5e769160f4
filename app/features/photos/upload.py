"""Raw bytes in over HTTP: counted and hashed as they come, kept aside, looked at, stored, recorded. Never parsed here."""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import anyio
from anyio.lowlevel import RunVar
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.core import db
from app.core.config import get_settings
from app.core.errors import TooLarge, Unavailable, UnsupportedMedia
from app.features.photos import formats, service
from app.features.photos.errors import DigestMismatch, DigestMissing, PhotoConflict, PhotoDeleted
from app.features.photos.models import Photo

IN_MEMORY = 32 * 1024 * 1024
"""Bytes of bodies on their way in that are held in memory, all together; more of them go by way of the disk."""
ON_DISK_AT_ONCE = 512 * 1024
AT_ONCE, WAITING = 6, 200
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("xunfang_picture_intake")


@dataclass(frozen=True)
class Received:
    """A whole body: what arrived (in pieces, or in a file), and its sha-256 (hex)."""

    pieces: list[bytes]
    file: IO[bytes] | None
    size: int
    sha256: str

    def read(self) -> bytes:
        """All of it."""
        if self.file is None:
            return b"".join(self.pieces)
        self.file.seek(0)
        return self.file.read()


class _Room:
    """How many bytes all bodies on their way in may hold in memory together. Asked by the loop's thread only."""

    left = IN_MEMORY


@asynccontextmanager
async def received(chunks: AsyncIterator[bytes]) -> AsyncIterator[Received]:
    """Gather a body: in memory while there is room, then in a nameless file that no crash can leave behind."""
    folder = get_settings().data_dir / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size, held = hashlib.sha256(), 0, 0
    pieces: list[bytes] = []
    file: IO[bytes] | None = None
    opened = ExitStack()
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > formats.MAX_BYTES:
                raise TooLarge()
            digest.update(chunk)
            if file is None and len(chunk) > _Room.left:
                file = await run_in_threadpool(_on_disk, folder, pieces, opened)
                pieces.clear()
                _Room.left, held = _Room.left + held, 0
            if file is None:
                _Room.left -= len(chunk)
                held += len(chunk)
                pieces.append(chunk)
            else:
                await run_in_threadpool(file.write, chunk)
        yield Received(pieces, file, size, digest.hexdigest())
    finally:
        _Room.left += held
        opened.close()


def _on_disk(folder: Path, begun: list[bytes], opened: ExitStack) -> IO[bytes]:
    file = opened.enter_context(_nameless(folder))
    file.writelines(begun)
    return file


@contextmanager
def _nameless(folder: Path) -> Iterator[IO[bytes]]:
    with TemporaryFile(dir=str(folder), buffering=ON_DISK_AT_ONCE) as file:
        yield file


def announced(headers: Mapping[str, str]) -> tuple[str, str]:
    """The sha-256 (hex) and media type that a request's headers promise; a coded body is not what it says."""
    media_type = formats.declared(headers.get("content-type", ""))
    if media_type is None or headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMedia()
    return announced_sha256(headers.get("content-digest")), media_type


def announced_sha256(content_digest: str | None) -> str:
    """The sha-256 of a Content-Digest header (RFC 9530), as hex; other algorithms beside it are ignored."""
    for member in (content_digest or "").split(","):
        name, _, value = member.strip().partition("=")
        value = value.partition(";")[0].strip()
        if name.strip().lower() != "sha-256" or len(value) < 2 or value[0] != ":" or value[-1] != ":":
            continue
        try:
            raw = base64.b64decode(value[1:-1], validate=True)
        except ValueError:  # not Base64, or not even ASCII
            continue
        if len(raw) == 32:
            return raw.hex()
    raise DigestMissing()


async def take_in(
    body: Received, *, owner_id: uuid.UUID, client_id: uuid.UUID, media_type: str, sha256: str | None
) -> tuple[Photo, bool]:
    """One photo from bytes to row: durable when this returns. The flag says whether it is new.

    `sha256` is what the sender says, if it says so. Raises every problem of the photo's PUT.
    """
    if sha256 is not None and sha256 != body.sha256:
        raise DigestMismatch(sha256=body.sha256)
    limiter = _intake_limiter()
    if limiter.statistics().tasks_waiting > WAITING:
        raise Unavailable("Too many pictures at once.")
    # Waiting here, on the loop, keeps pictures from eating the threads that everything else needs.
    known, kept = await anyio.to_thread.run_sync(
        partial(_known_or_kept, body, owner_id, client_id, media_type), limiter=limiter
    )
    if known is not None:
        return known, False
    assert kept  # noqa: S101 - one of the two
    try:
        async with db.gated_transaction() as session:
            photo, is_new = await run_in_threadpool(_recorded, session, owner_id, client_id, kept)
    except (PhotoConflict, PhotoDeleted):
        await run_in_threadpool(service.discard, kept)
        raise
    # After any other fault the commit may have happened all the same: then the sweep decides, a day later.
    if not is_new:
        await run_in_threadpool(service.discard, kept)
    return photo, is_new


def _recorded(
    session: Session, owner_id: uuid.UUID, client_id: uuid.UUID, kept: service.Kept
) -> tuple[Photo, bool]:
    told = service.record(session, owner_id=owner_id, client_id=client_id, kept=kept)
    db.end(session)
    return told


def _known_or_kept(
    body: Received, owner_id: uuid.UUID, client_id: uuid.UUID, media_type: str
) -> tuple[Photo | None, service.Kept | None]:
    with db.reading() as session:
        is_known = service.is_known(session, owner_id, client_id)
        photo = service.find(session, owner_id, client_id) if is_known else None
    if photo is not None:
        service.heal(service.acknowledged(photo, body.sha256), body.read())
        return photo, None
    return None, service.keep(body.read(), sha256=body.sha256, media_type=media_type)


def _intake_limiter() -> anyio.CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(anyio.CapacityLimiter(AT_ONCE))
        return _limiter.get()
