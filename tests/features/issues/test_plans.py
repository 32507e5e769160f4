"""How each database means to answer the hot reads: node types and indexes, kept as text in plans/, so that a lost index shows.

Written anew with WRITE_PLANS=1.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select
from starlette.testclient import TestClient

from app.core import changes, db
from app.core.clock import now
from app.features.issues import opencases, overview, search
from app.features.issues.lifecycle import OPEN, State
from app.features.issues.models import Issue
from bench import cases as bulk
from bench.town import SOUTH, SPREAD, WEST, build, sign_in

PLANS = Path(__file__).parent / "plans"
CASES = 3000
BOX = f"{WEST},{SOUTH},{WEST + SPREAD},{SOUTH + SPREAD}"
READS = {
    "list": "/api/issues?state=submitted&limit=50",
    "search": "/api/issues?q=%E7%82%B9%E4%BD%8D17&limit=50",
    "map": f"/api/issues/map?bbox={BOX}",
    "detail": "/api/issues/{id}",
    "counts": "/api/issues/counts",
    "narrowed": "/api/issues/counts?nature=ordinary",
}
"""By name: what the desk asks."""
IN_PART = {"in_part": "/api/issues?limit=4", "in_part_due": "/api/issues?limit=4&unit=mine&sort=due"}
"""And what a unit asks."""


def _of_postgresql(database: Connection, statement: str, values: Any) -> Iterator[str]:
    found = database.exec_driver_sql(f"EXPLAIN (FORMAT JSON, COSTS OFF) {statement}", values).scalar_one()
    told = json.loads(found) if isinstance(found, str) else found
    nodes = [told[0]["Plan"]]
    while nodes:
        node = nodes.pop(0)
        index = node.get("Index Name")
        if (table := node.get("Relation Name")) == "unit_reach" and index:
            yield f"Index {table}"  # it is small: which of its two depends on the tests before
        elif table:
            yield f"{node['Node Type']} {table}" + (f" {index}" if index else "")
        elif index:
            yield f"{node['Node Type']} {index}"
        nodes = node.get("Plans", []) + nodes


def _of_sqlite(database: Connection, statement: str, values: Any) -> Iterator[str]:
    for row in database.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
        if re.match(r"(SEARCH|SCAN) ", row[3]):
            yield row[3]


def _about_cases(statement: str) -> bool:
    return (
        statement.startswith("SELECT")
        and re.search(r"\b(issues|issue_photos|issue_texts)\b", statement) is not None
    )


def _filled(database: Connection, cases: int = CASES) -> tuple[str, str]:
    """The benches' town, with enough cases for indexes to be worth it; the desk's token, and a case."""
    with db.transaction() as session:
        town = build(session)
        token = sign_in(session, town.dispatcher, "plans")
        sign_in(session, town.liaison, "unit")

    def put(table: str, columns: Sequence[str], rows: list[Any]) -> None:
        marks = ", ".join(["%s" if database.dialect.name == "postgresql" else "?"] * len(columns))
        into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        database.exec_driver_sql(into, [_typed(row, database.dialect.name) for row in rows])

    bulk.write(town, cases, put)
    database.exec_driver_sql("ANALYZE")
    if database.dialect.name == "postgresql":
        # Of small tables it would rightly read all: then a lost index would not show.
        database.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = database.exec_driver_sql(
        "SELECT id FROM issues WHERE state = 'submitted' ORDER BY no DESC LIMIT 1"
    )
    return token, str(found.scalar_one())


def _typed(row: Any, dialect: str) -> Any:
    return row if dialect == "sqlite" else tuple(None if value is None else str(value) for value in row)


def _plans(database: Connection, client: TestClient, path: str) -> str:
    sent: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if _about_cases(statement):
            sent.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    explain = _of_postgresql if database.dialect.name == "postgresql" else _of_sqlite
    return "\n\n".join("\n".join(explain(database, *one)) for one in sent) + "\n"


def test_the_plans_of_the_hot_reads_are_those_kept(
    database: Connection, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opencases, "_kept", {})
    token, case = _filled(database)
    client.headers["Authorization"] = f"Bearer {token}"
    told = {name: _plans(database, client, path.format(id=case)) for name, path in READS.items()}
    client.headers["Authorization"] = "Bearer bench-unit"
    told |= {name: _plans(database, client, path) for name, path in IN_PART.items()}
    if database.dialect.name == "postgresql":
        # Eight reasons joined in an order that small tables decide: only that none of them is read whole.
        assert "Seq Scan" not in told.pop("in_part_due")
    kept = PLANS / database.dialect.name
    if os.environ.get("WRITE_PLANS"):
        kept.mkdir(parents=True, exist_ok=True)
        for name, plans in told.items():
            (kept / f"{name}.txt").write_text(plans)
    for name, plans in told.items():
        assert (kept / f"{name}.txt").read_text() == plans, name


def test_map_and_counts_from_memory_are_those_the_database_counts(
    database: Connection, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MOST_ON_MAP", 20)
    # The town has the same id in each test; what was told of the one before is not of this one.
    monkeypatch.setattr(overview, "_told", {})
    monkeypatch.setattr(opencases, "_kept", {})
    token, _ = _filled(database, 400)
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/api/issues/map", params={"bbox": BOX}).status_code == 200
    narrow = f"{WEST},{SOUTH},{WEST + SPREAD / 3},{SOUTH + SPREAD / 2}"
    for bbox in (BOX, narrow):
        assert _comparable(client, bbox) == _comparable(client, bbox, by_sql=True)
    assert _counts(client) == _counts(client, by_sql=True)
    for state in ("deferred", "in_review", "rejected"):
        with db.transaction() as session:
            case, beside = session.scalars(select(Issue).where(Issue.state == "submitted").limit(2)).all()
            case.state, case.due_at = State(state), now() + timedelta(hours=1)
            again = session.scalars(select(Issue).where(Issue.state == "closed").limit(1)).one()
            again.state, again.is_held, again.found_at = State.SUBMITTED, state == "deferred", now()
            again.category_id, again.lat, again.lon = beside.category_id, beside.lat, beside.lon
            for one in (case, again):
                changes.note(session, one.town_id, "issue", one.id)
        assert _comparable(client, BOX) == _comparable(client, BOX, by_sql=True)
        told = _counts(client)
        assert told == _counts(client, by_sql=True)
        assert {name: told[name] for name in LISTS} == {
            name: len(_all(client, wanted)) for name, wanted in LISTS.items()
        }
    assert min(told["near"], told["overdue"], told["held"], told["states"]["rejected"]) > 0


@pytest.mark.either_db
def test_a_common_word_is_found_in_the_order_of_the_list_whatever_way_it_is_looked_for(
    database: Connection, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = _filled(database, 600)
    client.headers["Authorization"] = f"Bearer {token}"
    seldom = client.get("/api/issues", params={"limit": 200}).json()["items"][150]["category"]["zh"]
    for wanted in (
        {"q": "堆放"},
        {"q": "堆放", "state": "closed"},
        {"q": seldom},
        {"q": f"{seldom} 堆放", "sort": "updated"},
    ):
        told = {}
        for common in (10**9, 5):
            monkeypatch.setattr(search, "COMMON", common)
            told[common] = _all(client, {**wanted, "limit": 20})
        assert len(told[5]) > 10
        assert told[5] == told[10**9], wanted


LISTS: dict[str, dict[str, Any]] = {
    "open": {"state": sorted(OPEN)},
    "overdue": {"overdue": True},
    "urgent": {"nature": "urgent", "state": sorted(OPEN)},
    "held": {"held": True, "state": sorted(OPEN)},
    "sampled": {"sampled": True, "state": "closed"},
    "bounced": {"bounced": True},
    "leads": {"lead": True, "state": "submitted"},
    "near": {"near": True},
}
"""By badge: the list that it counts."""


def _all(client: TestClient, wanted: dict[str, Any]) -> list[str]:
    """The ids of every page."""
    ids: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = client.get("/api/issues", params={"limit": 200, **wanted, **more}).json()
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        more = {"cursor": page["next"]}


def _counts(client: TestClient, *, by_sql: bool = False) -> Any:
    states = {"state": sorted(State)} if by_sql else {}
    return client.get("/api/issues/counts", params=states).json()


def _comparable(client: TestClient, bbox: str, *, by_sql: bool = False) -> Any:
    # A filter that lets everything open through is counted in SQL.
    states = {"state": sorted(OPEN)} if by_sql else {}
    told = client.get("/api/issues/map", params={"bbox": bbox, **states}).json()
    told["grids"].sort(key=lambda grid: grid["id"])
    for cluster in told["clusters"]:
        cluster |= {"lon": round(cluster["lon"], 9), "lat": round(cluster["lat"], 9)}
    told["clusters"].sort(key=lambda cluster: (cluster["lon"], cluster["lat"]))
    return told
