"""What the engine says of a pair: same place or not, aligned how, re-used or not, and why. It hints; a person decides."""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from app.features.evidence.engine import change, geometry, model, place, reuse
from app.features.evidence.engine.features import Array
from app.features.evidence.engine.photo import Photo

SURE_SAME, SURE_DIFFERENT = 0.9, 0.2
# A second look is not taken with so many sure matches, nor where no two matches agree and hardly one is distinct.
ENOUGH_SURE, HOPELESS_DISTINCT = 20, 11
REUSED = 0.5
FEW_POINTS = 150
SECONDS = 5.0


class Verdict(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Reason:
    """A code and its parameters; words live elsewhere."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Alignment:
    """after → before, in pixels of the given pictures. `residual`: median miss of the matches, in pixels of the before
    photo, by the plane each lies on; `overlap`: the share of the before photo that the after photo shows."""

    homography: Array
    planes: int
    overlap: float
    residual: float


@dataclass(frozen=True)
class Finding:
    same_place: float
    verdict: Verdict
    reused: float
    is_mirrored: bool
    alignment: Alignment | None
    why: tuple[Reason, ...]
    look: place.Look | None = None

    def change_map(self, before: Photo, after: Photo) -> Array | None:
        return change.change_map(before, after, self.look) if self.look else None


class Clock:
    """CPU seconds of this thread, so that a busy machine changes no answer."""

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    @property
    def is_over(self) -> bool:
        return time.thread_time() > self._end


def compare(before: Photo, after: Photo, *, seconds: float = SECONDS) -> Finding:
    clock = Clock(seconds)
    first = place.first_look(before, after)
    second = None
    if needs_second_look(first):
        if clock.is_over:
            return _out_of_time()
        second = place.second_look(before, after)
    if clock.is_over:
        return _out_of_time()
    found = reuse.register(before, after, first)
    same = model.fitted("place").probability(place_measures(first, second))
    reused = model.fitted("reuse").probability(found.measures)
    best = second.look if second and len(second.look.sure) > len(first.sure) else first
    why = _why(before, after, first, best, second is not None)
    if reused > REUSED:
        why = (Reason("same-exposure-mirrored" if found.is_mirrored else "same-exposure"), *why)
    return Finding(same, _verdict(same, before, after), reused, found.is_mirrored, _aligned(best), why, best)


def needs_second_look(first: place.Look) -> bool:
    """Not where the first tells all: one place, or one object; nor where nothing at all speaks for the same place."""
    is_hopeless = len(first.kept) == 0 and first.distinct < HOPELESS_DISTINCT
    return len(first.sure) < ENOUGH_SURE and not is_hopeless


def place_measures(first: place.Look, second: place.SecondLook | None) -> list[float]:
    """What the fitted model takes; where no second look was needed, the first stands for it."""
    one = first.measures()
    two = second.look.measures() if second is not None else one
    loose = min(second.loose) if second is not None else len(first.kept)
    return [*one, *two[:4], float(np.log1p(loose))]


PLACE_MEASURES = (*place.MEASURES, *(f"second_{name}" for name in place.MEASURES[:4]), "loose")
# What may only speak for the same place (1): more evidence never lowers the probability.
PLACE_SIGNS = tuple(0 if name.endswith(("distinct", "on_overlay")) else 1 for name in PLACE_MEASURES)


def _out_of_time() -> Finding:
    return Finding(0.5, Verdict.UNSURE, 0.0, False, None, (Reason("out-of-time"),))


def _verdict(same: float, before: Photo, after: Photo) -> Verdict:
    if same >= SURE_SAME:
        return Verdict.SAME
    # Too little to see in one of them is no proof of another place.
    if same <= SURE_DIFFERENT and not (_hidden(before) or _hidden(after)):
        return Verdict.DIFFERENT
    return Verdict.UNSURE


def _hidden(photo: Photo) -> str | None:
    """Why little can be told from this photo, if so."""
    if float(photo.grey.mean()) < 45:
        return "dark"
    if len(photo.features.xy) < FEW_POINTS:
        return "plain"
    return None


def _aligned(look: place.Look) -> Alignment | None:
    planes = look.planes
    if planes.main is None or (planes.of == 0).sum() < 8:
        return None
    misses = [
        np.hypot(
            *(
                geometry.warp_points(matrix, look.sure.after[planes.of == i])
                - look.sure.before[planes.of == i]
            ).T
        )
        for i, matrix in enumerate(planes.matrices)
    ]
    sizes = (look.before.width, look.before.height), (look.after.width, look.after.height)
    residual = float(np.median(np.concatenate(misses)))
    return Alignment(planes.main, len(planes.matrices), geometry.overlap(planes.main, *sizes), residual)


PARTS = ("upper-left", "top", "upper-right", "left", "middle", "right", "lower-left", "bottom", "lower-right")


def _why(
    before: Photo, after: Photo, first: place.Look, best: place.Look, looked_twice: bool
) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    sure = len(best.sure)
    if best.outside_clump >= 8:
        reasons.append(Reason("matches-spread", {"count": sure, "parts": _parts(best)}))
    elif sure >= 8:
        reasons.append(Reason("matches-in-one-clump", {"count": sure, "parts": _parts(best)[:1]}))
    elif first.on_overlay >= 8:
        reasons.append(Reason("matches-only-on-overlay", {"count": first.on_overlay}))
    else:
        reasons.append(Reason("no-agreeing-matches", {"alike": best.distinct}))
    for which, photo in (("before", before), ("after", after)):
        if hidden := _hidden(photo):
            reasons.append(Reason(f"photo-{hidden}", {"photo": which}))
    if len(best.planes.matrices) > 1:
        reasons.append(Reason("scene-has-depth", {"planes": len(best.planes.matrices)}))
    if looked_twice:
        reasons.append(Reason("looked-twice"))
    return tuple(reasons)


def _parts(look: place.Look) -> list[str]:
    """The thirds of the before photo in which the matches lie, most first."""
    columns = np.clip((look.sure.before[:, 0] * 3 / look.before.width).astype(int), 0, 2)
    rows = np.clip((look.sure.before[:, 1] * 3 / look.before.height).astype(int), 0, 2)
    counts = np.bincount(rows * 3 + columns, minlength=9)
    return [PARTS[i] for i in np.argsort(-counts, kind="stable")[:3] if counts[i] > 0]
