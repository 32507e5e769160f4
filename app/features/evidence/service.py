"""The engine over stored photos: each read once, each pair compared once, the findings kept. For jobs only: it takes seconds.

OpenCV is loaded by the first comparison, not by every process that knows of evidence.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.storage import BlobMissing, get_storage
from app.features.evidence import looks
from app.features.evidence.models import PhotoComparison, PhotoTrace
from app.features.photos import service as photos
from app.features.photos.models import Photo, PhotoState, RenditionKind
from app.features.photos.naming import EVIDENCE, names_blobs

log = structlog.get_logger()

ENGINE = "1"
"""Raised when the engine reads photos differently: what is kept of them then is found anew."""
SECONDS = 5.0
MOST_TRIES = 3
REUSED = 0.5
MOST_CANDIDATES = 3


class NotReady(Exception):
    """A photo has no renditions yet."""


# ---- comparing ----
def compare(before_id: uuid.UUID, after_id: uuid.UUID, *, is_shown: bool = True) -> PhotoComparison:
    """The finding on two photos, kept from before or made now; opens its own short transactions. Raises NotReady.

    `is_shown`: also the aligned picture and the map of changes, for a reviewer.
    """
    with db.transaction() as session:
        made = _counted(session, before_id, after_id)
        if made.verdict is not None:
            return made
        unseen = _unseen(session, (before_id, after_id))
    if unseen is None and made.tries > MOST_TRIES:
        unseen = "out-of-time"
    if unseen is None:
        try:
            values = _looked_at(before_id, after_id, is_shown)
        except BlobMissing:
            values = _unsure("unreadable")
    else:
        values = _unsure(unseen)
    with db.transaction() as session:
        kept = session.get_one(PhotoComparison, made.id, with_for_update=True, populate_existing=True)
        for name, value in values.items():
            setattr(kept, name, value)
        kept.done_at = now()
        return kept


def _counted(session: Session, before_id: uuid.UUID, after_id: uuid.UUID) -> PhotoComparison:
    found = find(session, before_id, after_id)
    if found is None:
        found = PhotoComparison(before_id=before_id, after_id=after_id)
        session.add(found)
    if found.verdict is None:
        found.tries = (found.tries or 0) + 1
    session.flush()
    return found


def find(session: Session, before_id: uuid.UUID, after_id: uuid.UUID) -> PhotoComparison | None:
    """The comparison of two photos, finished or not."""
    wanted = select(PhotoComparison).where(
        PhotoComparison.before_id == before_id, PhotoComparison.after_id == after_id
    )
    return session.scalar(wanted)


def _unseen(session: Session, photo_ids: Iterable[uuid.UUID]) -> str | None:
    """Why there is nothing to look at, if so. Raises NotReady."""
    for photo_id in photo_ids:
        photo = session.get_one(Photo, photo_id)
        if photo.deleted_at is not None or photo.state == PhotoState.FAILED:
            return "unreadable"
        if photo.state == PhotoState.RECEIVED:
            raise NotReady()
    return None


def _unsure(code: str) -> dict[str, Any]:
    return {"verdict": "unsure", "same_place": 0.5, "reasons": [{"code": code, "params": {}}]}


def _looked_at(before_id: uuid.UUID, after_id: uuid.UUID, is_shown: bool) -> dict[str, Any]:
    from app.features.evidence.engine import judge

    (before, before_picture), (after, after_picture) = _described(before_id), _described(after_id)
    found = judge.compare(before, after, seconds=SECONDS)
    values: dict[str, Any] = {
        "verdict": found.verdict.value,
        "same_place": round(found.same_place, 4),
        "reused": round(found.reused, 4),
        "is_mirrored": found.is_mirrored,
        "reasons": [{"code": reason.code, "params": reason.params} for reason in found.why],
    }
    if not is_shown or found.alignment is None or found.verdict == judge.Verdict.DIFFERENT:
        return values
    return values | _laid_over(found, before, after, before_picture, after_picture)


def _laid_over(
    found: Any, before: Any, after: Any, before_picture: Any, after_picture: Any
) -> dict[str, Any]:
    from app.features.evidence import renditions

    shape, by = before_picture.shape[:2], found.alignment
    values: dict[str, Any] = {
        "homography": [[float(value) for value in row] for row in by.homography],
        "planes": by.planes,
        "overlap": round(by.overlap, 3),
        "residual": round(by.residual, 2),
        "aligned_key": _stored(renditions.aligned(after_picture, by.homography, shape)),
    }
    changes = found.change_map(before, after)
    if changes is not None:
        values["changed"] = round(renditions.changed_share(changes), 4)
        values["map_key"] = _stored(renditions.hatched(changes, shape))
    return values


def _stored(data: bytes) -> str:
    key = f"{EVIDENCE}{uuid.uuid4()}"
    get_storage().put(key, data, hashlib.sha256(data).hexdigest())
    return key


# ---- one pass over each photo ----
def describe(photo_id: uuid.UUID) -> None:
    """Read the photo, if it was not, and keep what copies of it are found by. Raises NotReady, BlobMissing."""
    _described(photo_id)


def remember(photo_id: uuid.UUID, marks: bytes | None) -> None:
    """Say that a photo is being read (no marks), or was not (None)."""
    look, mirrored = _looks_of([photo_id]).get(photo_id, (None, None))
    if look is None or mirrored is None:
        return  # not even a thumb
    with db.transaction() as session:
        trace = session.get_one(PhotoTrace, photo_id, with_for_update=True)
        if trace.features_key is None:
            trace.marks, trace.marked_at = marks, now() if marks is not None else None


def _described(photo_id: uuid.UUID) -> tuple[Any, Any]:
    """The photo as the engine knows it, and its large rendition's pixels."""
    from app.features.evidence.engine.features import Features
    from app.features.evidence.engine.photo import describe

    picture = _picture(photo_id, RenditionKind.LARGE)
    with db.reading() as session:
        trace = session.get(PhotoTrace, photo_id)
    if trace is not None and trace.features_key and trace.engine == ENGINE and trace.marks is not None:
        try:
            kept = Features.from_bytes(get_storage().get(trace.features_key))
            return describe(picture, kept), picture
        except BlobMissing:
            log.info("features_missing", photo_id=str(photo_id))
    described = describe(picture)
    _keep_trace(photo_id, looks.looks(picture), described.features)
    return described, picture


def _picture(photo_id: uuid.UUID, kind: RenditionKind) -> Any:
    """Pixels of a clean copy, which is a JPEG of our own making."""
    import cv2
    import numpy as np

    with db.reading() as session:
        rendition = photos.clean_copy(session, photo_id, kind)
    if rendition is None:
        raise NotReady()
    data = np.frombuffer(get_storage().get(rendition.storage_key), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _keep_trace(photo_id: uuid.UUID, seen: tuple[str, str], features: Any) -> None:
    from app.features.evidence.engine.marks import marks

    kept = PhotoTrace(photo_id=photo_id, look=seen[0], mirrored=seen[1], engine=ENGINE)
    kept.features_key = _stored(features.to_bytes())
    kept.marks, kept.marked_at = marks(features).astype("<u4").tobytes(), now()
    with db.transaction() as session:
        session.merge(kept)


# ---- re-use ----
def reused_among(
    photo_id: uuid.UUID, others: Sequence[uuid.UUID], sharing: Sequence[uuid.UUID] = ()
) -> tuple[uuid.UUID, bool] | None:
    """Which photo is the same exposure as `photo_id`, and whether mirrored. Compared are the first of those that share
    marks with it, and of `others` those that look alike as a whole."""
    seen = _looks_of([photo_id, *others])
    own = seen.pop(photo_id, None)
    apart = {
        other: min(looks.bits_apart(own[0], look[0]), looks.bits_apart(own[0], look[1]))
        for other, look in seen.items()
        if own is not None
    }
    alike = (other for other in others if apart.get(other, 64) <= looks.NEAR_BITS)
    near = sorted(alike, key=apart.__getitem__)[:MOST_CANDIDATES]
    for other in dict.fromkeys([*sharing[:MOST_CANDIDATES], *near]):
        found = compare(other, photo_id, is_shown=False)
        if found.reused > REUSED:
            return other, found.is_mirrored
    return None


def asked_marks(photo_id: uuid.UUID) -> Any:
    """The marks by which copies of this photo are asked for; None: it was never read."""
    from app.features.evidence.engine import marks
    from app.features.evidence.engine.features import Features

    with db.reading() as session:
        trace = session.get(PhotoTrace, photo_id)
    if trace is None or trace.features_key is None:
        return None
    return marks.asked(Features.from_bytes(get_storage().get(trace.features_key)))


def _looks_of(photo_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    with db.reading() as session:
        rows = session.scalars(select(PhotoTrace).where(PhotoTrace.photo_id.in_(photo_ids)))
        known = {row.photo_id: (row.look, row.mirrored) for row in rows}
    new = {}
    for photo_id in photo_ids:
        if photo_id not in known:
            try:
                new[photo_id] = looks.looks(_picture(photo_id, RenditionKind.THUMB))
            except (NotReady, BlobMissing):
                continue  # nothing to compare yet; the later of two photos meets the earlier
    if new:
        with db.transaction() as session:
            for photo_id, (look, mirrored) in new.items():
                session.merge(PhotoTrace(photo_id=photo_id, look=look, mirrored=mirrored))
    return known | new


@names_blobs
def named(session: Session, keys: Collection[str], living: Any) -> set[str]:
    """Those of `keys` that findings on `living` photos name. See photos.queries.system_referenced."""
    kept = select(PhotoTrace.features_key).where(
        PhotoTrace.features_key.in_(keys), PhotoTrace.photo_id.in_(living)
    )
    found = set(session.scalars(kept))
    for column in (PhotoComparison.aligned_key, PhotoComparison.map_key):
        both = PhotoComparison.before_id.in_(living), PhotoComparison.after_id.in_(living)
        found |= set(session.scalars(select(column).where(column.in_(keys), *both)))
    return {key for key in found if key}
