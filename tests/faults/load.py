"""Phones that report without pause and keep, as the PWA does, whatever was not acknowledged; and what must be true of the server then."""

import hashlib
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import sqlalchemy as sa

from app.core import audit
from app.core.storage import Storage
from app.features.issues.models import Issue, IssueEvent, IssuePhoto, Report, ReportPhoto
from app.features.issues.moves import event_hash
from app.features.photos.models import Photo, PhotoState, Rendition
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.street import Street

FINE = (200, 201)
NOT_NOW = (502, 503, 507)


def picture(chance: random.Random) -> bytes:
    """A small JPEG that decodes fast, with up to 200 KB of comment so that its bytes are its own and take time to travel."""
    small = pictures.jpeg(64, 48)
    comments = b""
    for _ in range(chance.randrange(1, 5)):
        words = chance.randbytes(chance.randrange(1000, 50_000))
        comments += b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
    return small[:2] + comments + small[2:]


@dataclass
class Item:
    """One report on a phone: its photos with their bytes, and what the server has acknowledged of it."""

    id: uuid.UUID
    body: dict[str, Any]
    photos: dict[uuid.UUID, bytes]
    photos_acked: set[uuid.UUID] = field(default_factory=set)
    acked: bool = False


@dataclass
class Phones:
    """`count` volunteers, each with a thread. Nothing is dropped: what was not acknowledged is sent again."""

    street: Street
    seed: int
    count: int = 8
    pause: float = 0.1
    port: Callable[[], int] | None = None
    items: list[Item] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._walk, args=(n,), daemon=True) for n in range(self.count)
        ]

    @property
    def acknowledged(self) -> int:
        return sum(item.acked for item in self.items)

    def start(self) -> "Phones":
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, seconds: float = 60) -> None:
        """No new reports; what is under way is sent until the server has it all."""
        self._over.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, until - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), (self.answers, self.broken)
        assert self.wrong == []
        assert all(item.acked for item in self.items)

    def _walk(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        name = "volunteer" if number == 0 else f"volunteer{number + 1}"
        with self.street.client(name) as client:
            while not self._over.is_set() and not self.wrong:
                item = self._new(chance)
                self.items.append(item)
                while not item.acked and not self.wrong:
                    self._attempt(client, item, chance)
                time.sleep(chance.uniform(0, 2 * self.pause))

    def _new(self, chance: random.Random) -> Item:
        ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(chance.randrange(1, 3))]
        body = self.street.body(ids)
        return Item(uuid.uuid4(), body, {photo_id: picture(chance) for photo_id in ids})

    def _attempt(self, client: httpx.Client, item: Item, chance: random.Random) -> None:
        """Photos and report, in any order; ends at the first failure."""
        steps: list[uuid.UUID | None] = [i for i in item.photos if i not in item.photos_acked]
        steps.append(None)
        chance.shuffle(steps)
        try:
            for step in steps:
                if not (self._report(client, item) if step is None else self._photo(client, item, step)):
                    return time.sleep(0.05)
        except httpx.TransportError as broken:
            self.broken[type(broken).__name__] += 1
            time.sleep(chance.uniform(0.05, 0.3))
        return None

    def _url(self, client: httpx.Client) -> None:
        if self.port is not None:
            client.base_url = httpx.URL(f"http://127.0.0.1:{self.port()}")

    def _photo(self, client: httpx.Client, item: Item, photo_id: uuid.UUID) -> bool:
        self._url(client)
        data = item.photos[photo_id]
        answer = put_photo(client, photo_id, data)
        if not self._understood(answer):
            return False
        if answer.json()["sha256"] != hashlib.sha256(data).hexdigest():
            self.wrong.append(f"photo echoed wrongly: {answer.text}")
        item.photos_acked.add(photo_id)
        return True

    def _report(self, client: httpx.Client, item: Item) -> bool:
        self._url(client)
        answer = client.put(f"/api/reports/{item.id}", json=item.body)
        if not self._understood(answer):
            return False
        # A phone shows a report as sent once the server says that nothing of it is missing.
        item.acked = answer.json()["state"] == "complete"
        return True

    def _understood(self, answer: httpx.Response) -> bool:
        self.answers[answer.status_code] += 1
        if answer.status_code in FINE:
            return True
        told = (
            answer.headers.get("content-type") == "application/problem+json"
            and "retry-after" in answer.headers
        )
        if answer.status_code not in NOT_NOW or not told:
            self.wrong.append(f"{answer.status_code} {answer.text[:300]}")
        return False


# ---- what must be true ----
def assert_no_half(street: Street, storage: Storage) -> None:
    """At any moment, also with everything just killed: no visible report lacks a photo, no photo lacks its bytes."""
    with street.session() as session:
        named = sa.select(Report.client_id, ReportPhoto.photo_id, Report.issue_id).join(
            ReportPhoto, ReportPhoto.report_id == Report.id
        )
        seen = session.execute(named.where(Report.state != "incomplete")).all()
        assert [row for row in seen if row.photo_id is None or row.issue_id is None] == []
        keys = session.execute(sa.select(Photo.storage_key, Photo.size)).all()
    here = {blob.key: blob.size for blob in storage.list("originals/")}
    assert [key for key, size in keys if here.get(key) != size] == []


def assert_exactly_once(street: Street, items: list[Item], storage: Storage) -> None:
    """Every report once, one case each, numbered without a gap; every photo once, byte for byte; every chain whole."""
    with street.session() as session:
        reports = session.execute(sa.select(Report.client_id, Report.state, Report.issue_id)).all()
        kept = session.execute(sa.select(Photo.client_id, Photo.sha256, Photo.storage_key)).all()
        shown = session.execute(
            sa.select(Report.client_id, Photo.client_id)
            .join(IssuePhoto, IssuePhoto.issue_id == Report.issue_id)
            .join(Photo, Photo.id == IssuePhoto.photo_id)
        ).all()
        issues = session.execute(sa.select(Issue.id, Issue.no)).all()
        events = session.scalars(sa.select(IssueEvent)).all()
        broken = [event.id for event in events if event.hash != event_hash(event)]
        assert list(audit.verify(session)) == []
    assert Counter(row[0] for row in reports) == Counter(item.id for item in items)
    assert {row[1] for row in reports} == {"complete"}
    assert len({row[2] for row in reports}) == len(issues) == len(items)
    assert sorted(row[1] or 0 for row in issues) == list(range(1, len(items) + 1))
    assert Counter(event.issue_id for event in events) == Counter(row[0] for row in issues)
    assert broken == []
    sent = {i: hashlib.sha256(data).hexdigest() for item in items for i, data in item.photos.items()}
    assert sorted(map(str, (row[0] for row in kept))) == sorted(map(str, sent))
    assert {row[0]: row[1] for row in kept} == sent
    assert Counter(map(tuple, shown)) == Counter((item.id, photo) for item in items for photo in item.photos)
    for photo_id, sha256, key in kept:
        assert hashlib.sha256(storage.get(key)).hexdigest() == sha256, f"{photo_id} is damaged"


def assert_jobs_done(street: Street, storage: Storage) -> None:
    """Every photo has each of its copies once, and their bytes are whole."""
    with street.session() as session:
        photos = session.execute(sa.select(Photo.id, Photo.state, Photo.watermark)).all()
        copies = session.execute(sa.select(Rendition)).scalars().all()
    assert {photo.state for photo in photos} == {PhotoState.READY}
    wanted = Counter((photo.id, kind) for photo in photos for kind in ("thumb", "large", "watermarked"))
    assert Counter((copy.photo_id, str(copy.kind)) for copy in copies) == wanted
    for copy in copies:
        assert hashlib.sha256(storage.get(copy.storage_key)).hexdigest() == copy.sha256
