"""The engine itself, on a database of its own: retries, workers side by side, and workers that are killed."""

import ctypes
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.core import config, db, jobs, jobs_store
from app.core.changes import Change
from tests.conftest import Databases
from tests.core import jobs_worker
from tests.support.zygote import Forked, zygote

PATIENCE = 120
"""Seconds until a test gives up on a busy machine. How long things take is measured in docs/adr/0003."""
Eventually = Callable[..., Any]
Worker = Forked


@pytest.fixture
def url(databases: Databases, settings: Callable[..., config.Settings], tmp_path: Path) -> Iterator[str]:
    """This process, and the workers it starts, on an empty database that keeps what is committed."""
    url = databases.migrated()
    settings(database_url=url, data_dir=tmp_path, jobs="inline")
    before = db.get_engine
    engine = db.make_engine(url)
    db.get_engine = lambda: engine  # type: ignore[assignment]
    yield url
    jobs.stop(1)
    db.get_engine = before
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def start_worker(url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(dead_seconds: float | None = None, crashes: int = jobs.CRASHES) -> Worker:
        environment = {**os.environ, "XUNFANG_DATABASE_URL": url, "XUNFANG_DATA_DIR": str(tmp_path)}
        arguments = {"dead_seconds": dead_seconds, "crashes": crashes}
        started.append(
            zygote().fork(f"{jobs_worker.__name__}:run", arguments, environment, tmp_path / "worker.log")
        )
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def put_slow(count: int, seconds: float) -> None:
    with db.transaction() as session:
        for number in range(count):
            jobs.enqueue(session, "sample.slow", number=number, seconds=seconds)


def said(kind: str) -> Counter[str]:
    with db.reading() as session:
        return Counter(session.scalars(select(Change.subject_id).where(Change.kind == kind)))


def stats() -> jobs.Stats:
    with db.reading() as session:
        return jobs.stats(session)


def test_a_failing_job_is_tried_again_until_it_succeeds_or_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
) -> None:
    tries: Counter[str] = Counter()

    def flaky(name: str, fails: int) -> None:
        tries[name] += 1
        if tries[name] <= fails:
            raise ZeroDivisionError

    monkeypatch.setattr(jobs, "RETRY_SECONDS", 0.05)
    monkeypatch.setitem(jobs._jobs, "tests.flaky", jobs.Job("tests.flaky", flaky, "default", 2))
    with db.transaction() as session:
        jobs.enqueue(session, "tests.flaky", key="mends", name="mends", fails=2)
        jobs.enqueue(session, "tests.flaky", name="never", fails=99)
    jobs.start_inline()
    eventually(lambda: stats().failed == 1 and not stats().delayed, seconds=PATIENCE)
    assert tries == {"mends": 3, "never": 3}
    assert (stats().queued, stats().running) == (0, 0)


def test_what_was_done_a_day_ago_is_forgotten_and_what_failed_is_kept(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(jobs._jobs, "tests.flaky", jobs.Job("tests.flaky", lambda ok: 1 // ok, "default", 0))
    with db.transaction() as session:
        for ok in (1, 0):
            jobs.enqueue(session, "tests.flaky", ok=ok)
    with pytest.raises(ZeroDivisionError):
        jobs.drain()
    real = jobs_store._now_ms()
    monkeypatch.setattr(jobs_store, "_now_ms", lambda: real + 25 * 3_600_000)
    with db.reading() as session:
        assert len(jobs_store.old(session, ("SUCCESS",), 24)) == 1
    jobs.tidy()
    with db.reading() as session:
        assert jobs_store.old(session, ("SUCCESS",), 24) == []
    assert stats().failed == 1


def test_two_workers_share_the_jobs_and_do_each_once(
    start_worker: Callable[..., Worker], eventually: Eventually
) -> None:
    put_slow(60, 0.05)
    workers = [start_worker(), start_worker()]
    eventually(lambda: len(said("ended")) == 60, seconds=PATIENCE)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(PATIENCE) for worker in workers] == [0, 0]
    assert set(said("begun").values()) == {1}
    assert stats() == jobs.Stats(0, 0, 0, 0, 0.0)


def test_a_worker_that_is_asked_to_stop_leaves_no_job_behind_as_running(
    start_worker: Callable[..., Worker], eventually: Eventually
) -> None:
    put_slow(30, 0.5)
    worker = start_worker()
    eventually(lambda: said("begun"), seconds=PATIENCE)
    # To a thread that is not the first, as the system may choose: the first one sleeps, and has to be woken.
    threads = {int(one.name) for one in Path(f"/proc/{worker.pid}/task").iterdir()} - {worker.pid}
    assert ctypes.CDLL(None).tgkill(worker.pid, min(threads), signal.SIGTERM) == 0
    assert worker.wait(PATIENCE) == 0
    assert stats().running == 0
    assert len(said("ended")) + stats().queued == 30


def test_the_jobs_of_a_killed_worker_are_done_by_another(
    start_worker: Callable[..., Worker], eventually: Eventually
) -> None:
    put_slow(24, 0.5)
    victim = start_worker(dead_seconds=2)
    eventually(lambda: len(said("begun")) >= 4, seconds=PATIENCE)
    start_worker(dead_seconds=2)
    victim.send_signal(signal.SIGKILL)
    before = len(said("ended"))
    eventually(lambda: len(said("ended")) == 24, seconds=PATIENCE)
    assert before < 24, "the victim had finished before it was killed"
    eventually(lambda: stats() == jobs.Stats(0, 0, 0, 0, 0.0), seconds=PATIENCE)


def test_a_living_worker_keeps_its_long_jobs(
    start_worker: Callable[..., Worker], eventually: Eventually
) -> None:
    put_slow(1, 4.5)
    start_worker(dead_seconds=2)
    eventually(lambda: said("begun"), seconds=PATIENCE)
    start_worker(dead_seconds=2)
    eventually(lambda: said("ended"), seconds=PATIENCE)
    assert said("begun") == {"0": 1}


def test_a_job_that_kills_its_process_again_and_again_is_given_up(
    start_worker: Callable[..., Worker], eventually: Eventually
) -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "sample.poison")
    crashes = 3
    for _ in range(crashes + 1):
        start_worker(dead_seconds=1, crashes=crashes).wait(PATIENCE)
    last = start_worker(dead_seconds=1, crashes=crashes)
    # What ran beside it each time is given up too; a sweeper queues that anew.
    eventually(lambda: stats().failed and not stats().running and not stats().queued, seconds=PATIENCE)
    assert last.poll() is None
