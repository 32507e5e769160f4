"""Lists, detail, counts, map, search, files: what is shown, and what it costs."""

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, event, select

from app.core import clock, db
from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.errors import Problem
from app.features.issues import listing, listpages, policy, queries
from app.features.issues.allowed import NEED_THE_BODY
from app.features.issues.lifecycle import MOVES, Action, State
from app.features.issues.moves import GUARDS, Moving, allowed_actions
from tests import factories
from tests.support.cases import LAT, LON, World


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile, savepoints left out."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET ", "BEGIN")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize("name", ["dispatcher", "liaison", "volunteer", "line"])
def test_a_list_costs_at_most_five_statements_whatever_its_length(
    town: World, engine: Engine, name: str
) -> None:
    costs = []
    for _ in range(2):
        for _ in range(3):
            town.dispatched()
            town.filed()
        with db.reading() as session:
            viewer = factories.viewer(session, town.people[name])
            with statements(engine) as seen:
                page = listing.show_page(session, viewer, queries.Filters(), "found", None, 50)
        assert page.items
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 5


def test_pages_hold_every_case_once_in_order(town: World) -> None:
    for minutes in (5, 3, 9, 1, 7):
        town.filed(captured_at=(now() - timedelta(minutes=minutes)).isoformat())
    client = town.client("dispatcher")
    for sort, key in (("found", "found_at"), ("due", "campaign_due_at"), ("updated", "version")):
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = client.get(
                "/api/issues", params={"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
            )
            found += page.json()["items"]
            cursor = page.json()["next"]
            if cursor is None:
                break
        assert len({i["id"] for i in found}) == len(found) == 5
        keys = [i[key] for i in found]
        assert keys == sorted(keys, reverse=sort == "found")
    assert (
        client.get(
            "/api/issues", params={"sort": "due", "cursor": page.json()["next"] or "bm9wZQ"}
        ).status_code
        == 400
    )


def test_filters_narrow_the_list(town: World) -> None:
    with db.transaction() as session:
        other = factories.category(session, town.town, nature="urgent")
        far = factories.point(session, town.town, lon=LON + 0.02)
    plain, sent = town.filed()["id"], town.dispatched()["id"]
    urgent = town.filed(category=other.code, position={"lon": LON + 0.02, "lat": LAT})["id"]
    old = town.filed(captured_at=(now() - timedelta(days=5)).isoformat())["id"]
    client = town.client("dispatcher")
    everything = {plain, sent, urgent, old}
    expected: list[tuple[dict[str, Any], set[str]]] = [
        ({}, everything),
        ({"state": ["dispatched", "closed"]}, {sent}),
        ({"unit": str(town.unit.id)}, {sent}),
        ({"point": str(far.id)}, {urgent}),
        ({"category": other.code}, {urgent}),
        ({"nature": ["urgent", "difficult"]}, {urgent}),
        ({"overdue": True}, {old}),
        ({"overdue": False}, everything - {old}),
        ({"found_from": (now() - timedelta(days=1)).isoformat()}, everything - {old}),
        ({"found_until": (now() - timedelta(days=1)).isoformat()}, {old}),
        ({"due_before": now().isoformat()}, {old}),
        ({"reporter": "me"}, set()),
        ({"held": True}, set()),
        ({"source": "snap"}, everything),
        ({"bounced": True}, set()),
        ({"lead": True}, set()),
    ]
    for wanted, cases in expected:
        assert set(ids(client.get("/api/issues", params=wanted))) == cases, wanted
    assert ids(
        town.client("volunteer").get("/api/issues", params={"reporter": "me", "point": str(far.id)})
    ) == [urgent]
    assert ids(town.client("liaison").get("/api/issues", params={"unit": "mine"})) == [sent]


def test_search_finds_two_character_words_numbers_and_names(town: World) -> None:
    case = town.filed(description="两只垃圾桶旁堆了袋装垃圾 lane 9")
    town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    hits = [
        "垃圾",
        "垃圾桶",
        "袋装垃圾",
        "兰溪",
        "兰溪苑",
        "暴露",
        "圾",
        "1",
        "0001",
        "垃圾 兰溪",
        "lan",
        "LANE 9",
        "汀兰物业",
    ]
    for query in hits:
        assert ids(town.client("dispatcher").get("/api/issues", params={"q": query})) == [case["id"]], query
    for query in ("桶垃", "物业公司", "2", "垃圾 滨河", "苑暴", '"*)(', "OR 1=1", "lane: 8"):
        assert ids(town.client("dispatcher").get("/api/issues", params={"q": query})) == [], query


def test_counts_are_what_the_viewer_may_see(town: World) -> None:
    town.filed()
    town.dispatched(captured_at=(now() - timedelta(hours=71)).isoformat())
    town.filed("pending")
    with clock.frozen(now() + timedelta(hours=5)):
        counts = town.client("dispatcher").get("/api/issues/counts").json()
        assert (counts["states"]["submitted"], counts["states"]["dispatched"], counts["open"]) == (2, 1, 3)
        assert (counts["held"], counts["overdue"]) == (1, 1)
        unit = town.client("liaison").get("/api/issues/counts").json()
        assert (unit["open"], unit["my_orders"], unit["states"]["submitted"]) == (1, 1, 0)
        assert town.client("volunteer").get("/api/issues/counts").json()["reported"] == 2


def test_badges_from_memory_follow_every_move(town: World) -> None:
    """Whoever sees the town whole is counted from memory; a filter that lets all through is counted by the database."""
    desk = town.client("dispatcher")

    def states() -> dict[str, int]:
        told = desk.get("/api/issues/counts").json()
        assert told == desk.get("/api/issues/counts", params={"state": list(State)}).json()
        return {state: total for state, total in told["states"].items() if total}

    assert states() == {}
    case, other = town.filed()["id"], town.filed("pending")["id"]
    assert states() == {"submitted": 2}
    town.done("dispatcher", case, "reject", reason_code="other")
    assert states() == {"submitted": 1, "rejected": 1}
    town.done("volunteer", case, "appeal", text="它还在")
    assert states() == {"submitted": 2}
    town.done("dispatcher", case, "merge", master_id=town.dispatched()["id"])
    assert states() == {"submitted": 1, "dispatched": 1, "merged": 1}
    town.done("dispatcher", case, "unmerge", reason="不是一回事")
    town.done("dispatcher", other, "reject", reason_code="other")
    town.in_review()
    assert states() == {"submitted": 1, "dispatched": 1, "rejected": 1, "in_review": 1}


def test_requests_wait_for_those_who_may_decide(town: World) -> None:
    case = town.rectifying()
    until = (now() + timedelta(days=6)).isoformat()
    town.done("liaison", case["id"], "ask_extend", until=until, reason="等材料")
    for name, count in (("line", 1), ("liaison", 0), ("reviewer", 0)):
        assert town.client(name).get("/api/issues/counts").json()["to_decide"] == count
    assert {"extend", "refuse_request"} <= set(town.case(case["id"], "line")["allowed_actions"])
    assert "ask_extend" not in town.case(case["id"], "liaison")["allowed_actions"]


def test_the_map_and_wall_chart_colour_points_by_their_worst_open_case_X09_X11(town: World) -> None:
    box = f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"
    client = town.client("dispatcher")
    west, south, east, north = LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    added = town.client("admin").post(
        "/api/grids", json={"code": "G1", "name_zh": "第一网格", "crs": "wgs84", "geometry": shape}
    )
    assert added.status_code == 201, added.text

    def worst() -> tuple[str | None, int]:
        told = client.get("/api/issues/map", params={"bbox": box}).json()
        (point,) = told["points"]
        return point["worst"], len(told["issues"])

    assert worst() == (None, 0)
    fixed = town.in_review()
    assert worst() == ("review", 1)
    town.done("reviewer", fixed["id"], "close", match=[p["id"] for p in fixed["pairs"]])
    assert worst() == (None, 0), "struck off: green again at the next look"
    town.in_review()
    assert worst() == ("review", 1)
    town.filed()
    assert worst() == ("open", 2)
    soon = town.filed(captured_at=(now() - timedelta(hours=70)).isoformat())
    town.done("dispatcher", soon["id"], "dispatch", unit_id=str(town.unit.id))
    assert worst() == ("soon", 3)
    town.filed(nature="urgent")
    assert worst() == ("urgent", 4)
    town.filed(captured_at=(now() - timedelta(days=4)).isoformat())
    assert worst() == ("overdue", 5)
    elsewhere = client.get("/api/issues/map", params={"bbox": "121,31,122,32"}).json()
    assert (elsewhere["points"], elsewhere["issues"], elsewhere["clusters"]) == ([], [], [])
    (grid,) = elsewhere["grids"]
    assert (grid["worst"], grid["open"], grid["overdue"]) == ("overdue", 5, 1)
    (point,) = client.get("/api/issues/map", params={"bbox": box}).json()["points"]
    office, path = town.client("admin"), f"/api/points/{point['id']}"
    renamed = office.patch(path, json={"name_zh": "新名"}, headers={"If-Match": '"1"'})
    assert renamed.status_code == 200, renamed.text
    (again,) = client.get("/api/issues/map", params={"bbox": box}).json()["points"]
    assert again == point | {"zh": "新名"}
    assert client.get("/api/issues/map", params={"bbox": "1,2,3"}).status_code == 400


def test_too_many_cases_for_the_map_are_clustered(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.features.issues.overview.MOST_ON_MAP", 2)
    for lon in (LON, LON, LON + 0.05):
        town.filed(position={"lon": lon, "lat": LAT})
    box = f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"
    told = town.client("dispatcher").get("/api/issues/map", params={"bbox": box}).json()
    assert told["issues"] == []
    assert sorted(c["count"] for c in told["clusters"]) == [1, 2]


def test_nearby_offers_open_recent_cases_of_the_same_kind(town: World) -> None:
    case = town.filed()
    town.filed(position={"lon": LON + 0.001, "lat": LAT})
    town.filed(captured_at=(now() - timedelta(days=15)).isoformat())
    town.filed("pending")
    gone = town.filed()
    town.done("dispatcher", gone["id"], "reject", reason_code="other")
    wanted = {"lon": LON, "lat": LAT + 0.0002, "category": town.category.code}
    (near,) = town.client("volunteer2").get("/api/issues/nearby", params=wanted).json()["items"]
    assert (near["id"], 20 < near["distance_m"] < 25) == (case["id"], True)
    assert set(near) == {"id", "no", "category", "distance_m", "found_at", "witness_count", "thumb"}
    assert town.client("stranger").get("/api/issues/nearby", params=wanted).json()["items"] == []


def test_the_desk_sees_duplicates_history_and_a_proposal(town: World) -> None:
    first, second = town.filed(), town.filed()
    case = town.case(second["id"], "dispatcher")
    assert [d["id"] for d in case["duplicates"]] == [first["id"]]
    assert (case["point_history"]["found"], case["point_history"]["same_category"]) == (1, 1)
    proposal = case["sections"]["proposal"]
    assert (proposal["unit"]["id"], proposal["why"]) == (str(town.unit.id), "point")
    assert proposal["person"]["id"] == str(town.people["liaison"].id)
    (row,) = [
        i for i in town.client("dispatcher").get("/api/issues").json()["items"] if i["id"] == second["id"]
    ]
    assert row["near_count"] == 1


def test_allowed_actions_of_a_case_are_those_that_would_not_be_refused(town: World) -> None:
    case = town.in_review()
    seen = {
        name: set(town.case(case["id"], name)["allowed_actions"])
        for name in ("reviewer", "dispatcher", "liaison")
    }
    assert {"close", "return", "decide_pair"} <= seen["reviewer"]
    assert "close" not in seen["dispatcher"]
    assert "withdraw" in seen["liaison"]
    town.done("reviewer", case["id"], "start_review")
    assert "withdraw" not in town.case(case["id"], "liaison")["allowed_actions"]


def test_a_list_says_of_each_case_what_may_be_done_with_it(town: World) -> None:
    """It is worked out once for cases that are alike; asked one by one, each says the same."""
    cases = [town.in_review(), town.dispatched(), town.filed(), town.filed("volunteer2"), town.rectifying()]
    town.done(
        "dispatcher",
        cases[2]["id"],
        "order_site_check",
        assignee_id=str(town.people["patroller"].id),
        question="?",
    )
    for name in (
        "dispatcher",
        "reviewer",
        "liaison",
        "volunteer",
        "volunteer2",
        "patroller",
        "line",
        "admin",
    ):
        told = {i["id"]: i["allowed_actions"] for i in town.client(name).get("/api/issues").json()["items"]}
        with db.reading() as session:
            viewer = factories.viewer(session, town.people[name])
            for row in listpages.page(session, viewer, queries.Filters(), "found", None, 50):
                assert told.pop(str(row.id)) == allowed_actions(policy.standing(session, viewer), row), name
        assert told == {}


def test_every_guard_either_needs_the_body_or_can_be_asked_without(town: World) -> None:
    """A new guard that reads the body must be named in NEED_THE_BODY, or the detail of a case would crash."""
    issue = town.filed()
    with db.transaction() as session:
        viewer = factories.viewer(session, town.people["dispatcher"])
        row = queries.find_visible(session, viewer, uuid.UUID(issue["id"]))
        assert row is not None
        for (state, action), move in MOVES.items():
            for name in set(move.guards) - NEED_THE_BODY:
                if state is not None and action != Action.REFUSE_REQUEST:
                    with suppress(Problem):
                        GUARDS[name](Moving(session, viewer, row, action, None, now(), state))


def test_lists_and_cases_leave_as_spreadsheets_without_formulas(town: World) -> None:
    case = town.filed(description='=HYPERLINK("http://x")')
    answer = town.client("dispatcher").get("/api/issues.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert (len(rows), rows[1][0], rows[1][1]) == (2, "0001", "待受理")
    assert '\'=HYPERLINK("http://x")' in rows[1]
    one = town.client("dispatcher").get(f"/api/issues/{case['id']}.xlsx")
    assert one.status_code == 200
    told = openpyxl.load_workbook(io.BytesIO(one.content))
    said = str([list(sheet.values) for sheet in told.worksheets])
    assert (town.people["volunteer"].name_zh in said, "volunteer" in said) == (False, True)
    with db.reading() as session:
        kept = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.id)
        ).all()
        assert [(e.subject_kind, e.subject_id) for e in kept] == [
            ("issues", str(town.town.id)),
            ("issue", case["id"]),
        ]
    assert town.client("volunteer2").get(f"/api/issues/{case['id']}.xlsx").status_code == 404


def test_standing_is_asked_for_in_few_statements(town: World, engine: Engine) -> None:
    with db.reading() as session:
        viewer = factories.viewer(session, town.people["dispatcher"])
        with statements(engine) as seen:
            policy.standing(session, viewer)
    assert len(seen) <= 2


def test_a_map_of_many_is_told_anew_when_a_case_has_changed(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.features.issues.overview.MOST_ON_MAP", 1)
    cases = [town.filed(), town.filed()]
    desk, box = town.client("dispatcher"), f"{LON - 0.1},{LAT - 0.1},{LON + 0.1},{LAT + 0.1}"

    def counted() -> int:
        told = desk.get("/api/issues/map", params={"bbox": box}).json()
        return sum(c["count"] for c in told["clusters"])

    assert (counted(), counted()) == (2, 2)
    town.filed()
    assert counted() == 3
    town.done("dispatcher", cases[0]["id"], "reject", reason_code="other")
    assert counted() == 2
