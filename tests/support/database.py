"""Databases for tests: migrated once per run by `alembic upgrade head`, then copied."""

import os
import sqlite3
import tempfile
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.guard import locked, once
from tests.support.zygote import zygote


def migrate(url: str, target: str = "head", command: str = "upgrade") -> None:
    """Run alembic on `url` in a process of its own, as an operator would."""
    alembic(url, command, target)


def alembic(url: str, *words: str) -> None:
    """Any of its commands; it must succeed."""
    with tempfile.NamedTemporaryFile() as said:
        env = {**os.environ, "XUNFANG_DATABASE_URL": url}
        status = zygote().fork("tests.support.zygote:alembic", {"words": words}, env, Path(said.name)).wait()
        if status:
            raise RuntimeError(f"alembic {' '.join(words)}: {said.read().decode()}")


@dataclass(frozen=True)
class Sqlite:
    """SQLite files below `folder`, which all workers of the run share."""

    folder: Path
    name = "sqlite"

    def empty(self) -> str:
        """The URL of a new, empty database."""
        return f"sqlite:///{self.folder / uuid.uuid4().hex}.db"

    def migrated(self) -> str:
        """The URL of a new database at the newest migration."""
        template = self.folder / "template.db"
        once(self.folder, "template-sqlite", lambda: self._make(template))
        return self.copy(f"sqlite:///{template}")

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody has open."""
        taken, made = url.removeprefix("sqlite:///"), self.empty()
        # Not the file: several workers may come at once, and what is still in the log would be missing.
        with (
            closing(sqlite3.connect(taken, timeout=60)) as source,
            closing(sqlite3.connect(made.removeprefix("sqlite:///"))) as copy,
        ):
            source.backup(copy)
        return made

    def _make(self, template: Path) -> dict[str, Any]:
        migrate(f"sqlite:///{template}")
        return {}

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


@dataclass(frozen=True)
class Postgres:
    """Databases on one server; `admin_url` is postgresql://…/postgres."""

    folder: Path
    admin_url: str
    name = "postgresql"

    def _admin(self, statement: str) -> None:
        # One at a time: a template must not be in use while it is copied.
        with (
            locked(self.folder / "admin.lock"),
            psycopg.connect(self.admin_url, autocommit=True) as connection,
        ):
            connection.execute(statement.encode())

    def _url(self, name: str) -> str:
        return self.admin_url.replace("postgresql://", "postgresql+psycopg://").rsplit("/", 1)[0] + f"/{name}"

    def empty(self) -> str:
        """The URL of a new, empty database."""
        name = f"xf_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {name}")
        return self._url(name)

    def migrated(self) -> str:
        """The URL of a new database at the newest migration."""
        once(self.folder, "template-postgresql", self._make)
        return self.copy(self._url("xf_template"))

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody has open."""
        name = f"xf_{uuid.uuid4().hex}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {url.rsplit('/', 1)[1]}")
        return self._url(name)

    def _make(self) -> dict[str, Any]:
        self._admin("CREATE DATABASE xf_template")
        migrate(self._url("xf_template"))
        return {}

    def drop(self, url: str) -> None:
        self._admin(f"DROP DATABASE IF EXISTS {url.rsplit('/', 1)[1]} WITH (FORCE)")
