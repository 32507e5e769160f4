"""Background work on photos: renditions, watermarks, and the sweep of bytes that no row names."""

import hashlib
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import structlog
from sqlalchemy.orm import Session

from app.core import db, jobs
from app.core.clock import now
from app.core.storage import get_storage
from app.features.photos import fonts, queries
from app.features.photos.errors import PictureRefused
from app.features.photos.models import Clearing, Photo, PhotoState, Rendition, RenditionKind
from app.features.photos.naming import EVIDENCE
from app.features.photos.sandbox import Made, get_renderer

log = structlog.get_logger()

ORIGINALS, RENDITIONS = "originals/", "renditions/"
FOLDERS = (ORIGINALS, RENDITIONS, EVIDENCE, "tmp/", "doctor/")
ORPHAN_AGE = timedelta(hours=24)
PAUSE_SECONDS = 60.0
MOST_ORPHANS = 20_000
"""A night; the rest is taken the next one."""
UNFINISHED_AGE = timedelta(minutes=2)
_BATCH = 500


@jobs.job("photos.make_renditions", queue="heavy")
def make_renditions(photo_id: str) -> None:
    """Thumb and large copy of one photo, and the one with its watermark where it has its lines by now.

    A file that cannot be decoded in full is marked failed, its original kept.
    """
    photo, font = _live(uuid.UUID(photo_id)), fonts.chinese_font()
    if photo is None or photo.state != PhotoState.RECEIVED:
        return
    original, lines = get_storage().get(photo.storage_key), photo.watermark if font else None
    try:
        made = get_renderer().render(original, photo.media_type, lines or (), font)
    except PictureRefused as refused:
        with db.transaction() as session:
            _settle(session, photo.id, PhotoState.FAILED, str(refused.members["reason"]))
        log.warning("photo_failed", photo_id=photo_id, reason=refused.members["reason"])
        return
    kinds = (RenditionKind.THUMB, RenditionKind.LARGE, RenditionKind.WATERMARKED)
    rows = [store(photo.id, kind, copy) for kind, copy in zip(kinds, made, strict=False)]
    with db.transaction() as session:
        _settle(session, photo.id, PhotoState.READY, None, rows, lines)


@jobs.job("photos.make_watermark", queue="heavy")
def make_watermark(photo_id: str) -> None:
    """The large copy with the photo's watermark lines on it. Without a Chinese font none is made: it would be boxes."""
    photo, font = _live(uuid.UUID(photo_id)), fonts.chinese_font()
    if photo is None or not photo.watermark or photo.state != PhotoState.READY:
        return
    if font is None:
        log.error("no_chinese_font", hint="install fonts-noto-cjk or fonts-wqy-zenhei")
        return
    with db.reading() as session:
        large = queries.system_rendition(session, photo.id, RenditionKind.LARGE)
    if large is None:
        return
    made = get_renderer().watermark(get_storage().get(large.storage_key), photo.watermark, font)
    row = store(photo.id, RenditionKind.WATERMARKED, made)
    with db.transaction() as session:
        session.get(Photo, photo.id, with_for_update=True, populate_existing=True)
        queries.system_keep(session, row)


@jobs.job("photos.make_cleared")
def make_cleared(photo_id: str) -> None:
    """The large copy with its boxes veiled: the one that may leave the office.

    Not behind the copies of all new photos: somebody sits there and waits, and it reads the large copy only.
    """
    photo = _live(uuid.UUID(photo_id))
    with db.reading() as session:
        clearing = session.get(Clearing, uuid.UUID(photo_id))
        large = queries.system_rendition(session, uuid.UUID(photo_id), RenditionKind.LARGE)
    if photo is None or clearing is None or large is None:
        return
    made = get_renderer().veil(get_storage().get(large.storage_key), clearing.boxes)
    row = store(photo.id, RenditionKind.CLEARED, made)
    with db.transaction() as session:
        session.get(Photo, photo.id, with_for_update=True, populate_existing=True)
        now_said = session.get(Clearing, photo.id)
        # Drawn anew meanwhile: those boxes have a job of their own.
        if now_said is not None and now_said.cleared_at == clearing.cleared_at:
            queries.system_keep(session, row)


def _live(photo_id: uuid.UUID) -> Photo | None:
    with db.reading() as session:
        photo = session.get(Photo, photo_id)
        return photo if photo and photo.deleted_at is None else None


def store(photo_id: uuid.UUID, kind: RenditionKind, made: Made) -> Rendition:
    """Store a rendition under a key never used before and return its row, not yet added to a session."""
    sha256 = hashlib.sha256(made.data).hexdigest()
    key = f"{RENDITIONS}{uuid.uuid4()}"
    get_storage().put(key, made.data, sha256, is_hashed=True)
    return Rendition(
        photo_id=photo_id,
        kind=kind,
        storage_key=key,
        sha256=sha256,
        size=len(made.data),
        width=made.width,
        height=made.height,
    )


def _settle(
    session: Session,
    photo_id: uuid.UUID,
    state: PhotoState,
    failure: str | None,
    rows: Iterable[Rendition] = (),
    written: list[str] | None = None,
) -> None:
    photo = session.get_one(Photo, photo_id, with_for_update=True, populate_existing=True)
    photo.state, photo.failure = state, failure
    is_marked = written == photo.watermark
    for row in rows:
        # Other lines were asked for meanwhile: they have a job of their own.
        if is_marked or row.kind != RenditionKind.WATERMARKED:
            queries.system_keep(session, row)
    if photo.watermark and not is_marked and state == PhotoState.READY:
        jobs.enqueue(session, "photos.make_watermark", key=str(photo_id), photo_id=str(photo_id))


@jobs.sweeper("photos.unfinished")
def requeue_unfinished(session: Session) -> None:
    """Whatever a dead worker left behind is asked for again."""
    for photo_id in queries.system_unfinished(session, now() - UNFINISHED_AGE, _BATCH):
        jobs.enqueue(session, "photos.make_renditions", key=str(photo_id), photo_id=str(photo_id))
    for photo_id in queries.system_not_veiled(session, _BATCH):
        jobs.enqueue(session, "photos.make_cleared", key=str(photo_id), photo_id=str(photo_id))
    if fonts.chinese_font():
        for photo_id in queries.system_unmarked(session, _BATCH):
            jobs.enqueue(session, "photos.make_watermark", key=str(photo_id), photo_id=str(photo_id))


@jobs.every("photos.sweep_orphans", "41 19 * * *")
def sweep_orphans() -> None:
    """Delete bytes that no row names: uploads that broke off, copies that were replaced, photos deleted a day ago.

    Nothing younger than a day is touched, by our clock and by the storage's. Clocks jump, so age alone proves nothing:
    what no row names is asked for once more after a pause longer than any request, and only then taken. A key is
    never used twice, so what is unnamed then stays unnamed.
    """
    oldest_kept = min(now(), _storage_now()) - ORPHAN_AGE
    old = (
        blob.key
        for folder in FOLDERS
        for blob in get_storage().list(folder)
        if blob.modified_at < oldest_kept
    )
    suspects = list(islice(_unnamed(old), MOST_ORPHANS))
    if suspects:
        time.sleep(PAUSE_SECONDS)
    removed = 0
    for key in _unnamed(suspects):
        get_storage().delete(key)
        removed += 1
    log.info("orphans_swept", removed=removed)


def _storage_now() -> datetime:
    """The time as the storage stamps it on what it is given."""
    key, data = f"tmp/{uuid.uuid4().hex}", b"what time is it"
    get_storage().put(key, data, hashlib.sha256(data).hexdigest())
    stored = get_storage().head(key)
    get_storage().delete(key)
    return stored.modified_at if stored else datetime.min.replace(tzinfo=UTC) + ORPHAN_AGE


def _unnamed(keys: Iterable[str]) -> Iterator[str]:
    source = iter(keys)
    while batch := list(islice(source, _BATCH)):
        with db.reading() as session:
            named = queries.system_referenced(session, batch, deleted_after=now() - ORPHAN_AGE)
        yield from (key for key in batch if key not in named)
