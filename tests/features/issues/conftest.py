"""The town that tests of cases play in."""

from typing import Any

import pytest

from tests.support.cases import World, world


@pytest.fixture
def town(sign_in: Any) -> World:
    return world(sign_in)
