"""`xunfang audit verify` on cases: any field of any event, any missing event, any case beside its chain is found."""

import pytest
from sqlalchemy import Connection, text

from app.core import db
from app.features.issues import chain
from tests.support import cases


def faults() -> list[tuple[str, str]]:
    with db.reading() as session:
        return [(broken.row, broken.why) for broken in chain.verify(session)]


@pytest.fixture
def event(database: Connection, sign_in: object) -> str:
    """The id of the second of three events, in a database that has lost its triggers."""
    world = cases.world(sign_in)
    case = world.rectifying()
    world.filed()
    triggers = {
        "sqlite": ("DROP TRIGGER issue_events_no_update", "DROP TRIGGER issue_events_no_delete"),
        "postgresql": ("ALTER TABLE issue_events DISABLE TRIGGER USER",),
    }
    for statement in triggers[database.dialect.name]:
        database.execute(text(statement))
    assert faults() == []
    ids = "SELECT CAST(id AS text) FROM issue_events WHERE seq = 2"
    found: str = database.execute(text(ids)).scalar_one()
    assert case["version"] == 3
    return found


COLUMNS = (
    "id", "issue_id", "seq", "action", "actor_id", "role", "at", "device_at", "from_state", "to_state", "reason_code",
    "data", "photo_sha256", "prev_hash", "hash",
)  # fmt: skip
OTHER = "00000000-0000-4000-8000-000000000000"
CHANGES = {
    "id": OTHER,
    "actor_id": OTHER, "at": "2020-01-01 00:00:00.000000", "device_at": "2020-01-01 00:00:00.000000",
    "data": '{"a": 1}', "photo_sha256": '["x"]',
}  # fmt: skip


def test_any_altered_field_is_found(event: str, database: Connection) -> None:
    """Every column, whatever it holds: another value, on both databases."""
    is_sqlite = database.dialect.name == "sqlite"
    for column in COLUMNS:
        value = CHANGES.get(column, "x" if column not in ("prev_hash", "hash") else "f" * 64)
        sql = {"seq": "9"}.get(column, f"'{value}'")
        if column == "issue_id":
            sql = "(SELECT id FROM issues WHERE id <> issue_events.issue_id LIMIT 1)"
        elif column in ("id", "actor_id") and is_sqlite:
            sql = f"'{OTHER.replace('-', '')}'"
        changed = database.begin_nested()
        if is_sqlite:
            database.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        elif column == "id":
            database.execute(text("DELETE FROM inbox_items"))
            database.execute(text("DELETE FROM event_texts"))
        done = database.execute(text(f"UPDATE issue_events SET {column} = {sql} WHERE id = '{event}'"))
        assert done.rowcount == 1
        assert faults() != [], column
        changed.rollback()
    assert faults() == []


def test_any_flipped_bit_of_what_sqlite_keeps_is_found(event: str, database: Connection) -> None:
    """Also one that says the same: another case of a hexadecimal digit, a blank in JSON."""
    if database.dialect.name != "sqlite":
        return  # its types have one way to say a thing
    row = database.execute(text(f"SELECT * FROM issue_events WHERE id = '{event}'")).mappings().one()
    for column in COLUMNS:
        stored = row[column]
        if not isinstance(stored, str):
            continue
        for at in {0, len(stored) // 2, len(stored) - 1} if stored else ():
            for bit in (0x01, 0x20):
                flipped = stored[:at] + chr(ord(stored[at]) ^ bit) + stored[at + 1 :]
                changed = database.begin_nested()
                database.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                update = text(f"UPDATE issue_events SET {column} = :to WHERE id = '{event}'")
                database.execute(update, {"to": flipped})
                assert faults() != [], (column, at, bit)
                changed.rollback()
    assert faults() == []


def test_a_removed_event_is_found_wherever_it_stood(event: str, database: Connection) -> None:
    issue = "(SELECT issue_id FROM issue_events WHERE seq = 3)"
    for where in (f"seq = 1 AND issue_id = {issue}", "seq = 2", "seq = 3", f"issue_id = {issue}"):
        changed = database.begin_nested()
        database.execute(text("DELETE FROM inbox_items"))
        database.execute(text("DELETE FROM event_texts"))
        database.execute(text(f"DELETE FROM issue_events WHERE {where}"))
        assert faults() != [], where
        changed.rollback()


def test_a_case_that_says_another_state_than_its_events_is_found(event: str, database: Connection) -> None:
    database.execute(text("UPDATE issues SET state = 'submitted' WHERE version = 3"))
    assert "is not in the state" in faults()[0][1]
