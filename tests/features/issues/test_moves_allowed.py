"""`allowed_actions` of a case says exactly what the person may do with it now: asked of people in every role, in every state."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.features.issues.allowed import NEED_THE_BODY
from app.features.issues.lifecycle import MOVES, State
from tests.support.cases import World
from tests.support.states import a_case, body_of, stocked

ON_CASES = sorted({a for s, a in MOVES if s is not None})
WHO = ("volunteer", "dispatcher", "liaison", "reviewer", "line")


@pytest.fixture(scope="module")
def stock(standing_sign_in: Any) -> World:
    return stocked(standing_sign_in)


@pytest.fixture
def town(stock: World, database: Connection) -> World:
    """Whatever a test does with the cases in stock is undone after it."""
    return stock


# Judged in Python; that the moves themselves go through on both databases is test_moves' business.
@pytest.mark.either_db
@pytest.mark.parametrize("state", list(State))
def test_what_is_offered_works_and_what_is_not_is_refused(
    town: World, state: State, database: Connection
) -> None:
    case = a_case(town, state)
    bodies = {action: body_of(town, action, case, "volunteer") for action in ON_CASES}
    answers = {who: town.client(who).get(f"/api/issues/{case['id']}") for who in WHO}
    seen = {who: answer.json() for who, answer in answers.items() if answer.status_code == 200}
    version = f'"{case["version"]}"'
    for number, action in enumerate(ON_CASES):
        offered = {who for who, view in seen.items() if action in view["allowed_actions"]}
        # All who are offered it, and in turn one of those who are not.
        refused = sorted(seen.keys() - offered)[number % max(1, len(seen) - len(offered)) :][:1]
        for who in [*offered, *refused]:
            body = body_of(town, action, seen[who], who) if who in offered else bodies[action]
            with database.begin_nested() as undo:
                path = f"/api/issues/{case['id']}/actions/{action}"
                tried = town.client(who).post(path, json=body, headers={"If-Match": version})
                undo.rollback()
            told = f"{who} {action} in {state}: {tried.status_code} {tried.text[:200]}"
            if who in offered:
                judged = tried.status_code == 409 and tried.json().get("guard") in NEED_THE_BODY
                assert tried.status_code == 200 or judged, told
            else:
                assert tried.status_code in (403, 409), told
    assert len(seen) >= 2
    assert town.case(case["id"])["version"] == case["version"], "all of it was undone"
