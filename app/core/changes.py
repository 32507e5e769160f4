"""The change feed behind live updates: a row per change, written in its transaction, polled once a second.

Each process has one poller, which rests while nobody listens. What a subscriber is told goes through its own
`pick`, so that nothing hidden shows; it learns neither ids nor counts of rows, and a heartbeat that does not
depend on them.
"""

import asyncio
import contextlib
import signal
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import BigInteger, Integer, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.concurrency import run_in_threadpool

from app.core import db, jobs
from app.core.clock import now

log = structlog.get_logger()

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
OVERLAP = timedelta(seconds=60)
"""Ids are given before the commit: a row may appear behind later ones. So long the poller looks back for such rows."""
KEEP = timedelta(days=1)
BACKLOG = 1000
"""A subscriber this far behind is told to load everything anew."""

T = TypeVar("T")


class Change(db.Base):
    """Something of a town changed. Its id stays inside: shown to a client it would count what is hidden."""

    __tablename__ = "changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    town_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))


@dataclass(frozen=True)
class Note:
    """A change as the poller hands it on."""

    town_id: uuid.UUID
    kind: str
    subject_id: str


def note(session: Session, town_id: uuid.UUID, kind: str, subject_id: uuid.UUID | str) -> None:
    """Say, in the change's own transaction, that `subject_id` of a town changed."""
    db.put(session, Change(at=now(), town_id=town_id, kind=kind, subject_id=str(subject_id)))


RECENT = 500
_newest = select(func.max(Change.id)).scalar_subquery()
_STAMP = select(func.max(Change.id), func.count()).where(Change.id > _newest - RECENT)
_RECENT = select(Change.id).where(Change.id > _newest - RECENT)


def stamp(session: Session) -> tuple[int, int]:
    """Equal as long as nothing was noted in between: what was counted under it may be told again.

    The newest id, and how many of the last 500 there are: an id given earlier may be committed later, and then counts.
    """
    [(newest, count)] = db.rows(session, _STAMP)
    return newest or 0, count


def recent(session: Session) -> set[int]:
    """The ids of the last changes: what is among them and was not before has been committed since."""
    return {row[0] for row in db.rows(session, _RECENT)}


def subjects(session: Session, ids: Collection[int], town_id: uuid.UUID, kind: str) -> set[str]:
    """What changed in a town by these changes."""
    is_of = Change.town_id == town_id, Change.kind == kind
    return set(session.scalars(select(Change.subject_id).where(Change.id.in_(ids), *is_of)))


@dataclass(eq=False)
class _Subscriber:
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[Note, None] = field(default_factory=dict)
    lost: bool = False
    ended: bool = False

    def hand(self, notes: Sequence[Note]) -> None:
        self.waiting.update(dict.fromkeys(notes))
        if len(self.waiting) > BACKLOG:
            self.waiting.clear()
            self.lost = True
        self.wake.set()


class _Feed:
    """The poller of one event loop and those who listen to it."""

    def __init__(self) -> None:
        self.subscribers: set[_Subscriber] = set()
        self.poller: asyncio.Task[None] | None = None
        self.seen: dict[int, float] = {}
        self.floor = 0

    async def join(self, subscriber: _Subscriber) -> None:
        self.subscribers.add(subscriber)
        if self.poller is None:
            known = await run_in_threadpool(_known)
            if self.poller is None:
                self._start(*known)

    def _start(self, floor: int, recent: Sequence[int]) -> None:
        self.floor = floor
        self.seen = dict.fromkeys(recent, time.monotonic())
        self.poller = asyncio.create_task(self._poll())

    def leave(self, subscriber: _Subscriber) -> None:
        self.subscribers.discard(subscriber)
        if not self.subscribers and self.poller is not None:
            self.poller.cancel()
            self.poller = None
            self.seen.clear()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                rows = await run_in_threadpool(_after, self.floor)
            except Exception:
                log.warning("change feed not read", exc_info=True)
                continue
            if notes := self._new(rows):
                for subscriber in self.subscribers:
                    subscriber.hand(notes)

    def _new(self, rows: Sequence[tuple[int, Note]]) -> list[Note]:
        steady = time.monotonic()
        fresh = [(number, found) for number, found in rows if number not in self.seen]
        self.seen.update(dict.fromkeys((number for number, _ in fresh), steady))
        settled = [number for number, since in self.seen.items() if steady - since > OVERLAP.total_seconds()]
        self.floor = max([self.floor, *settled])
        self.seen = {number: since for number, since in self.seen.items() if number > self.floor}
        return [found for _, found in fresh]


def _known() -> tuple[int, list[int]]:
    """What is old news to a poller that starts now: all up to an id, and these ids above it."""
    with db.reading() as session:
        recent = list(session.scalars(select(Change.id).where(Change.at > now() - OVERLAP)))
        newest = session.scalar(select(func.max(Change.id))) or 0
        return min(recent, default=newest + 1) - 1, recent


def _after(floor: int) -> list[tuple[int, Note]]:
    with db.reading() as session:
        columns = (Change.id, Change.town_id, Change.kind, Change.subject_id)
        rows = session.execute(select(*columns).where(Change.id > floor).order_by(Change.id))
        return [(number, Note(town, kind, subject)) for number, town, kind, subject in rows]


_feeds: dict[asyncio.AbstractEventLoop, _Feed] = {}
_ending = False
"""The server was told to stop: a stream that opens now would be waited for."""


@dataclass(frozen=True)
class Told(Generic[T]):
    """One message to a subscriber. `reload`: changes were missed. Neither items nor reload: only a heartbeat."""

    items: Sequence[T] = ()
    reload: bool = False


async def subscribe(
    pick: Callable[[Session, Sequence[Note]], Sequence[T]], *, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncIterator[Told[T]]:
    """What of all changes `pick` lets through, until the caller stops or `close()` is called.

    `pick` runs in a thread with a read session, after every batch: it looks up anew who the viewer is and what they
    may see, and raises to end the stream. Heartbeats come at fixed times, whatever else is or is not sent.
    """
    loop = asyncio.get_running_loop()
    feed = _feeds.setdefault(loop, _Feed())
    subscriber = _Subscriber()
    await feed.join(subscriber)
    beat_at = loop.time() + heartbeat
    try:
        while not (subscriber.ended or _ending):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(subscriber.wake.wait(), max(0.0, beat_at - loop.time()))
            subscriber.wake.clear()
            if loop.time() >= beat_at:
                beat_at += heartbeat
                yield Told()
            told = await _told(subscriber, pick)
            if told.items or told.reload:
                yield told
    finally:
        feed.leave(subscriber)
        if not feed.subscribers:
            _feeds.pop(loop, None)


async def _told(subscriber: _Subscriber, pick: Callable[[Session, Sequence[Note]], Sequence[T]]) -> Told[T]:
    notes, lost = list(subscriber.waiting), subscriber.lost
    subscriber.waiting.clear()
    subscriber.lost = False
    return Told(await run_in_threadpool(_picked, pick, notes) if notes else (), lost)


def _picked(pick: Callable[[Session, Sequence[Note]], Sequence[T]], notes: Sequence[Note]) -> Sequence[T]:
    with db.reading() as session:
        return pick(session, notes)


def close() -> None:
    """End all streams of this process, from any thread: a server that stops would wait for them."""
    for loop, feed in list(_feeds.items()):
        for subscriber in list(feed.subscribers):
            subscriber.ended = True
            loop.call_soon_threadsafe(subscriber.wake.set)


def end_with_server() -> None:
    """Have the streams end as soon as the server is told to stop: it would wait for them. Called as it starts."""
    if threading.current_thread() is not threading.main_thread():
        return  # a test's server: it gets no signals
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, partial(_close_first, signal.getsignal(number)))


def _close_first(then: Any, number: int, frame: Any) -> None:
    global _ending
    _ending = True
    close()
    if callable(then):
        then(number, frame)


@jobs.every("changes.forget", "41 * * * *")
def forget() -> None:
    """Delete what is older than a day: who was away so long loads everything anew."""
    with db.transaction() as session:
        session.execute(delete(Change).where(Change.at < now() - KEEP))
