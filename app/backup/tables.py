"""Which tables a backup holds, how a row becomes JSON and comes back: the same on SQLite and PostgreSQL."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKeyConstraint,
    Insert,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core import db
from app.core.db import Base, UtcDateTime

LEFT_OUT = {
    "sessions": "void after a restore",
    "invites": "void after a restore",
    "invite_uses": "void after a restore",
    "sign_in_failures": "of the last day",
    "changes": "of the last day, for open screens",
    "photo_renditions": "made again from the originals",
    "photo_traces": "found again in the renditions",
    "photo_comparisons": "made again from the renditions",
}
"""Beside these, the job engine's tables: what is unfinished is found again by the sweepers."""

_ROOT = Path(__file__).parents[2]


def ours() -> list[Table]:
    """All tables that are kept, each after those it refers to."""
    for found in sorted(_ROOT.glob("app/**/models.py")):
        import_module(".".join(found.relative_to(_ROOT).with_suffix("").parts))
    for module in ("app.core.audit", "app.core.changes", "app.core.instance"):
        import_module(module)
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


@contextmanager
def one_moment() -> Iterator[Connection]:
    """A read-only connection that sees the database as of one moment, while others go on writing."""
    engine = db.get_engine()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                connection.exec_driver_sql("BEGIN")
                yield connection
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA query_only=OFF")
        return
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


# ---- out ----
def rows_of(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Each row as a list of JSON values, in the order of the table's columns."""
    # JSON goes as its text: a JSON null and no value at all are not the same.
    columns = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in table.columns]
    found = connection.execution_options(yield_per=1000).execute(select(*columns))
    for row in found:
        yield [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a backup")


# ---- in ----
class Loader:
    """Puts rows into one table; the caller's transaction holds them all."""

    BATCH = 500

    def __init__(self, connection: Connection, table: Table, columns: Sequence[str]) -> None:
        if sorted(columns) != sorted(table.columns.keys()):
            raise ValueError(f"{table.name} has other columns")
        self.table, self._connection = table, connection
        self._readers = [(f"b_{name}", _reader(table.columns[name])) for name in columns]
        self._insert = _insert_of(table, connection.dialect.name)
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        pairs = zip(self._readers, row, strict=True)
        self._waiting.append({name: None if v is None else read(v) for (name, read), v in pairs})
        if len(self._waiting) == self.BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._connection.execute(self._insert, self._waiting)
            self._waiting.clear()


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, Uuid):
        return partial(uuid.UUID)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat
    return date.fromisoformat if isinstance(column.type, Date) else _same


def _same(value: Any) -> Any:
    return value


def _insert_of(table: Table, dialect: str) -> Insert:
    def value(column: Column[Any]) -> Any:
        if not isinstance(column.type, JSON):
            return bindparam(f"b_{column.name}", type_=column.type)
        given = bindparam(f"b_{column.name}", type_=Text)
        return cast(given, JSONB) if dialect == "postgresql" else given

    return insert(table).values({column.name: value(column) for column in table.columns})


@contextmanager
def references_later(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Have references inside one table checked at the end: of two cases either may come first."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        yield
        return
    name_of = connection.dialect.identifier_preparer.format_constraint
    inner = [f"ALTER TABLE {t.name} ALTER CONSTRAINT {name_of(key)}" for t in tables for key in _to_itself(t)]
    for alter in inner:
        connection.execute(text(f"{alter} DEFERRABLE INITIALLY DEFERRED"))
    yield
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for alter in inner:
        connection.execute(text(f"{alter} NOT DEFERRABLE"))


def _to_itself(table: Table) -> list[ForeignKeyConstraint]:
    return [key for key in table.foreign_key_constraints if key.referred_table is table]
