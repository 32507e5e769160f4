"""The town that these tests play in, on a Monday at ten: made once a file; each test's changes are undone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from app.core import clock, db
from tests import factories
from tests.support.cases import World
from tests.support.states import peopled

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""10:00 in the town."""


@pytest.fixture(scope="module")
def standing_town(standing: Connection, standing_sign_in: Any) -> World:
    with clock.frozen(TEN):
        made = peopled(standing_sign_in)
        with db.transaction() as session:
            made.people["head"] = factories.user(session, made.unit, "unit_principal")
        for name in made.people:
            made.client(name)
    return made


@pytest.fixture
def town(standing_town: World, database: Connection) -> Iterator[World]:
    with clock.frozen(TEN):
        yield standing_town
