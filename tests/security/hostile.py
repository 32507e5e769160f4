"""Sends hostile bytes to the routes that read them, and says what is wrong with an answer or left behind after it."""

import csv
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.core import db
from app.features.identity.models import Unit
from app.features.issues.models import Report
from app.features.photos.models import Photo
from tests.features.photos.conftest import content_digest

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heif": "image/heic"}


@dataclass(frozen=True)
class Hostile:
    """One file: to which kind of route, what it claims to be, and whether it is to be kept (accept, reject, either)."""

    name: str
    endpoint: str
    form: str
    expected: str
    data: bytes


def corpus(*endpoints: str) -> Iterator[Hostile]:
    """The files of the corpus beside the project for these kinds of routes."""
    with zipfile.ZipFile(CORPUS / "hostile.zip") as files, (CORPUS / "manifest.csv").open() as manifest:
        for row in csv.DictReader(manifest):
            if row["endpoint"] in endpoints:
                data = files.read(row["file"])
                yield Hostile(row["file"], row["endpoint"], row["format"], row["expected"], data)


@dataclass
class Sender:
    """A volunteer's phone and an administrator's desk; `report` makes one that is as it should be."""

    phone: Any
    desk: Any
    report: Callable[..., dict[str, Any]]

    def send(self, file: Hostile) -> httpx.Response:
        """To the route that reads this kind."""
        answer: httpx.Response = getattr(self, f"_{file.endpoint}")(file)
        return answer

    def _image(self, file: Hostile) -> httpx.Response:
        headers = {
            "Content-Type": TYPES.get(file.form, "image/jpeg"),
            "Content-Digest": content_digest(file.data),
        }
        return self.phone.put(f"/api/photos/{uuid.uuid4()}", content=file.data, headers=headers)

    def _multipart(self, file: Hostile) -> httpx.Response:
        first = file.data.lstrip(b"\r\n").split(b"\n", 1)[0].strip()
        said = first[2:].decode("latin-1") if first.startswith(b"--") else ""
        # What no header may hold never comes as far as the application.
        boundary = said if said.isascii() and said.isprintable() and said else "x"
        kind = f"multipart/form-data; boundary={boundary}".encode("latin-1")
        return self.phone.post("/api/reports", content=file.data, headers={b"Content-Type": kind})

    def _json(self, file: Hostile) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return self.phone.put(f"/api/reports/{uuid.uuid4()}", content=file.data, headers=headers)

    def _imported(self, file: Hostile, kind: str = "grids") -> httpx.Response:
        files = {"file": ("x", file.data)}
        return self.desk.post(f"/api/imports/{kind}", files=files, params={"dry_run": "false"})

    _csv = _geojson = _xlsx = _archive = _imported

    def described(self, text: str) -> int:
        """What a report with this description hears."""
        body = json.dumps(self.report(description=text)).encode()
        return self._json(Hostile("", "json", "json", "either", body)).status_code


def kept() -> tuple[int, ...]:
    """How many rows there are of what these routes make."""
    with db.reading() as session:
        return tuple(session.query(kind).count() for kind in (Photo, Report, Unit))


def is_problem(answer: httpx.Response) -> bool:
    """A refusal in the one error language."""
    is_refused = 400 <= answer.status_code < 500
    return is_refused and answer.headers.get("content-type") == "application/problem+json"


def wrong(
    file: Hostile, answer: httpx.Response, before: tuple[int, ...], after: tuple[int, ...]
) -> str | None:
    """What is wrong with the answer to a file; None: nothing."""
    # The tables of the corpus have columns of their own: read to the head, and then not ours, is accepted.
    is_parsed = answer.status_code == 422 and answer.json().get("reason") == "header"
    is_kept = answer.status_code in (200, 201) or (file.expected == "accept" and is_parsed)
    said = f"{file.name} ({file.expected}): {answer.status_code} {answer.text[:160]}"
    if not is_kept and not is_problem(answer):
        return said
    if not is_kept and before != after:
        return f"{said}: left {before} -> {after}"
    return None if file.expected == "either" or is_kept == (file.expected == "accept") else said
