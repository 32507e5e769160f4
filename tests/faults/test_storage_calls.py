"""No call to the store inside a transaction: it may be slow or away, and rows would stay locked meanwhile."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction
from starlette.testclient import TestClient

from app.core import db, jobs
from app.core.storage import Storage, get_storage
from app.core.storage.files import FileStorage
from app.features.identity.models import User
from app.features.photos import service
from app.features.photos.jobs import sweep_orphans
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import blobs, decoders, phone, put_photo, volunteer  # noqa: F401 - fixtures

CALLS = ("put", "get", "stream", "head", "delete", "list")


class Watch:
    """Counts the open transactions of all sessions, and each call to the store with what was open then."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.calls: list[tuple[str, int]] = []

    def begun(self, _: Session, transaction: SessionTransaction, __: Any) -> None:
        root = transaction
        while root.parent is not None:
            root = root.parent
        self.open.add(id(root))

    def ended(self, _: Session, transaction: SessionTransaction) -> None:
        self.open.discard(id(transaction))

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(storage: Storage, *arguments: Any, **named: Any) -> Any:
            self.calls.append((name, len(self.open)))
            return call(storage, *arguments, **named)

        return watched


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    made = Watch()
    for name in CALLS:
        monkeypatch.setattr(FileStorage, name, made.wrap(name, getattr(FileStorage, name)))
    event.listen(Session, "after_begin", made.begun)
    event.listen(Session, "after_transaction_end", made.ended)
    yield made
    event.remove(Session, "after_begin", made.begun)
    event.remove(Session, "after_transaction_end", made.ended)


def test_the_store_is_never_called_while_a_transaction_is_open(
    watch: Watch,
    phone: TestClient,  # noqa: F811 - the fixture
    volunteer: User,  # noqa: F811 - the fixture
) -> None:
    photo_id, data = uuid.uuid4(), pictures.jpeg()
    assert put_photo(phone, photo_id, data).status_code == 201
    assert put_photo(phone, photo_id, data).status_code == 200
    assert put_photo(phone, photo_id, pictures.jpeg(100, 80)).status_code == 409
    with db.transaction() as session:
        factories.category(session, session.get_one(factories.Unit, volunteer.unit_id), code="K")
    said = {"action": "submit", "category": "K", "position_lon": "120.1", "position_lat": "31.1"}
    phone.post("/api/reports", data=said, files={"photo": ("a.jpg", pictures.jpeg(120, 90), "image/jpeg")})
    jobs.drain(delayed=True)
    with db.transaction() as session:
        photo = service.find(session, volunteer.id, photo_id)
        assert photo
        service.ask_watermark(session, photo.id, ["兰溪苑"])
    jobs.drain(delayed=True)
    for kind in ("thumb", "large", "watermarked", "original"):
        phone.get(f"/api/media/{photo.id}/{kind}")
    get_storage().delete(photo.storage_key)
    assert put_photo(phone, photo_id, data).status_code == 200, "lost bytes are taken again"
    sweep_orphans()
    assert [call for call in watch.calls if call[1]] == []
    assert {name for name, _ in watch.calls} == set(CALLS)
