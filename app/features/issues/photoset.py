"""The photos of a case and their pairs: attach what a phone sent, propose pairs, say what is still missing."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.geo import Crs, to_wgs84
from app.core.ids import public_id
from app.features.issues.errors import PhotosMissing
from app.features.issues.lifecycle import PairState
from app.features.issues.models import Issue, IssuePhoto, PhotoPair
from app.features.photos import service as photos
from app.features.photos.models import Photo

PairListener = Callable[[Session, Issue, PhotoPair], None]
PAIR_LISTENERS: list[PairListener] = []
"""Told, inside the transaction, of each newly proposed pair. The evidence engine's seam."""
EXAMINERS: list[PairListener] = []
"""Told of those that a person has still to decide on."""

MAX_SKEW = timedelta(hours=24)


class PhotoIn(BaseModel):
    """One photo as a phone names it: its own id, when and where it says it was taken, and how."""

    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID
    captured_at: AwareDatetime | None = None
    clock_offset_seconds: float | None = Field(None, ge=-1e9, le=1e9)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    accuracy_m: float | None = Field(None, ge=0, le=1e6)
    crs: Crs = Crs.WGS84
    capture: Literal["camera", "album"] = "camera"
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")


class AfterPhotoIn(PhotoIn):
    """An after photo may say which before photo it answers (an id of `photos` in the case)."""

    before_id: uuid.UUID | None = None


def server_time(
    captured_at: datetime | None, offset_seconds: float | None, received_at: datetime
) -> tuple[datetime, bool]:
    """The phone's time put on the server's clock: captured_at + learnt offset, never later than received_at.

    Returns (time, skewed). Skewed: the offset is unknown or beyond 24 h; then the server's receipt counts.
    """
    if captured_at is None:
        return received_at, False
    if offset_seconds is None or abs(offset_seconds) > MAX_SKEW.total_seconds():
        return received_at, True
    return min(captured_at + timedelta(seconds=offset_seconds), received_at), False


def attach(
    session: Session,
    issue: Issue,
    *,
    owner_id: uuid.UUID,
    items: Sequence[PhotoIn],
    kind: Literal["before", "after", "site", "other"],
    required: int = 0,
) -> list[IssuePhoto]:
    """Put photos of `owner_id` into the case; the first `required` of them need an after photo.

    Raises PhotosMissing where bytes have not arrived yet: the phone sends them and then the command again.
    """
    if not items:
        return []
    stored = _stored(session, owner_id, [i.id for i in items])
    present = {p.photo_id: p for p in photos_of(session, issue)}
    rows: list[IssuePhoto] = []
    for number, item in enumerate(items):
        photo = stored[item.id]
        row = present.get(photo.id) or _row(issue, photo, item, owner_id, kind, number, number < required)
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


Group = tuple[Literal["before", "site"], Sequence[PhotoIn], int]
"""Photos of one kind, and how many of them need an after photo."""


def attach_first(session: Session, issue: Issue, owner_id: uuid.UUID, groups: Sequence[Group]) -> list[str]:
    """The photos a new case begins with, and a `missing` pair for each that needs an after photo; their SHA-256.

    As `attach` and `expect_pairs`, but nothing is asked that a case just made cannot have.
    """
    session.flush()  # the case first: its photos name it and its round
    asked = [item.id for _, items, _ in groups for item in items]
    stored = _stored(session, owner_id, asked)
    for kind, items, required in groups:
        for number, item in enumerate(items):
            row = _row(issue, stored[item.id], item, owner_id, kind, number, number < required)
            row.id = public_id()
            db.put(session, row)
            if kind == "before" and row.is_required:
                pair = PhotoPair(issue_id=issue.id, round_no=issue.round_no, before_id=row.id)
                db.put(session, pair)
    return sorted(stored[photo_id].sha256 for photo_id in asked)


def _stored(session: Session, owner_id: uuid.UUID, asked: Sequence[uuid.UUID]) -> dict[uuid.UUID, Photo]:
    stored = photos.owned(session, owner_id, asked)
    missing = [photo_id for photo_id in asked if photo_id not in stored]
    if missing:
        raise PhotosMissing(missing=[str(m) for m in missing])
    return stored


def _row(
    issue: Issue, photo: Photo, item: PhotoIn, owner_id: uuid.UUID, kind: str, number: int, is_required: bool
) -> IssuePhoto:
    taken_at, _ = server_time(item.captured_at, item.clock_offset_seconds, photo.received_at)
    position: dict[str, Any] = {}
    if item.lon is not None and item.lat is not None:
        lon, lat = to_wgs84(item.lon, item.lat, item.crs)
        position = {"lon": lon, "lat": lat, "accuracy_m": item.accuracy_m}
    return IssuePhoto(
        issue_id=issue.id,
        photo_id=photo.id,
        kind=kind,
        round_no=issue.round_no,
        is_required=is_required,
        by_id=owner_id,
        taken_at=taken_at,
        capture=item.capture,
        clock_offset_seconds=item.clock_offset_seconds,
        order_no=number,
        **position,
    )


def photos_of(session: Session, issue: Issue) -> list[IssuePhoto]:
    """All photos of a case, oldest round first."""
    return list(session.scalars(_PHOTOS, {"case": issue.id}))


_PHOTOS = (
    select(IssuePhoto)
    .where(IssuePhoto.issue_id == bindparam("case"))
    .order_by(IssuePhoto.round_no, IssuePhoto.added_at, IssuePhoto.order_no)
)
_PAIRS = (
    select(PhotoPair)
    .where(PhotoPair.issue_id == bindparam("case"), PhotoPair.round_no == bindparam("round"))
    .order_by(PhotoPair.id)
)


def required_befores(session: Session, issue: Issue) -> list[IssuePhoto]:
    """The before photos of the present round that need an after photo."""
    return [
        p
        for p in photos_of(session, issue)
        if p.kind == "before" and p.is_required and p.round_no == issue.round_no
    ]


def pairs_of(session: Session, issue: Issue) -> list[PhotoPair]:
    """The pairs of the present round."""
    return list(session.scalars(_PAIRS, {"case": issue.id, "round": issue.round_no}))


def answer_of(befores: Sequence[IssuePhoto], items: Sequence[AfterPhotoIn]) -> dict[uuid.UUID, AfterPhotoIn]:
    """Which after photo answers which required before photo: as named, the rest in order. One may serve several only if named."""
    named = {i.before_id: i for i in items if i.before_id is not None}
    free = [i for i in items if i.before_id is None]
    answer: dict[uuid.UUID, AfterPhotoIn] = {}
    for before in befores:
        chosen = named.get(before.id) or (free.pop(0) if free else None)
        if chosen is not None:
            answer[before.id] = chosen
    return answer


def propose_pairs(
    session: Session,
    issue: Issue,
    owner_id: uuid.UUID,
    items: Sequence[AfterPhotoIn],
    *,
    to_decide: bool = True,
) -> list[PhotoPair]:
    """Attach after photos and put each beside its before photo; earlier decisions on these pairs are open again.

    Without `to_decide` who asks decides at once, and calls `examine` with what is left.
    """
    attached = attach(session, issue, owner_id=owner_id, items=items, kind="after")
    rows = {item.id: row for item, row in zip(items, attached, strict=True)}
    befores = required_befores(session, issue)
    known = {p.before_id: p for p in pairs_of(session, issue)}
    proposed = []
    for before_id, item in answer_of(befores, items).items():
        pair = known.get(before_id) or PhotoPair(
            issue_id=issue.id, round_no=issue.round_no, before_id=before_id
        )
        pair.after_id = rows[item.id].id
        pair.state = PairState.PROPOSED
        pair.is_suspect = False
        pair.decided_by_id = pair.decided_at = pair.reason_code = None
        pair.override_reason = ""
        session.add(pair)
        proposed.append(pair)
    session.flush()
    for pair in proposed:
        for tell in PAIR_LISTENERS:
            tell(session, issue, pair)
    if to_decide:
        examine(session, issue, proposed)
    return proposed


def examine(session: Session, issue: Issue, pairs: Sequence[PhotoPair]) -> None:
    """Those not decided yet are looked at more closely."""
    for pair in pairs:
        if pair.state == PairState.PROPOSED:
            for tell in EXAMINERS:
                tell(session, issue, pair)


def expect_pairs(session: Session, issue: Issue) -> None:
    """Make a `missing` pair for each required before photo that has none yet."""
    befores = required_befores(session, issue)
    known = {p.before_id for p in pairs_of(session, issue)} if befores else set()
    for before in befores:
        if before.id not in known:
            session.add(PhotoPair(issue_id=issue.id, round_no=issue.round_no, before_id=before.id))
    session.flush()


def decided(pair: PhotoPair, state: PairState, by: uuid.UUID, reason_code: str | None, override: str) -> None:
    """Write a person's decision on a pair."""
    pair.state, pair.decided_by_id, pair.decided_at = state, by, now()
    pair.reason_code, pair.override_reason = reason_code, override


def has_passed(pair: PhotoPair) -> bool:
    """The machine looked at the pair and has nothing against it."""
    return (
        bool(pair.checks) and not pair.is_suspect and all(check["verdict"] == "good" for check in pair.checks)
    )


def hashes(session: Session, issue: Issue) -> list[str]:
    """SHA-256 of every photo of the case, for its first event."""
    return hashes_of(session, photos_of(session, issue))


def hashes_of(session: Session, rows: Sequence[IssuePhoto]) -> list[str]:
    """SHA-256 of these photos as they were received, for an event."""
    found = db.rows(session, _HASHES, {"ids": [row.photo_id for row in rows]})
    return sorted(sha256 for (sha256,) in found)


_HASHES = select(Photo.sha256).where(Photo.id.in_(bindparam("ids", expanding=True)))
