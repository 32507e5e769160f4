"""What a snapshot file says, and the check that it says all of it.

Lines, in this order: the head; small files of the data folder; for each table its columns, its rows, their count; the
pictures; the end, with the counts of everything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.backup import BackupRefused
from app.backup.lines import read_lines
from app.backup.sealing import Key
from app.backup.shelf import SUFFIX, Shelf

FORMAT = 1
Report = Callable[[str, int, int], None]
"""report(what, done, total): for a progress bar."""


@dataclass
class Summary:
    """A snapshot that was read to its end, with every picture it names."""

    path: Path
    made_at: datetime
    durable_through: datetime
    revision: str
    server_key: str
    tables: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    picture_bytes: int = 0
    lost: list[str] = field(default_factory=list)
    """Pictures that storage had lost or damaged before the backup was made."""
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """An original: where storage keeps it, and what it must be."""

    key: str
    sha256: str
    size: int
    is_lost: bool


def open_place(path: Path, key: Key) -> tuple[Shelf, Path]:
    """The shelf and the snapshot meant by `path`: a snapshot, or a backup folder, of which the newest is meant."""
    if path.is_dir():
        shelf = Shelf(path, key)
        snapshots = shelf.all_snapshots()
        if not snapshots:
            raise BackupRefused(f"there is no finished backup in {path}")
        return shelf, snapshots[-1]
    if not path.is_file() or path.suffix not in (SUFFIX, ".part"):
        raise BackupRefused(f"{path} is neither a backup folder nor a snapshot (*{SUFFIX})")
    return Shelf(path.resolve().parent.parent, key), path


def read(path: Path, key: Key) -> Iterator[Any]:
    """The lines of a snapshot."""
    with path.open("rb") as file:
        yield from read_lines(file, key, path.name)


def verify(path: Path, key: Key, report: Report = lambda *_: None) -> Summary:
    """Read a backup to its end and every picture it names. Raises BackupRefused at the first fault."""
    shelf, snapshot = open_place(path, key)
    lines = read(snapshot, key)
    summary = _head(snapshot, next(lines, None))
    end: dict[str, Any] | None = None
    table, rows = "", 0
    for line in lines:
        if end is not None:
            raise BackupRefused(f"{snapshot.name} goes on after its end")
        if isinstance(line, list):
            rows += 1
        elif "table" in line:
            table, rows = line["table"], 0
        elif "rows" in line:
            _same(snapshot, f"rows of {table}", line["rows"], rows)
            summary.tables[table] = rows
        elif "picture" in line:
            _check_picture(shelf, picture_of(line), summary)
            report("pictures read back", summary.pictures, line["of"])
        elif "file" in line:
            summary.files.append(line["file"])
        else:
            end = line.get("end")
    if end is None:
        raise BackupRefused(f"{snapshot.name} has no end")
    _same(snapshot, "tables", end["tables"], summary.tables)
    _same(snapshot, "pictures", end["pictures"], summary.pictures)
    return summary


def _head(snapshot: Path, line: Any) -> Summary:
    if not isinstance(line, dict) or line.get("format") != FORMAT:
        raise BackupRefused(f"{snapshot.name} is of a format this version does not know")
    made_at, through = (datetime.fromisoformat(line[name]) for name in ("made_at", "durable_through"))
    return Summary(snapshot, made_at, through, line["revision"], line["server_key"])


class PictureDamaged(BackupRefused):
    """The copy of one picture in the backup folder is not what it was."""

    def __init__(self, why: str, sha256: str) -> None:
        super().__init__(why)
        self.sha256 = sha256


def picture_of(line: dict[str, Any]) -> Picture:
    """The picture of a line."""
    return Picture(line["picture"], line["sha256"], line["size"], bool(line.get("lost")))


def _check_picture(shelf: Shelf, picture: Picture, summary: Summary) -> None:
    summary.pictures += 1
    if picture.is_lost:
        summary.lost.append(picture.key)
        return
    summary.picture_bytes += picture.size
    try:
        shelf.check(picture.sha256, picture.size)
    except BackupRefused as exc:
        raise PictureDamaged(str(exc), picture.sha256) from exc


def _same(snapshot: Path, what: str, told: Any, found: Any) -> None:
    if told != found:
        raise BackupRefused(f"{snapshot.name}: {what}: {found} found where {told} are told")
