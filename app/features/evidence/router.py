"""Pictures of findings out over HTTP: under short signed links, or to who may see both photos."""

import uuid
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from app.core import db
from app.core.errors import NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.core.storage import BlobMissing, get_storage
from app.features.evidence import links
from app.features.evidence.links import KINDS
from app.features.evidence.models import PhotoComparison
from app.features.identity.viewer import presented_token, viewer_of_token
from app.features.photos.models import Photo
from app.features.photos.service import is_visible

router = Routes(tags=["photos"])
_PICTURES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(KINDS.values())}
_SENT: dict[int | str, dict[str, Any]] = {200: {"content": _PICTURES}}


@router.get(
    "/evidence/{comparison_id}/{kind}",
    response_class=Response,
    responses=_SENT | problems(Unauthenticated, NotFound),
)
def get_evidence(
    comparison_id: uuid.UUID,
    kind: Literal["aligned", "changes"],
    request: Request,
    expires: int = 0,
    signature: str = "",
) -> Response:
    """The after photo laid over the before photo, or the map of changes."""
    with db.reading() as session:
        is_signed = links.is_signed(comparison_id, kind, expires, signature)
        viewer = None if is_signed else viewer_of_token(session, presented_token(request))
        if viewer is None and not is_signed:
            raise Unauthenticated()
        found = session.get(PhotoComparison, comparison_id)
        key = (found.aligned_key if kind == "aligned" else found.map_key) if found else None
        if found is None or key is None:
            raise NotFound()
        for photo_id in (found.before_id, found.after_id):
            photo = session.get_one(Photo, photo_id)
            if photo.deleted_at is not None or (viewer and not is_visible(session, viewer, photo)):
                raise NotFound()
    return _sent(key, KINDS[kind])


def _sent(key: str, media_type: str) -> Response:
    try:
        pieces: Iterator[bytes] = get_storage().stream(key)
    except BlobMissing:
        raise NotFound() from None
    headers = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }
    return StreamingResponse(pieces, media_type=media_type, headers=headers)
