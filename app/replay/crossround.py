"""咬尾巴 TB-2021-1: planned by the table of demo.yaml, walked, signed, consolidated and released through its own routes."""

import uuid
from datetime import date, timedelta
from typing import Any

from app.core import clock, jobs
from app.demo.town import read_data
from app.replay.recipes import whole
from app.replay.stage import OFFICE, PRINCIPAL, Stage, morning

Measured = dict[str, Any]


def shimen_round(stage: Stage, period: tuple[date, date], recipe: Measured) -> Measured:
    """Each team finds its share; the office releases; the figures count the cases that came of it."""
    plan = next(one for one in read_data("demo.yaml")["cross_rounds"] if one["code"] == recipe["round"])
    start = morning(date.fromisoformat(plan["planned_on"]), 10)
    stage.at(start - timedelta(hours=2))
    edges = [
        {f"{side}_id": str(stage.ids.units[edge[side]]) for side in ("inspector", "target")}
        for edge in plan["assignments"]
    ]
    body = {
        "code": plan["code"], "pairing": "planned", "edges": edges, "start_at": start.isoformat(),
        "reveal_minutes": plan["reveal_minutes_before"], "point_types": plan["point_types"],
        "target_score": plan["target_score"],
    }  # fmt: skip
    round_id = stage.client(OFFICE).post("/api/cross/rounds", body)["id"]
    stage.at(start - timedelta(minutes=plan["reveal_minutes_before"]))
    stage.step_up(OFFICE).post(f"/api/cross/rounds/{round_id}/reveal", None)
    stage.at(start)
    captains = [f"u.{edge['inspector'].lower()}.sec" for edge in plan["assignments"]]
    _walk(stage, captains, [row["category"] for row in recipe["by_category"] for _ in range(row["n"])])
    _release(stage, round_id)
    return _count(stage, round_id, len(edges))


def _walk(stage: Stage, captains: list[str], categories: list[str]) -> None:
    """Findings are dealt out to the teams in turn; every point is visited; the captain signs."""
    for number, login in enumerate(captains):
        found = categories[number :: len(captains)]
        (task,) = stage.client(login).get("/api/cross/mine")["items"]
        points = task["package"]["points"]
        for point in points:
            results = [{"item": item, "result": "pass"} for item in point["items"]]
            at = clock.now().isoformat()
            _send(stage, login, task, "visit", point_id=point["id"], arrived_at=at, results=results)
        for n, category in enumerate(found):
            point = points[n % len(points)]
            at = clock.now().isoformat()
            _send(
                stage, login, task, "finding", point_id=point["id"], category=category, description="互查发现",
                captured_at=at, clock_offset_seconds=0, photos=[_photo(stage, login)],
            )  # fmt: skip
        _five_questions(stage, login, task)
        for category in sorted(set(found)):
            _send(stage, login, task, "mirror", category=category, own_state="none")
        _send(stage, login, task, "rating", items=[{"item": "environment", "result": "pass"}])
        _send(stage, login, task, "lesson", text="宣传栏做得好")
        signed = {"unsent_drafts": 0, "is_complete": True, "signed_at": clock.now().isoformat()}
        _send(stage, login, task, "submission", **signed)
        stage.report(number + 1, len(captains))


def _five_questions(stage: Stage, login: str, task: dict[str, Any]) -> None:
    day = (clock.now() + timedelta(days=9)).date().isoformat()
    for said in (
        {"question": 1, "answer": "yes"},
        {"question": 2, "answer": "satisfied"},
        {"question": 3, "answer": "yes", "text": "我们也划停车线", "due_on": day},
        {"question": 4, "text": "每周三集中清理", "category": "ORD-02"},
        {"question": 5, "text": "请协调增设车棚"},
    ):
        _send(stage, login, task, "interview", **said)


def _photo(stage: Stage, login: str) -> dict[str, Any]:
    photo_id = uuid.uuid4()
    stage.client(login).picture(photo_id, stage.picture())
    return {"id": str(photo_id), "captured_at": clock.now().isoformat(), "clock_offset_seconds": 0}


def _send(stage: Stage, login: str, task: dict[str, Any], record: str, /, **body: Any) -> None:
    path = f"/api/cross/{record}s/{uuid.uuid4()}"
    stage.client(login).put(path, {"assignment_id": task["id"], **body})


def _release(stage: Stage, round_id: str) -> None:
    stage.at(clock.now() + timedelta(hours=6))
    for step in ("consolidate", "release"):
        stage.step_up(OFFICE).post(f"/api/cross/rounds/{round_id}/{step}", None)
    jobs.drain()


def _count(stage: Stage, round_id: str, units: int) -> Measured:
    """From the figures, and from the round as it is shown."""
    client = stage.client(PRINCIPAL)
    told = client.get("/api/figures/metrics", since="campaign", source="cross", by="category")
    found = {group["code"]: whole(group["figures"][0]["n"]) for group in told["groups"]}
    ranked = sorted(found, key=lambda code: -found[code])
    edges = stage.client(OFFICE).get(f"/api/cross/rounds/{round_id}")["edges"]
    targets = [edge["target"]["id"] if "target" in edge else edge["target_id"] for edge in edges]
    return {
        "findings": whole(told["figures"][0]["n"]),
        "at_least": whole(told["figures"][0]["n"]),
        "top4": ranked[:4],
        "each_unit_inspected_once": len(targets) == len(set(targets)) == units,
    }
