"""Writers of one process wait for one another in turn, and no turn is ever lost."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core import db, sqlite_turns
from app.core.db import ReadSession, WriteSession


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counts (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counts VALUES (1, 0)"))
    yield engine
    engine.dispose()


def add_one(engine: Engine) -> None:
    with WriteSession(engine) as session, session.begin():
        (number,) = session.execute(text("SELECT n FROM counts WHERE id = 1")).one()
        session.execute(text("UPDATE counts SET n = :n WHERE id = 1"), {"n": number + 1})


def count(engine: Engine) -> int:
    with ReadSession(engine) as session:
        return int(session.execute(text("SELECT n FROM counts WHERE id = 1")).scalar_one())


def test_no_count_is_lost_between_sessions_and_plain_connections(file: Engine) -> None:
    def plainly() -> None:
        with file.begin() as connection:
            connection.execute(text("UPDATE counts SET n = n + 1 WHERE id = 1"))

    def work() -> None:
        for _ in range(20):
            add_one(file)
            plainly()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(file) == 8 * 20 * 2


def test_a_turn_is_given_back_after_an_error_a_rollback_and_a_closed_connection(file: Engine) -> None:
    with pytest.raises(IntegrityError), file.begin() as connection:
        connection.execute(text("INSERT INTO counts VALUES (1, 0)"))
    with WriteSession(file) as session:
        session.execute(text("UPDATE counts SET n = 99"))
        session.rollback()
    connection = file.connect()
    connection.execute(text("UPDATE counts SET n = 99"))
    connection.invalidate()
    connection.close()
    with WriteSession(file) as session:
        session.execute(text("UPDATE counts SET n = 99"))
    add_one(file)
    assert count(file) == 1


def test_it_may_be_given_back_by_another_thread(file: Engine) -> None:
    session = WriteSession(file)
    session.execute(text("UPDATE counts SET n = 5"))
    other = threading.Thread(target=session.commit)
    other.start()
    other.join()
    session.close()
    add_one(file)
    assert count(file) == 6


def test_readers_wait_for_nobody(file: Engine) -> None:
    with WriteSession(file) as session:
        session.execute(text("UPDATE counts SET n = 5"))
        assert count(file) == 0


def test_who_waits_too_long_is_told_the_database_is_locked(
    file: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_turns, "WAIT_SECONDS", 0.05)
    with WriteSession(file) as session:
        session.execute(text("UPDATE counts SET n = 5"))
        with pytest.raises(OperationalError, match="locked"):
            add_one(file)
        session.commit()
    add_one(file)
    assert count(file) == 6


def test_a_lock_of_another_process_that_is_not_let_go_costs_no_turn(file: Engine) -> None:
    other = sqlite3.connect(str(file.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with file.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1").close()
        with pytest.raises(OperationalError, match="locked"):
            connection.execute(text("UPDATE counts SET n = 99"))
    other.execute("ROLLBACK")
    other.close()
    add_one(file)
    assert count(file) == 1
