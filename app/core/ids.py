"""Identifiers: UUIDv7 where order may show, UUIDv4 where an id must not tell when it was made."""

import secrets
import uuid

from app.core.clock import now


def public_id() -> uuid.UUID:
    """UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random. Sorts by creation time."""
    value = (int(now().timestamp() * 1000) & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def hidden_id() -> uuid.UUID:
    """UUIDv4: tells nothing. For issues, photos, rounds (a v7 would show the planning time)."""
    return uuid.uuid4()
