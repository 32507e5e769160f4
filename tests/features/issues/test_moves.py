"""The table through HTTP: each allowed move, and each refusal a move can meet, always with the same body shape."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from app.features.issues.lifecycle import MOVES, Action, State, moves_from
from tests.support.cases import World
from tests.support.states import MAKERS, RIGHT, a_case, body_of, ready, stocked

ON_CASES = sorted({a for s, a in MOVES if s is not None})
LEADS_TO = {
    Action.UNMERGE: State.SUBMITTED,
    Action.RETURN: State.RECTIFYING,
    Action.RELAPSE: State.RECTIFYING,
}
"""Where the table leaves a choice: for a case that had an order before it was merged, or was fixed by a unit."""
TOO_LATE = (409, "version-conflict")
AFTERWARDS = {Action.ANSWER_SITE_CHECK: (403, "not-your-role"), Action.BOUNCE: (404, "not-found")}
"""What the same person hears the second time: the task is done, the case no longer the unit's."""


@pytest.fixture(scope="module")
def stock(standing_sign_in: Any) -> World:
    return stocked(standing_sign_in)


@pytest.fixture
def town(stock: World, database: Connection) -> World:
    """Whatever a test does with the cases in stock is undone after it."""
    return stock


def ask(
    town: World, who: str, case: dict[str, Any], action: str, body: Any, match: str | None
) -> httpx.Response:
    headers = {"If-Match": match} if match else {}
    path = f"/api/issues/{case['id']}/actions/{action}"
    answer: httpx.Response = town.client(who).post(path, json=body, headers=headers)
    return answer


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    assert (told["status"], bool(told["title"]), bool(told["type"])) == (status, True, True)
    return told


@pytest.mark.parametrize("action", ON_CASES)
def test_each_move_of_the_table_is_carried_out_once_and_for_the_right_person_only(
    town: World, action: Action
) -> None:
    for state in [s for s, a in MOVES if a == action and s is not None]:
        right = ready(town, state, action)
        case, match = right.case, f'"{right.case["version"]}"'
        seen = town.case(case["id"], right.who)
        assert action in seen["allowed_actions"], (state, right.who, seen["allowed_actions"])
        # nobody else
        outsider = "inspector" if action == Action.ASK_REOPEN else "auditor"
        is_problem(ask(town, outsider, case, action, right.body, match), 403, "not-your-role")
        is_problem(ask(town, "stranger", case, action, right.body, match), 404, "not-found")
        is_problem(ask(town, "pending", case, action, right.body, match), 404, "not-found")
        # not blindly, not on an old picture
        is_problem(ask(town, right.who, case, action, right.body, None), 428, "version-needed")
        stale = is_problem(ask(town, right.who, case, action, right.body, '"0"'), 409, "version-conflict")
        assert stale["current"] == {"state": state, "version": case["version"]}
        # once
        done = ask(town, right.who, case, action, right.body, match)
        assert done.status_code == 200, (state, done.text)
        after = town.case(case["id"])
        assert done.headers["etag"] == f'"{case["version"] + 1}"'
        assert (after["version"], len(after["events"])) == (case["version"] + 1, case["version"] + 1)
        last, to = after["events"][-1], MOVES[state, action].to
        assert (last["action"], last["from_state"], last["to_state"]) == (action, state, after["state"])
        assert after["state"] == LEADS_TO.get(action, to[0]), (state, after["state"])
        is_problem(ask(town, right.who, case, action, right.body, match), *AFTERWARDS.get(action, TOO_LATE))


def second_approver(state: State) -> str:
    return "principal" if state == State.COORDINATING else "line"


@pytest.mark.either_db
@pytest.mark.parametrize("state", list(State))
def test_what_the_table_does_not_know_is_refused_and_changes_nothing(town: World, state: State) -> None:
    case = town.case(a_case(town, state)["id"])
    refused = []
    for action in sorted(set(ON_CASES) - set(moves_from(state))):
        who = second_approver(state) if action == Action.APPROVE_CLOSE else RIGHT[action]
        answer = ask(town, who, case, action, body_of(town, action, case, who), f'"{case["version"]}"')
        if answer.status_code in (403, 404):
            # The relation itself is missing: a case without a unit has no liaison, one without a task no checker.
            assert action == Action.ANSWER_SITE_CHECK or case["unit"] is None or state == State.REJECTED, (
                action
            )
            continue
        told = is_problem(answer, 409, "move-not-allowed")
        assert (told["state"], told["allowed"]) == (state, [str(a) for a in moves_from(state)])
        refused.append(action)
    assert len(refused) >= 15
    after = town.case(case["id"])
    assert (after["state"], after["version"], after["events"]) == (state, case["version"], case["events"])


def test_the_driver_knows_every_state_and_every_action() -> None:
    assert set(MAKERS) == set(State)
    assert set(RIGHT) == set(ON_CASES)
