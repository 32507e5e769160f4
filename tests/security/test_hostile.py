"""Whatever is sent, the answer is a success or a problem, and what was refused leaves nothing behind."""

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core import db
from app.core.sheets import csv_bytes, xlsx_bytes
from app.features.identity.models import User
from tests import factories
from tests.security.hostile import CORPUS, Hostile, Sender, corpus, kept, wrong
from tests.support.cases import World, world

BOUNDARY = b"--x\r\n"
RUN = "=+-@\t\r\n＝＋－＠"
"""What makes a spreadsheet take a text for a formula."""


@pytest.fixture
def town(sign_in: Callable[[User], TestClient]) -> World:
    return world(sign_in)


@pytest.fixture
def sender(town: World) -> Sender:
    with db.transaction() as session:
        admin = factories.user(session, town.town, "admin")
    return Sender(town.client("volunteer"), town.sign_in(admin), town.body)


def faults(sender: Sender, files: Iterable[Hostile], connection: Connection) -> list[str]:
    """What is wrong with the answers. Each file meets the same rows: whatever it made is rolled back."""
    found, before = [], kept()
    for file in files:
        with connection.begin_nested() as one:
            answer = sender.send(file)
            found.append(wrong(file, answer, before, kept()))
            one.rollback()
    return [said for said in found if said]


def _json() -> Iterator[tuple[str, bytes]]:
    for name, text in {
        "deep": "[" * 100_000,
        "deep object": '{"a":' * 100_000,
        "huge number": '{"clock_offset_seconds": 1e999999}',
        "long digits": '{"clock_offset_seconds": ' + "9" * 10_000 + "}",
        "not a number": '{"clock_offset_seconds": NaN}',
        "twice": '{"action": "submit", "action": "submit_closed"}',
        "half a pair": '{"action": "\\ud800"}',
        "nul": '{"action": "\\u0000"}',
        "a list": "[]",
        "null": "null",
        "nothing": "",
        "trailing": "{} {}",
        "comment": "{/**/}",
        "single quotes": "{'action': 'submit'}",
        "prototype": '{"__proto__": {"action": "submit"}}',
    }.items():
        yield name, text.encode()
    yield "not utf-8", b'{"action": "\xff\xfe"}'
    yield "utf-16", '{"action": "submit"}'.encode("utf-16")
    yield "byte order mark", b"\xef\xbb\xbf{}"


def _multipart() -> Iterator[tuple[str, bytes]]:
    head = b'Content-Disposition: form-data; name="report"'
    yield "no end", BOUNDARY + head + b"\r\n\r\n{}"
    yield "no head", BOUNDARY + b"\r\n\r\n--x--\r\n"
    yield "no name", BOUNDARY + b"Content-Disposition: form-data\r\n\r\n{}\r\n--x--\r\n"
    yield "long head", BOUNDARY + b"A: " + b"a" * 100_000 + b"\r\n\r\n\r\n--x--\r\n"
    yield "many parts", (BOUNDARY + head + b"\r\n\r\n{}\r\n") * 200 + b"--x--\r\n"
    yield "many heads", BOUNDARY + b"A: b\r\n" * 10_000 + b"\r\n\r\n--x--\r\n"
    yield "not utf-8", BOUNDARY + head + b"\r\n\r\n\xff\xfe\r\n--x--\r\n"
    yield "half a pair", BOUNDARY + head + b'\r\n\r\n{"action":"\\ud800"}\r\n--x--\r\n'
    yield "only dashes", b"--x--\r\n" * 1000
    yield "report as a file", BOUNDARY + head + b'; filename="r.json"\r\n\r\n{}\r\n--x--\r\n'
    for name in ("../../etc/passwd", "a\0.php", "", "a" * 5000, "\u202egpj.exe", "<svg onload=alert(1)>"):
        photo = f'Content-Disposition: form-data; name="photo"; filename="{name}"'.encode()
        yield f"file {name[:20]!r}", BOUNDARY + photo + b"\r\n\r\nnot a picture\r\n--x--\r\n"


def _geojson() -> Iterator[tuple[str, bytes]]:
    def collection(geometry: Any, **properties: Any) -> bytes:
        named = {"网格编号*": "G1", "网格名称": "一", **properties}
        feature = {"type": "Feature", "properties": named, "geometry": geometry}
        return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()

    ring = [[120, 30], [120.1, 30], [120.1, 30.1], [120, 30]]
    yield (
        "a bow tie",
        collection({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
    )
    yield "open", collection({"type": "Polygon", "coordinates": [ring[:-1]]})
    yield "swapped", collection({"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]})
    yield "huge numbers", collection({"type": "Polygon", "coordinates": [[[1e308, -1e308]] * 4]})
    yield "text", collection({"type": "Polygon", "coordinates": [[["120", "30"]] * 4]})
    yield "deep", collection({"type": "Polygon", "coordinates": json.loads("[" * 900 + "]" * 900)})
    yield (
        "in itself",
        collection({"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection"}]}),
    )
    yield "no type", collection({"coordinates": [ring]})
    yield "markup for a type", collection({"type": "<img src=x>", "coordinates": [ring]})
    yield (
        "infinite",
        b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1e999,1]}}]}',
    )
    yield "deeper than Python", b'{"type":"FeatureCollection","features":' + b"[" * 100_000


def _tables() -> Iterator[tuple[str, str, bytes]]:
    yield "csv", "one line", b"a" * 1_000_000
    yield "csv", "open quote", b'"' + b"a," * 100_000
    yield "csv", "nul", "网格编号*,网格名称\nG1,\0\n".encode()
    yield "csv", "half of gb18030", "网格编号*".encode("gb18030")[:-1]
    yield "csv", "many columns", b"a," * 50_000
    yield "csv", "twice the same head", csv_bytes([["网格编号*", "网格编号*"], ["1", "2"]])
    yield "csv", "formulas", csv_bytes([["网格编号*", "网格名称"], ["=1+1", "@SUM(A1)"]])
    yield "xlsx", "empty archive", b"PK\x05\x06" + bytes(18)
    yield "xlsx", "cut", xlsx_bytes({"x": [["网格编号*"], ["G1"]]})[:-40]
    yield "xlsx", "formula", xlsx_bytes({"x": [["网格编号*"], ["=1+1"]]})
    yield "archive", "named as nothing", b"PK\x03\x04" + os.urandom(200)


def own_set() -> Iterator[Hostile]:
    """Our own: what each parser is known to trip over."""
    for endpoint, made in (("json", _json()), ("multipart", _multipart()), ("geojson", _geojson())):
        yield from (Hostile(f"{endpoint} {name}", endpoint, endpoint, "reject", data) for name, data in made)
    yield from (Hostile(f"{kind} {name}", kind, kind, "reject", data) for kind, name, data in _tables())


def test_hostile_bodies_are_refused_in_the_one_error_language_and_leave_nothing(
    sender: Sender, database: Connection
) -> None:
    assert faults(sender, own_set(), database) == []


TEXTS = Path(__file__).parent / "naughty.txt"


def naughty() -> list[str]:
    """Markup, formulas, templates, invisible and far-away characters: a line each, escapes as in Python."""
    lines = [line for line in TEXTS.read_text().splitlines() if line and not line.startswith("# ")]
    return [json.loads(f'"{line}"') for line in lines]


def test_naughty_words_are_stored_as_typed_and_no_export_makes_a_formula_of_them(
    town: World, database: Connection
) -> None:
    texts = naughty()
    cases = [town.filed(description=text)["id"] for text in texts]
    assert [town.case(case)["description"] for case in cases] == [text.strip() for text in texts]
    for path in ("/api/issues.xlsx", f"/api/issues/{cases[7]}.xlsx"):
        book = load_workbook(io.BytesIO(town.client("dispatcher").get(path).content))
        cells = [cell for sheet in book for row in sheet for cell in row if isinstance(cell.value, str)]
        assert [cell.value for cell in cells if cell.data_type == "f" or cell.value[0] in RUN] == []
        assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
        assert any(cell.value.startswith("'=HYPERLINK") for cell in cells)


if CORPUS.is_dir():

    @pytest.mark.either_db
    def test_every_other_file_of_the_corpus_ends_as_its_manifest_says(
        sender: Sender, database: Connection
    ) -> None:
        files = corpus("multipart", "json", "csv", "geojson", "xlsx", "archive")
        assert faults(sender, files, database) == []

    def test_the_corpus_texts_are_stored_or_refused(sender: Sender) -> None:
        texts = [text for file in corpus("string") for text in _texts(file.data)]
        told = {sender.described(text) for text in texts[::5]}
        assert told <= {201, 422}


def _texts(data: bytes) -> list[str]:
    try:
        found = json.loads(data)
    except ValueError:
        return data.decode().splitlines()
    return [text for text in found if isinstance(text, str)]
