"""Pictures out over HTTP: who may see them, from which cache, under which headers."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from app.core import audit, db
from app.core.errors import Forbidden, NotFound, Unauthenticated
from app.core.storage import BlobMissing, get_storage
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer, presented_token, viewer_of_token
from app.features.photos import formats, queries, service
from app.features.photos.errors import RenditionFailed, RenditionNotReady
from app.features.photos.models import Photo, PhotoState, RenditionKind

SEES_ORIGINALS = (Role.OFFICE_ADMIN, Role.REVIEWER, Role.AUDITOR)


class MediaKind(StrEnum):
    """The renditions, and the original as it was sent."""

    THUMB = "thumb"
    LARGE = "large"
    WATERMARKED = "watermarked"
    CLEARED = "cleared"
    ORIGINAL = "original"


@dataclass(frozen=True)
class Shown:
    """What is to be sent."""

    photo_id: uuid.UUID
    kind: MediaKind
    key: str
    size: int
    sha256: str
    media_type: str

    @property
    def headers(self) -> dict[str, str]:
        """Nothing sniffed, nothing run, nothing kept but thumbnails."""
        is_thumb, is_original = self.kind == MediaKind.THUMB, self.kind == MediaKind.ORIGINAL
        name = f"{self.photo_id}.{formats.EXTENSIONS[self.media_type]}"
        return {
            "Cache-Control": "private, max-age=604800" if is_thumb else "no-store",
            "ETag": f'"{self.sha256}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'{"attachment" if is_original else "inline"}; filename="{name}"',
        }


def answer(request: Request, photo_id: uuid.UUID, kind: MediaKind, expires: int, signature: str) -> Response:
    """The picture, or the problem why not. Takes its own short sessions: none is open while bytes travel."""
    with db.reading() as session:
        is_signed = service.is_signed(photo_id, kind, expires, signature)
        viewer = None if is_signed else viewer_of_token(session, presented_token(request))
        if viewer is None and not is_signed:
            raise Unauthenticated()
        photo = service.seen(session, viewer, photo_id) if viewer else session.get(Photo, photo_id)
        if photo is None or photo.deleted_at:
            raise NotFound()
        shown = _original(photo) if kind == MediaKind.ORIGINAL else None
        if shown is None:
            rendition = queries.system_rendition(session, photo_id, RenditionKind(kind))
            if rendition is None:
                raise (
                    RenditionFailed(reason=photo.failure)
                    if photo.state == PhotoState.FAILED
                    else RenditionNotReady()
                )
            shown = Shown(
                photo_id, kind, rendition.storage_key, rendition.size, rendition.sha256, formats.JPEG
            )
    if kind == MediaKind.ORIGINAL and viewer:
        _audit_original(viewer, photo_id)
    if shown.headers["ETag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=shown.headers)
    return _sent(shown)


def _original(photo: Photo) -> Shown:
    return Shown(photo.id, MediaKind.ORIGINAL, photo.storage_key, photo.size, photo.sha256, photo.media_type)


def _audit_original(viewer: Viewer, photo_id: uuid.UUID) -> None:
    may = viewer.has(*SEES_ORIGINALS)
    action = "photo.original_viewed" if may else "photo.original_refused"
    audit.record_now(action, actor_id=viewer.user_id, subject_kind="photo", subject_id=photo_id)
    if not may:
        raise Forbidden()


def _sent(shown: Shown) -> Response:
    try:
        pieces: Iterator[bytes] = get_storage().stream(shown.key)
    except BlobMissing:
        raise NotFound() from None
    headers = shown.headers | {"Content-Length": str(shown.size)}
    return StreamingResponse(pieces, media_type=shown.media_type, headers=headers)
