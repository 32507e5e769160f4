"""What is measured: each operation as its requests, with the target of issue 3 where there is one."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from bench import pictures
from bench.load import Request, Wanted
from bench.town import SOUTH, SPREAD, WEST, Town


@dataclass(frozen=True)
class Target:
    """Most CPU ms, p95 ms and SQL statements of one operation; None: nothing is asked."""

    cpu_ms: float | None = None
    p95_ms: float | None = None
    statements: int | None = None


TARGETS = {
    "list": Target(15, 100, 5),
    "detail": Target(10),
    "map": Target(15, 60),
    "report": Target(8),
    "photo, to the ack": Target(40),
    "photo, jobs drained": Target(170),
}


@dataclass(frozen=True)
class Who:
    """Tokens of live sessions."""

    dispatcher: str
    reviewer: str
    volunteers: Sequence[str]


LIST = "/api/issues?state=submitted&limit=50"
BOX = f"{WEST},{SOUTH},{WEST + SPREAD},{SOUTH + SPREAD}"


def _shifted(number: int) -> str:
    """A box that nobody asked for before: what was counted for another is of no use, as after a change."""
    return f"{WEST - number / 1e6 - time.time() % 1000 / 1e9:.12f},{SOUTH},{WEST + SPREAD},{SOUTH + SPREAD}"


def reads(who: Who, ids: Sequence[uuid.UUID]) -> dict[str, Wanted]:
    """Reads of the desk by name. `ids`: cases to open, in turn."""

    def always(path: str) -> Wanted:
        return lambda _: [Request("GET", path, who.dispatcher)]

    return {
        "list": always(LIST),
        "search": always(f"/api/issues?q={quote('点位17 请尽快')}&limit=50"),
        "search, a common word": always(f"/api/issues?q={quote('堆放')}&limit=50"),
        "map": always(f"/api/issues/map?bbox={BOX}"),
        "map, after a change": lambda n: [
            Request("GET", f"/api/issues/map?bbox={_shifted(n)}", who.dispatcher)
        ],
        "detail": lambda n: [Request("GET", f"/api/issues/{ids[n % len(ids)]}", who.dispatcher)],
        "counts": always("/api/issues/counts"),
    }


def report(who: Who, town: Town, salt: str = "r") -> Wanted:
    """A report without a photo, as JSON."""

    def wanted(number: int) -> list[Request]:
        own = uuid.uuid5(uuid.NAMESPACE_URL, f"{salt}{number}{time.time_ns()}")
        token = who.volunteers[number % len(who.volunteers)]
        return [_report(own, token, town, number, [])]

    return wanted


def _report(own: uuid.UUID, token: str, town: Town, number: int, photos: list[uuid.UUID]) -> Request:
    _, lon, lat, _ = town.points[number * 7 % len(town.points)]
    body = {
        "action": "submit",
        "category": f"K{number % 12}",
        "description": f"楼道口堆放杂物 {number}",
        "position": {"lon": lon, "lat": lat, "accuracy_m": 15},
        "captured_at": datetime.now(UTC).isoformat(),
        "clock_offset_seconds": 0,
        "photos": [
            {"id": str(p), "role": "before", "captured_at": datetime.now(UTC).isoformat()} for p in photos
        ],
    }
    return Request("PUT", f"/api/reports/{own}", token, json.dumps(body).encode())


def report_with_photo(who: Who, town: Town, original: bytes) -> Wanted:
    """A report that names one photo, then the photo: the case arises with the second answer."""

    def wanted(number: int) -> list[Request]:
        own, photo = uuid.uuid4(), uuid.uuid4()
        data = pictures.numbered(number, original)
        token = who.volunteers[number % len(who.volunteers)]
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        headers = {"Content-Type": "image/jpeg", "Content-Digest": f"sha-256=:{digest}:"}
        sent = Request("PUT", f"/api/photos/{photo}", token, data, headers)
        return [_report(own, token, town, number, [photo]), sent]

    return wanted
