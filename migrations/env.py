"""Alembic's entry: the settings' database, or the connection a caller hands over in `config.attributes["connection"]`."""

import importlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection, text

from app.core import jobs_store
from app.core.config import get_settings
from app.core.db import Base, UtcDateTime, make_engine

for found in sorted(Path(__file__).parent.parent.glob("app/**/*models.py")):
    importlib.import_module(".".join(found.relative_to(Path(__file__).parent.parent).with_suffix("").parts))
for module in ("app.core.audit", "app.core.changes", "app.core.instance"):
    importlib.import_module(module)


def is_ours(name: str | None, kind: str, *_: Any) -> bool:
    """Leave alone what SQLite's full-text index and the job engine keep for themselves."""
    theirs = name in jobs_store.ENGINE_TABLES or (name or "").startswith(("fts_", "sqlite_"))
    return not (kind == "table" and theirs)


def include_object(obj: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    # The search index on PostgreSQL is an expression index that autogenerate cannot compare.
    return is_ours(name, kind) and not (kind == "index" and reflected and name == "ix_issue_texts_tokens")


def render_item(kind: str, obj: Any, autogen: Any) -> str | bool:
    """Migrations hold plain SQL types, never app code."""
    if kind != "type":
        return False
    if isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(obj, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Hold back others that migrate the same database: several machines may be rolled out at once.

    On PostgreSQL it asks again and again instead of waiting in the lock: who waits there holds a snapshot, for
    which CREATE INDEX CONCURRENTLY would wait in turn.
    """
    if connection.dialect.name == "sqlite":
        # A lock that every system has: SQLite's own, on a file beside, for SQLite itself commits between its steps.
        with closing(sqlite3.connect(f"{connection.engine.url.database}.migrating", timeout=600)) as beside:
            beside.execute("BEGIN EXCLUSIVE").close()
            yield
        return
    while not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('xunfang migrate'))")):
        connection.rollback()
        time.sleep(0.2)
    connection.commit()
    # A failed migration lets go with its connection.
    yield
    connection.execute(text("SELECT pg_advisory_unlock(hashtext('xunfang migrate'))"))
    connection.commit()


def migrate(connection: Connection) -> None:
    """Run on one connection. A migration that cannot get its lock gives up soon instead of stopping the town."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


handed: Connection | None = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    settings = get_settings()
    if settings.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.sqlalchemy_url)
    with engine.connect() as made, alone(made):
        migrate(made)
        jobs_store.migrate(settings.sqlalchemy_url)
    engine.dispose()
