"""A hostile file in, plain rows out: CSV (UTF-8, UTF-16, GB18030), XLSX, GeoJSON. Limits are checked before parsing."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.sheets import sheet_plain
from app.features.interop.errors import FileRefused

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CELL = 500_000
"""Characters: a grid's outline in one cell is long."""

Cell = str | dict[str, Any]
"""Text, or the geometry of a GeoJSON feature."""


@dataclass(frozen=True)
class Row:
    """`number` as the spreadsheet shows it (the head is 1; a GeoJSON feature counts from 1)."""

    number: int
    cells: dict[str, Cell]
    formulas: tuple[str, ...] = ()
    """Heads of the columns that hold a formula here: what it shows is not ours to compute."""


@dataclass(frozen=True)
class Table:
    """What a file holds. Empty rows are left out."""

    heads: list[str]
    rows: list[Row] = field(default_factory=list)


def read_table(data: bytes) -> Table:
    """Tell the format by the content, not by the name, and read it."""
    if len(data) > MAX_BYTES:
        raise FileRefused("too-large", f"More than {MAX_BYTES // 1024 // 1024} MiB.")
    if not data.strip():
        raise FileRefused("empty", "The file is empty.")
    if data.startswith(b"PK"):
        return _table(_from_workbook(data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("old-excel", "This is the old .xls format: save it as .xlsx or CSV.")
    text = _decoded(data)
    return _geojson(text) if text.lstrip().startswith("{") else _table(_from_csv(text))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    if b"\0" in data[:1000]:
        raise FileRefused("binary", "This is no text: CSV, XLSX or GeoJSON is needed.")
    raise FileRefused("encoding", "The text is neither UTF-8 nor GB18030.")


@dataclass(frozen=True)
class _Line:
    cells: Sequence[str]
    formulas: frozenset[int] = frozenset()


def _from_csv(text: str) -> Iterator[_Line]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            yield _Line(cells)
    except csv.Error as exc:
        raise FileRefused("csv", f"Row {number + 1}: {exc}", row=number + 1) from exc


def _from_workbook(data: bytes) -> Iterator[_Line]:
    # The library costs time and memory at every start: only who reads a workbook pays.
    from app.features.interop.workbook import read_workbook

    for cells, formulas in read_workbook(data, max_columns=MAX_COLUMNS + 1):
        yield _Line(cells, formulas)


def _table(lines: Iterator[_Line]) -> Table:
    heads = [cell.strip() for cell in next(lines, _Line([])).cells]
    while heads and not heads[-1]:
        heads.pop()
    if not heads:
        raise FileRefused("header", "The first row holds no column names.", row=1)
    if len(heads) > MAX_COLUMNS:
        raise FileRefused("too-many-columns", f"More than {MAX_COLUMNS} columns.")
    table = Table(heads)
    for number, line in enumerate(lines, 2):
        if number > MAX_ROWS + 1:
            raise FileRefused("too-many-rows", f"More than {MAX_ROWS} rows: split the file.")
        texts = [sheet_plain(cell.strip()) for cell in line.cells]
        if any(texts) or line.formulas:
            cells = {head: text for head, text in zip(heads, texts, strict=False) if head and text}
            formulas = tuple(heads[i] for i in sorted(line.formulas) if i < len(heads))
            table.rows.append(Row(number, dict(cells), formulas))
    return table


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _geojson(text: str) -> Table:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        raise FileRefused("json", str(exc)[:200]) from exc
    features = value.get("features") if isinstance(value, dict) else None
    if value.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise FileRefused("not-geojson", "A GeoJSON file is a FeatureCollection.")
    if len(features) > MAX_ROWS:
        raise FileRefused("too-many-rows", f"More than {MAX_ROWS} features: split the file.")
    rows = [_feature(number, feature) for number, feature in enumerate(features, 1)]
    heads = list(dict.fromkeys(head for row in rows for head in row.cells))
    if len(heads) > MAX_COLUMNS:
        raise FileRefused("too-many-columns", f"More than {MAX_COLUMNS} different properties.")
    return Table(heads, rows)


def _feature(number: int, feature: Any) -> Row:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise FileRefused("not-geojson", f"Entry {number} is not a Feature.", row=number)
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise FileRefused("not-geojson", f"The properties of feature {number} are not an object.", row=number)
    cells: dict[str, Cell] = {}
    for head, value in properties.items():
        if isinstance(value, str | int | float) and str(value).strip():
            cells[head.strip()] = str(value).strip() if not isinstance(value, bool) else str(value).lower()
    if isinstance(feature.get("geometry"), dict):
        cells["geometry"] = feature["geometry"]
    return Row(number, cells)
