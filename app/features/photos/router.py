"""HTTP of photos: bytes in, acknowledgements, pictures out."""

import uuid
from typing import Any

from fastapi import Request, Response

from app.core.db import Read, Tx
from app.core.errors import (
    Forbidden,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    problems,
)
from app.core.errors import StorageFull as Full
from app.core.routes import Routes
from app.features.identity.errors import StepUpNeeded
from app.features.identity.viewer import CurrentViewer
from app.features.photos import clearing, formats, media, service, upload
from app.features.photos.errors import (
    DigestMismatch,
    DigestMissing,
    PhotoConflict,
    PhotoDeleted,
    PictureRefused,
    RenditionFailed,
    RenditionNotReady,
)
from app.features.photos.schemas import (
    ClearingIn,
    ClearingOut,
    DeletionReason,
    PhotoCheckIn,
    PhotoCheckOut,
    PhotoCheckResult,
    PhotoReceipt,
)

router = Routes(tags=["photos"])
_SEEN_BEFORE: dict[int | str, dict[str, Any]] = {
    200: {"model": PhotoReceipt, "description": "The same bytes were here already"}
}
_PUT = _SEEN_BEFORE | problems(
    PhotoConflict,
    PhotoDeleted,
    TooLarge,
    UnsupportedMedia,
    DigestMissing,
    DigestMismatch,
    PictureRefused,
    Unavailable,
    Full,
)
_PICTURES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(formats.ACCEPTED)}
_SENT: dict[int | str, dict[str, Any]] = {200: {"content": _PICTURES}, 304: {"description": "Unchanged"}}
_MEDIA = _SENT | problems(Unauthenticated, NotFound, RenditionNotReady, RenditionFailed)


@router.put(
    "/photos/{photo_id}",
    response_model=PhotoReceipt,
    status_code=201,
    responses=_PUT,
    openapi_extra={"requestBody": {"required": True, "content": _PICTURES}},
)
async def put_photo(
    photo_id: uuid.UUID, request: Request, response: Response, viewer: CurrentViewer
) -> PhotoReceipt:
    """One photo, raw, under an id made on the phone, with Content-Type and Content-Digest (sha-256, RFC 9530)."""
    sha256, media_type = upload.announced(request.headers)
    async with upload.received(request.stream()) as body:
        photo, is_new = await upload.take_in(
            body, owner_id=viewer.user_id, client_id=photo_id, media_type=media_type, sha256=sha256
        )
    response.status_code = 201 if is_new else 200
    return PhotoReceipt(id=photo_id, sha256=photo.sha256, size=photo.size, received_at=photo.received_at)


@router.post("/photos/check", response_model=PhotoCheckOut)
def check_photos(wanted: PhotoCheckIn, session: Read, viewer: CurrentViewer) -> PhotoCheckOut:
    """After a broken line: which of these photos still have to be sent."""
    told = service.needed(session, viewer.user_id, wanted.items)
    return PhotoCheckOut(items=[PhotoCheckResult(id=photo_id, status=status) for photo_id, status in told])


# Before the pictures: their path has a place for any kind.
@router.get("/media/{photo_id}/clearing", responses=problems(Unauthenticated, Forbidden, NotFound))
def get_clearing(photo_id: uuid.UUID, session: Read, viewer: CurrentViewer) -> ClearingOut:
    """Whether the photo may be shown to the public, what was veiled in it, and by whom."""
    return clearing.shown(session, viewer, photo_id)


@router.put(
    "/media/{photo_id}/clearing",
    responses=problems(Unauthenticated, Forbidden, NotFound, RenditionNotReady, RenditionFailed),
)
def clear_photo(photo_id: uuid.UUID, body: ClearingIn, session: Tx, viewer: CurrentViewer) -> ClearingOut:
    """Clear it for the public, with these boxes veiled. Logged, with who did it; said again, it is made anew."""
    clearing.clear(session, viewer, photo_id, [(b.x, b.y, b.width, b.height) for b in body.boxes])
    return clearing.shown(session, viewer, photo_id)


@router.delete(
    "/media/{photo_id}/clearing", status_code=204, responses=problems(Unauthenticated, Forbidden, NotFound)
)
def withdraw_clearing(photo_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> None:
    """It is not public any more."""
    clearing.withdraw(session, viewer, photo_id)


@router.get(
    "/media/{photo_id}/{kind}",
    response_class=Response,
    responses=_MEDIA,
)
def get_media(
    photo_id: uuid.UUID, kind: media.MediaKind, request: Request, expires: int = 0, signature: str = ""
) -> Response:
    """A picture, for who may see it (or holds a signed link). The original: a few roles, as a file, audited."""
    return media.answer(request, photo_id, kind, expires, signature)


@router.delete(
    "/media/{photo_id}",
    status_code=204,
    responses=problems(Unauthenticated, Forbidden, NotFound, StepUpNeeded),
)
def delete_photo(
    photo_id: uuid.UUID, session: Tx, viewer: CurrentViewer, reason: DeletionReason = "other"
) -> None:
    """Take a picture out for good, for example one that shows a bystander. With a fresh second factor, and logged."""
    service.delete(session, viewer, photo_id, reason)
