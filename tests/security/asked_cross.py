"""How the operations of a cross-check round are asked for: the fields of an Ask. The round of the scene is the office's own."""

import uuid
from collections.abc import Callable
from typing import Any

from tests.security.scene import Scene, on


def _record(**body: Any) -> Callable[[Scene], dict[str, Any]]:
    def ask(_: Scene) -> dict[str, Any]:
        return {
            "path": {"record_id": str(uuid.uuid4())},
            "json": {"assignment_id": str(uuid.uuid4()), **body},
        }

    return ask


def _units(scene: Scene) -> list[str]:
    return [scene["town:own"], scene["unit:own"], scene["unit:other"]]


AT = "2026-05-11T10:00:00+08:00"
CROSS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "put_cross_nonce": lambda _: {"path": {"day": "2026-05-11"}, "json": {"nonce": "0" * 64}},
    "put_cross_visit": _record(point_id=str(uuid.uuid4()), arrived_at=AT),
    "put_cross_finding": _record(category="X", captured_at=AT),
    "put_cross_correction": _record(finding_id=str(uuid.uuid4()), text="补充"),
    "put_cross_interview": _record(question=1, answer="yes"),
    "put_cross_mirror": _record(category="X", own_state="none"),
    "put_cross_rating": _record(items=[{"item": "order", "result": "pass"}]),
    "put_cross_lesson": _record(text="学到了"),
    "put_cross_practice": _record(kind="strength", text="宣传到位"),
    "put_cross_verification": _record(finding_id=str(uuid.uuid4()), result="solved"),
    "put_cross_submission": _record(unsent_drafts=0, is_complete=True, signed_at=AT),
    "add_cross_ring": lambda s: {"json": {"code": "NEW", "name_zh": "新环", "unit_ids": _units(s)}},
    "change_cross_ring": lambda _: {"json": {"name_zh": "改名"}, "headers": {"If-Match": '"1"'}},
    "propose_cross_pairing": lambda s: {"json": {"rule": "random", "unit_ids": _units(s)}},
    "plan_cross_round": lambda s: {
        "json": {"code": "N", "unit_ids": _units(s), "start_at": on(2).isoformat(), "point_types": ["T"]}
    },
    "postpone_cross_round": lambda _: {"json": {"start_at": on(3).isoformat()}},
    "finish_cross_task": lambda _: {"json": {"id": str(uuid.uuid4()), "photos": [{"id": str(uuid.uuid4())}]}},
    "rule_cross_finding": lambda _: {"json": {"note": "同类"}},
    "excuse_cross_team": lambda _: {"json": {"reason": "书记住院"}},
    "close_cross_round": lambda _: {"json": {"reason": "完成"}},
    "answer_cross_request": lambda _: {"json": {"answer": "已列入计划"}},
    "call_off_cross_round": lambda _: {"json": {"reason": "下雨"}},
}
