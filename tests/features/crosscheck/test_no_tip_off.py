"""Until the release nobody on the inspected side can tell that there is a round: their whole view stays the same, byte for byte."""

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from sqlalchemy import Connection, Engine

from app.core import clock, jobs
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.leaks import LEAKS
from tests.features.crosscheck.ringtown import REVEAL, RingTown
from tests.features.crosscheck.watching import View, Watch, differences, quiet
from tests.support.inline import inline

SIDE = (
    "captain:B", "liaison:B", "volunteer:B", "dispatcher", "office2", "reviewer", "leader", "sysadmin", "captain:C",
)  # fmt: skip
"""The target's secretary, liaison and volunteer, the town's desk, another office administrator, another team's captain."""
SOME = ("captain:B", "office2")
"""Looked at after each step; all of them after the last."""
LOOKED_AT = frozenset(
    {
        "count_inbox", "count_issues", "figures_overview", "get_cross_round", "get_me", "get_standards", "list_cross_findings",
        "list_inbox", "list_issues", "list_nearby_issues", "offline_points",
    }
)  # fmt: skip
"""Where the planted leaks could show, and must show only where they were planted."""
Watching = Callable[..., Watch]


@pytest.fixture
def watching(
    app: FastAPI, engine: Engine, ring: RingTown, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watching]:
    """`watching(*people)`: their view of a town in which something is going on already."""
    quiet(monkeypatch)
    known = _busy(ring)
    with inline(app, monkeypatch) as enter:

        def start(*people: str, only: frozenset[str] = frozenset()) -> Watch:
            watch = Watch(app, engine, database, ring, enter, people, known=dict(known), only=only)
            watch.start()
            return watch

        yield start


def _busy(ring: RingTown) -> dict[str, str]:
    """A case at B's first point and one sent to B; what paths are filled with."""
    point = ring.points["B"][0]
    filed = []
    for _ in range(2):
        body = {
            "action": "submit", "category": "ORD-02", "point_id": str(point.id), "captured_at": clock.now().isoformat(),
            "clock_offset_seconds": 0, "photos": [{**ring.photo("volunteer:B"), "role": "before"}],
        }  # fmt: skip
        answer = ring.client("volunteer:B").put(f"/api/reports/{uuid.uuid4()}", json=body)
        filed.append(answer.json()["issue"])
    sent = ring.client("dispatcher").post(
        f"/api/issues/{filed[0]['id']}/actions/dispatch", json={"unit_id": str(ring.units["B"].id)},
        headers={"If-Match": f'"{filed[0]["version"]}"'},
    )  # fmt: skip
    assert sent.status_code == 200, sent.text
    return {
        "issue_id": filed[0]["id"],
        "point_id": str(point.id),
        "unit_id": str(ring.units["B"].id),
        "person_id": str(ring.people["liaison:B"].id),
        "user_id": str(ring.people["volunteer:B"].id),
        "type_code": "RES",
        "number": "1",
        "taken": str(uuid.uuid4()),
    }


def a_round(ring: RingTown, taken: str) -> Iterator[dict[str, str]]:
    """A inspects B, by table, up to the office's consolidation: the ids of what is hidden, after each step."""
    edge = {"inspector_id": str(ring.units["A"].id), "target_id": str(ring.units["B"].id)}
    planned = ring.plan(pairing="planned", unit_ids=None, edges=[edge])
    hidden = {"round_id": planned["id"]}
    yield hidden
    with clock.frozen(REVEAL):
        ring.reveal(planned["id"])
        task = ring.task("A")
        hidden |= {"assignment_id": task["id"]}
        yield hidden
        shot = ring.photo("captain:A", uuid.UUID(taken))
        found = ring.finding("captain:A", task, photos=[shot])
        ring.sent("captain:A", "correction", task, finding_id=found, text="还有两辆", nature="urgent")
        ring.sent("captain:A", "practice", task, kind="strength", text="宣传浓厚", adopt=True)
        ring.complete("A")
        assert ring.submit("A").status_code == 201
        (shown,) = ring.get(f"rounds/{planned['id']}/findings")["items"]
        ring.client("office").patch(f"/api/cross/findings/{shown['id']}", json={"note": "属实"})
        hidden |= {"finding_id": shown["id"], "photo_id": shown["photos"][0]["id"]}
        ring.post(f"rounds/{planned['id']}/consolidate")
    yield hidden


def test_no_view_tells_of_a_round_before_its_release_S13_S17(
    watching: Watching, ring: RingTown, database: Connection
) -> None:
    # The statements are the same on both databases, so fewer people look on PostgreSQL.
    _look_at_a_round(watching, ring, SIDE[:5] if database.dialect.name == "sqlite" else SOME)


@pytest.mark.soak
def test_no_view_of_anybody_tells_of_a_round_before_its_release(watching: Watching, ring: RingTown) -> None:
    _look_at_a_round(watching, ring, SIDE)


def _look_at_a_round(watching: Watching, ring: RingTown, side: Sequence[str]) -> None:
    watch = watching(*side)
    before = watch.view()
    assert sum(seen.status == 200 for seen in before.values()) > 30 * len(side), "the views show something"
    for step, hidden in enumerate(a_round(ring, watch.known["taken"]), 1):
        people = side if step == 3 else SOME
        told = differences(_of(before, people), watch.view(hidden, people))
        assert told == [], f"after step {step}"
    assert b"cross_" not in generate_latest(), "the figures for Prometheus count no request about rounds"
    ring.post(f"rounds/{hidden['round_id']}/release")
    jobs.drain()
    told = differences(_of(before, SOME[:1]), watch.view(hidden, SOME[:1]))
    assert any("list_cross_rounds" in line for line in told), "what may be seen is seen"


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
    watch = watching("captain:B", "office2")
    *_, hidden = a_round(ring, watch.known["taken"])
    nothing = {name: str(uuid.uuid4()) for name in hidden}
    for name in watch.people:
        for method, path, body in WRITES:
            one, other = (watch.wrote(name, method, path, body, ids) for ids in (hidden, nothing))
            assert one.status == 404, path
            assert one == other, path


@pytest.mark.either_db
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_caught(
    leak: Any, watching: Watching, ring: RingTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirteen planted leaks, one at a time: the comparison above notices each."""
    leak(monkeypatch, ring)
    watch = watching(leak.told_to, only=LOOKED_AT)
    before = watch.view()
    *_, hidden = a_round(ring, watch.known["taken"])
    after = watch.view(hidden)
    told: list[str] = differences(before, after)
    assert any(leak.shown_in in line for line in told), told
    assert _quietly(before, after, leak.shown_in)


def _quietly(before: View, after: View, operation: str) -> bool:
    """Everything else stays the same: the leak is found where it was planted."""
    return all(operation in line for line in differences(before, after))
