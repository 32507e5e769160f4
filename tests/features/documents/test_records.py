"""约谈与奖惩: who may write it, with whom a talk is, what it was about, and whom the rules propose."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.core import db
from app.core.clock import frozen, now
from app.features.documents import records
from app.features.issues.models import Issue
from tests import factories
from tests.support.cases import World

pytestmark = pytest.mark.either_db


def talk(town: World, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "talk",
        "unit_id": str(town.unit.id),
        "person_id": str(town.people["head"].id),
        "ground": "progress",
        "held_on": "2026-11-20",
        "reason": "到期未办结较多",
        **changes,
    }


def put(town: World, body: dict[str, Any], name: str = "principal") -> Any:
    return town.client(name).post("/api/unit-records", json=body)


def listed(town: World, name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = town.client(name).get("/api/unit-records").json()["items"]
    return items


def test_a_talk_names_one_of_four_grounds_and_the_units_principal_and_is_followed_up_Z14_D26(
    town: World,
) -> None:
    case = town.dispatched()
    for ground in ("attention", "measures", "progress", "results"):
        assert put(town, talk(town, ground=ground)).status_code == 201, ground
    wrong: tuple[dict[str, Any], ...] = (
        {"ground": "laziness"}, {"ground": None}, {"person_id": None}, {"person_id": str(town.people["liaison"].id)},
        {"person_id": str(town.people["other_head"].id)}, {"unit_id": str(town.people["stranger"].unit_id)},
        {"issue_ids": ["00000000-0000-0000-0000-000000000000"]}, {"due_on": "2026-11-19"}, {"reason": " "},
        {"kind": "commendation"}, {"kind": "accountability", "ground": None},
    )  # fmt: skip
    for changes in wrong:
        assert put(town, talk(town, **changes)).status_code == 422, changes
    for name in ("dispatcher", "reviewer", "leader", "liaison", "head", "volunteer", "pending"):
        assert put(town, talk(town), name).status_code == 403, name
    made = put(
        town, talk(town, commitments="三日内清零", due_on="2026-11-27", issue_ids=[case["id"]]), "line"
    ).json()
    assert (made["person"], made["is_open"]) == (town.people["head"].name_zh, True)
    assert [one["id"] for one in made["issues"]] == [case["id"]]
    outcome = {"outcome": "已办结", "outcome_on": "2026-11-26"}
    path, version = f"/api/unit-records/{made['id']}/outcome", {"If-Match": '"1"'}
    assert town.client("head").put(path, json=outcome, headers=version).status_code == 403
    assert town.client("other_head").put(path, json=outcome, headers=version).status_code == 404
    told = town.client("admin").put(path, json=outcome, headers=version).json()
    assert (told["outcome"], told["is_open"]) == ("已办结", False)
    assert town.client("admin").put(path, json=outcome, headers=version).json()["code"] == "version-conflict"


def test_commendation_and_criticism_of_a_period_and_a_principal_reads_the_own_ones_Z13(town: World) -> None:
    plain = {"person_id": None, "ground": None}
    assert put(town, talk(town, kind="commendation", reason="整改又快又好", **plain)).status_code == 201
    assert (
        put(town, talk(town, kind="criticism", unit_id=str(town.other_unit.id), **plain)).status_code == 201
    )
    case = town.dispatched()
    assert put(town, talk(town, kind="accountability", issue_ids=[case["id"]], **plain)).status_code == 201
    kinds = {"commendation", "accountability"}
    assert {one["kind"] for one in listed(town, "admin")} == kinds | {"criticism"}
    assert {one["kind"] for one in listed(town, "head")} == kinds
    assert {one["kind"] for one in listed(town, "other_head")} == {"criticism"}
    for name in ("liaison", "dispatcher", "auditor"):
        assert town.client(name).get("/api/unit-records").status_code == 403, name


def test_the_rules_propose_a_unit_with_numerator_denominator_and_limit_Z14(town: World) -> None:
    def proposed() -> list[tuple[Any, ...]]:
        answer = town.client("principal").get("/api/unit-records/candidates")
        assert answer.status_code == 200, answer.text
        keys = ("rule", "ground", "n", "d", "percent", "limit")
        return [(one["unit"]["zh"], *(one[key] for key in keys)) for one in answer.json()["items"]]

    assert proposed() == []
    cases = [town.rectifying()["id"] for _ in range(5)]
    town.dispatched()
    with db.transaction() as session:
        late = now() - timedelta(hours=1)
        session.execute(
            update(Issue).where(Issue.id.in_([UUID(one) for one in cases[:4]])).values(due_at=late)
        )
        session.execute(update(Issue).where(Issue.id == UUID(cases[0])).values(rework_count=2))
    assert proposed() == [("汀兰物业", "returned", "measures", 1, 6, 16.7, 0)], (
        "four due: too few for a percentage"
    )
    with db.transaction() as session:
        session.execute(update(Issue).where(Issue.id == UUID(cases[4])).values(due_at=late))
    assert ("汀兰物业", "on_time", "progress", 0, 5, 0.0, 80) in proposed()
    back = town.dispatched()
    town.done("liaison", back["id"], "bounce", reason_code="not_ours")
    with frozen(now() + timedelta(days=3, hours=1)):
        town.done("dispatcher", back["id"], "dispatch", unit_id=str(town.unit.id))
        assert ("汀兰物业", "unclaimed", "attention", 1, 8, 12.5, 0) in proposed(), (
            "an order sent back waits no more"
        )
    with db.transaction() as session:
        gone = {"until_on": now().date() - timedelta(days=1)}
        factories.user(session, town.unit, "unit_principal", **gone)
    heads = town.client("admin").get("/api/unit-records/candidates").json()["items"][0]["principals"]
    assert [one["zh"] for one in heads] == [town.people["head"].name_zh]
    assert town.client("head").get("/api/unit-records/candidates").status_code == 403


def test_a_limit_is_passed_not_met_Z14() -> None:
    limits = {"on_time_percent": 80, "relapse_percent": 10, "at_least": 5}
    met = {"due": 5, "on_time": 4, "looked_back": 10, "relapsed_then": 1}
    assert list(records._over(met, limits)) == []
    passed = records._over({**met, "on_time": 3, "relapsed_then": 2}, limits)
    assert [(one["rule"], one["n"], one["d"], one["limit"]) for one in passed] == [
        ("on_time", 3, 5, 80),
        ("relapse", 2, 10, 10),
    ]
