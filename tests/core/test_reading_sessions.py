"""What a session that only reads is promised, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from app.core import db


@pytest.fixture
def moments(engine: Engine) -> Iterator[Engine]:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE moments (n INTEGER NOT NULL)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE moments"))


def counted() -> list[int]:
    """Before and after somebody else has written."""
    total = text("SELECT count(*) FROM moments")
    with db.reading() as session:
        before = session.execute(total).scalar_one()
        with db.get_engine().begin() as connection:
            connection.execute(text("INSERT INTO moments VALUES (1)"))
        return [before, session.execute(total).scalar_one()]


def test_a_reader_sees_one_moment_to_its_end(moments: Engine) -> None:
    assert (counted(), counted()) == ([0, 0], [1, 1])


def test_postgresql_compiles_no_plans_for_us(engine: Engine) -> None:
    """A list's count that it took for dear cost a second and a half of CPU to compile, each time."""
    if engine.dialect.name == "postgresql":
        with db.reading() as session:
            assert session.execute(text("SHOW jit")).scalar_one() == "off"


def test_postgresql_keeps_the_plans_of_what_is_read_again(engine: Engine) -> None:
    """Reads that ended by ROLLBACK had psycopg forget them: planning was seven times what the statements themselves cost."""
    if engine.dialect.name == "postgresql":
        kept = text("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 41 + 1'")
        for _ in range(4):
            with db.reading() as session:
                session.execute(text("SELECT 41 + 1"))
                found = session.execute(kept).scalar_one()
        assert found == 1
