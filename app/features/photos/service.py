"""What is done with photos: take in, acknowledge, record; say who may see one; sign short links.

Bytes are stored before the transaction that names them begins, under a key never used twice.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import null, update
from sqlalchemy.orm import Session

from app.core import audit, jobs, secrets
from app.core.clock import now
from app.core.errors import Forbidden, NotFound, Problem, Unavailable, UnsupportedMedia
from app.core.ids import hidden_id
from app.core.storage import get_storage
from app.features.identity.errors import StepUpNeeded
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.photos import formats, queries
from app.features.photos.errors import PhotoConflict, PhotoDeleted
from app.features.photos.jobs import ORIGINALS
from app.features.photos.models import Photo, PhotoState, Rendition, RenditionKind
from app.features.photos.sandbox import get_sandbox
from app.features.photos.schemas import PhotoCheckItem

DELETERS = (Role.OFFICE_ADMIN,)
Visibility = Callable[[Session, Viewer, uuid.UUID], bool]
_visibilities: list[Visibility] = []
Receiver = Callable[[Session, Photo], None]
_receivers: list[Receiver] = []


@dataclass(frozen=True)
class Kept:
    """Bytes that are durable in storage and not yet named by any row."""

    photo_id: uuid.UUID
    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    claims: dict[str, Any] = field(default_factory=dict)
    renditions: tuple[Rendition, ...] = ()

    @property
    def key(self) -> str:
        """Where the original lies."""
        return f"{ORIGINALS}{self.photo_id}"


def keep(data: bytes, *, sha256: str, media_type: str) -> Kept:
    """Look at the picture and store it durably. Not inside a transaction.

    `sha256` is that of `data`, just taken. Raises UnsupportedMedia, PictureRefused, Unavailable, StorageFull; then nothing is kept.
    """
    if formats.sniff(data[:64]) != media_type:
        raise UnsupportedMedia()
    checked = get_sandbox().check(data, media_type)
    kept = Kept(hidden_id(), sha256, len(data), media_type, checked.width, checked.height, checked.claims)
    get_storage().put(kept.key, data, sha256, is_hashed=True)
    return kept


def discard(kept: Kept) -> None:
    """Remove bytes that lost the race for their id. If storage is away, the sweep takes them in a day."""
    with suppress(Problem):
        get_storage().delete(kept.key)


def record(session: Session, *, owner_id: uuid.UUID, client_id: uuid.UUID, kept: Kept) -> tuple[Photo, bool]:
    """The row for kept bytes, and whether it is new. Not new: the same bytes are there already; discard these.

    Raises PhotoConflict, PhotoDeleted.
    """
    photo = Photo(
        id=kept.photo_id,
        client_id=client_id,
        owner_id=owner_id,
        sha256=kept.sha256,
        size=kept.size,
        media_type=kept.media_type,
        width=kept.width,
        height=kept.height,
        storage_key=kept.key,
        claims=kept.claims,
        state=PhotoState.READY if kept.renditions else PhotoState.RECEIVED,
        received_at=now(),
    )
    if not queries.system_put(session, photo):
        known = find(session, owner_id, client_id)
        if known is None:
            raise Unavailable("The same photo was taken back a moment ago.")
        return acknowledged(known, kept.sha256), False
    session.add_all(kept.renditions)
    if not kept.renditions:
        jobs.enqueue(
            session, "photos.make_renditions", key=str(photo.id), is_first=True, photo_id=str(photo.id)
        )
    for tell in _receivers:
        tell(session, photo)
    return photo, True


def on_received(tell: Receiver) -> Receiver:
    """A feature above wants to know, inside the transaction, of each photo that has arrived."""
    _receivers.append(tell)
    return tell


def is_known(session: Session, owner_id: uuid.UUID, client_id: uuid.UUID) -> bool:
    """Whether there is one under the phone's id: all that most uploads have to ask."""
    return queries.system_is_known(session, owner_id, client_id)


def find(session: Session, owner_id: uuid.UUID, client_id: uuid.UUID) -> Photo | None:
    """The owner's photo under the phone's id, deleted or not."""
    return queries.system_by_client_ids(session, owner_id, [client_id]).get(client_id)


def acknowledged(photo: Photo, sha256: str) -> Photo:
    """`photo`, if it holds these bytes and was not deleted; else PhotoDeleted or PhotoConflict."""
    if photo.deleted_at is not None:
        raise PhotoDeleted()
    if photo.sha256 != sha256:
        raise PhotoConflict()
    return photo


def delete(session: Session, viewer: Viewer, photo_id: uuid.UUID, reason: str) -> None:
    """Take a picture out for good: nobody sees it again, phones hear 410, its bytes go a day later. Its hash stays."""
    photo = seen(session, viewer, photo_id)
    if photo is not None:
        session.refresh(photo, with_for_update=True)
    if photo is None or photo.deleted_at is not None:
        raise NotFound()
    if not viewer.has(*DELETERS):
        raise Forbidden()
    if not viewer.has_stepped_up:
        raise StepUpNeeded()
    mark_deleted(session, [photo.id])
    audit.record(
        session,
        "photo.deleted",
        actor_id=viewer.user_id,
        subject_kind="photo",
        subject_id=photo_id,
        detail={"sha256": photo.sha256, "reason": reason},
    )


def mark_deleted(session: Session, photo_ids: Collection[uuid.UUID]) -> None:
    """These photos are gone from now on, with what their files said of themselves."""
    gone = update(Photo).where(Photo.id.in_(photo_ids), Photo.deleted_at.is_(None))
    session.execute(gone.values(deleted_at=now(), claims={}, watermark=null()))


def heal(photo: Photo, data: bytes) -> None:
    """Store the bytes again if storage has lost them, for example by a restore without its files."""
    storage = get_storage()
    if storage.head(photo.storage_key) is None:
        storage.put(photo.storage_key, data, photo.sha256)


def owned(session: Session, owner_id: uuid.UUID, client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Photo]:
    """The owner's photos that have arrived, by the phone's ids. Ids without a photo, or of others, are absent."""
    found = queries.system_by_client_ids(session, owner_id, client_ids)
    return {client_id: photo for client_id, photo in found.items() if photo.deleted_at is None}


def known(session: Session, owner_id: uuid.UUID, client_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Photo]:
    """The same, and those that were deleted here."""
    return queries.system_by_client_ids(session, owner_id, client_ids)


def removed(session: Session, owner_id: uuid.UUID, client_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the owner's photos that were deleted here and will not come again, by the phone's ids."""
    found = known(session, owner_id, client_ids)
    return {client_id for client_id, photo in found.items() if photo.deleted_at is not None}


def needed(
    session: Session, owner_id: uuid.UUID, items: Sequence[PhotoCheckItem]
) -> list[tuple[uuid.UUID, Literal["have", "need", "conflict"]]]:
    """Per photo of the phone, what it still has to do."""
    present = owned(session, owner_id, [item.id for item in items])
    return [(item.id, _status(item, present.get(item.id))) for item in items]


def _status(item: PhotoCheckItem, photo: Photo | None) -> Literal["have", "need", "conflict"]:
    if photo is None:
        return "need"
    return "have" if (photo.sha256, photo.size) == (item.sha256, item.size) else "conflict"


def clean_copy(session: Session, photo_id: uuid.UUID, kind: RenditionKind) -> Rendition | None:
    """A rendition, if it has been made: for jobs of features above that look at pictures."""
    return queries.system_rendition(session, photo_id, kind)


def ask_watermark(session: Session, photo_id: uuid.UUID, lines: Sequence[str]) -> None:
    """Have a copy made that carries these lines: point, place, time, case number. Asked again, it is made anew."""
    photo = queries.system_locked(session, photo_id)
    if photo.watermark == list(lines):
        return
    photo.watermark = list(lines)
    # Before that it has no large copy to write on: whoever makes that asks for this.
    if photo.state == PhotoState.READY:
        jobs.enqueue(session, "photos.make_watermark", key=str(photo_id), photo_id=str(photo_id))


def register_visibility(rule: Visibility) -> None:
    """A feature above says who else may see a photo: whoever may see the case it belongs to."""
    if rule not in _visibilities:
        _visibilities.append(rule)


def is_visible(session: Session, viewer: Viewer, photo: Photo) -> bool:
    """The owner, and whom a registered rule lets in."""
    return photo.owner_id == viewer.user_id or _lets_in(session, viewer, photo.id)


def seen(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> Photo | None:
    """A photo, if the viewer may see it. Missing or hidden: the same questions are asked, which take the same time."""
    photo = session.get(Photo, photo_id)
    is_own = photo is not None and photo.owner_id == viewer.user_id
    return photo if is_own or _lets_in(session, viewer, photo_id) else None


def _lets_in(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
    return any(rule(session, viewer, photo_id) for rule in _visibilities)


def media_path(photo_id: uuid.UUID, kind: str) -> str:
    """Where a picture is served to signed-in people who may see it."""
    return f"/api/media/{photo_id}/{kind}"


def sign_media(photo_id: uuid.UUID, kind: RenditionKind) -> str:
    """The same path, open to whoever holds it for 5 to 10 minutes. Never an original: its viewer must be known."""
    return secrets.signed_link("media", media_path(photo_id, kind))


def is_signed(photo_id: uuid.UUID, kind: str, expires: int, signature: str) -> bool:
    """Whether such a link is ours and still good."""
    path = media_path(photo_id, kind)
    return kind != "original" and secrets.is_signed_link("media", path, expires, signature)
