"""Fits the photo engine's numbers on a set of labelled pairs and writes engine/fitted.json.

    python scripts/fit_evidence.py measure SET_FOLDER raw/     # once: minutes of CPU
    python scripts/fit_evidence.py fit SET_FOLDER raw/ --write # seconds
    python scripts/fit_evidence.py fit SET_FOLDER raw/ --cross out/   # place.jsonl, fraud.jsonl as score.py reads them
    python scripts/fit_evidence.py marks SET_FOLDER raw/ --write      # engine/marks.npz, and what marks find of disguises

Cross-validated by scene: a pair is judged by numbers fitted without any pair that touches a scene of its own. The
photos stay where they are; only the fitted numbers come into the project.
"""

import argparse
import csv
import json
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.features.evidence.command import _read
from app.features.evidence.engine import judge, marks, place, reuse
from app.features.evidence.index import LEAST_SHARED

FITTED = Path("app/features/evidence/engine/fitted.json")
FOLDS = 5
SETS = {"place": ("pairs.csv", "before", "after", "same_place"), "reuse": ("fraud.csv", "a", "b", "reused")}
MEASURES = {"place": place.MEASURES, "reuse": reuse.MEASURES}
SIGNS = {"place": (1, 1), "reuse": (0,) * len(reuse.MEASURES)}
STIFFNESS = {"place": 0.1, "reuse": 0.03}  # ridge: against fitting the set instead of the matter


def _rows(folder: Path, what: str) -> list[dict[str, str]]:
    with (folder / SETS[what][0]).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# ---- measuring ----
def _measured(job: tuple[Path, str, str, str]) -> list[float]:
    folder, what, first, second = job
    before, after = _read(folder / first), _read(folder / second)
    look = place.first_look(before, after)
    if what == "reuse":
        return reuse.register(before, after, look).measures
    if judge.needs_closer_look(look):
        look = place.closer_look(before, after, look)
    return place.measures(look, before, after)


def measure(folder: Path, raw: Path) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for what, (_, one, two, _) in SETS.items():
        rows = _rows(folder, what)
        jobs = [(folder, what, row[one], row[two]) for row in rows]
        with ProcessPoolExecutor() as pool, (raw / f"{what}.jsonl").open("w") as out:
            for row, measures in zip(rows, pool.map(_measured, jobs, chunksize=4), strict=True):
                out.write(json.dumps([row[one], row[two], [float(value) for value in measures]]) + "\n")


# ---- fitting ----
def logistic(x: Any, y: Any, stiffness: float, signs: Any, share: float) -> dict[str, Any]:
    """Ridge logistic regression by Nesterov's method, weights of sign 1 kept from falling below 0; deterministic. The
    pairs weigh as if `share` of them were of label 1: leaving out a scene must not change how likely a match is."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = np.column_stack([np.clip((x - mean) / scale, -4, 4), np.ones(len(x))])
    ridge = np.append(np.full(x.shape[1], stiffness), 1e-3)
    floor = np.append(np.where(np.array(signs) > 0, 0.0, -np.inf), -np.inf)
    weight = np.where(y == 1, share / y.mean(), (1 - share) / (1 - y.mean()))
    step = 1 / (0.25 * np.linalg.norm(z * np.sqrt(weight)[:, None], 2) ** 2 + stiffness)
    w = ahead = np.zeros(z.shape[1])
    speed = 1.0
    for _ in range(3000):
        slope = z.T @ (weight * (1 / (1 + np.exp(-z @ ahead)) - y)) + ridge * ahead
        new = np.maximum(ahead - step * slope, floor)
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead = new + (speed - 1) / faster * (new - w)
        w, speed = new, faster
    columns = {"mean": mean, "scale": scale, "weights": w[:-1]}
    rounded = {name: [round(float(v), 6) for v in column] for name, column in columns.items()}
    return rounded | {"bias": round(float(w[-1]), 6)}


def predict(numbers: dict[str, Any], x: Any) -> Any:
    z = np.clip((x - np.array(numbers["mean"])) / np.array(numbers["scale"]), -4, 4)
    return 1 / (1 + np.exp(-(z @ np.array(numbers["weights"]) + numbers["bias"])))


def _folds(folder: Path, rows: list[dict[str, str]], one: str, two: str) -> Any:
    """(n, 2): the folds of both pictures' scenes. A picture made for the set has the scene of its pair or of its source."""
    with (folder / "sources.csv").open(newline="", encoding="utf-8") as file:
        scenes = {row["image"]: row["scene"] for row in csv.DictReader(file)}
    folds = []
    for row in rows:
        own = row.get("scene") or scenes.get(row[one]) or scenes.get(row[two]) or row[one]
        folds.append([zlib.crc32((scenes.get(row[name]) or own).encode()) % FOLDS for name in (one, two)])
    return np.array(folds)


def crossed(x: Any, y: Any, folds: Any, what: str) -> Any:
    p = np.empty(len(y))
    for a, b in {(int(a), int(b)) for a, b in folds}:
        touches = ((folds == a) | (folds == b)).any(axis=1)
        here = (folds[:, 0] == a) & (folds[:, 1] == b)
        fitted = logistic(x[~touches], y[~touches], STIFFNESS[what], SIGNS[what], y.mean())
        p[here] = predict(fitted, x[here])
    return p


def fit(folder: Path, raw: Path, cross: Path | None, is_write: bool) -> None:
    everything = {}
    for what, (_, one, two, label) in SETS.items():
        rows = _rows(folder, what)
        lines = [json.loads(line) for line in (raw / f"{what}.jsonl").read_text().splitlines()]
        known = {(a, b): measures for a, b, measures in lines}
        x = np.array([known[row[one], row[two]] for row in rows])
        y = np.array([int(row[label]) for row in rows], float)
        numbers = logistic(x, y, STIFFNESS[what], SIGNS[what], y.mean())
        everything[what] = {"measures": list(MEASURES[what])} | numbers
        p = crossed(x, y, _folds(folder, rows, one, two), what)
        print(
            f"{what}: {len(y)} pairs, Brier cross-validated {((p - y) ** 2).mean():.4f}, plain {((predict(everything[what], x) - y) ** 2).mean():.4f}"
        )
        if cross:
            cross.mkdir(parents=True, exist_ok=True)
            name = "place" if what == "place" else "fraud"
            answer = "same_place" if what == "place" else "reused"
            said = [
                {"before": row[one], "after": row[two], answer: float(v)}
                for row, v in zip(rows, p, strict=True)
            ]
            (cross / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in said))
    if is_write:
        FITTED.write_text(json.dumps(everything, indent=1) + "\n")


# ---- marks ----
def marks_of_copies(folder: Path, is_write: bool) -> None:
    """Writes what descriptors are projected on (their principal axes, mixed so that each sign says equally much; no
    label is used), and prints for each disguise how many copies share enough marks with their original."""
    rows = _rows(folder, "reuse")
    names = sorted({row[side] for row in rows for side in ("a", "b")})
    features = {name: _read(folder / name).features for name in names}
    if is_write:
        some = np.concatenate([features[name].descriptors[::15] for name in names]).astype(np.float32)
        _, axes = np.linalg.eigh(np.cov(some.T))
        mixed, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(marks.BITS, marks.BITS)))
        axes = (axes[:, ::-1][:, : marks.BITS] @ mixed).astype(np.float16)
        middle = np.median(some @ axes.astype(np.float32), axis=0).astype(np.float32)
        np.savez(FITTED.with_name("marks.npz"), axes=axes, middle=middle)
    found: dict[str, list[bool]] = {}
    for row in rows:
        shared = np.isin(marks.marks(features[row["a"]]), marks.asked(features[row["b"]])).sum()
        kind = row["kind"] if row["reused"] == "1" else f"honest: {row['kind']}"
        found.setdefault(kind, []).append(bool(shared >= LEAST_SHARED))
    for kind, hits in sorted(found.items()):
        print(f"{kind:32} {sum(hits)} of {len(hits)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["measure", "fit", "marks"])
    parser.add_argument("set", type=Path)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--cross", type=Path)
    parser.add_argument("--write", action="store_true")
    told = parser.parse_args()
    cv2.setNumThreads(1)
    if told.step == "measure":
        measure(told.set, told.raw)
    elif told.step == "marks":
        marks_of_copies(told.set, told.write)
    else:
        fit(told.set, told.raw, told.cross, told.write)


if __name__ == "__main__":
    main()
