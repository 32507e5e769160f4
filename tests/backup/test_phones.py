"""A restore as phones live through it: what was acknowledged after the backup comes back from them, exactly once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.backup.making import MARGIN, make
from app.backup.restoring import restore
from app.backup.sealing import Key
from app.core import clock, db
from app.core.storage import get_storage
from app.features.issues.models import Issue, Report
from app.features.photos.models import Photo
from tests.backup.conftest import Place
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support import cases

Places = Callable[..., Place]
KEY = Key(b"p" * 32)


def sent(world: cases.World, phone: Any, item: dict[str, Any]) -> dict[str, Any]:
    """Offer a kept report as the outbox does: ask which photos are needed, send those, then the report."""
    asked = [{"id": str(item["photo"]), "sha256": item["sha256"], "size": len(item["data"])}]
    (told,) = phone.post("/api/photos/check", json={"items": asked}).json()["items"]
    if told["status"] == "need":
        assert put_photo(phone, item["photo"], item["data"]).status_code == 201
    answer = phone.put(f"/api/reports/{item['id']}", json=item["body"])
    assert answer.status_code in (200, 201), answer.text
    return {"needed": told["status"], "status": answer.status_code, **answer.json()}


def made(world: cases.World, width: int) -> dict[str, Any]:
    """A report with one photo, as a phone keeps it."""
    import hashlib

    photo, data = uuid.uuid4(), pictures.jpeg(width, 480)
    body = world.body(photos=[world.shot(photo)])
    digest = hashlib.sha256(data).hexdigest()
    return {"id": uuid.uuid4(), "photo": photo, "data": data, "sha256": digest, "body": body}


def test_phones_fill_the_gap_after_a_restore(place: Places, tmp_path: Path) -> None:
    with place().at() as town:
        world = cases.world(town.client)
        phone, desk = world.client("volunteer"), world.client("admin")
        before, after = made(world, 640), made(world, 660)
        assert sent(world, phone, before)["status"] == 201
        me = phone.get("/api/me").json()
        assert me["restore_epoch"] == 0
        assert when(me["durable_through"]) >= when(me["server_time"]) - timedelta(seconds=5), "no backup: now"
        started = clock.now()
        make(tmp_path / "backups", KEY)
        covered = phone.get("/api/me").json()["durable_through"]
        assert started - MARGIN <= when(covered) <= clock.now() - MARGIN
        receipt = sent(world, phone, after)
        assert (receipt["needed"], receipt["status"]) == ("need", 201)
        assert when(receipt["received_at"]) > when(covered) == when(receipt["durable_through"])
        asked = {"unit_id": str(world.unit.id), "role": "volunteer"}
        invite = desk.post("/api/invites", json=asked)
        assert invite.status_code == 201, invite.text
        code = invite.json()["short_code"]
    with place().at() as other:
        epoch = restore(tmp_path / "backups", KEY).epoch
        assert phone.get("/api/me").status_code == 401, "the old session is void"
        anyone = other.client()
        assert anyone.post("/api/invites/preview", json={"code": code}).status_code >= 400, "and the invite"
        phone = other.client(world.people["volunteer"])
        me = phone.get("/api/me").json()
        assert me["restore_epoch"] == epoch != 0, "the phone hears of it"
        assert me["durable_through"] == covered, "and lets go of nothing that came later"
        first, second = sent(world, phone, before), sent(world, phone, after)
        assert (first["needed"], first["status"]) == ("have", 200)
        assert (second["needed"], second["status"]) == ("need", 201)
        assert sent(world, phone, after)["status"] == 200
        assert (first["restore_epoch"], second["restore_epoch"]) == (epoch, epoch)
        with db.reading() as session:
            for kind, count in ((Report, 2), (Issue, 2), (Photo, 2)):
                assert session.scalar(select(func.count()).select_from(kind)) == count
            stored = {get_storage().get(photo.storage_key) for photo in session.scalars(select(Photo))}
        assert stored == {before["data"], after["data"]}


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)
