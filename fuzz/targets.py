"""The parsers of ours that read what strangers send. Each takes any bytes and returns, or refuses as it says it does."""

import json
from collections.abc import Callable

from PIL import Image

from app.core import paging
from app.core.errors import Problem
from app.core.sheets import sheet_plain, sheet_safe
from app.features.identity.invites import short_hash
from app.features.identity.throttle import network_of
from app.features.interop import reading, values
from app.features.issues import search
from app.features.photos import exif, formats, upload

Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {}


def target(function: Target) -> Target:
    """Register a target under its function's name."""
    TARGETS[function.__name__] = function
    return function


@target
def table(data: bytes) -> None:
    """CSV, XLSX or GeoJSON of an import."""
    try:
        read = reading.read_table(data)
    except Problem:
        return
    assert len(read.heads) <= reading.MAX_COLUMNS
    assert len(read.rows) <= reading.MAX_ROWS


@target
def cursor(data: bytes) -> None:
    """The place in a list, as a client hands it back."""
    try:
        keys = paging.keys_of(data.decode("latin-1"), 2)
    except paging.BadCursor:
        return
    assert paging.keys_of(paging.cursor_of(*keys), 2) == keys


@target
def digest(data: bytes) -> None:
    """Content-Digest of a photo."""
    try:
        found = upload.announced_sha256(data.decode("latin-1"))
    except Problem:
        return
    assert len(found) == 64
    assert bytes.fromhex(found)


@target
def short_code(data: bytes) -> None:
    """What somebody types from a piece of paper: case, spaces and dashes do not matter."""
    typed = data.decode("utf-8", "replace")
    assert short_hash(typed) == short_hash(f" {typed}-")


@target
def network(data: bytes) -> None:
    """The address a request comes from, as a proxy may have written it."""
    assert network_of(data.decode("latin-1"))


@target
def claims(data: bytes) -> None:
    """The EXIF block of a picture."""
    image = Image.new("L", (1, 1))
    image.info["exif"] = data
    json.dumps(exif.claims(image))


@target
def picture_kind(data: bytes) -> None:
    """The first bytes of a picture, and its Content-Type."""
    assert formats.sniff(data[:64]) in (None, *formats.ACCEPTED)
    assert formats.declared(data.decode("latin-1")) in (None, *formats.ACCEPTED)


@target
def words(data: bytes) -> None:
    """What is looked for in cases, and what is kept to be found: pairs of Chinese characters, other words whole."""
    text = data.decode("utf-8", "replace")
    search.tokens(text)
    search.terms(text)


@target
def cell(data: bytes) -> None:
    """A cell on its way out to a spreadsheet and in again."""
    text = data.decode("utf-8", "replace")
    safe = sheet_safe(text)
    assert safe[:1] not in tuple("=+-@\t\r\n＝＋－＠")
    assert sheet_plain(safe) in (text, text[1:])


@target
def shape(data: bytes) -> None:
    """A GeoJSON geometry or WKT text of a grid or a point."""
    try:
        values.geometry(data.decode("utf-8", "replace"))
    except values.BadCell:
        return
