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
# No closer look is taken with so many agreeing matches, that many spots of them outside the densest clump; nor where no
# two matches agree and hardly one is distinct.
ENOUGH_KEPT, ENOUGH_OUTSIDE, HOPELESS_DISTINCT = 20, 8, 11
REUSED = 0.5
LEAST_ALIGNED = 9  # spots on the main plane
LEAST_TOLD = 8  # spots worth a word
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
        """None where the photos cannot be aligned."""
        return change.change_map(before, after, self.look) if self.look and self.alignment else None


class Clock:
    """CPU seconds of this thread, so that a busy machine changes no answer."""

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    @property
    def is_over(self) -> bool:
        return time.thread_time() > self._end


def compare(before: Photo, after: Photo, *, seconds: float = SECONDS) -> Finding:
    clock = Clock(seconds)
    first = best = place.first_look(before, after)
    if needs_closer_look(first):
        if clock.is_over:
            return _out_of_time()
        best = place.closer_look(before, after, first, lambda: clock.is_over)
    if clock.is_over:
        return _out_of_time()
    found = reuse.register(before, after, first)
    measures, against = place.weighed(best, before, after)
    same = model.fitted("place").probability(measures)
    reused = model.fitted("reuse").probability(found.measures)
    why = (_matched(best, same, against), *_why(before, after, best, best is not first))
    if reused > REUSED:
        why = (Reason("same-exposure-mirrored" if found.is_mirrored else "same-exposure"), *why)
    return Finding(
        same, _verdict(same, before, after), reused, found.is_mirrored, _aligned(best, same), why, best
    )


def needs_closer_look(first: place.Look) -> bool:
    """Not where the first tells all; nor where nothing at all speaks for the same place, or more against it than for it:
    a copied object alone."""
    is_clear = len(first.kept) >= ENOUGH_KEPT and first.outside_clump >= ENOUGH_OUTSIDE
    is_hopeless = len(first.kept) == 0 and first.distinct < HOPELESS_DISTINCT
    return not is_clear and not is_hopeless and not first.is_turned and first.strength >= 0


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


def _aligned(look: place.Look, same: float) -> Alignment | None:
    planes = look.planes
    on_main = look.spots(look.sure.take(planes.of == 0))
    if same <= SURE_DIFFERENT or planes.main is None or on_main < LEAST_ALIGNED:
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


def _matched(best: place.Look, same: float, against: float) -> Reason:
    sure = best.spots(best.sure)
    if sure >= LEAST_TOLD and 4 * best.outside_clump < sure:
        return Reason("matches-in-one-clump", {"count": sure, "parts": _parts(best)[:1]})
    if sure >= LEAST_TOLD and against > 0:
        return Reason("surroundings-differ", {"count": sure})
    if sure >= LEAST_TOLD and same >= 0.5:
        return Reason("matches-spread", {"count": sure, "parts": _parts(best)})
    if best.on_overlay >= LEAST_TOLD:
        return Reason("matches-only-on-overlay", {"count": best.on_overlay})
    return Reason("no-agreeing-matches", {"alike": best.distinct})


def _why(before: Photo, after: Photo, best: place.Look, looked_twice: bool) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
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
