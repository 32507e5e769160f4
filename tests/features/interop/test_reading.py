"""Hostile and honest files: what becomes a table, and what is refused with its reason."""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from app.core.sheets import csv_bytes, sheet_plain, sheet_safe, xlsx_bytes
from app.features.interop import workbook
from app.features.interop.errors import FileRefused
from app.features.interop.reading import MAX_BYTES, MAX_ROWS, read_table

HEAD = "编号,名称\n"


def book(*rows: list[Any]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], **extra: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in extra.items():
            new.writestr(name, content)
    return file.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read_table(data)
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_that_offices_use_is_read(encoding: str) -> None:
    table = read_table((HEAD + "K01,兰溪苑\n").encode(encoding))
    assert table.heads == ["编号", "名称"]
    assert [(row.number, row.cells) for row in table.rows] == [(2, {"编号": "K01", "名称": "兰溪苑"})]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_mark_between_cells_is_told_by_the_head(mark: str) -> None:
    table = read_table(f"code{mark}name\nK01{mark}A\n".encode())
    assert table.rows[0].cells == {"code": "K01", "name": "A"}


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    assert [r.number for r in read_table(b'code,name\n\nA,1\n"B\nB",2\n,\nC,3\n').rows] == [3, 4, 6]
    workbook_rows = read_table(book(["code"], [], ["A"], [], [], ["B"])).rows
    assert [(r.number, r.cells["code"]) for r in workbook_rows] == [(3, "A"), (6, "B")]


def test_a_workbook_gives_text_numbers_and_dates_as_people_see_them() -> None:
    table = read_table(book(["code", "n", "f", "b"], ["990101100001001", 990101100001001, 31.18224, True]))
    assert table.rows[0].cells == {
        "code": "990101100001001",
        "n": "990101100001001",
        "f": "31.18224",
        "b": "true",
    }


def test_formulas_are_named_and_not_computed() -> None:
    row = read_table(book(["code", "name"], ["K01", '=HYPERLINK("http://evil.example","x")'])).rows[0]
    assert row.formulas == ("name",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"\n\n1,2", "header"),
        (b"\x00\x01\x02\x03", "binary"),
        (b"a,b\n\xff\xff\xff\xff", "encoding"),
        (b'a,b\n"x"y,2\n', "csv"),
        (b'a,b\n"never closed', "csv"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "old-excel"),
        (b"PK\x03\x04 no archive", "archive"),
        (b"a" * (MAX_BYTES + 1), "too-large"),
        ((HEAD + "x,y\n" * (MAX_ROWS + 1)).encode(), "too-many-rows"),
        (b",".join(b"c%d" % n for n in range(101)), "too-many-columns"),
        (b"a\n" + b"x" * 600_000, "csv"),
        (b'{"type":', "json"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "json"),
        (b'{"a":' * 100_000, "json"),
        (b'{"type": "Topology"}', "not-geojson"),
        (b'{"type": "FeatureCollection", "features": [1]}', "not-geojson"),
        (
            b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": []}, 1]}',
            "not-geojson",
        ),
        (b'{"n": ' + b"9" * 10_000 + b"}", "json"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    assert refused(data) == reason


def test_an_archive_that_unpacks_to_far_more_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "load_workbook", lambda *_, **__: pytest.fail("parsed"))
    bomb = repacked(book(["a"]), lambda _, content: content, **{"xl/media/x": bytes(30 * 1024 * 1024)})
    assert refused(bomb) == "too-large"
    many = repacked(book(["a"]), lambda _, content: content, **{f"p{n}": b"" for n in range(300)})
    assert refused(many) == "archive"


def test_an_archive_that_lies_about_its_sizes_is_counted_all_the_same() -> None:
    honest = repacked(book(["a"]), lambda _, content: content, **{"x": bytes(30 * 1024 * 1024)})
    lying = honest.replace((30 * 1024 * 1024).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert refused(lying) in ("archive", "too-large")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><sst><si><t>&b;</t></si></sst>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_are_refused(part: str, encoding: str) -> None:
    bomb = BOMB.decode().replace("?>", f' encoding="{encoding}"?>', 1).encode(encoding)
    data = repacked(book(["a"], ["x"]), lambda name, content: bomb if name == part else content)
    assert refused(data) == "archive"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_damaged_workbook_is_refused_not_a_crash(part: str) -> None:
    for content in (b"", b"<", b"<a/>", b"<workbook><sheets><sheet/></sheets></workbook>"):
        data = repacked(book(["a"], ["x"]), lambda name, old, c=content: c if name == part else old)  # type: ignore[misc]
        try:
            read_table(data)
        except FileRefused:
            continue


def test_a_cell_in_the_last_row_does_not_make_a_million_rows() -> None:
    def far(name: str, content: bytes) -> bytes:
        return content.replace(b'r="2"', b'r="1048576"').replace(b'r="A2"', b'r="A1048576"')

    assert read_table(repacked(book(["a"], ["x"]), far)).rows == []


def test_geojson_properties_become_cells_and_the_shape_stays_an_object() -> None:
    shape = {"type": "Point", "coordinates": [120.1, 31.1]}
    feature = {"type": "Feature", "properties": {"code": "K01", "n": 3, "deep": {"x": 1}}, "geometry": shape}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert read_table(data).rows[0].cells == {"code": "K01", "n": "3", "geometry": shape}


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with contextlib.suppress(FileRefused):
        read_table(data)


@pytest.mark.parametrize("start", list("=+-@\t\r\n＝＋－＠"))
def test_what_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    evil = f"{start}cmd|'/c calc'!A1"
    assert sheet_safe(evil) == "'" + evil
    assert sheet_plain(sheet_safe(evil)) == evil
    assert b"'" + evil.encode() in csv_bytes([[evil]]).replace(b'""', b'"')
    [[cell]] = load_workbook(io.BytesIO(xlsx_bytes({"s": [[evil]]})))["s"].iter_rows()
    assert (cell.data_type, str(cell.value).replace("_x000D_", "\r")) == ("s", "'" + evil)


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert [sheet_safe(v) for v in (-5, 1.5, None, "兰溪", "a=b", "'quoted'")] == [
        -5,
        1.5,
        None,
        "兰溪",
        "a=b",
        "'quoted'",
    ]
