"""Why a picture is not taken in or not shown. `code` and `reason` are API."""

from typing import ClassVar

from app.core.errors import Problem


class DigestMissing(Problem):
    code, status, title = "digest-missing", 422, "A Content-Digest with sha-256 is needed"


class DigestMismatch(Problem):
    """The bytes changed on the way; `sha256` is what arrived."""

    code, status, title = "digest-mismatch", 422, "The bytes are not those that were sent"


class PictureRefused(Problem):
    """`reason`: damaged, animated, too-many-pixels or too-complex."""

    code, status, title = "picture-refused", 422, "This picture cannot be taken in"


class PhotoConflict(Problem):
    code, status, title = "photo-conflict", 409, "Another picture was sent under this id"


class PhotoDeleted(Problem):
    code, status, title = "photo-deleted", 410, "This photo was deleted; do not send it again"


class RenditionNotReady(Problem):
    """The job has not run yet; ask again."""

    code, status, title = "rendition-not-ready", 404, "This picture is being prepared"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class RenditionFailed(Problem):
    """The original is kept but cannot be shown; `reason` as in picture-refused."""

    code, status, title = "rendition-failed", 404, "This picture cannot be shown"
