"""The town of the round tests: made once a file; each test's changes are undone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from app.core import clock
from tests.features.crosscheck.ringtown import MORNING, RingTown, ring_town

Advance = Callable[[timedelta], None]


@pytest.fixture(scope="module")
def standing_ring(standing: Connection, standing_sign_in: Any) -> RingTown:
    with clock.frozen(MORNING - timedelta(hours=12)):
        made = ring_town(standing_sign_in)
        for name in made.people:
            made.client(name)
    return made


@pytest.fixture
def advance() -> Iterator[Advance]:
    """The clock stands at half past eight on the day of the round."""
    with clock.frozen(MORNING) as advance:
        yield advance


@pytest.fixture
def ring(standing_ring: RingTown, database: Connection, advance: Advance) -> RingTown:
    return standing_ring
