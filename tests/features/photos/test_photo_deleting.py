"""A picture taken out for good: nobody sees it, phones hear 410, its bytes go a day later, its hash stays."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core import audit, db
from app.core.storage import get_storage
from app.features.identity.models import SessionRow, User
from app.features.photos import jobs
from app.features.photos.models import Photo
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support import cases


@pytest.fixture
def world(sign_in: Any) -> cases.World:
    return cases.world(sign_in)


def sent(world: cases.World) -> tuple[uuid.UUID, bytes, Photo]:
    """A picture in a case: the phone's id, its bytes, its row."""
    client_id, data = uuid.uuid4(), pictures.jpeg()
    assert put_photo(world.client("volunteer"), client_id, data).status_code == 201
    assert world.put(world.body(photos=[world.shot(client_id)])).status_code == 201
    with db.reading() as session:
        return client_id, data, session.scalars(select(Photo).where(Photo.client_id == client_id)).one()


def test_it_is_gone_everywhere(world: cases.World, blobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client_id, data, photo = sent(world)
    phone, desk = world.client("volunteer"), world.client("admin")
    jobs.make_renditions(str(photo.id))
    assert phone.get(f"/api/media/{photo.id}/thumb").status_code == 200
    assert desk.delete(f"/api/media/{photo.id}?reason=tired").status_code == 422
    assert desk.delete(f"/api/media/{photo.id}?reason=bystander").status_code == 204
    for kind in ("thumb", "large", "original"):
        assert phone.get(f"/api/media/{photo.id}/{kind}").status_code == 404
        assert desk.get(f"/api/media/{photo.id}/{kind}").status_code == 404
    again = put_photo(phone, client_id, data)
    assert (again.status_code, again.json()["code"]) == (410, "photo-deleted")
    assert desk.delete(f"/api/media/{photo.id}").status_code == 404
    with db.reading() as session:
        left = session.get_one(Photo, photo.id)
        assert (left.claims, left.watermark, left.sha256) == ({}, None, photo.sha256)
        entry = session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.action == "photo.deleted")
        ).one()
        assert entry.detail == {"sha256": photo.sha256, "reason": "bystander"}
    with db.transaction() as session:
        day_before = left.deleted_at - jobs.ORPHAN_AGE - jobs.UNFINISHED_AGE  # type: ignore[operator]
        session.execute(update(Photo).where(Photo.id == photo.id).values(deleted_at=day_before))
    for path in blobs.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 2 * 86400,) * 2)
    monkeypatch.setattr(jobs.time, "sleep", lambda _: None)
    jobs.sweep_orphans()
    assert [path for path in blobs.rglob("*") if path.is_file()] == []


def test_who_may(world: cases.World) -> None:
    _, _, photo = sent(world)
    path = f"/api/media/{photo.id}"
    for name in ("volunteer", "dispatcher", "reviewer", "auditor"):
        assert world.client(name).delete(path).status_code == 403, name
    for name in ("volunteer2", "liaison", "stranger"):
        assert world.client(name).delete(path).status_code == 404, name
    with db.transaction() as session:
        elsewhere: User = factories.user(session, factories.town(session), "office_admin")
    assert world.sign_in(elsewhere).delete(path).status_code == 404
    world.client("admin")
    with db.transaction() as session:
        session.execute(update(SessionRow).values(second_factor_at=None))
    assert world.client("admin").delete(path).json()["code"] == "step-up-needed"
    assert get_storage().head(photo.storage_key)
