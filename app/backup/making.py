"""Makes a backup while the server works: one moment of the database, then the pictures it names, then all read back."""

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import func, select

from app.backup import BackupRefused, snapshot, tables
from app.backup.lines import LineWriter
from app.backup.sealing import Key
from app.backup.shelf import Shelf, sync, sync_folder
from app.backup.snapshot import FORMAT, PictureDamaged, Report, Summary
from app.core import audit, db, instance, migrating, secrets
from app.core.clock import now
from app.core.config import get_settings
from app.core.storage import BlobMissing, get_storage
from app.features.photos.models import Photo

MARGIN = timedelta(minutes=15)
"""Received before the snapshot does not mean committed before it: no request's transaction lives this long, and no two
machines' clocks may be this far apart (`xunfang doctor` says so from 5 seconds on)."""
SMALL_FILES = ("secret.key", "lan/*")
"""Of the data folder: without its key TOTP seeds cannot be read, without its authority phones on a LAN trust it no more."""


@dataclass
class Made:
    """A finished backup, read back."""

    summary: Summary
    pictures_copied: int
    bytes_copied: int


def make(folder: Path, key: Key, report: Report = lambda *_: None, *, keep: int = 0) -> Made:
    """Back up into `folder`. With `keep`, only so many snapshots are left there, and the pictures they name."""
    shelf = Shelf(folder, key)
    shelf.prepare()
    with shelf.alone():
        made_at = now()
        final = shelf.new_snapshot(made_at)
        aside = final.with_suffix(".part")
        try:
            copied = _write(aside, shelf, made_at, report)
            summary = snapshot.verify(aside, key, report)
        except PictureDamaged as exc:
            aside.unlink(missing_ok=True)
            shelf.drop(exc.sha256)
            raise BackupRefused(f"{exc}: removed, the next backup copies it anew") from exc
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        aside.replace(final)
        sync_folder(final.parent)
        sync_folder(folder)
        summary.path = final
        if not summary.lost:
            _believe(summary)
        if keep:
            _thin(shelf, keep)
    return Made(summary, *copied)


def _write(path: Path, shelf: Shelf, made_at: datetime, report: Report) -> tuple[int, int]:
    with path.open("xb") as file, tempfile.TemporaryFile("w+", dir=shelf.root) as named:
        lines = LineWriter(file, shelf.key)
        counts = _write_database(lines, made_at, named, report)
        # The database is let go before the first picture is copied: storage may be slow.
        pictures, copied, size = _write_pictures(lines, shelf, named, report)
        lines.write({"end": {"tables": counts, "pictures": pictures}})
        lines.close()
        sync(file)
    return copied, size


def _write_database(lines: LineWriter, made_at: datetime, named: IO[str], report: Report) -> dict[str, int]:
    kept, counts = tables.ours(), {}
    with tables.one_moment() as connection:
        lines.write(
            {
                "format": FORMAT,
                "made_at": made_at.isoformat(),
                "durable_through": (made_at - MARGIN).isoformat(),
                "revision": migrating.revisions(connection)[0],
                "server_key": secrets.signature("backup", "server key"),
            }
        )
        for name, data in _small_files():
            lines.write({"file": name, "data": base64.b64encode(data).decode()})
        for number, table in enumerate(kept):
            lines.write({"table": table.name, "columns": list(table.columns.keys())})
            count = 0
            for row in tables.rows_of(connection, table):
                lines.write(row)
                count += 1
            lines.write({"rows": count})
            counts[table.name] = count
            report("tables", number + 1, len(kept))
        there = select(Photo.storage_key, Photo.sha256, Photo.size).where(Photo.deleted_at.is_(None))
        total = connection.scalar(select(func.count()).select_from(there.subquery()))
        named.write(f"{total}\n")
        for photo in connection.execution_options(yield_per=1000).execute(there):
            named.write(f"{photo.storage_key} {photo.sha256} {photo.size}\n")
    return counts


def _small_files() -> Iterator[tuple[str, bytes]]:
    folder = get_settings().data_dir
    for pattern in SMALL_FILES:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path.read_bytes()


def _write_pictures(lines: LineWriter, shelf: Shelf, named: IO[str], report: Report) -> tuple[int, int, int]:
    named.seek(0)
    total, done, copied, copied_bytes = int(next(named)), 0, 0, 0
    for record in named:
        storage_key, sha256, size = record.split()
        line: dict[str, Any] = {"picture": storage_key, "sha256": sha256, "size": int(size), "of": total}
        if not shelf.has(sha256, int(size)):
            if _copied(shelf, storage_key, sha256, int(size)):
                copied, copied_bytes = copied + 1, copied_bytes + int(size)
            else:
                line["lost"] = True
        lines.write(line)
        done += 1
        report("pictures copied", done, total)
    shelf.sync_pictures()
    return done, copied, copied_bytes


def _copied(shelf: Shelf, storage_key: str, sha256: str, size: int) -> bool:
    try:
        return shelf.put(sha256, size, get_storage().stream(storage_key))
    except BlobMissing:
        return False


def _believe(summary: Summary) -> None:
    """From now on phones may let go of what this backup holds."""
    with db.transaction() as session:
        instance.backed_up(session, summary.durable_through)
        audit.record(
            session,
            "backup-verified",
            actor_id=None,
            subject_kind="backup",
            subject_id=summary.path.name,
            detail={"rows": sum(summary.tables.values()), "pictures": summary.pictures},
        )


def _thin(shelf: Shelf, keep: int) -> None:
    """Keep the newest snapshots and the pictures they name: what was erased in the town leaves its backups too."""
    for path in shelf.all_snapshots()[:-keep]:
        path.unlink()
    wanted: set[bytes] = set()
    for path in shelf.all_snapshots():
        try:
            lines = snapshot.read(path, shelf.key)
            wanted.update(bytes.fromhex(line["sha256"]) for line in lines if "sha256" in line)
        except BackupRefused as exc:
            raise BackupRefused(f"nothing was thinned out, for {exc}") from exc
    shelf.keep_only(wanted)
