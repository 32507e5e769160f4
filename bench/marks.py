"""`python -m bench.marks`: finding copies among a million photos by their marks.

The load is generated: random marks, and copies that kept a few of theirs. What a disguise leaves of the marks is measured
on real photos by `scripts/fit_evidence.py marks`.
"""

import argparse
import resource
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.features.evidence import index
from app.features.evidence.engine.marks import MARKS

ASKED = 1800
"""Marks asked for: a photo's own and the near ones, straight and mirrored."""
KEPT = 6
QUESTIONS = 300


def _rows(photos: int, rng: np.random.Generator) -> Iterator[tuple[uuid.UUID, bytes]]:
    for number in range(photos):
        yield uuid.UUID(int=number), rng.integers(0, 2**32, MARKS, dtype=np.uint32).astype("<u4").tobytes()


def measure(photos: int, folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    index.build(folder, _rows(photos, np.random.default_rng(1)), datetime(2026, 1, 1, tzinfo=UTC))
    built = time.perf_counter() - started
    kept = index.opened(folder)
    assert kept is not None
    rng, took, found = np.random.default_rng(2), [], 0
    wanted = rng.integers(0, photos, QUESTIONS)
    own = {
        number: data
        for number, (_, data) in enumerate(_rows(photos, np.random.default_rng(1)))
        if number in set(wanted.tolist())
    }
    for number in wanted.tolist():
        some = rng.choice(np.frombuffer(own[number], "<u4"), KEPT, replace=False)
        asked = np.unique(np.concatenate([some, rng.integers(0, 2**32, ASKED - KEPT, dtype=np.uint32)]))
        started = time.perf_counter()
        said = kept.sharing(asked, most=50)
        took.append((time.perf_counter() - started) * 1000)
        found += bool(said) and said[0][0] == uuid.UUID(int=number)
    size = sum(file.stat().st_size for file in folder.iterdir())
    warm = sorted(took[QUESTIONS // 3 :])
    return {
        "photos": photos,
        "built_s": round(built, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "bytes_a_photo": round(size / photos),
        "warm_ms_p50": round(statistics.median(warm), 2),
        "warm_ms_p95": round(warm[int(0.95 * len(warm))], 2),
        "found": found / QUESTIONS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.marks", description=__doc__)
    parser.add_argument("--photos", type=int, default=1_000_000)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(told.photos, Path(folder) / "photo-index").items():
            print(f"{name:14} {value}")


if __name__ == "__main__":
    main()
