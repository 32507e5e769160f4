"""Rows as the database keeps them: to prove that they are what was written, to the byte."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Integer, Table, Text, Uuid, cast, select
from sqlalchemy.orm import Session

from app.core.db import UtcDateTime

Check = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """`raw` is readable whatever happened to it; `values` is None where a field is not as we would have written it."""

    raw: Mapping[str, Any]
    values: Mapping[str, Any] | None


def rows(session: Session, table: Table, *order: str) -> Iterator[Row]:
    """Every row, in order, some at a time.

    SQLite keeps times, ids and JSON as text that says the same in several ways: another way than ours is a change too.
    PostgreSQL's types have one way each.
    """
    dialect = session.get_bind().dialect
    exact = {c.name: _exact(c, dialect) for c in table.columns} if dialect.name == "sqlite" else {}
    columns = [cast(c, Text).label(c.name) if exact and _is_text(c) else c for c in table.columns]
    statement = select(*columns).order_by(*(table.columns[name] for name in order))
    for row in session.execute(statement.execution_options(yield_per=500)):
        raw = dict(row._mapping)
        try:
            yield Row(raw, {name: exact[name](value) if exact else value for name, value in raw.items()})
        except (ValueError, TypeError):
            yield Row(raw, None)


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON | Uuid | UtcDateTime)


def _exact(column: Column[Any], dialect: Dialect) -> Check:
    kind = column.type.dialect_impl(dialect)
    read = kind.result_processor(dialect, None) if _is_text(column) else None
    write = kind.bind_processor(dialect) if _is_text(column) else None
    python = int if isinstance(column.type, Integer) else str

    def check(raw: Any) -> Any:
        if raw is None:
            return None
        if read is None or write is None:
            if not isinstance(raw, python):
                raise TypeError(column.name)
            return raw
        value = read(raw)
        if raw != write(value):
            raise ValueError(column.name)
        return value

    return check
