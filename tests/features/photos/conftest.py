"""A storage of its own for each test, and a volunteer who sends photos."""

import base64
import hashlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core import db
from app.core.storage import get_storage
from app.features.identity.models import User
from app.features.photos import sandbox
from tests import factories

Put = Callable[..., httpx.Response]


def content_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def put_photo(
    client: Any, photo_id: uuid.UUID, data: bytes, media_type: str = "image/jpeg", **headers: str
) -> httpx.Response:
    """The PUT as a phone sends it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"Content-Type": media_type, "Content-Digest": content_digest(data), **named}
    answer: httpx.Response = client.put(f"/api/photos/{photo_id}", content=data, headers=given)
    return answer


@pytest.fixture(autouse=True)
def blobs(tmp_path: Path, settings: Callable[..., Any]) -> Iterator[Path]:
    """The folder of this test's blobs; settings of the sandbox are the defaults again afterwards."""
    settings(data_dir=tmp_path)
    get_storage.cache_clear()
    yield tmp_path / "blobs"
    get_storage.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def decoders() -> Iterator[None]:
    """The decoding processes end with the tests."""
    yield
    sandbox.get_sandbox().close()
    sandbox.get_renderer().close()


@pytest.fixture
def volunteer(database: Connection) -> User:
    with db.transaction() as session:
        return factories.user(session, factories.town(session), "volunteer")


@pytest.fixture
def phone(volunteer: User, sign_in: Callable[[User], TestClient]) -> TestClient:
    """The volunteer's phone, signed in."""
    return sign_in(volunteer)


def stored_files(blobs: Path) -> list[str]:
    """Folder and name of everything below the blobs' folder."""
    return sorted(f"{p.relative_to(blobs).parts[0]}/{p.name}" for p in blobs.rglob("*") if p.is_file())
