"""Leaks planted where something is read: test_no_tip_off's comparison notices each. The round behind them is made once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core import clock
from tests.features.crosscheck.hidden import a_round, busy
from tests.features.crosscheck.leaks import IN_READS, LOOKED_AT, assert_shown_where_planted
from tests.features.crosscheck.ringtown import MORNING, RingTown
from tests.features.crosscheck.watching import View, Watch, differences, quiet


@dataclass
class Looks:
    """What each leak told before the round, and what there is to be told after it."""

    watch: Watch
    before: dict[str, View]
    hidden: dict[str, str]


@pytest.fixture(scope="module")
def looks(
    described: FastAPI,
    engine: Engine,
    standing: Connection,
    standing_ring: RingTown,
    any_client: Callable[[], TestClient],
) -> Iterator[Looks]:
    with pytest.MonkeyPatch.context() as patch, clock.frozen(MORNING):
        quiet(patch)
        people = sorted({leak.told_to for leak in IN_READS})
        known = busy(standing_ring)
        watch = Watch(
            described, engine, standing, standing_ring, any_client, people, known=known, only=LOOKED_AT
        )
        watch.start()
        before = {leak.__name__: _looked(watch, leak, standing_ring) for leak in IN_READS}
        *_, hidden = a_round(standing_ring, known["taken"])
        yield Looks(watch, before, hidden)


def _looked(watch: Watch, leak: Any, ring: RingTown, hidden: dict[str, str] | None = None) -> View:
    with pytest.MonkeyPatch.context() as planted:
        leak(planted, ring)
        return watch.view(hidden, [leak.told_to])


@pytest.mark.either_db
@pytest.mark.parametrize("leak", IN_READS, ids=lambda leak: leak.__name__)
def test_a_leak_in_what_is_read_is_caught(leak: Any, looks: Looks, ring: RingTown) -> None:
    after = _looked(looks.watch, leak, ring, looks.hidden)
    assert_shown_where_planted(leak, differences(looks.before[leak.__name__], after))
