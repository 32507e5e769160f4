"""The town that these tests play in: made once a file; each test's changes are undone."""

from typing import Any

import pytest
from sqlalchemy import Connection

from tests.support.cases import World
from tests.support.states import peopled


@pytest.fixture(scope="module")
def standing_town(standing: Connection, standing_sign_in: Any) -> World:
    made = peopled(standing_sign_in)
    for name in made.people:
        made.client(name)
    return made


@pytest.fixture
def town(standing_town: World, database: Connection) -> World:
    return standing_town
