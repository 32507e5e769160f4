"""Until the release nobody on the inspected side can tell that there is a round: their whole view stays the same, byte for byte."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from app.core import clock, jobs
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.hidden import a_round, busy
from tests.features.crosscheck.leaks import IN_WRITES, LOOKED_AT, assert_shown_where_planted
from tests.features.crosscheck.ringtown import REVEAL, RingTown
from tests.features.crosscheck.watching import View, Watch, differences, quiet

SIDE = (
    "captain:B", "liaison:B", "volunteer:B", "dispatcher", "office2", "reviewer", "leader", "sysadmin", "captain:C",
)  # fmt: skip
"""The target's secretary, liaison and volunteer, the town's desk, another office administrator, another team's captain."""
SOME = ("captain:B", "office2")
"""Looked at after the other steps too."""
Watching = Callable[..., Watch]


@pytest.fixture
def watching(
    described: FastAPI,
    engine: Engine,
    ring: RingTown,
    database: Connection,
    make_client: Callable[[], TestClient],
    monkeypatch: pytest.MonkeyPatch,
    settings: Callable[..., Any],
) -> Watching:
    """`watching(*people)`: their view of a town in which something is going on already, and which another system is told of."""
    settings(webhook_hosts="hooks.example.test")
    quiet(monkeypatch)
    hook = ring.client("office2").post("/api/webhooks", json={"url": "https://hooks.example.test/"}).json()
    known = busy(ring) | {"webhook_id": hook["id"]}

    def start(*people: str, only: frozenset[str] = frozenset()) -> Watch:
        watch = Watch(described, engine, database, ring, make_client, people, known=dict(known), only=only)
        watch.start()
        return watch

    return start


def test_no_view_tells_of_a_round_before_its_release_S13_S17(
    watching: Watching, ring: RingTown, database: Connection
) -> None:
    # The statements are the same on both databases, so fewer people look on PostgreSQL, before and after all steps.
    if database.dialect.name == "sqlite":
        _look_at_a_round(watching, ring, SIDE[:5], {1: SOME[:1], 2: SOME})
    else:
        _look_at_a_round(watching, ring, SOME, {})


@pytest.mark.soak
def test_no_view_of_anybody_tells_of_a_round_before_its_release(watching: Watching, ring: RingTown) -> None:
    _look_at_a_round(watching, ring, SIDE, {1: SIDE, 2: SIDE})


def _look_at_a_round(
    watching: Watching, ring: RingTown, side: Sequence[str], after: Mapping[int, Sequence[str]]
) -> None:
    """`after`: who looks after the first and the second step; after the third all do."""
    watch = watching(*side)
    before = watch.view()
    assert sum(seen.status == 200 for seen in before.values()) > 30 * len(side), "the views show something"
    for step, hidden in enumerate(a_round(ring, watch.known["taken"]), 1):
        if people := side if step == 3 else after.get(step):
            told = differences(_of(before, people), watch.view(hidden, people))
            assert told == [], f"after step {step}"
    assert b"cross_" not in generate_latest(), "the figures for Prometheus count no request about rounds"
    ring.post(f"rounds/{hidden['round_id']}/release")
    jobs.drain()
    (who, what), watch.only = (SOME[0], "list_cross_rounds"), frozenset({"list_cross_rounds"})
    assert watch.view(hidden, [who])[who, what] != before[who, what], "what may be seen is seen"


def _of(view: View, people: Collection[str]) -> View:
    return {key: seen for key, seen in view.items() if key[0] in people}


@pytest.mark.either_db
def test_an_inspector_learns_the_own_target_and_nothing_of_who_inspects_at_home_S13(
    watching: Watching, ring: RingTown, advance: Advance
) -> None:
    """In a ring the inspected captain leads a team too: what A does at B leaves B's own task and all else as it was."""
    round_ = ring.plan_table()
    with clock.frozen(REVEAL):
        ring.reveal(round_["id"])
    watch = watching("captain:B")
    before = watch.view()
    assert "C居民区".encode() in before["captain:B", "get_cross_mine"].body
    assert "A居民区".encode() not in before["captain:B", "get_cross_mine"].body
    with clock.frozen(REVEAL):
        task = ring.task("A")
        ring.finding("captain:A", task)
        ring.complete("A")
        assert ring.submit("A").status_code == 201
    assert differences(before, watch.view()) == []


WRITES = (
    ("POST", "/api/cross/rounds/{round_id}/reveal", None),
    ("POST", "/api/cross/rounds/{round_id}/release", None),
    ("POST", "/api/cross/rounds/{round_id}/postpone", {"start_at": "2026-05-12T10:00:00+08:00"}),
    ("POST", "/api/cross/assignments/{assignment_id}/excuse", {"reason": "下雨"}),
    ("PATCH", "/api/cross/findings/{finding_id}", {"note": "同类"}),
    ("PUT", "/api/cross/lessons/00000000-0000-4000-8000-000000000000", {"assignment_id": "{assignment_id}", "text": "学"}),
    ("DELETE", "/api/media/{photo_id}", None),
)  # fmt: skip


@pytest.mark.either_db
def test_a_write_to_something_hidden_is_answered_as_one_to_nothing(
    watching: Watching, ring: RingTown
) -> None:
    watch = watching("captain:B", "office2", only=LOOKED_AT)
    *_, hidden = a_round(ring, watch.known["taken"])
    nothing = {name: str(uuid.uuid4()) for name in hidden}
    for name in watch.people:
        for method, path, body in WRITES:
            one, other = (watch.wrote(name, method, path, body, ids) for ids in (hidden, nothing))
            assert one.status == 404, path
            assert one == other, path


@pytest.mark.either_db
@pytest.mark.parametrize("leak", IN_WRITES, ids=lambda leak: leak.__name__)
def test_a_leak_in_what_a_round_writes_is_caught(
    leak: Any, watching: Watching, ring: RingTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted leaks, one at a time: the comparison above notices each. Those in what is read are in test_leaks."""
    leak(monkeypatch, ring)
    watch = watching(leak.told_to, only=LOOKED_AT)
    before = watch.view()
    *_, hidden = a_round(ring, watch.known["taken"])
    assert_shown_where_planted(leak, differences(before, watch.view(hidden)))
