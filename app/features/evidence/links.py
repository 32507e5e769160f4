"""Links to the pictures of a finding, open for some minutes to whoever holds them."""

import uuid

from app.core import secrets

KINDS = {"aligned": "image/jpeg", "changes": "image/png"}


def _path(comparison_id: uuid.UUID, kind: str) -> str:
    return f"/api/evidence/{comparison_id}/{kind}"


def sign(comparison_id: uuid.UUID, kind: str) -> str:
    """A link to one of the finding's pictures."""
    return secrets.signed_link("evidence", _path(comparison_id, kind))


def is_signed(comparison_id: uuid.UUID, kind: str, expires: int, signature: str) -> bool:
    """Whether such a link is ours and still good."""
    return secrets.is_signed_link("evidence", _path(comparison_id, kind), expires, signature)
