"""`allowed_actions` of a case says exactly what the person may do with it now: asked of people in every role, in every state."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.features.issues.allowed import NEED_THE_BODY
from app.features.issues.lifecycle import MOVES, Action, State
from tests.support.cases import World
from tests.support.states import a_case, body_of, peopled

ON_CASES = sorted({a for s, a in MOVES if s is not None})
WHO = ("volunteer", "dispatcher", "liaison", "reviewer", "line")


@pytest.fixture
def town(sign_in: Any) -> World:
    return peopled(sign_in)


@pytest.mark.parametrize("state", list(State))
def test_what_is_offered_works_and_what_is_not_is_refused(
    town: World, state: State, database: Connection
) -> None:
    case = a_case(town, state)
    bodies = {action: body_of(town, action, case, "volunteer") for action in ON_CASES}
    version, tried = f'"{case["version"]}"', 0
    for who in WHO:
        answer = town.client(who).get(f"/api/issues/{case['id']}")
        if answer.status_code == 404:
            continue
        seen = answer.json()
        bodies |= {Action(a): body_of(town, Action(a), seen, who) for a in seen["allowed_actions"]}
        for action in ON_CASES:
            with database.begin_nested() as undo:
                path = f"/api/issues/{case['id']}/actions/{action}"
                tried_it = town.client(who).post(path, json=bodies[action], headers={"If-Match": version})
                undo.rollback()
            told = f"{who} {action} in {state}: {tried_it.status_code} {tried_it.text[:200]}"
            if action in seen["allowed_actions"]:
                judged = tried_it.status_code == 409 and tried_it.json().get("guard") in NEED_THE_BODY
                assert tried_it.status_code == 200 or judged, told
            else:
                assert tried_it.status_code in (403, 409), told
            tried += 1
    assert tried >= 2 * len(ON_CASES)
    assert town.case(case["id"])["version"] == case["version"], "all of it was undone"
