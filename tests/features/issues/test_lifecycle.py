"""The table itself: complete, closed over its words, and every state can be reached and left where it should."""

from collections import deque

import app.features.dispatch.router
import app.features.issues.router
import app.features.review.router  # noqa: F401 - registers effects
from app.features.issues import moves
from app.features.issues.lifecycle import ENDED, MOVES, OPEN, Action, State, Who, moves_from
from app.features.issues.policy import RELATIONS
from scripts import lifecycle_diagram


def test_the_documented_diagram_is_the_one_the_code_runs_on():
    assert lifecycle_diagram.TARGET.read_text(encoding="utf-8") == lifecycle_diagram.render()


def test_every_action_of_the_wire_is_in_the_table():
    assert {a for _, a in MOVES} == set(Action)


def test_every_guard_named_in_the_table_exists():
    named = {g for m in MOVES.values() for g in m.guards}
    assert named <= set(moves.GUARDS)
    assert set(moves.GUARDS) <= named, "a guard nobody names"


def test_every_relation_is_answered():
    assert set(RELATIONS) == set(Who)


def test_every_action_on_an_existing_case_has_an_effect():
    on_existing = {a for s, a in MOVES if s is not None}
    assert set(moves.SPECS) == on_existing


def test_an_action_asks_for_the_same_relation_from_every_state():
    for action in Action:
        assert len({m.who for (_, a), m in MOVES.items() if a == action}) == 1, action


def test_every_state_can_be_reached_from_filing():
    seen: set[State] = set()
    queue: deque[State | None] = deque([None])
    while queue:
        state = queue.popleft()
        for action in moves_from(state):
            for to in MOVES[state, action].to:
                if to not in seen:
                    seen.add(to)
                    queue.append(to)
    assert seen == set(State)


def test_from_every_open_state_a_case_can_be_ended():
    for start in OPEN:
        seen, queue = {start}, deque([start])
        while queue:
            state = queue.popleft()
            for action in moves_from(state):
                for to in MOVES[state, action].to:
                    if to not in seen:
                        seen.add(to)
                        queue.append(to)
        assert seen & ENDED, start


def test_nothing_leaves_voided():
    """A voided case only takes corrections and answers to open questions."""
    leaving = [a for a in moves_from(State.VOIDED) if MOVES[State.VOIDED, a].to != (State.VOIDED,)]
    assert leaving == []
