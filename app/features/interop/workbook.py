"""The sheet of an XLSX file as text. The archive is weighed before anything in it is parsed."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from openpyxl import DEFUSEDXML, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.features.interop.errors import FileRefused

MAX_ENTRIES = 200
MAX_UNPACKED = 64 * 1024 * 1024
MAX_RATIO = 150
"""Unpacked to packed, of one entry. Real sheets reach some 40; a bomb a thousand."""
MAX_BLANK_ROWS = 1000
_SMALL = 1024 * 1024
_CHUNK = 256 * 1024

Line = tuple[list[str], frozenset[int]]
"""The texts of a row, and which columns hold a formula."""

if not DEFUSEDXML:  # openpyxl falls back silently to a parser that expands entities
    raise ImportError("defusedxml is not installed")


def read_workbook(data: bytes, *, max_columns: int) -> Iterator[Line]:
    """The rows of the first sheet. Nothing is extracted to a disk, no formula is computed, no link followed."""
    _weigh(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            if not book.worksheets:
                raise FileRefused("archive", "The workbook has no sheet.")
            sheet: Any = book.worksheets[0]
            sheet.reset_dimensions()  # a claim of the file, and often wrong
            yield from _rows(sheet, max_columns)
        finally:
            book.close()
    except FileRefused:
        raise
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, IndexError) as exc:
        raise FileRefused("archive", "This is not a workbook that can be read.") from exc
    except Exception as exc:
        # The parsers under openpyxl raise what they like: ParseError, DTDForbidden, zlib.error, OverflowError …
        raise FileRefused("archive", f"The workbook is damaged ({type(exc).__name__}).") from exc


def _weigh(data: bytes) -> None:
    """Count what really comes out of the archive, and refuse document types: that is where entities hide."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise FileRefused("archive", f"More than {MAX_ENTRIES} parts.")
            unpacked = 0
            for entry in entries:
                if entry.flag_bits & 0x1:
                    raise FileRefused("archive", "The workbook is locked by a password.")
                unpacked += _weigh_entry(archive, entry, MAX_UNPACKED - unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as exc:
        raise FileRefused("archive", "The archive is damaged.") from exc


def _weigh_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> int:
    size, tail = 0, b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > room or (size > _SMALL and size > MAX_RATIO * max(1, entry.compress_size)):
                raise FileRefused("too-large", "The archive unpacks to far more than a table needs.")
            seen = (tail + chunk).replace(b"\0", b"")  # UTF-16 parts too
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise FileRefused("archive", "The workbook holds a document type.")
            tail = chunk[-32:]
    return size


def _rows(sheet: Any, max_columns: int) -> Iterator[Line]:
    blank = 0
    for cells in sheet.iter_rows(max_col=max_columns):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            # Blank rows between are counted, so that the numbers stay those of the spreadsheet.
            yield from ([([], frozenset())] * blank)
            blank = 0
            yield texts, frozenset(i for i, cell in enumerate(cells) if cell.data_type == "f")
        else:
            blank += 1
            if blank > MAX_BLANK_ROWS:
                return


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
