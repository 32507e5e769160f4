"""The marks of all photos, so that a copy is found whenever it comes: each photo is read soon after it has arrived, and each
process that looks for copies keeps an index of the marks on its own disk."""

import fcntl
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Gauge
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db, jobs
from app.core.clock import now
from app.core.config import Settings, get_settings
from app.core.errors import Problem
from app.core.storage import BlobMissing
from app.features.evidence import index, service
from app.features.evidence.models import PhotoTrace
from app.features.photos.models import Photo, PhotoState

if TYPE_CHECKING:
    from app.core.doctor import Finding

log = structlog.get_logger()

MOST_LATEST = 20_000
"""Photos looked through one by one: those read since the index was made, and the newest while there is none."""
MOST_SHARING = 50
MOST_LOOSE = 5_000
"""So many photos that no index on this disk holds, and one is made anew."""
LOOK_SECONDS = 600.0
READ_SECONDS = 60.0
SETTLED = timedelta(minutes=1)
FRESH = timedelta(days=1)
MOST_READ, MOST_READ_AT_NIGHT = 500, 10_000
PHOTOS = Gauge("xunfang_photo_marks", "Photos whose marks are: indexed on this disk, or loose", ["state"])


# ---- each photo is read once ----
@jobs.every("evidence.read", "3-59/5 * * * *", queue="heavy")
def read_new() -> None:
    """Photos of the last day, oldest first; a minute of them, so that renditions do not wait."""
    read(_unread(now() - FRESH, MOST_READ), READ_SECONDS)


@jobs.every("evidence.read_rest", "37 18 * * *", queue="heavy")
def read_rest() -> None:
    """Each night what is still unread: photos of before an upgrade or a restore, newest first."""
    read(list(reversed(_unread(None, MOST_READ_AT_NIGHT))), float("inf"))


def read(photo_ids: list[uuid.UUID], seconds: float) -> int:
    """Key points and marks of these photos, one after the other, until `seconds` are over; how many."""
    until, done = time.monotonic() + seconds, 0
    for photo_id in photo_ids:
        if time.monotonic() > until:
            break
        # Said before it is opened: a picture that kills what looks at it is not opened for ever.
        service.remember(photo_id, b"")
        try:
            service.describe(photo_id)
            done += 1
        except (service.NotReady, BlobMissing, Problem):
            service.remember(photo_id, None)
    log.info("photos_read", photos=done, asked=len(photo_ids))
    return done


def _unread(since: datetime | None, most: int) -> list[uuid.UUID]:
    """Photos whose marks nobody has looked for, oldest first; without `since` the newest of all."""
    wanted = select(Photo.id, Photo.received_at).where(*_nobody_read(), Photo.received_at < now() - SETTLED)
    if since is not None:
        wanted = wanted.where(Photo.received_at >= since).order_by(Photo.received_at)
    else:
        wanted = wanted.order_by(Photo.received_at.desc())
    with db.reading() as session:
        found = session.execute(wanted.limit(most)).all()
    return [row.id for row in sorted(found, key=lambda row: row.received_at)]


# ---- the index on this disk ----
def sharing_marks(photo_id: uuid.UUID, most: int = MOST_SHARING) -> list[uuid.UUID]:
    """Photos of anywhere that share marks with this one, most first: copies, whatever was cut off or done to them, and
    photos of the same spot. Those read since the index was made are looked through one by one."""
    asked = service.asked_marks(photo_id)
    if asked is None:
        return []
    kept = index.opened(folder())
    with db.reading() as session:
        latest = _marked(session, kept.since if kept else None, MOST_LATEST)
    shared = dict(kept.sharing(asked, most)) if kept else {}
    shared |= index.counted(latest, asked)
    shared.pop(photo_id, None)
    return sorted(shared, key=lambda other: (-shared[other], other))[:most]


@jobs.every("evidence.index", "17 19 * * *")
def make_index() -> None:
    """Each night, of all photos that were read; what is read later waits for the next one in the database."""
    with _one_maker() as is_mine:
        if not is_mine:
            return
        since = now() - timedelta(minutes=5)
        with db.reading() as session:
            made = index.build(folder(), _marked(session, None, None), since)
    log.info("photo_index_made", photos=made)
    covered()


@jobs.at_start
def keep_up() -> None:
    """While this process does jobs: where too many photos are in no index of its disk, one is made. A worker on a disk of
    its own has none when it starts, and the nightly one may be made elsewhere."""
    while True:
        _, loose = covered()
        if loose > MOST_LOOSE:
            make_index()
        if jobs.stopping(LOOK_SECONDS):
            return


def covered() -> tuple[int, int]:
    """How many photos the index on this disk holds, and how many marked ones it does not."""
    made_at, held = index.told(folder())
    marked = select(func.count()).select_from(PhotoTrace).where(PhotoTrace.marks.is_not(None))
    with db.reading() as session:
        loose = session.scalar(marked.where(PhotoTrace.marked_at >= made_at) if made_at else marked) or 0
    PHOTOS.labels("indexed").set(held)
    PHOTOS.labels("loose").set(loose)
    return held, loose


def unread() -> int:
    """How many photos nobody has looked for marks in yet."""
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Photo).where(*_nobody_read())) or 0


def examine(_: Settings) -> "Iterator[Finding]":
    """For the doctor: whether copies of any photo would be found, looked for on this machine."""
    from app.core.doctor import Finding

    try:
        (held, loose), left = covered(), unread()
    except SQLAlchemyError:
        return  # the database has a finding of its own
    said = f"photo index: {held} photos in {folder()}, {loose} beside it, {left} unread"
    if loose > MOST_LATEST:
        mend = "a worker (or serve with XUNFANG_JOBS=inline) on this disk makes it within some minutes"
        yield Finding("warning", f"{said}: copies of the oldest are not found", mend)
    else:
        yield Finding("ok", said)


def _nobody_read() -> tuple[ColumnElement[bool], ...]:
    """A photo that can be seen, and that this engine has not read. What another engine kept of it does not count."""
    read_before = exists().where(
        PhotoTrace.photo_id == Photo.id,
        PhotoTrace.marks.is_not(None),
        PhotoTrace.engine.in_(("", service.ENGINE)),
    )
    return Photo.state == PhotoState.READY, Photo.deleted_at.is_(None), ~read_before


def folder() -> Path:
    """Where this process keeps its index."""
    return get_settings().data_dir / "photo-index"


def _marked(session: Session, since: datetime | None, most: int | None) -> list[tuple[uuid.UUID, bytes]]:
    wanted = select(PhotoTrace.photo_id, PhotoTrace.marks).where(PhotoTrace.marks.is_not(None))
    if since is not None:
        wanted = wanted.where(PhotoTrace.marked_at >= since)
    rows = session.execute(wanted.order_by(PhotoTrace.marked_at.desc()).limit(most))
    return [(photo_id, data) for photo_id, data in rows if data is not None]


@contextmanager
def _one_maker() -> Iterator[bool]:
    """Of the processes that share this folder only one makes its index at a time."""
    path = folder().with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file, _thread_gate:
        is_mine = False
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_mine = True
        yield is_mine


_thread_gate = threading.Lock()
