"""A roll-out starts several machines at once, and each may run `xunfang migrate` first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import create_engine, inspect, text

from app.core import jobs_store
from tests.scale.cluster import plain, xunfang
from tests.support.database import Postgres, Sqlite


def test_two_migrations_of_an_empty_database_at_once_are_one(
    databases: Sqlite | Postgres, tmp_path: Path
) -> None:
    url = databases.empty()
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: xunfang(plain(tmp_path, url), "migrate"), range(2)))
    assert [done.returncode for done in both] == [0, 0], "\n".join(done.stderr[-2000:] for done in both)
    assert both[0].stdout == both[1].stdout
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    schema = jobs_store.SCHEMA if engine.dialect.name == "postgresql" else None
    assert set(inspect(engine).get_table_names(schema)) >= {"workflow_status", "queues"}
    engine.dispose()
    databases.drop(url)
