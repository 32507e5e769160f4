"""Roles × routes × ownership: every cell of matrix.txt, asked over HTTP in one town. A route without a row fails."""

import re
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core import changes, outbound
from app.features.identity import sessions
from app.features.identity.models import User
from tests.security.asked import ASKED, Ask, action_asks
from tests.security.scene import COLUMNS, PHONE, REPORTER, Scene, build

TABLE = Path(__file__).parent / "matrix.txt"
DIFFER = {"x-request-id", "date"}
"""Headers that differ from one request to the next."""


UNITS = {"pend", "rect", "liai", "othr"}
"""Columns that never learn who reported a case."""


@dataclass(frozen=True)
class Row:
    """One line of the table: an operation, what it is asked about, the status each column hears."""

    operation: str
    thing: str
    expected: tuple[int, ...]


def rows() -> list[Row]:
    lines = (line.partition("#")[0].split() for line in TABLE.read_text().splitlines())
    found = [Row(words[0], words[1], tuple(map(int, words[2:]))) for words in lines if words]
    assert all(len(row.expected) == len(COLUMNS) for row in found)
    return found


def operations(app: FastAPI) -> dict[str, tuple[str, str]]:
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


@dataclass
class Asker:
    """Asks one cell at a time; whatever it changed is rolled back."""

    client: TestClient
    connection: Connection
    scene: Scene
    operations: dict[str, tuple[str, str]]
    actions: dict[str, Ask]
    nothing: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    def ask(self, row: Row, column: str, *, is_missing: bool = False) -> httpx.Response:
        """The answer to one cell; `is_missing`: about something that nobody has."""
        method, path = self.operations[row.operation]
        ask = self.actions.get(row.operation) or ASKED.get(row.operation, lambda _: Ask())(self.scene)
        names = re.findall(r"{(\w+)}", path)
        values, query = {**self._named(row, names), **ask.path}, dict(ask.query)
        if row.thing.startswith("town:"):
            query["town"] = str(uuid.uuid4()) if is_missing else self.scene[row.thing]
        elif is_missing and row.operation != "put_command":
            values[names[0]] = str(uuid.uuid4())
        if row.operation == "put_command":
            ask.json["target"] = str(uuid.uuid4()) if is_missing else self.scene[row.thing]
        headers = dict(ask.headers)
        if column != "anon":
            headers["Authorization"] = f"Bearer {self.scene.tokens[column]}"
        with self.connection.begin_nested() as cell:
            answer = self.client.request(
                method, path.format(**values), params=query, json=ask.json, content=ask.content, files=ask.files,
                headers=headers,
            )  # fmt: skip
            cell.rollback()
        return answer

    def missing(self, row: Row, column: str) -> httpx.Response:
        """The same operation by the same person, about something that nobody has. Asked once."""
        key = (f"{row.operation} {row.thing.startswith('town:')}", column)
        if key not in self.nothing:
            self.nothing[key] = self.ask(row, column, is_missing=True)
        return self.nothing[key]

    def _named(self, row: Row, names: list[str]) -> dict[str, str]:
        known = {
            "action": "reject",
            "code": self.scene["category"] if row.operation == "revise_category" else "T",
            "hold_id": self.scene["hold:own"],
            "kind": {"get_media": "thumb", "get_evidence": "aligned"}.get(row.operation, "units"),
            "user_id": self.scene["person:volunteer"],
        }
        values = {name: known[name] for name in names if name in known}
        if (
            names
            and row.thing in self.scene.ids
            and not row.thing.startswith("town:")
            and "command_id" not in names
        ):
            values[names[0]] = self.scene[row.thing]
        return values


def is_alike(one: httpx.Response, other: httpx.Response) -> bool:
    """Byte for byte, but for what differs from request to request."""

    def said(answer: httpx.Response) -> Any:
        headers = [(k, v) for k, v in answer.headers.multi_items() if k not in DIFFER]
        return answer.status_code, sorted(headers), answer.content

    return bool(said(one) == said(other))


@pytest.fixture
def asker(
    described: FastAPI,
    database: Connection,
    client: TestClient,
    sign_in: Callable[[User], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> Asker:
    async def nothing_new(*_: Any) -> AsyncIterator[Any]:
        return
        yield

    # A stream ends at once, so that its beginning is the whole answer; nobody's password is right, without a slow hash.
    monkeypatch.setattr(changes, "subscribe", nothing_new)
    monkeypatch.setattr(sessions, "is_password", lambda *_: False)
    scene = build(sign_in)
    monkeypatch.setattr(outbound, "listed_hosts", lambda: ["hooks.example.test"])
    return Asker(client, database, scene, operations(described), action_asks(scene))


def leaked(row: Row, column: str, answer: httpx.Response) -> str | None:
    """A field that this column must not be shown, whatever the operation: a whole phone number, a reporter's name."""
    if PHONE in answer.text and row.operation not in ("get_phone", "get_frontage_phone"):
        return "a telephone number"
    return "the reporter's name" if REPORTER in answer.text and column in UNITS else None


def wrong_cells(asker: Asker, row: Row, columns: Collection[str]) -> Iterator[str]:
    """What is not answered as the row says, what shows too much, and what tells hidden from missing."""
    for column, expected in zip(COLUMNS, row.expected, strict=True):
        if column not in columns:
            continue
        answer = asker.ask(row, column)
        cell = f"{row.operation} of {row.thing} by {column}"
        if answer.status_code != expected:
            yield f"{cell}: {answer.status_code}, expected {expected}: {answer.text[:200]}"
        elif told := leaked(row, column, answer):
            yield f"{cell}: shows {told}: {answer.text[:400]}"
        elif expected == 404 and ":" in row.thing and not is_alike(answer, asker.missing(row, column)):
            yield f"{cell}: hidden {answer.text}, missing {asker.missing(row, column).text}"


def test_every_route_has_its_rows(described: FastAPI) -> None:
    known, listed = set(operations(described)), {row.operation for row in rows()}
    assert known - listed == set(), "routes that the matrix does not know"
    assert listed - known == set(), "rows of routes that are gone"


def chosen(number: int, row: Row, *, is_first: bool) -> set[str]:
    """The columns to be asked of row `number`: one of each answer, in turn, and every eighth: a chessboard.

    The predicates are the same SQL on both databases: on the second only one in sixteen, again a chessboard.
    """
    names = list(COLUMNS)
    if not is_first:
        return {names[number % len(names)]}
    answers = dict.fromkeys(row.expected)
    alike = [[n for n, s in zip(names, row.expected, strict=True) if s == status] for status in answers]
    return {same[number % len(same)] for same in alike} | {*names[number % 8 :: 8]}


def test_every_row_is_answered_as_the_matrix_says(asker: Asker) -> None:
    is_first = asker.connection.dialect.name == "sqlite"
    wrong = [
        said
        for number, row in enumerate(rows())
        for said in wrong_cells(asker, row, chosen(number, row, is_first=is_first))
    ]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_cell_is_answered_as_the_matrix_says(asker: Asker) -> None:
    wrong = [said for row in rows() for said in wrong_cells(asker, row, COLUMNS)]
    assert wrong == [], "\n".join(wrong)
