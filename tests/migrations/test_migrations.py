"""Every migration runs both ways on both databases, and what the models say is what the migrations make."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from app.core import migrating
from app.core.jobs import ENGINE_TABLES
from tests.support.database import Postgres, Sqlite, alembic, migrate

SCRIPTS = ScriptDirectory.from_config(Config(Path(__file__).parents[2] / "alembic.ini"))


@pytest.fixture
def empty(databases: Sqlite | Postgres) -> Iterator[Engine]:
    """An empty database of its own."""
    url = databases.empty()
    engine = create_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def shape(engine: Engine) -> dict[str, Any]:
    """Tables with their columns and indexes, as the database itself tells them."""
    seen = inspect(engine)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            sorted(str(i["name"]) for i in seen.get_indexes(table)),
        )
        for table in set(seen.get_table_names()) - ENGINE_TABLES  # the job engine sees to its own
    }


def test_there_is_one_head_and_a_server_that_starts_knows_it() -> None:
    assert SCRIPTS.get_heads() == [migrating.newest()]


def test_up_down_and_up_again_ends_where_it_began(empty: Engine) -> None:
    migrate(url_of(empty))
    before = shape(empty)
    migrate(url_of(empty), "base", "downgrade")
    assert set(shape(empty)) <= {"alembic_version"}
    migrate(url_of(empty))
    assert shape(empty) == before


def test_the_models_need_no_further_migration(databases: Sqlite | Postgres) -> None:
    url = databases.migrated()
    alembic(url, "check")
    databases.drop(url)
