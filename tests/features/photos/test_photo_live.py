"""The whole way in a server of its own: sent, made ready by its jobs, seen; also on S3."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core.db import WriteSession, make_engine
from tests import factories
from tests.core.test_storage import bucket
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.server import LiveServer

Start = Callable[..., tuple[httpx.Client, LiveServer]]


@pytest.fixture
def start(server_factory: Callable[..., LiveServer]) -> Iterator[Start]:
    """Start a server with these settings and sign a volunteer in."""
    clients: list[httpx.Client] = []

    def started(**environment: str) -> tuple[httpx.Client, LiveServer]:
        server = server_factory(**environment)
        engine = make_engine(server.database_url)
        with WriteSession(engine) as session, session.begin():
            token = factories.token(session, factories.user(session, factories.town(session), "volunteer"))
        engine.dispose()
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{server.port}"
        clients.append(httpx.Client(base_url=url, headers=headers, timeout=60, verify=False))
        return clients[-1], server

    yield started
    for client in clients:
        client.close()


def photo_id_of(server: LiveServer) -> str:
    engine = make_engine(server.database_url)
    with engine.connect() as connection:
        found = str(uuid.UUID(str(connection.scalar(sa.text("SELECT id FROM photos")))))
    engine.dispose()
    return found


def test_a_photo_sent_is_soon_seen(start: Start, eventually: Callable[..., Any]) -> None:
    client, server = start()
    assert put_photo(client, uuid.uuid4(), pictures.jpeg(2000, 1500)).status_code == 201
    path = f"/api/media/{photo_id_of(server)}/thumb"
    eventually(lambda: client.get(path).status_code == 200, seconds=20)
    assert client.get(path).headers["content-type"] == "image/jpeg"


def test_a_photo_sent_is_soon_seen_with_s3(
    start: Start, s3: dict[str, Any], eventually: Callable[..., Any]
) -> None:
    data = pictures.jpeg(2000, 1500)
    with bucket(s3) as storage:
        client, server = start(
            XUNFANG_STORAGE="s3",
            XUNFANG_S3_ENDPOINT=s3["endpoint"],
            XUNFANG_S3_BUCKET=storage.bucket,
            XUNFANG_S3_ACCESS_KEY=s3["access_key"],
            XUNFANG_S3_SECRET_KEY=s3["secret_key"],
        )
        assert put_photo(client, uuid.uuid4(), data).status_code == 201
        path = f"/api/media/{photo_id_of(server)}/large"
        eventually(lambda: client.get(path).status_code == 200, seconds=20)
        (kept,) = storage.list("originals/")
        assert hashlib.sha256(storage.get(kept.key)).digest() == hashlib.sha256(data).digest()
        assert not (server.folder / "blobs").exists()
