"""Links to the pictures of a finding, open for some minutes to whoever holds them."""

import uuid

from app.core import secrets
from app.core.clock import now
from app.features.photos.service import SIGNED_SECONDS

KINDS = {"aligned": "image/jpeg", "changes": "image/png"}


def _path(comparison_id: uuid.UUID, kind: str) -> str:
    return f"/api/evidence/{comparison_id}/{kind}"


def sign(comparison_id: uuid.UUID, kind: str) -> str:
    """The same link for five minutes, so that a browser asks for the picture once."""
    step = SIGNED_SECONDS // 2
    expires = (int(now().timestamp()) // step + 2) * step
    path = _path(comparison_id, kind)
    return f"{path}?expires={expires}&signature={secrets.signature('evidence', f'{path} {expires}')}"


def is_signed(comparison_id: uuid.UUID, kind: str, expires: int, signature: str) -> bool:
    """Whether such a link is ours and still good."""
    if not now().timestamp() < expires <= now().timestamp() + SIGNED_SECONDS:
        return False
    return secrets.is_signature("evidence", f"{_path(comparison_id, kind)} {expires}", signature)
