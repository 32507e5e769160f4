"""Places to back up and to restore into: each a database of its own with real commits, a data folder, and the product."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.backup import tables
from app.core import config, db
from app.core.storage import get_storage
from app.features.identity.models import User
from app.features.identity.viewer import COOKIE
from app.features.photos import sandbox
from tests import factories
from tests.conftest import Databases


@dataclass
class Place:
    """Where the product could run: `at()` makes it run there."""

    url: str
    folder: Path
    app: FastAPI
    settings: dict[str, str]

    @contextmanager
    def at(self) -> Iterator["Place"]:
        """Within, this process is the product in this place."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "database_url": self.url,
                "data_dir": str(self.folder),
                **self.settings,
            }.items():
                patch.setenv(f"XUNFANG_{name.upper()}", value)
            config.get_settings.cache_clear()
            get_storage.cache_clear()
            engine = db.make_engine(self.url)
            patch.setattr(db, "get_engine", lambda: engine)
            try:
                yield self
            finally:
                engine.dispose()
        config.get_settings.cache_clear()
        get_storage.cache_clear()

    def client(self, person: User | None = None) -> TestClient:
        """A client, signed in as `person`."""
        made = TestClient(self.app, base_url="https://testserver", raise_server_exceptions=False)
        if person is not None:
            with db.transaction() as session:
                made.cookies.set(COOKIE, factories.token(session, person))
        return made


@pytest.fixture
def place(
    databases: Databases, app: FastAPI, engine: Engine, tmp_path: Path
) -> Iterator[Callable[..., Place]]:
    """`place()`: a migrated, empty place; `place(empty=True)`: one without any table."""
    made: list[Place] = []

    def make(empty: bool = False, url: str = "", **settings: str) -> Place:
        url = url or (databases.empty() if empty else databases.migrated())
        made.append(Place(url, tmp_path / f"place{len(made)}", app, settings))
        return made[-1]

    yield make
    for one in made:
        if one.url.startswith("sqlite") == (databases.name == "sqlite"):
            databases.drop(one.url)


@pytest.fixture(scope="session", autouse=True)
def decoders() -> Iterator[None]:
    """The decoding processes end with the tests."""
    yield
    sandbox.get_sandbox().close()
    sandbox.get_renderer().close()


def everything(place: Place) -> dict[str, list[Any]]:
    """All rows a backup keeps, by table."""
    with tables.one_moment() as connection:
        return {t.name: sorted(tables.rows_of(connection, t), key=repr) for t in tables.ours()}
