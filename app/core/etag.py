"""Versions as HTTP validators: `ETag`/`If-Match` of one row, `ETag`/`If-None-Match` of a list a phone keeps."""

import uuid
from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.core.errors import BadRequest, Problem

LIST_FORMAT = 2
"""Raised when what a kept list looks like changes, so that no phone keeps the old form behind a 304."""


class VersionNeeded(Problem):
    """A change names the version it was made on, so that two editors cannot overwrite each other."""

    code, status, title = "version-needed", 428, "Say in If-Match which version this changes"


def row_etag(version: int) -> str:
    """The strong ETag of a row at `version`."""
    return f'"{version}"'


async def _base_version(if_match: Annotated[str | None, Header()] = None) -> int:
    if if_match is None:
        raise VersionNeeded()
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise BadRequest("If-Match holds one version, as the ETag gave it.")
    return int(text)


BaseVersion = Annotated[int, Depends(_base_version)]
"""The version a change was made on, from If-Match."""


def list_etag(tag: str, *parts: uuid.UUID | str) -> str:
    """The weak ETag of a kept list: its tag, the form of the list, and what else the answer depends on."""
    return f'W/"{LIST_FORMAT}-{"-".join([tag, *map(str, parts)])}"'


def is_current(request: Request, etag: str) -> bool:
    """Whether the client already holds the list with `etag`."""
    held = request.headers.get("if-none-match", "")
    return etag in [part.strip() for part in held.split(",")]


def not_modified(etag: str) -> Response:
    """304: keep what you have."""
    return Response(status_code=304, headers=list_headers(etag))


def list_headers(etag: str) -> dict[str, str]:
    """A kept list belongs to one signed-in person and is asked for again each time, mostly for a 304."""
    return {"ETag": etag, "Cache-Control": "private, no-cache"}
