"""Cases in bulk: rows written straight into the tables, of a seed, in the form both databases read.

What the product would not write is only this: event hashes are no chain (nobody verifies it here), and pictures
have no bytes (lists and details name them, nobody opens them).
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import now
from app.features.issues import search
from bench.town import WORDS, Town

STATES: tuple[tuple[str, int], ...] = (
    ("submitted", 5), ("dispatched", 5), ("rectifying", 6), ("in_review", 3), ("deferred", 1),
    ("closed", 72), ("rejected", 6), ("voided", 2),
)  # fmt: skip
"""A fifth is open. Percent."""
LAST_ACTION = {
    "dispatched": "dispatch", "rectifying": "claim", "in_review": "rectify", "deferred": "defer", "closed": "close",
    "rejected": "reject", "voided": "void",
}  # fmt: skip
DAYS = 180
GENESIS = "0" * 64
Row = tuple[Any, ...]
Table = tuple[str, Sequence[str]]

ISSUE: dict[str, Any] = {
    "id": None, "town_id": None, "campaign_id": None, "no": None, "state": None, "version": 1, "round_no": 1,
    "nature": "ordinary", "category_id": None, "description": "", "source": "snap", "reporter_id": None,
    "reporter_role": "volunteer", "is_held": 0, "point_id": None, "grid_id": None, "territory_id": None, "lon": None,
    "lat": None, "accuracy_m": 12.0, "position": '{"source": "gps"}', "found_at": None, "received_at": None,
    "closed_at": None, "first_closed_at": None, "rectified_at": None, "due_at": None, "campaign_due_at": None,
    "round_found_at": None, "responsible_unit_id": None, "requirement": "", "measure": "", "bounce_count": 0,
    "extension_count": 0, "rework_count": 0, "relapse_count": 0, "reopen_count": 0, "appeal_count": 0,
    "witness_count": 0, "was_dispatched": 0, "is_chronic": 0, "is_sampled": 0, "flags": "[]", "updated_at": None,
}  # fmt: skip
TABLES: dict[str, Sequence[str]] = {
    "issues": tuple(ISSUE),
    "issue_texts": ("issue_id", "tokens"),
    "issue_events": (
        "id", "issue_id", "seq", "action", "actor_id", "role", "at", "from_state", "to_state", "data", "photo_sha256",
        "prev_hash", "hash",
    ),
    "photos": (
        "id", "client_id", "owner_id", "sha256", "size", "media_type", "width", "height", "storage_key", "received_at",
        "claims", "state",
    ),
    "issue_photos": (
        "id", "issue_id", "photo_id", "kind", "round_no", "is_required", "by_id", "taken_at", "added_at", "lon", "lat",
        "capture", "order_no",
    ),
    "photo_pairs": ("id", "issue_id", "round_no", "before_id", "after_id", "state", "is_suspect", "checks", "override_reason", "is_clear"),
}  # fmt: skip
"""In the order of their foreign keys."""


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


class Maker:
    """One case after the other, oldest first; `rows` maps tables to what one case adds to them."""

    def __init__(self, town: Town, count: int) -> None:
        self.town, self.count = town, count
        self.chance = random.Random(count)
        self.states = self.chance.choices(*zip(*STATES, strict=True), k=count)
        self.start = now() - timedelta(days=DAYS)
        self.step = timedelta(days=DAYS) / count
        self.places = [search.tokens(name, "", "") for *_, name in town.points]

    def id(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"

    def case(self, number: int) -> dict[str, list[Row]]:
        chance, town, state = self.chance, self.town, self.states[number]
        found = self.start + self.step * number
        place = chance.randrange(len(town.points))
        point_id, lon, lat, _ = town.points[place]
        category_id, category = town.categories[int(chance.random() ** 2 * len(town.categories))]
        reporter = town.volunteers[chance.randrange(len(town.volunteers))].hex
        cut = chance.randrange(len(WORDS) - 12)
        at = _text(found)
        own = ISSUE | {
            "id": self.id(), "town_id": town.id.hex, "campaign_id": town.campaign_id.hex, "no": number + 1,
            "state": state, "nature": "urgent" if chance.random() < 0.05 else "ordinary",
            "category_id": category_id.hex, "description": WORDS[cut : cut + 12] + str(number),
            "reporter_id": reporter, "point_id": point_id.hex, "found_at": at, "received_at": at,
            "round_found_at": at, "lon": lon + chance.gauss(0, 0.0008), "lat": lat + chance.gauss(0, 0.0008),
            "campaign_due_at": _text(found + timedelta(hours=72)),
        }  # fmt: skip
        last = found + timedelta(hours=1 + 40 * chance.random())
        own["updated_at"] = at if state == "submitted" else _text(last)
        if state in LAST_ACTION:
            own["version"] = 2
        if state in ("dispatched", "rectifying", "in_review", "deferred", "closed"):
            unit = town.units[chance.randrange(len(town.units))].hex
            own |= {"responsible_unit_id": unit, "was_dispatched": 1}
            own["due_at"] = _text(found + timedelta(hours=24))
        if state in ("in_review", "closed"):
            own["rectified_at"] = _text(last)
        if state == "closed":
            own |= {"closed_at": _text(last), "first_closed_at": _text(last)}
        said = f"{number + 1} zz0zz {search.tokens(own['description'], None, category)} {self.places[place]}"
        return {
            "issues": [tuple(own.values())],
            "issue_texts": [(own["id"], said)],
            "issue_events": list(self._events(own, at)),
            **self._pictures(own, at),
        }

    def _events(self, own: dict[str, Any], at: str) -> Iterator[Row]:
        said = json.dumps({"source": "snap", "flags": []})
        hashed = self.id() + self.id()
        yield (
            self.id(), own["id"], 1, "submit", own["reporter_id"], "volunteer", at, None, "submitted", said, "[]",
            GENESIS, hashed,
        )  # fmt: skip
        if own["version"] == 2:
            yield (
                self.id(), own["id"], 2, LAST_ACTION[own["state"]], self.town.dispatcher.hex, "dispatcher",
                own["updated_at"], "submitted", own["state"], "{}", "[]", hashed, self.id() + self.id(),
            )  # fmt: skip

    def _pictures(self, own: dict[str, Any], at: str) -> dict[str, list[Row]]:
        photos, hung = [], []
        for kind in ("before", "after") if own["rectified_at"] else ("before",):
            photo, sha256 = self.id(), self.id() + self.id()
            photos.append(
                (
                    photo, self.id(), own["reporter_id"], sha256, 3_000_000, "image/jpeg", 4000, 3000,
                    f"originals/{photo}", at, "{}", "ready",
                )
            )  # fmt: skip
            hung.append(
                (
                    self.id(), own["id"], photo, kind, 1, int(kind == "before"), own["reporter_id"], at, at,
                    own["lon"], own["lat"], "camera", 0,
                )
            )  # fmt: skip
        after, state = (hung[1][0], "matched") if len(hung) == 2 else (None, "missing")
        pair = (self.id(), own["id"], 1, hung[0][0], after, state, 0, "[]", "", 0)
        return {"photos": photos, "issue_photos": hung, "photo_pairs": [pair]}


def write(town: Town, count: int, put: Callable[[str, Sequence[str], list[Row]], None]) -> None:
    """Hand `count` cases to `put`, a few thousand at a time, table by table."""
    maker = Maker(town, count)
    for start in range(0, count, 5000):
        batch: dict[str, list[Row]] = {table: [] for table in TABLES}
        for number in range(start, min(count, start + 5000)):
            for table, rows in maker.case(number).items():
                batch[table] += rows
        for table, columns in TABLES.items():
            put(table, columns, batch[table])
