"""Against a server process of its own: races, broken lines, refusals. Real commits, real sockets."""

import http.client
import os
import signal
import subprocess
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from app.core.db import WriteSession, make_engine
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import content_digest, put_photo, stored_files
from tests.support.server import LiveServer


@dataclass
class Town:
    """A running server with one volunteer."""

    server: LiveServer
    token: str

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.server.port}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            verify=False,
        )

    def photos(self) -> list[tuple[str, str]]:
        """Storage key and sha256 of every row."""
        engine = make_engine(self.server.database_url)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT storage_key, sha256 FROM photos")).all()
        engine.dispose()
        return [(row[0], row[1]) for row in rows]

    def blobs(self) -> list[str]:
        return stored_files(self.server.folder / "blobs")


@pytest.fixture
def town(server_factory: Callable[..., LiveServer]) -> Town:
    server = server_factory(XUNFANG_JOBS="off")
    engine = make_engine(server.database_url)
    with WriteSession(engine) as session, session.begin():
        person = factories.user(session, factories.town(session), "volunteer")
        token = factories.token(session, person)
    engine.dispose()
    return Town(server, token)


def test_twenty_identical_requests_at_once_are_one_photo(town: Town) -> None:
    data, photo_id = pictures.jpeg(1200, 900), uuid.uuid4()

    def send(_: int) -> httpx.Response:
        with town.client() as client:
            return put_photo(client, photo_id, data)

    with ThreadPoolExecutor(20) as senders:
        answers = list(senders.map(send, range(20)))
    assert sorted(a.status_code for a in answers) == [200] * 19 + [201]
    assert len({a.text for a in answers}) == 1
    assert len(town.photos()) == len(town.blobs()) == 1


def test_twenty_different_pictures_under_one_id_are_one_photo_and_nineteen_conflicts(town: Town) -> None:
    photo_id = uuid.uuid4()

    def send(number: int) -> int:
        with town.client() as client:
            return put_photo(client, photo_id, pictures.jpeg(300 + number, 200)).status_code

    with ThreadPoolExecutor(20) as senders:
        assert sorted(senders.map(send, range(20))) == [201] + [409] * 19
    assert len(town.photos()) == len(town.blobs()) == 1


@pytest.mark.parametrize(
    ("size", "media_type", "status"),
    [(25 * 2**20, "image/jpeg", 413), (3 * 2**20, "text/html", 415), (3 * 2**20, "image/jpeg", 422)],
)
def test_a_refusal_reaches_a_client_that_is_still_sending(
    town: Town, size: int, media_type: str, status: int
) -> None:
    data = b"\xff\xd8\xff" + b"\0" * size
    with town.client() as client:
        answer = put_photo(client, uuid.uuid4(), data, media_type)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_line_that_breaks_half_way_leaves_nothing(town: Town) -> None:
    data = pictures.encoded(pictures.noise(2400, 1800), "JPEG", quality=95)
    for share in (0.1, 0.5, 0.99):
        connection = http.client.HTTPConnection("127.0.0.1", town.server.port, timeout=10)
        connection.putrequest("PUT", f"/api/photos/{uuid.uuid4()}")
        for name, value in (
            ("Authorization", f"Bearer {town.token}"),
            ("Content-Type", "image/jpeg"),
            ("Content-Length", str(len(data))),
            ("Content-Digest", content_digest(data)),
        ):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(data[: int(len(data) * share)])
        connection.close()
    with town.client() as client:
        assert put_photo(client, uuid.uuid4(), data).status_code == 201
    assert len(town.photos()) == len(town.blobs()) == 1
    assert list((town.server.folder / "incoming").iterdir()) == []


def test_no_decoder_outlives_its_server(town: Town, eventually: Callable[..., bool]) -> None:
    with town.client() as client:
        put_photo(client, uuid.uuid4(), pictures.jpeg())
    assert town.server.process
    listed = subprocess.run(
        ["pgrep", "-P", str(town.server.process.pid)], capture_output=True, text=True
    ).stdout
    decoders = [int(pid) for pid in listed.split()]
    assert decoders
    os.kill(town.server.process.pid, signal.SIGKILL)
    eventually(lambda: not any(_is_alive(pid) for pid in decoders))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
