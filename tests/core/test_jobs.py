"""Jobs as features use them: queued with the change, done by drain() in the test's own transaction."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from app.core import db, jobs, jobs_store

done: list[Any] = []


@jobs.job("tests.note")
def note(what: Any) -> None:
    done.append(what)


@jobs.job("tests.fail")
def fail() -> None:
    raise ZeroDivisionError


@jobs.job("tests.again")
def again() -> None:
    """Asks for itself while it runs, as a change does that comes at that moment."""
    done.append("again")
    if len(done) == 1:
        with db.transaction() as session:
            jobs.enqueue(session, "tests.again", key="k")


@pytest.fixture(autouse=True)
def _forget(database: Connection) -> Iterator[None]:
    done.clear()
    yield
    for name in [name for name in jobs._sweepers if name.startswith("tests")]:
        del jobs._sweepers[name]


def put(*whats: Any, **options: Any) -> None:
    with db.transaction() as session:
        for what in whats:
            jobs.enqueue(session, "tests.note", what=what, **options)


def waiting() -> int:
    with db.reading() as session:
        return jobs.stats(session).queued


def test_jobs_are_done_in_order_once() -> None:
    put("first", {"second": [2, None]}, "第三")
    assert jobs.drain() == 3
    assert done == ["first", {"second": [2, None]}, "第三"]
    assert jobs.drain() == 0


def test_a_rolled_back_change_leaves_no_job() -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        jobs.enqueue(session, "tests.note", what=1)
        raise ZeroDivisionError
    assert (waiting(), jobs.drain()) == (0, 0)


def test_a_job_of_a_savepoint_that_is_undone_is_gone_and_the_others_stay() -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "tests.note", what="stays")
        inner = session.begin_nested()
        jobs.enqueue(session, "tests.note", what="goes")
        inner.rollback()
    jobs.drain()
    assert done == ["stays"]


def test_uuids_travel_as_text_and_what_is_not_json_is_refused() -> None:
    number = uuid.uuid4()
    put(number)
    jobs.drain()
    assert done == [str(number)]
    with pytest.raises(TypeError):
        put(object())


def test_an_unknown_job_cannot_be_queued_and_a_name_is_given_once() -> None:
    with pytest.raises(KeyError), db.transaction() as session:
        jobs.enqueue(session, "tests.missing")
    with pytest.raises(ValueError):
        jobs.job("tests.note")(fail)
    with pytest.raises(ValueError):
        jobs.job("tests.other", queue="missing")
    with pytest.raises(ValueError):
        jobs.every("tests.other", "not a cron line")


def test_with_a_key_a_job_waits_once_and_can_be_queued_again_later() -> None:
    put("a", "b", key="same")
    put("c", key="same")
    put("d", key="other")
    assert waiting() == 2
    jobs.drain()
    assert done == ["a", "d"]
    put("e", key="same")
    jobs.drain()
    assert done[-1] == "e"


def test_a_change_made_while_the_job_runs_is_seen_by_a_further_run() -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "tests.again", key="k")
    assert jobs.drain() == 2


def test_a_failing_job_fails_the_test_and_counts_as_failed() -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "tests.fail")
    with pytest.raises(ZeroDivisionError):
        jobs.drain()
    with db.reading() as session:
        found = jobs.stats(session)
    assert (found.queued, found.running, found.failed) == (0, 0, 1)


def test_a_delayed_job_waits_its_time() -> None:
    put("later", delay_seconds=3600)
    assert jobs.drain() == 0
    with db.reading() as session:
        assert jobs.stats(session).delayed == 1
    assert jobs.drain(delayed=True) == 1


def test_sweepers_queue_what_was_left_and_one_that_fails_stops_no_other() -> None:
    @jobs.sweeper("tests.broken")
    def broken(_: Any) -> None:
        raise ZeroDivisionError

    @jobs.sweeper("tests.left")
    def left(session: Any) -> None:
        jobs.enqueue(session, "tests.note", key="left", what="left")

    jobs.sweep()
    jobs.sweep()
    jobs.drain()
    assert done == ["left"]


def test_the_queue_tells_how_far_it_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    put(1, 2)
    with db.reading() as session:
        assert 0 <= jobs.stats(session).lag_seconds < 60
        real = jobs_store.time.time()
        monkeypatch.setattr("app.core.jobs_store.time.time", lambda: real + 100)
        assert 100 <= jobs.stats(session).lag_seconds < 160


@pytest.mark.parametrize(("are_dead", "held_against_it"), [(True, 3), (False, 2)])
def test_a_process_that_hands_its_jobs_back_did_not_die_of_them(are_dead: bool, held_against_it: int) -> None:
    put("later")
    with db.transaction() as session:
        rows = jobs_store._rows(session)
        session.execute(update(rows).values(status="PENDING", executor_id="x", recovery_attempts=3))
        assert jobs_store.release(session, ["x"], are_dead=are_dead) == 1
        assert session.scalar(select(rows.c.recovery_attempts)) == held_against_it
    assert waiting() == 1


def test_no_table_of_ours_has_a_name_of_the_engines() -> None:
    assert not jobs.ENGINE_TABLES & db.Base.metadata.tables.keys()
