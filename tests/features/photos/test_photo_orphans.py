"""Bytes that no row names go, a day later; what is being stored right now, and what is younger, never."""

import hashlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from app.core import clock, db
from app.core.storage import get_storage
from app.features.identity.models import User
from app.features.photos import jobs, service
from app.features.photos.models import Photo, Rendition, RenditionKind
from tests.core.test_storage import bucket
from tests.features.photos.conftest import stored_files

DAY = 86400


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The sweep's pauses, not waited for."""
    taken: list[float] = []
    monkeypatch.setattr(jobs.time, "sleep", taken.append)
    return taken


def stored(key: str) -> str:
    get_storage().put(key, b"x", hashlib.sha256(b"x").hexdigest())
    return key


def aged(blobs: Path, days: float, *but: str) -> None:
    for path in blobs.rglob("*"):
        if path.is_file() and path.name not in but:
            os.utime(path, (time.time() - days * DAY,) * 2)


def kept(volunteer: User) -> service.Kept:
    """Bytes in storage that no row names yet."""
    photo_id = uuid.uuid4()
    stored(f"originals/{photo_id}")
    return service.Kept(photo_id, hashlib.sha256(b"x").hexdigest(), 1, "image/jpeg", 1, 1)


def record(volunteer: User, of: service.Kept, **values: Any) -> None:
    with db.transaction() as session:
        photo, _ = service.record(session, owner_id=volunteer.id, client_id=uuid.uuid4(), kept=of)
        for name, value in values.items():
            setattr(photo, name, value)


def test_unnamed_bytes_older_than_a_day_go_and_nothing_else(volunteer: User, blobs: Path) -> None:
    photo, gone, just_gone = kept(volunteer), kept(volunteer), kept(volunteer)
    record(volunteer, photo)
    record(volunteer, gone, deleted_at=clock.now() - timedelta(hours=25))
    record(volunteer, just_gone, deleted_at=clock.now() - timedelta(hours=23))
    with db.transaction() as session:
        for number, of in enumerate((photo, gone)):
            session.add(
                Rendition(photo_id=of.photo_id, kind=RenditionKind.THUMB, storage_key=stored(f"renditions/{number}"),
                          sha256="0" * 64, size=1, width=1, height=1)
            )  # fmt: skip
    for key in ("originals/left", "renditions/left", "tmp/left", "doctor/left", "originals/young"):
        stored(key)
    aged(blobs, 1.01, "young")
    jobs.sweep_orphans()
    names = {photo.key, just_gone.key, "renditions/0", "originals/young"}
    assert set(stored_files(blobs)) == names
    aged(blobs, 0.99)
    jobs.sweep_orphans()
    assert set(stored_files(blobs)) == names
    aged(blobs, 1.01)
    jobs.sweep_orphans()
    assert set(stored_files(blobs)) == names - {"originals/young"}, "orphans go to zero"


def test_bytes_whose_row_comes_while_the_sweep_looks_are_kept(
    volunteer: User, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that jumped makes what is being stored right now look old: the second look sees its row."""
    uploading = kept(volunteer)
    stored("originals/left")
    aged(blobs, 400)
    monkeypatch.setattr(jobs.time, "sleep", lambda _: record(volunteer, uploading))
    jobs.sweep_orphans()
    assert stored_files(blobs) == [uploading.key]


def test_the_pause_is_longer_than_a_request_and_only_where_there_is_something(
    volunteer: User, blobs: Path, pauses: list[float]
) -> None:
    record(volunteer, kept(volunteer))
    aged(blobs, 2)
    jobs.sweep_orphans()
    assert pauses == []
    stored("originals/left")
    aged(blobs, 2)
    jobs.sweep_orphans()
    assert len(pauses) == 1
    assert pauses[0] >= 60


def test_our_clock_running_ahead_takes_nothing_young(volunteer: User, blobs: Path) -> None:
    stored("originals/left")
    with clock.frozen(clock.now() + timedelta(days=400)):
        jobs.sweep_orphans()
    assert stored_files(blobs) == ["originals/left"]


def test_a_night_takes_only_so_many(volunteer: User, blobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        stored(f"originals/{number}")
    aged(blobs, 2)
    monkeypatch.setattr(jobs, "MOST_ORPHANS", 3)
    monkeypatch.setattr(jobs, "_BATCH", 2)
    jobs.sweep_orphans()
    assert len(stored_files(blobs)) == 2
    jobs.sweep_orphans()
    assert stored_files(blobs) == []


@pytest.fixture
def on_s3(s3: dict[str, Any], settings: Callable[..., Any]) -> Iterator[Any]:
    with bucket(s3) as storage:
        settings(storage="s3", s3_bucket=storage.bucket, s3_endpoint=s3["endpoint"],
                 s3_access_key=s3["access_key"], s3_secret_key=s3["secret_key"])  # fmt: skip
        get_storage.cache_clear()
        yield storage


def test_it_works_on_s3_too(
    database: Connection, on_s3: Any, volunteer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = kept(volunteer)
    record(volunteer, photo)
    for key in ("originals/left", "renditions/left"):
        stored(key)
    jobs.sweep_orphans()
    there = {blob.key for folder in jobs.FOLDERS for blob in on_s3.list(folder)}
    assert there == {photo.key, "originals/left", "renditions/left"}, "younger than a day"
    monkeypatch.setattr(jobs, "ORPHAN_AGE", timedelta(seconds=-2))  # its times are whole seconds
    jobs.sweep_orphans()
    assert {blob.key for folder in jobs.FOLDERS for blob in on_s3.list(folder)} == {photo.key}
    with db.reading() as session:
        assert session.get(Photo, photo.photo_id)
