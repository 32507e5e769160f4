"""Which photos share marks with a photo: sorted files on disk, mapped into memory, made anew from the database.

Nothing is lost with them: the marks themselves stand in `photo_traces` and go with their photo.
"""

import shutil
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

LEAST_SHARED = 2
"""Two different photos of a million share one mark now and then, two hardly ever."""


class Index:
    """Three files in a folder: all marks ascending, whose each is, and the photos' ids."""

    def __init__(self, folder: Path) -> None:
        import numpy as np

        self.since = datetime.fromisoformat((folder / "since.txt").read_text().split()[0])
        self._marks, self._owners, self._photos = (
            np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("marks", "owners", "photos")
        )

    def __len__(self) -> int:
        return len(self._photos)

    def sharing(self, asked: Any, most: int) -> list[tuple[uuid.UUID, int]]:
        """Photos that share at least LEAST_SHARED of the marks asked for, and how many, most first."""
        import numpy as np

        start = np.searchsorted(self._marks, asked, side="left")
        end = np.searchsorted(self._marks, asked, side="right")
        hit = np.flatnonzero(end > start)
        if len(hit) == 0:
            return []
        owners = np.concatenate([self._owners[start[i] : end[i]] for i in hit])
        photos, shared = np.unique(owners, return_counts=True)
        chosen = shared >= LEAST_SHARED
        photos, shared = photos[chosen], shared[chosen]
        order = np.lexsort((photos, -shared))[:most]
        return [(uuid.UUID(bytes=self._photos[photos[i]].tobytes()), int(shared[i])) for i in order]


def counted(rows: Iterable[tuple[uuid.UUID, bytes]], asked: Any) -> dict[uuid.UUID, int]:
    """Of photos that no index holds yet, those that share at least LEAST_SHARED marks, and how many."""
    import numpy as np

    kept = list(rows)
    if not kept:
        return {}
    parts = [np.frombuffer(data, "<u4") for _, data in kept]
    owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    shared = np.bincount(owners[np.isin(np.concatenate(parts), asked)], minlength=len(parts))
    return {kept[i][0]: int(shared[i]) for i in np.flatnonzero(shared >= LEAST_SHARED)}


def build(folder: Path, rows: Iterable[tuple[uuid.UUID, bytes]], since: datetime) -> int:
    """Writes the index of `rows` (photo, its marks as little-endian uint32) beside the old one and puts it in its place.
    `since`: what was marked later is not surely in it."""
    import numpy as np

    ids, parts = [], []
    for photo_id, data in rows:
        ids.append(photo_id.bytes)
        parts.append(np.frombuffer(data, "<u4"))
    packed = np.concatenate(parts).astype(np.uint64) if parts else np.zeros(0, np.uint64)
    packed <<= np.uint64(32)
    packed |= np.repeat(np.arange(len(parts), dtype=np.uint32), [len(part) for part in parts])
    parts.clear()
    packed.sort()
    fresh, old = folder.with_suffix(".new"), folder.with_suffix(".old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    np.save(fresh / "marks.npy", (packed >> np.uint64(32)).astype(np.uint32))
    np.save(fresh / "owners.npy", packed.astype(np.uint32))
    np.save(fresh / "photos.npy", np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 16))
    (fresh / "since.txt").write_text(f"{since.isoformat()}\n{len(ids)}\n")
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return len(ids)


def told(folder: Path) -> tuple[datetime | None, int]:
    """Since when photos are not in the index, and how many are, without opening it."""
    try:
        since, *held = (folder / "since.txt").read_text().split()
    except FileNotFoundError:
        return None, 0
    return datetime.fromisoformat(since), int(held[0]) if held else 0


def opened(folder: Path) -> Index | None:
    """The index as it is now; None before the first one is made."""
    try:
        return _opened(folder, (folder / "photos.npy").stat().st_ino)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1)
def _opened(folder: Path, inode: int) -> Index:
    return Index(folder)
