"""Cases in any of the ten states, and how each action of the table is asked for properly. All of it through HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core import db
from app.core.clock import now
from app.features.issues.lifecycle import Action, State
from tests import factories
from tests.support.cases import World, world

Case = dict[str, Any]
Body = dict[str, Any]
MORE = ("leader", "third_party", "emergency_member")


def peopled(sign_in: Any) -> World:
    """The town, with the rarer roles too."""
    town = world(sign_in)
    with db.transaction() as session:
        for role in MORE:
            town.people[role] = factories.user(session, town.town, role)
        town.people["chief"] = factories.user(session, town.town, "point_chief")
        town.people["unit_reviewer"] = factories.user(session, town.unit)
        factories.hold(session, town.people["unit_reviewer"], "reviewer", town.town)
        point = session.merge(town.point)
        point.point_chief_id = town.people["chief"].id
    return town


def photo(town: World, name: str, role: str = "after") -> Body:
    """A photo as an action's body names it."""
    return {k: v for k, v in town.shot(town.photo(name), role).items() if k != "role"}


def later(**by: float) -> str:
    return (now() + timedelta(**by)).isoformat()


def stocked(sign_in: Any) -> World:
    """The town with one case in each state, which `a_case` hands out: for tests whose changes are undone each time."""
    town = peopled(sign_in)
    for name in town.people:
        town.client(name)
    made = {state: a_case(town, state) for state in State}
    town.stock.update((state, case["id"]) for state, case in made.items())
    return town


# ---- into each state ----
def coordinating(town: World, **changes: Any) -> Case:
    return town.done("dispatcher", town.dispatched(**changes)["id"], "escalate", reason="涉及多个单位")


def deferred(town: World, **changes: Any) -> Case:
    case = town.rectifying(**changes)
    town.done("liaison", case["id"], "ask_defer", **ask_defer())
    return town.done("line", case["id"], "defer")


def ask_defer() -> Body:
    return {
        "reason_code": "works",
        "reason": "管网改造",
        "safety_measure": "已设围挡",
        "resume_at": later(days=9),
    }


def closed(town: World, **changes: Any) -> Case:
    case = town.in_review(**changes)
    return town.done("reviewer", case["id"], "close", match=[p["id"] for p in case["pairs"]])


def rejected(town: World, **changes: Any) -> Case:
    return town.done("dispatcher", town.filed(**changes)["id"], "reject", reason_code="not_a_problem")


def merged(town: World, **changes: Any) -> Case:
    master = town.filed("volunteer2")
    return town.done("dispatcher", town.filed(**changes)["id"], "merge", master_id=master["id"])


def voided(town: World, **changes: Any) -> Case:
    case = ask_void(town, town.filed(**changes))
    return town.done("reviewer", case["id"], "void")


def ask_void(town: World, case: Case) -> Case:
    return town.done("admin", case["id"], "ask_void", reason_code="test", reason="演练")


MAKERS: dict[State, Callable[..., Case]] = {
    State.SUBMITTED: lambda town, **changes: town.case(town.filed(**changes)["id"]),
    State.DISPATCHED: World.dispatched,
    State.RECTIFYING: World.rectifying,
    State.COORDINATING: coordinating,
    State.DEFERRED: deferred,
    State.IN_REVIEW: World.in_review,
    State.CLOSED: closed,
    State.REJECTED: rejected,
    State.MERGED: merged,
    State.VOIDED: voided,
}


def a_case(town: World, state: State, **changes: Any) -> Case:
    """A case that went by the shortest way to `state`; `changes` are the report's."""
    stocked = town.stock.get(state) if not changes else None
    case = town.case(stocked) if stocked else MAKERS[state](town, **changes)
    assert case["state"] == state
    return case


# ---- each action, asked for properly ----
def body_of(town: World, action: Action, case: Case, who: str) -> Body:
    """A body that `action` takes from `who` on this case."""
    people = {name: str(person.id) for name, person in town.people.items()}
    unit, other = str(town.unit.id), str(town.other_unit.id)
    pair = next((p["id"] for p in case["pairs"] if p["after_id"]), str(town.unit.id))
    bodies: dict[Action, Callable[[], Body]] = {
        Action.ADD_WITNESS: lambda: {"text": "我也看到了"},
        Action.ORDER_SITE_CHECK: lambda: {"assignee_id": people["patroller"]},
        Action.ANSWER_SITE_CHECK: lambda: {"is_confirmed": False, "finding": "没有看到"},
        Action.CORRECT: lambda: {"reason": "看错", "description": f"改为 {case['version']}"},
        Action.DISPATCH: lambda: {"unit_id": unit},
        Action.REJECT: lambda: {"reason_code": "unclear"},
        Action.APPEAL: lambda: {"text": "请再看"},
        Action.MERGE: lambda: {"master_id": town.filed("volunteer2")["id"]},
        Action.UNMERGE: lambda: {"reason": "不是同一处"},
        Action.BOUNCE: lambda: {"reason_code": "not_ours"},
        Action.RULE_BOUNCE: lambda: {"ruling": "unfounded"},
        Action.ASSIGN: lambda: {"person_id": people["rectifier"]},
        Action.REASSIGN: lambda: {"unit_id": other, "reason": "另一家负责"},
        Action.ASK_ESCALATE: lambda: {"reason": "处理不了"},
        Action.ESCALATE: lambda: {"reason": "涉及多个单位"},
        Action.APPROVE_PLAN: lambda: {
            "meeting": "协调会", "unit_id": unit, "measures": "分三步", "final_due_at": later(days=20),
            "milestones": [{"text": "清场", "due_at": later(days=3)}],
        },
        Action.ASK_DEFER: ask_defer,
        Action.ASK_EXTEND: lambda: {"until": later(days=30), "reason": "等备件"},
        Action.REFUSE_REQUEST: lambda: {"kind": OPEN_KIND.get(State(case["state"]), "void"), "note": "不同意"},
        Action.RECTIFY: lambda: {"measure": "已清运", "photos": [photo(town, who)]},
        Action.DECIDE_PAIR: lambda: {"pair_id": pair, "decision": "matched"},
        Action.RETURN: lambda: {"reason_code": "not_solved"},
        Action.CLOSE: lambda: {"match": [p["id"] for p in case["pairs"] if p["after_id"]]},
        Action.LOOKBACK_NOT_DONE: lambda: {"reason_code": "shut"},
        Action.LOOKBACK_PASS: lambda: {"photos": [photo(town, who, "site")]},
        Action.RELAPSE: lambda: {"photos": [photo(town, who, "before")]},
        Action.ASK_REOPEN: lambda: {"reason": "照片是旧的"},
        Action.REOPEN: lambda: {"reason": "照片是旧的"},
        Action.ASK_VOID: lambda: {"reason_code": "test", "reason": "演练"},
    }  # fmt: skip
    return bodies[action]() if action in bodies else {}


OPEN_KIND = {State.CLOSED: "reopen", State.VOIDED: "escalate"}
"""What is still asked of a case in such a state, when it is not to be voided."""

RIGHT: dict[Action, str] = {
    Action.ADD_WITNESS: "inspector",
    Action.ORDER_SITE_CHECK: "dispatcher",
    Action.ANSWER_SITE_CHECK: "patroller",
    Action.CORRECT: "dispatcher",
    Action.DISPATCH: "dispatcher",
    Action.REJECT: "dispatcher",
    Action.APPEAL: "volunteer",
    Action.MERGE: "dispatcher",
    Action.UNMERGE: "dispatcher",
    Action.CLAIM: "liaison",
    Action.BOUNCE: "liaison",
    Action.RULE_BOUNCE: "dispatcher",
    Action.ASSIGN: "liaison",
    Action.REASSIGN: "dispatcher",
    Action.ASK_ESCALATE: "liaison",
    Action.ESCALATE: "dispatcher",
    Action.APPROVE_PLAN: "principal",
    Action.ASK_DEFER: "liaison",
    Action.DEFER: "line",
    Action.RESUME: "dispatcher",
    Action.ASK_EXTEND: "liaison",
    Action.EXTEND: "line",
    Action.REFUSE_REQUEST: "reviewer",
    Action.RECTIFY: "rectifier",
    Action.WITHDRAW: "liaison",
    Action.START_REVIEW: "reviewer",
    Action.DECIDE_PAIR: "reviewer",
    Action.RETURN: "reviewer",
    Action.CLOSE: "reviewer",
    Action.APPROVE_CLOSE: "line",
    Action.LOOKBACK_NOT_DONE: "inspector",
    Action.LOOKBACK_PASS: "inspector",
    Action.NOT_FIXED: "volunteer",
    Action.RELAPSE: "inspector",
    Action.ASK_REOPEN: "auditor",
    Action.REOPEN: "admin",
    Action.ASK_VOID: "admin",
    Action.VOID: "reviewer",
}
"""Who does it, as a rule."""


@dataclass
class Try:
    """An action about to succeed: who asks for it, of which case, with which body."""

    who: str
    case: Case
    body: Body = field(default_factory=dict)


def ready(town: World, state: State, action: Action) -> Try:
    """A case in `state` on which `action` is allowed, with all that its guards ask for."""
    who = RIGHT[action]
    case = PREPARED.get(action, a_case)(town, state)
    assert case["state"] == state
    if action == Action.REFUSE_REQUEST:
        who = {State.CLOSED: "admin", State.VOIDED: "dispatcher"}.get(state, who)
    return Try(who, case, body_of(town, action, case, who))


def _bounced(town: World, state: State) -> Case:
    case = town.dispatched()
    case = town.done("liaison", case["id"], "bounce", reason_code="not_ours")
    if state != State.SUBMITTED:
        case = town.done("dispatcher", case["id"], "dispatch", unit_id=str(town.unit.id))
    return town.done("liaison", case["id"], "claim") if state == State.RECTIFYING else case


def _asked(town: World, state: State) -> Case:
    """Something is asked of the case: to void it, or what OPEN_KIND says."""
    if state == State.CLOSED:
        return town.done("auditor", closed(town)["id"], "ask_reopen", reason="照片是旧的")
    case = town.dispatched() if state == State.VOIDED else town.filed()
    if state == State.VOIDED:
        town.done("liaison", case["id"], "ask_escalate", reason="处理不了")
    if state not in (State.VOIDED, State.MERGED, State.REJECTED):
        return ask_void(town, a_case(town, state))
    ask_void(town, case)
    if state == State.VOIDED:
        return town.done("reviewer", case["id"], "void")
    if state == State.REJECTED:
        return town.done("dispatcher", case["id"], "reject", reason_code="unclear")
    return town.done("dispatcher", case["id"], "merge", master_id=town.filed("volunteer2")["id"])


def _site_check(town: World, state: State) -> Case:
    case = a_case(town, state)
    return town.done(
        "dispatcher", case["id"], "order_site_check", assignee_id=str(town.people["patroller"].id)
    )


def _to_defer(town: World, state: State) -> Case:
    return town.done("liaison", a_case(town, state)["id"], "ask_defer", **ask_defer())


def _to_extend(town: World, state: State) -> Case:
    case = a_case(town, state)
    return town.done("liaison", case["id"], "ask_extend", until=later(days=30), reason="等备件")


def _to_approve(town: World, state: State) -> Case:
    case = a_case(town, state, nature="urgent")
    return town.done("reviewer", case["id"], "close", match=[p["id"] for p in case["pairs"]])


def _not_fixed(town: World, state: State) -> Case:
    return town.done("volunteer", a_case(town, state)["id"], "not_fixed", text="还在")


PREPARED: dict[Action, Callable[[World, State], Case]] = {
    Action.RULE_BOUNCE: _bounced,
    Action.REFUSE_REQUEST: _asked,
    Action.ANSWER_SITE_CHECK: _site_check,
    Action.DEFER: _to_defer,
    Action.EXTEND: _to_extend,
    Action.APPROVE_CLOSE: _to_approve,
    Action.LOOKBACK_NOT_DONE: _not_fixed,
    Action.LOOKBACK_PASS: _not_fixed,
    Action.VOID: lambda town, state: ask_void(town, a_case(town, state)),
}
