"""Puts a backup into an empty place: an empty database, an empty storage. Everything is verified before anything is written.

The rows come in one transaction, the pictures before them: a restore that breaks off leaves an empty database and can be
run again.
"""

import base64
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, exists, func, inspect, make_url, select, text, update

from app.backup import BackupRefused, snapshot, tables
from app.backup.sealing import Key
from app.backup.shelf import Shelf
from app.backup.snapshot import Report, Summary, picture_of
from app.core import audit, db, instance, migrating, secrets
from app.core.config import get_settings
from app.core.jobs import ENGINE_TABLES
from app.core.storage import get_storage
from app.features.photos.jobs import ORIGINALS, RENDITIONS
from app.features.photos.models import Photo, PhotoState


@dataclass
class Restored:
    """What came back."""

    summary: Summary
    epoch: int


def restore(path: Path, key: Key, report: Report = lambda *_: None) -> Restored:
    """Restore the newest snapshot of a backup folder, or the one named. Raises BackupRefused with nothing changed."""
    kept = tables.ours()
    _require_empty_database([table.name for table in kept])
    summary = snapshot.verify(path, key, report)
    shelf, found = snapshot.open_place(summary.path, key)
    needed = migrating.newest()
    if summary.revision != needed:
        raise BackupRefused(
            f"the backup is of migration {summary.revision}, this version needs {needed}: "
            "restore with the version that made it, then upgrade"
        )
    _require_place_for_files(summary, found, key)
    _require_empty_storage(found, key)
    _put_files(found, key)
    migrating.upgrade()
    _put_pictures(shelf, found, key, report)
    return Restored(summary, _put_rows(found, key, summary, report))


# ---- is it empty ----
def _require_empty_database(names: list[str]) -> None:
    url = make_url(get_settings().sqlalchemy_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return  # asked, SQLite would make the file
    with db.get_engine().connect() as connection:
        there = set(inspect(connection).get_table_names())
        strange = there - {*names, *tables.LEFT_OUT, *ENGINE_TABLES, "alembic_version"}
        if strange := {name for name in strange if not name.startswith(("fts_", "sqlite_"))}:
            raise BackupRefused(f"the database is not empty: it has a table {min(strange)}")
        _require_no_rows(connection, [name for name in names if name in there])


def _require_no_rows(connection: Connection, names: list[str]) -> None:
    for name in names:
        if connection.scalar(select(exists(select(text("1")).select_from(text(name))))):
            raise BackupRefused(f"the database is not empty: {name} has rows")


def _require_empty_storage(found: Path, key: Key) -> None:
    """What an interrupted restore of the same backup left is no hindrance."""
    there = {blob.key for folder in (ORIGINALS, RENDITIONS) for blob in get_storage().list(folder)}
    if there and (strange := there - {line["picture"] for line in _lines(found, key, "picture")}):
        raise BackupRefused(f"the storage is not empty: it holds {min(strange)}")


def _require_place_for_files(summary: Summary, found: Path, key: Key) -> None:
    settings = get_settings()
    if settings.secret_key.get_secret_value() or "secret.key" not in summary.files:
        ours = secrets.signature("backup", "server key") if settings.secret_key.get_secret_value() else ""
        if not hmac.compare_digest(ours, summary.server_key):
            raise BackupRefused("set the XUNFANG_SECRET_KEY of the server the backup was made on")
    for line in _lines(found, key, "file"):
        path = settings.data_dir / line["file"]
        if path.exists() and path.read_bytes() != base64.b64decode(line["data"]):
            raise BackupRefused(f"the data folder is not empty: {path} is there and another; move it away")


def _lines(found: Path, key: Key, member: str) -> Iterator[dict[str, Any]]:
    return (line for line in snapshot.read(found, key) if isinstance(line, dict) and member in line)


# ---- writing ----
def _put_files(found: Path, key: Key) -> None:
    for line in _lines(found, key, "file"):
        path = get_settings().data_dir / line["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.restored")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(base64.b64decode(line["data"]))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)


def _put_pictures(shelf: Shelf, found: Path, key: Key, report: Report) -> None:
    storage = get_storage()
    for done, line in enumerate(_lines(found, key, "picture"), 1):
        picture = picture_of(line)
        if not picture.is_lost:
            storage.put(picture.key, b"".join(shelf.read(picture.sha256, picture.size)), picture.sha256)
        report("pictures restored", done, line["of"])


def _put_rows(found: Path, key: Key, summary: Summary, report: Report) -> int:
    known = {table.name: table for table in tables.ours()}
    with db.transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"LOCK TABLE {', '.join(known)} IN EXCLUSIVE MODE"))
        _require_no_rows(connection, list(known))
        with tables.references_later(connection, list(known.values())):
            _load(connection, found, key, known, report)
        # Renditions are not in a backup: the sweeper sees to it that they are made.
        again = update(Photo).where(Photo.state == PhotoState.READY, Photo.deleted_at.is_(None))
        session.execute(again.values(state=PhotoState.RECEIVED))
        epoch = instance.restored(session, summary.durable_through)
        audit.record(
            session,
            "restored",
            actor_id=None,
            subject_kind="backup",
            subject_id=summary.path.name,
            detail={"rows": sum(summary.tables.values()), "pictures": summary.pictures, "epoch": epoch},
        )
        return epoch


def _load(connection: Connection, found: Path, key: Key, known: dict[str, Any], report: Report) -> None:
    loader: tables.Loader | None = None
    done = 0
    for line in snapshot.read(found, key):
        if isinstance(line, list):
            assert loader  # noqa: S101 - verified: rows come after their table
            loader.add(line)
        elif "table" in line:
            loader = tables.Loader(connection, known[line["table"]], line["columns"])
        elif "rows" in line and loader:
            loader.flush()
            count = connection.scalar(select(func.count()).select_from(loader.table))
            if count != line["rows"]:
                raise BackupRefused(f"{loader.table.name}: {count} rows arrived of {line['rows']}")
            done += 1
            report("tables restored", done, len(known))
