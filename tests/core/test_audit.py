"""The audit log: written with its change, chained, refused to be altered, and checked link by link."""

import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from app.core import audit, db, ids
from app.core.audit import AuditEntry
from tests.conftest import Databases


def log(session: Any, action: str, **detail: Any) -> None:
    audit.record(
        session, action, actor_id=ids.public_id(), subject_kind="thing", subject_id="7", detail=detail
    )


def actions() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def faults() -> list[tuple[int, str]]:
    with db.reading() as session:
        return [(broken.id, broken.why) for broken in audit.verify(session)]


@pytest.fixture
def three(database: Connection) -> Connection:
    """Three entries in the log, and a connection that may do anything to it."""
    for action in ("one", "two", "three"):
        with db.transaction() as session:
            log(session, action, name="巡访", list=[1, None, True], nested={"b": "2", "a": "1"})
    triggers = {
        "sqlite": ("DROP TRIGGER audit_log_no_update", "DROP TRIGGER audit_log_no_delete"),
        "postgresql": ("ALTER TABLE audit_log DISABLE TRIGGER USER",),
    }
    for statement in triggers[database.dialect.name]:
        database.execute(text(statement))
    return database


def test_an_untouched_log_is_whole_and_survives_a_round_trip(three: Connection) -> None:
    assert actions() == ["one", "two", "three"]
    assert faults() == []


def test_an_empty_log_is_whole(database: Connection) -> None:
    assert faults() == []


def test_it_is_written_with_the_change_and_gone_with_it(database: Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        log(session, "undone")
        raise ZeroDivisionError
    with db.transaction() as session:
        log(session, "kept")
        inner = session.begin_nested()
        log(session, "undone inside")
        with session.begin_nested():
            log(session, "undone deeper inside")
        inner.rollback()
        with session.begin_nested():
            log(session, "kept inside")
    assert actions() == ["kept", "kept inside"]
    assert faults() == []


def test_a_refusal_is_kept_although_its_transaction_is_not(database: Connection) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        log(session, "undone")
        audit.record_refusal(session, "refused", actor_id=None, subject_kind="thing", subject_id="7")
        raise ZeroDivisionError
    assert actions() == ["refused"]


def test_a_read_is_logged_on_its_own(database: Connection) -> None:
    audit.record_now("read", actor_id=None, subject_kind="thing", subject_id=ids.hidden_id())
    assert actions() == ["read"]


@pytest.mark.parametrize("value", [1.5, {1: "key"}, object(), {"deep": [{"x": 0.1}]}])
def test_what_would_not_come_back_equal_is_refused(database: Connection, value: Any) -> None:
    with pytest.raises(TypeError), db.transaction() as session:
        log(session, "bad", value=value)


@pytest.mark.parametrize("verb", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_to_change_or_delete(database: Connection, verb: str) -> None:
    with db.transaction() as session:
        log(session, "one")
    with pytest.raises(DBAPIError, match="append-only"), database.begin_nested():
        database.execute(text(verb))
    assert actions() == ["one"]


CHANGES = [
    "action = 'x'",
    "at = '2020-01-01 00:00:00'",
    "actor_id = NULL",
    "subject_kind = 'x'",
    "subject_id = '8'",
    "detail = '{}'",
    "hash = prev_hash",
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_altered_field_is_found(three: Connection, change: str) -> None:
    three.execute(text(f"UPDATE audit_log SET {change} WHERE id = 2"))
    assert 2 in [number for number, _ in faults()]


def test_any_flipped_bit_of_what_sqlite_keeps_is_found(three: Connection) -> None:
    """Also one that says the same: another case of a hexadecimal digit, a blank in JSON."""
    if three.dialect.name != "sqlite":
        return  # its types have one way to say a thing
    row = three.execute(text("SELECT * FROM audit_log WHERE id = 2")).mappings().one()
    for column, stored in row.items():
        if not isinstance(stored, str):
            continue
        for at in {0, len(stored) // 2, len(stored) - 1}:
            for bit in (0x01, 0x20):
                flipped = stored[:at] + chr(ord(stored[at]) ^ bit) + stored[at + 1 :]
                changed = three.begin_nested()
                three.execute(text(f"UPDATE audit_log SET {column} = :to WHERE id = 2"), {"to": flipped})
                assert 2 in [number for number, _ in faults()], (column, at, bit)
                changed.rollback()


def test_a_changed_head_is_found(three: Connection) -> None:
    for change in ("last_id = 2", "hash = 'x'", "id = 2"):
        changed = three.begin_nested()
        three.execute(text(f"UPDATE audit_head SET {change}"))
        assert [number for number, _ in faults()] != [], change
        changed.rollback()


@pytest.mark.parametrize("field", ["at", "detail"])
def test_a_field_that_can_no_longer_be_read_is_found(three: Connection, field: str) -> None:
    if three.dialect.name != "sqlite":
        return  # its types refuse such a value
    three.execute(text(f"UPDATE audit_log SET {field} = 'x' || {field} WHERE id = 2"))
    three.execute(text("UPDATE audit_log SET action = 'x' WHERE id = 3"))
    assert faults()[0] == (2, "cannot be read as it was written")
    assert (3, "was altered") in faults()


def test_a_removed_entry_is_found(three: Connection) -> None:
    three.execute(text("DELETE FROM audit_log WHERE id = 2"))
    assert faults() == [(3, "entries 2 to 2 are missing")]


def test_a_cut_off_tail_is_found(three: Connection) -> None:
    three.execute(text("DELETE FROM audit_log WHERE id = 3"))
    assert [number for number, _ in faults()] == [3]


def test_an_entry_moved_to_another_place_is_found(three: Connection) -> None:
    three.execute(text("UPDATE audit_log SET id = 9 WHERE id = 2"))
    three.execute(text("UPDATE audit_log SET id = 2 WHERE id = 3"))
    assert len(faults()) >= 2


def test_writers_at_once_make_one_chain(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases.migrated()
    engine: Engine = db.make_engine(url)
    monkeypatch.setattr(db, "get_engine", lambda: engine)

    def write(number: int) -> None:
        for count in range(10):
            with db.transaction() as session:
                log(session, f"{number}.{count}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len(actions()) == 80
        assert faults() == []
    finally:
        engine.dispose()
        databases.drop(url)
