"""How the operations of rosters are asked for properly."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.core.clock import now

if TYPE_CHECKING:
    from tests.security.scene import Scene

_VERSION = {"If-Match": '"1"'}


def _period(_: "Scene") -> dict[str, Any]:
    return {
        "json": {"name_zh": "迎检", "from_on": "2027-01-01", "until_on": "2027-01-09"},
        "headers": _VERSION,
    }


def _shifts(scene: "Scene") -> dict[str, Any]:
    days = {"from_on": "2027-01-01", "until_on": "2027-01-02", "starts": "09:00", "ends": "17:00"}
    return {"json": {"user_ids": [scene["person:own"]], "at_unit_id": scene["unit:own"], **days}}


def _shift(scene: "Scene") -> dict[str, Any]:
    times = {"starts_at": now().isoformat(), "ends_at": (now() + timedelta(hours=1)).isoformat()}
    return {"json": {"at_unit_id": scene["unit:own"], **times}, "headers": _VERSION}


def _word(_: "Scene") -> dict[str, Any]:
    return {"json": {"at": now().isoformat(), "clock_offset_seconds": 0}}


def _muster(scene: "Scene") -> dict[str, Any]:
    marks = [{"shift_id": scene["shift:own"], "is_present": True}]
    body = {"unit_id": scene["unit:own"], "held_at": now().isoformat(), "marks": marks}
    return {"path": {"muster_id": str(uuid.uuid4())}, "json": body}


def _call(scene: "Scene") -> dict[str, Any]:
    return {"json": {"issue_id": scene["case:fresh"], "team_id": scene["emergency:own"]}}


ROSTERS: dict[str, Callable[["Scene"], dict[str, Any]]] = {
    "add_standby_period": _period,
    "change_standby_period": _period,
    "add_shifts": _shifts,
    "change_shift": _shift,
    "remove_shift": lambda _: {"headers": _VERSION},
    "check_in_shift": _word,
    "check_out_shift": _word,
    "put_muster": _muster,
    "get_roll": lambda scene: {"query": {"unit": scene["unit:own"]}},
    "record_training": lambda scene: {
        "json": {"topic": "岗前培训", "held_on": "2026-11-01", "user_ids": [scene["person:own"]]}
    },
    "call_team_out": _call,
    "pick_team": lambda scene: {"json": {"team_id": scene["emergency:own"]}, "headers": _VERSION},
    "withdraw_call_out": lambda _: {"headers": _VERSION},
    "arrive_at_call_out": _word,
    "finish_call_out": _word,
}
