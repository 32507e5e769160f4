"""How each operation is asked for properly: path, query and body. The matrix says who asks and what they hear."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.core.clock import now
from app.core.config import get_settings
from app.features.issues.lifecycle import MOVES, Action
from tests.features.photos.conftest import content_digest
from tests.security.asked_cross import CROSS
from tests.security.asked_rosters import ROSTERS
from tests.security.scene import PICTURE, SQUARE, Scene
from tests.support.cases import version_of
from tests.support.states import PREPARED, a_case, ready

PASSWORD = "a long enough pass phrase"
CASE_ACTIONS = tuple(a for a in Action if any(act == a and state for state, act in MOVES))


@dataclass
class Ask:
    """One request; `path` fills names of the route's path."""

    query: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    files: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)


def _if_match(version: int = 1) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def _patch(**body: Any) -> Callable[[Scene], Ask]:
    return lambda _: Ask(json=body, headers=_if_match())


def _send(**body: Any) -> Callable[[Scene], Ask]:
    return lambda _: Ask(json=body)


def _plain(_: Scene) -> Ask:
    return Ask()


def _report(scene: Scene) -> Ask:
    return Ask(path={"report_id": str(uuid.uuid4())}, json=scene.town.body())


def _command(scene: Scene) -> Ask:
    """The asker puts the case of the row, or one that nobody has, into `target`."""
    body = {"action": "add_witness", "target": None, "body": {"text": "我也看到"}, "base_version": 2}
    return Ask(path={"command_id": str(uuid.uuid4())}, json=body)


def _task(scene: Scene) -> dict[str, Any]:
    return {"title": "重点任务", "unit_id": scene["unit:own"], "due_on": "2026-12-01"}


_DAYS = {"first": "2026-11-01", "last": "2026-11-30"}


def _plan(code: str) -> dict[str, Any]:
    return {
        "code": code,
        "name_zh": "计划",
        "kind": "special",
        "start_on": "2026-01-01",
        "targets": "all_points",
    }


def _action(scene: Scene) -> dict[str, Any]:
    days = {"start_on": "2026-11-25", "until_on": "2026-11-27"}
    return {"name_zh": "专项整治", "lead_unit_id": scene["unit:own"], **days}


def _patrol(_: Scene) -> Ask:
    body = {"kind": "self_check", "started_at": now().isoformat(), "clock_offset_seconds": 0}
    return Ask(path={"patrol_id": str(uuid.uuid4())}, json=body)


def _visit(scene: Scene) -> Ask:
    body = {"patrol_id": str(uuid.uuid4()), "point_id": scene["point:own"], "arrived_at": now().isoformat()}
    return Ask(path={"visit_id": str(uuid.uuid4())}, json=body)


def _photo(_: Scene) -> Ask:
    headers = {"Content-Type": "image/tiff", "Content-Digest": content_digest(PICTURE)}
    return Ask(path={"photo_id": str(uuid.uuid4())}, content=PICTURE, headers=headers)


def _dates() -> dict[str, str]:
    return {"start_on": "2031-01-01", "end_on": "2031-12-31"}


# The rows of the matrix that name no thing (`-`) need nothing more than this; `town:…` goes into the query.
ASKED: dict[str, Callable[[Scene], Ask]] = {
    "open_campaign": lambda _: Ask(json={"code": "NEW", "name_zh": "新的创建", **_dates()}),
    "change_campaign": _patch(name_zh="改名"),
    "add_category": _send(code="NEW", name_zh="新类", theme="environment", handling_class="general"),
    "revise_category": _patch(name_zh="改名"),
    "add_check_item": _send(code="NEW", name_zh="新项", theme="environment"),
    "revise_check_item": _patch(name_zh="改名"),
    "put_command": _command,
    "add_grid": lambda _: Ask(json={"code": "NEW", "name_zh": "新网格", "geometry": SQUARE}),
    "change_grid": _patch(name_zh="改名"),
    "put_unit_pairs": lambda s: Ask(json={"pairs": []}),
    "get_declaration": lambda _: Ask(path={"number": "1"}),
    "compare_declarations": lambda _: Ask(query={"since": 1}, path={"number": "1"}),
    "get_checklist": lambda _: Ask(path={"type_code": "T"}),
    "accept_grid_duty": lambda _: Ask(path={"part": "community"}),
    "import_rows": lambda _: Ask(files={"file": ("x.csv", "编号*,名称,类型,上级\nN1,新单位,department,\n".encode())}),
    "make_webhook": _send(url="https://hooks.example.test/"),
    "change_webhook": _send(is_active=False),
    "read_inbox": _send(ids=[]),
    "create_invite": lambda s: Ask(json={"role": "volunteer", "unit_id": s["unit:own"]}),
    "bulk_issues": lambda s: Ask(
        json={"items": [{"id": s["case:fresh"], "version": 1}], "body": {"reason_code": "unclear"}}
    ),
    "close_contact_sheet": lambda s: Ask(json={"items": [{"id": s["case:fresh"], "version": 1}]}),
    "map_issues": lambda _: Ask({"bbox": "119,29,121,31"}),
    "list_nearby_issues": lambda s: Ask({"lon": 120, "lat": 30, "category": s["category"]}),
    "comment_issue": _send(audience="office", body="请看一下"),
    "join": _send(code="nonsense", name="张三", consent_version="1"),
    "check_invite": _send(code="nonsense"),
    "change_me": _send(name_zh="张三"),
    "give_consent": lambda _: Ask(json={"version": get_settings().consent_version}),
    "change_password": _send(current="not the one it was", new=PASSWORD),
    "confirm_totp": _send(ticket="nonsense", code="123456"),
    "remove_totp": _send(code="123456"),
    "create_person": lambda s: Ask(
        json={"name_zh": "李四", "unit_id": s["unit:own"], "roles": [{"role": "rectifier", "unit_id": s["unit:own"]}]}
    ),
    "change_person": _patch(title="组长"),
    "hand_over": lambda s: Ask(json={"to_id": str(s.town.people["rectifier"].id)}),
    "invite_person_back": _send(),
    "grant_role": lambda s: Ask(json={"role": "building_leader", "unit_id": s["unit:own"]}),
    "set_substitute": lambda s: Ask(json={"substitute_id": str(s.town.people["rectifier"].id)}),
    "check_photos": lambda _: Ask(json={"items": [{"id": str(uuid.uuid4()), "sha256": "0" * 64, "size": 1}]}),
    "put_photo": _photo,
    "clear_photo": _send(boxes=[{"x": 100, "y": 100, "width": 500, "height": 500}]),
    "add_point_type": _send(code="NEW", name_zh="新类型", geometry="point", zone="public"),
    "revise_point_type": _patch(name_zh="改名"),
    "add_point": _send(code="NEW", name_zh="新点", type_code="T", position={"lon": 120, "lat": 30}),
    "change_point": _patch(name_zh="改名"),
    "add_frontage": lambda s: Ask(
        json={"code": "NEW", "name_zh": "新店", "unit_id": s["unit:own"], "position": {"lon": 120, "lat": 30}}
    ),
    "change_frontage": _patch(signed_on="2026-11-01"),
    "post_report": lambda s: Ask(files={"report": (None, _json(s.town.body()), "application/json")}),
    "put_report": _report,
    "put_patrol": _patrol,
    "put_visit": _visit,
    "put_on_site": lambda s: Ask(
        path={"session_id": str(uuid.uuid4())},
        json={"issue_ids": [s["case:ours"]], "unit_ids": [s["unit:own"]], "held_at": now().isoformat(), "decision": "当日清运"},
    ),
    "put_case_visit": lambda s: Ask(
        path={"visit_id": str(uuid.uuid4())}, json={"issue_id": s["case:ours"], "visited_at": now().isoformat()}
    ),
    "add_special_action": lambda s: Ask(json=_action(s)),
    "add_key_task": lambda s: Ask(json=_task(s)),
    "change_key_task": lambda s: Ask(json=_task(s), headers=_if_match()),
    "report_key_task": _send(percent=50, text="过半"),
    "ask_information": lambda s: Ask(json={"title": "信息", "due_on": "2026-12-01", "unit_ids": [s["unit:own"]]}),
    "hand_in_information": lambda s: Ask(path={"unit_id": s["unit:own"]}, json={"text": "一条"}),
    "ask_department": lambda s: Ask(json={"unit_id": s["unit:own"], "text": "请协助"}),
    "answer_department_request": _send(answer="已办"),
    "record_petition": lambda s: Ask(json={"received_on": "2026-11-01", "subject": "停车", "unit_id": s["unit:own"]}),
    "register_lead": lambda _: Ask(
        json={"channel": "weibo", "ref": "1", "text": "乱停车", "received_at": "2026-11-01T08:00:00Z"}
    ),
    "file_lead": lambda s: Ask(json={"category": s["category"], "point_id": s["point:own"]}),
    "answer_lead": _send(answer="已办"),
    "strike_petition": _send(reason="重复"),
    "add_unit_record": lambda s: Ask(
        json={"kind": "criticism", "unit_id": s["unit:own"], "held_on": "2026-11-20", "reason": "整改拖延"}
    ),
    "put_record_outcome": lambda _: Ask(json={"outcome": "已整改", "outcome_on": "2026-11-22"}, headers=_if_match()),
    "draft_document": _send(series="notice", start_on="2026-11-01", until_on="2026-11-22"),
    "change_document": _patch(title="通报"),
    "sign_document": _patch(),
    "withdraw_document": _send(reason="数据有误"),
    "change_special_action": lambda s: Ask(json=_action(s), headers=_if_match()),
    "put_score_sheet": lambda s: Ask(
        path={"sheet_id": str(uuid.uuid4())},
        json={
            "name_zh": "点评", "held_on": "2026-11-22", "scores": [{"unit_id": s["unit:own"], "item": "SCORED", "result": "pass"}],
        },
    ),
    "add_patrol_plan": lambda _: Ask(json=_plan("NEW")),
    "change_patrol_plan": lambda _: Ask(json=_plan("PL"), headers=_if_match()),
    "preview_patrol_plan": _send(rrule="FREQ=DAILY", start_on="2026-01-01"),
    "list_patrol_plan_dates": lambda _: Ask(_DAYS),
    "add_patrol_slots": lambda _: Ask(json={"starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-11-23T00:00:00Z"}),
    "list_patrol_slots": lambda _: Ask(_DAYS),
    "patrol_coverage": lambda _: Ask(_DAYS),
    "patrol_weak_items": lambda _: Ask(_DAYS),
    "patrol_tallies": lambda _: Ask(_DAYS),
    "open_watch": lambda s: Ask(json={"point_id": s["point:unwatched"]}),
    "decide_watch": _send(decision="accept"),
    "give_responsibility": lambda s: Ask(
        json={"role": "support", "unit_id": s["unit:own"], "point_id": s["point:own"]}
    ),
    "change_responsibility": _patch(milestone="月底"),
    "sign_in": _send(login="nobody", password="not a password of anyone"),
    "confirm_second_factor": _send(ticket="nonsense", code="123456"),
    "step_up": _send(password="not the one it was"),
    "snap": lambda _: Ask({"lon": 120, "lat": 30}),
    "add_team": lambda s: Ask(json={"code": "NEW", "name_zh": "新队", "unit_id": s["unit:own"]}),
    "change_team": _patch(name_zh="改名"),
    "create_unit": lambda s: Ask(
        json={"code": "NEW", "name_zh": "新单位", "kind": "department", "parent_id": s["town:own"]}
    ),
    "change_unit": _patch(name_zh="改名"),
    "set_volunteer": _send(kind="resident"),
    **{name: (lambda scene, of=of: Ask(**of(scene))) for name, of in (CROSS | ROSTERS).items()},
}  # fmt: skip


def _json(body: Any) -> str:
    import json

    return json.dumps(body)


def action_asks(scene: Scene) -> dict[str, Ask]:
    """Each action of the lifecycle on a case that is ready for it: one of its own if it is to be prepared, else one of each state."""
    asks, stock = {}, scene.town.stock
    for action in sorted(CASE_ACTIONS, key=lambda action: action not in PREPARED):
        state = next(s for (s, a) in MOVES if a == action and s is not None)
        if action not in PREPARED and state not in stock:
            stock[state] = a_case(scene.town, state)["id"]
        tried = ready(scene.town, state, action)
        asks[f"{action}_issue"] = Ask(
            json=tried.body,
            headers=_if_match(version_of(tried.case["id"])),
            path={"issue_id": tried.case["id"]},
        )
    return asks
