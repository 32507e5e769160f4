"""The town that these tests play in."""

from typing import Any

import pytest

from tests.support.cases import World
from tests.support.states import peopled


@pytest.fixture
def town(sign_in: Any) -> World:
    return peopled(sign_in)
