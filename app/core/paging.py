"""Pages by cursor: the client hands back what it was given and learns no totals from it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from app.core.errors import BadRequest

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="Most entries a page")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


class BadCursor(BadRequest):
    code, title = "bad-cursor", "This cursor is not one of ours"


class Page(BaseModel, Generic[T]):
    """Some entries, and where to go on; `next` null: that was all."""

    items: list[T]
    next: str | None = None


def cursor_of(*keys: Any) -> str:
    """The cursor after the entry with these sort keys (text, numbers, null)."""
    return urlsafe_b64encode(json.dumps(keys, ensure_ascii=False).encode()).decode().rstrip("=")


def keys_of(cursor: str, count: int) -> list[Any]:
    """The sort keys in a cursor; a made-up one is a bad request."""
    try:
        keys = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as exc:
        raise BadCursor() from exc
    is_ours = isinstance(keys, list) and len(keys) == count
    if not is_ours or not all(k is None or _is_number(k) or _is_text(k) for k in keys):
        raise BadCursor()
    return list(keys)


def _is_number(key: Any) -> bool:
    # A larger one would crash the database's driver.
    return isinstance(key, int) and -(2**63) <= key < 2**63


def _is_text(key: Any) -> bool:
    # Half a surrogate pair cannot be sent to a database, NUL not to PostgreSQL.
    return isinstance(key, str) and not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in key)


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Of `limit` + 1 rows asked for: those of this page, and whether there are more."""
    return rows[:limit], len(rows) > limit
