"""All that somebody can see of the town: every GET of the OpenAPI, the stream, and what a few harmless requests answer; with the SQL behind."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, event, func, select
from starlette.testclient import TestClient

from app.core import changes, clock, db
from app.core.changes import Change, Note
from app.features.issues import stream
from tests import factories
from tests.features.crosscheck.ringtown import DAY, LAT, LON, RingTown

Key = tuple[str, str]
"""(person, what was asked)."""
BOOK = b"PK"
"""How a workbook begins: it holds the time at which it was written, and is compared without."""
DIFFER = {"x-request-id", "date"}
NEW_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Seen:
    """One answer, byte for byte, and the statements it took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]


View = dict[Key, Seen]


def differences(before: View, after: View) -> list[str]:
    """What the watchers could tell the two by."""
    found = []
    for key in before.keys() | after.keys():
        one, other = before.get(key), after.get(key)
        if one is None or other is None:
            found.append(f"{key}: asked once only")
        elif one != other:
            names = ("status", "headers", "body", "statements")
            parts = [name for name in names if getattr(one, name) != getattr(other, name)]
            found.append(f"{key}: {', '.join(parts)}")
    return sorted(found)


@dataclass
class Watch:
    """Records the view of some people, always at the same moment."""

    app: FastAPI
    engine: Engine
    connection: Connection
    ring: RingTown
    make_client: Callable[[], TestClient]
    people: Sequence[str]
    clients: dict[str, TestClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    """Look at these operations; at all of them where none is named."""
    heard: int = 0

    def start(self) -> None:
        """Sign in, and let a few look once: what a town remembers from a first look on, it then remembers."""
        for name in self.people:
            # At the moment of all looks: a session that was not used for long is touched by its next request.
            with clock.frozen(LOOK_AT), db.transaction() as session:
                self.tokens[name] = factories.token(session, self.ring.people[name])
            self.clients[name] = self.make_client()
            self.clients[name].headers["Authorization"] = f"Bearer {self.tokens[name]}"
        self.view(people=FIRST if set(FIRST) <= set(self.people) else self.people)
        with db.reading() as session:
            self.heard = session.scalar(select(func.max(Change.id))) or 0

    def view(self, hidden: dict[str, str] | None = None, people: Sequence[str] = ()) -> View:
        """What all or some of them see now. `hidden`: ids of hidden things, asked for as if somebody knew them."""
        asked = dict.fromkeys(HIDDEN, str(uuid.UUID(int=7))) | (hidden or {})
        seen: View = {}
        with clock.frozen(LOOK_AT):
            for name in people or self.people:
                for operation, url in self._urls(asked):
                    seen[name, operation] = self._asked(name, lambda c, url=url: c.get(url))
                for operation, ask in self._probes(name):
                    with self.connection.begin_nested() as undone:
                        seen[name, operation] = self._asked(name, ask, is_new=True)
                        undone.rollback()
                seen[name, "stream"] = self._told(name)
        return seen

    def wrote(self, name: str, method: str, path: str, body: Any, ids: dict[str, str]) -> Seen:
        """What a request that changes something answers, undone at once."""
        filled = {k: v.format(**ids) for k, v in body.items()} if body else None
        url = path.format(**ids)
        with clock.frozen(LOOK_AT), self.connection.begin_nested() as undone:
            seen = self._asked(name, lambda c: c.request(method, url, json=filled))
            undone.rollback()
        return seen

    def _asked(self, name: str, ask: Callable[[TestClient], httpx.Response], *, is_new: bool = False) -> Seen:
        with statements(self.engine) as ran:
            answer = ask(self.clients[name])
        differ = DIFFER | ({"content-length"} if answer.content.startswith(BOOK) else set())
        headers = tuple(sorted((k, v) for k, v in answer.headers.multi_items() if k not in differ))
        body = NEW_ID.sub("new", answer.text).encode() if is_new else _plain(answer)
        return Seen(answer.status_code, headers, body, tuple(ran))

    def _told(self, name: str) -> Seen:
        """What the stream would say of what was noted since they began to look."""
        with statements(self.engine) as ran, db.reading() as session:
            rows = session.scalars(select(Change).where(Change.id > self.heard).order_by(Change.id)).all()
            notes = [Note(row.town_id, row.kind, row.subject_id) for row in rows]
            told = stream.picked(session, self.tokens[name], notes)
        return Seen(200, (), repr(told).encode(), tuple(ran))

    # ---- what is asked ----
    def _urls(self, asked: dict[str, str]) -> Iterator[tuple[str, str]]:
        for path, methods in self.app.openapi()["paths"].items():
            if "get" not in methods:
                continue
            operation = methods["get"]["operationId"]
            if self.only and operation not in self.only:
                continue
            names = re.findall(r"{(\w+)}", path)
            values = self.known | {"kind": KINDS.get(operation, "units")} | asked
            url = path.format(**{n: values.get(n, str(uuid.UUID(int=9))) for n in names})
            yield operation, f"{url}{QUERY.get(operation, '')}"

    def _probes(self, name: str) -> Iterator[tuple[str, Callable[[TestClient], httpx.Response]]]:
        """Requests that change something, undone at once: numbers, refusals, duplicates are seen in their answers."""
        report = {
            "action": "submit", "category": "ORD-02", "captured_at": clock.now().isoformat(), "clock_offset_seconds": 0,
            "position": {"lon": LON + 0.01, "lat": LAT, "accuracy_m": 5}, "photos": [],
        }  # fmt: skip
        photo = {"id": self.known["taken"], "sha256": "0" * 64, "size": 1}
        unit = f"/api/units/{self.ring.units['B'].id}"
        yield "put_report", lambda c: c.put(f"/api/reports/{uuid.uuid4()}", json=report)
        yield "check_photos", lambda c: c.post("/api/photos/check", json={"items": [photo]})
        if name == "office2":
            off = {"is_active": False}
            yield "change_unit", lambda c: c.request("PATCH", unit, json=off, headers={"If-Match": '"1"'})


LOOK_AT = DAY.replace(hour=17)
FIRST = ("captain:B", "dispatcher")
HIDDEN = ("round_id", "assignment_id", "finding_id", "photo_id")
KINDS = {"get_media": "thumb", "get_evidence": "aligned"}
_SPAN = "?first=2026-05-01&last=2026-05-20"
QUERY = {
    "map_issues": "?bbox=119,29,121,31",
    "list_nearby_issues": f"?lon={LON + 0.01}&lat={LAT}&category=ORD-02",
    "snap": f"?lon={LON}&lat={LAT}",
    "compare_declarations": "?since=1",
    **dict.fromkeys(
        ("patrol_coverage", "list_patrol_plan_dates", "list_patrol_slots", "patrol_tallies"), _SPAN
    ),
}


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The text of every statement that runs meanwhile."""
    ran: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        ran.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


def _plain(answer: httpx.Response) -> bytes:
    """The body; of a workbook what is in it, without the time at which it was written."""
    if not answer.content.startswith(BOOK):
        return answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        parts = {n: book.read(n).decode() for n in book.namelist() if n != "docProps/core.xml"}
    return json.dumps(parts, sort_keys=True).encode()


async def nothing_new(*_: Any) -> Any:
    """In the place of changes.subscribe: a stream ends at once, so that its beginning is the whole answer."""
    return
    yield


def quiet(monkeypatch: Any) -> None:
    monkeypatch.setattr(changes, "subscribe", nothing_new)
