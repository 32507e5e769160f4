"""Live updates: who is told what, when, and what nobody learns."""

import asyncio
import os
import signal
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from app.core import changes, clock, db
from app.core.changes import Change, Note, Told
from tests.conftest import Databases
from tests.core import stream_server
from tests.support.ports import free_port
from tests.support.zygote import zygote

HERE, ELSEWHERE = uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def engine_of_its_own(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database that keeps what is committed: the poller reads from other threads."""
    url = databases.migrated()
    engine = db.make_engine(url)
    monkeypatch.setattr(db, "get_engine", lambda: engine)
    monkeypatch.setattr(changes, "POLL_SECONDS", 0.05)
    yield engine
    engine.dispose()
    databases.drop(url)


def note(*subjects: str, town: uuid.UUID = HERE) -> None:
    with db.transaction() as session:
        for subject in subjects:
            changes.note(session, town, "issue", subject)


def of_here(_: Session, notes: Sequence[Note]) -> list[str]:
    return [found.subject_id for found in notes if found.town_id == HERE]


async def listen(stream: AsyncIterator[Told[str]], into: list[Told[str]]) -> None:
    async for told in stream:
        into.append(told)


async def soon(is_so: Callable[[], Any]) -> None:
    until = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def told_to(heard: list[Told[str]]) -> list[str]:
    return [item for told in heard for item in told.items]


def run(test: Callable[[list[Told[str]]], Coroutine[Any, Any, None]], **options: Any) -> list[Told[str]]:
    """Run `test` beside one subscriber; what that one heard."""
    heard: list[Told[str]] = []

    async def both() -> None:
        listening = asyncio.create_task(listen(changes.subscribe(of_here, **options), heard))
        await soon(lambda: changes._feeds and all(feed.poller for feed in changes._feeds.values()))
        await test(heard)
        changes.close()
        await asyncio.wait_for(listening, 90)

    asyncio.run(both())
    assert not changes._feeds, "a feed outlives its last subscriber"
    return heard


def test_a_subscriber_is_told_what_it_may_see_and_only_what_is_new(engine_of_its_own: Engine) -> None:
    note("before")

    async def test(heard: list[Told[str]]) -> None:
        note("a", "b", "a")
        note("hidden", town=ELSEWHERE)
        await soon(lambda: "b" in told_to(heard))
        note("c")
        await soon(lambda: "c" in told_to(heard))

    assert told_to(run(test)) == ["a", "b", "c"]


def test_a_change_that_commits_behind_a_later_one_is_not_missed(engine_of_its_own: Engine) -> None:
    if engine_of_its_own.dialect.name == "sqlite":
        return  # one writer: ids are given in the order of commits

    async def test(heard: list[Told[str]]) -> None:
        with Session(engine_of_its_own) as slow:
            changes.note(slow, HERE, "issue", "slow")
            slow.flush()
            note("fast")
            await soon(lambda: "fast" in told_to(heard))
            slow.commit()
        await soon(lambda: "slow" in told_to(heard))

    assert told_to(run(test)) == ["fast", "slow"]


def test_hidden_changes_send_nothing_and_move_no_heartbeat(engine_of_its_own: Engine) -> None:
    async def test(heard: list[Told[str]]) -> None:
        while len(heard) < 3:
            await asyncio.to_thread(note, "hidden", town=ELSEWHERE)

    start = time.monotonic()
    heard = run(test, heartbeat=0.5)
    assert [(told.items, told.reload) for told in heard] == [((), False)] * len(heard)
    assert time.monotonic() - start >= 1.5


def test_one_that_falls_too_far_behind_is_told_to_reload(
    engine_of_its_own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "BACKLOG", 3)

    async def test(heard: list[Told[str]]) -> None:
        note(*"abcdefgh")
        await soon(lambda: heard)

    assert run(test) == [Told((), reload=True)]


def test_a_viewer_who_lost_the_right_to_look_ends_the_stream(engine_of_its_own: Engine) -> None:
    def refuse(_: Session, __: Sequence[Note]) -> list[str]:
        raise PermissionError

    async def test() -> None:
        stream = changes.subscribe(refuse)
        listening = asyncio.create_task(listen(stream, []))
        await soon(lambda: changes._feeds and all(feed.poller for feed in changes._feeds.values()))
        note("a")
        with pytest.raises(PermissionError):
            await asyncio.wait_for(listening, 90)
        assert not changes._feeds

    asyncio.run(test())


def test_an_outage_of_the_database_is_survived(
    engine_of_its_own: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = changes._after, 0

    def broken(floor: int) -> Any:
        nonlocal calls
        calls += 1
        if calls <= 2:
            raise ConnectionError
        return real(floor)

    monkeypatch.setattr(changes, "_after", broken)

    async def test(heard: list[Told[str]]) -> None:
        note("a")
        await soon(lambda: heard)

    assert told_to(run(test)) == ["a"]


def test_a_server_that_stops_does_not_wait_for_its_streams(
    databases: Databases, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    url, port = databases.migrated(), free_port()
    environment = {**os.environ, "XUNFANG_DATABASE_URL": url, "XUNFANG_DATA_DIR": str(tmp_path)}
    what = f"{stream_server.__name__}:serve"
    server = zygote().fork(what, {"port": port}, environment, tmp_path / "log")
    try:
        stream = eventually(lambda: opened(f"http://127.0.0.1:{port}/stream"), seconds=90)
        assert stream.readline() == b": open\n"
        server.send_signal(signal.SIGTERM)
        assert stream.read().endswith(b"\n")
        server.wait(90)
    finally:
        server.kill()
        server.wait()
    databases.drop(url)


def opened(url: str) -> Any:
    try:
        return urllib.request.urlopen(url, timeout=90)
    except OSError:
        return None


def test_a_change_that_is_rolled_back_was_none(database: Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        changes.note(session, HERE, "issue", "x")
        raise ZeroDivisionError
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0


def test_changes_are_forgotten_after_a_day(database: Connection) -> None:
    with clock.frozen(clock.now()) as forward:
        note("old")
        forward(timedelta(hours=25))
        note("new")
        changes.forget()
    with db.reading() as session:
        assert list(session.scalars(select(Change.subject_id))) == ["new"]


def test_a_change_that_commits_behind_a_later_one_alters_the_stamp(database: Connection) -> None:
    town = uuid.uuid4()
    with db.transaction() as session:
        session.add(changes.Change(id=1001, at=clock.now(), town_id=town, kind="issue", subject_id="early"))
        session.add(changes.Change(id=1003, at=clock.now(), town_id=town, kind="issue", subject_id="late"))
    with db.transaction() as session:
        before = changes.stamp(session)
        session.add(changes.Change(id=1002, at=clock.now(), town_id=town, kind="issue", subject_id="between"))
        session.flush()
        assert changes.stamp(session) != before
