"""Copies are found by their marks, whatever was done to them, and the index on disk says what the database says."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.features.evidence import index
from app.features.evidence.engine.features import extract
from app.features.evidence.engine.marks import MARKS, asked, marks
from app.features.evidence.engine.photo import Photo, describe
from tests.features.evidence.disguises import DISGUISES

SINCE = datetime(2026, 5, 1, tzinfo=UTC)


def _marks(seed: int) -> np.ndarray:
    return np.unique(np.random.default_rng(seed).integers(0, 2**32, MARKS, dtype=np.uint32))


def test_a_copy_shares_marks_whatever_was_done_to_it(littered: Photo, elsewhere: Photo) -> None:
    own = marks(littered.features)
    assert len(own) <= MARKS
    shared = {
        name: int(np.isin(own, asked(describe(disguise(littered.picture)).features)).sum())
        for name, disguise in DISGUISES.items()
    }
    assert min(shared.values()) >= index.LEAST_SHARED, shared
    assert np.isin(own, asked(elsewhere.features)).sum() < index.LEAST_SHARED


def test_a_picture_without_points_has_no_marks() -> None:
    plain = extract(np.full((40, 60), 90, np.uint8))
    assert len(marks(plain)) == len(asked(plain)) == 0


def test_the_index_finds_the_photos_that_share_most_first(tmp_path: Path) -> None:
    folder = tmp_path / "photo-index"
    assert index.opened(folder) is None
    photos = {uuid.UUID(int=n): _marks(n) for n in range(1, 400)}
    rows = [(one, own.astype("<u4").tobytes()) for one, own in photos.items()]
    assert index.build(folder, rows, SINCE) == len(photos)
    kept = index.opened(folder)
    assert kept is not None
    assert (len(kept), kept.since) == (len(photos), SINCE)
    wanted = np.concatenate([photos[uuid.UUID(int=7)][:5], photos[uuid.UUID(int=9)][:3], _marks(1000)[:9]])
    said = kept.sharing(np.unique(wanted), most=10)
    assert said == [(uuid.UUID(int=7), 5), (uuid.UUID(int=9), 3)]
    assert index.counted(rows, wanted) == dict(said)
    assert kept.sharing(np.zeros(0, np.uint32), most=10) == []


def test_a_new_index_takes_the_place_of_the_old_one_while_that_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "photo-index"
    index.build(folder, [(uuid.UUID(int=1), _marks(1).astype("<u4").tobytes())], SINCE)
    old = index.opened(folder)
    index.build(folder, [(uuid.UUID(int=2), _marks(2).astype("<u4").tobytes())], SINCE)
    new = index.opened(folder)
    assert old is not None
    assert new is not None
    assert old.sharing(_marks(1), most=3)[0][0] == uuid.UUID(int=1)
    assert new.sharing(_marks(2), most=3)[0][0] == uuid.UUID(int=2)
    assert index.build(folder, [], SINCE) == 0
