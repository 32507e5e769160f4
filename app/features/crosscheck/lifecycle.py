"""The states of a round and every move between them, as data (DOMAIN.md §6). Pure: no database, no HTTP."""

from collections.abc import Sequence
from enum import StrEnum


class RoundState(StrEnum):
    PLANNED = "planned"
    REVEALED = "revealed"
    RUNNING = "running"
    SUBMITTED = "submitted"
    CONSOLIDATED = "consolidated"
    RELEASED = "released"
    VERIFIED = "verified"
    CLOSED = "closed"


class RoundAction(StrEnum):
    POSTPONE = "postpone"
    CALL_OFF = "call_off"
    REVEAL = "reveal"
    START = "start"
    """The first thing a team sends."""
    SUBMIT = "submit"
    """The last team has submitted."""
    CONSOLIDATE = "consolidate"
    RELEASE = "release"
    VERIFY = "verify"
    CLOSE = "close"


S, A = RoundState, RoundAction
MOVES: dict[tuple[RoundState, RoundAction], RoundState] = {
    (S.PLANNED, A.POSTPONE): S.PLANNED,
    (S.PLANNED, A.CALL_OFF): S.CLOSED,
    (S.PLANNED, A.REVEAL): S.REVEALED,
    (S.REVEALED, A.START): S.RUNNING,
    (S.RUNNING, A.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, A.CONSOLIDATE): S.CONSOLIDATED,
    (S.CONSOLIDATED, A.RELEASE): S.RELEASED,
    (S.RELEASED, A.VERIFY): S.VERIFIED,
    (S.VERIFIED, A.CLOSE): S.CLOSED,
    (S.RELEASED, A.CLOSE): S.CLOSED,
}
"""A round whose findings were released may be closed without a reverse round; one that was revealed runs to its end."""

TEAM_MAY_SEND = frozenset(S) - {S.PLANNED, S.CLOSED}
"""What a phone sends late is kept too: a finding that comes after the release is released by the next one."""
SEVERITY = {"ordinary": 0, "difficult": 1, "urgent": 2}


def moves_from(state: RoundState) -> list[RoundAction]:
    """What can be done with a round in `state`, in the order of the enum."""
    return [action for action in RoundAction if (state, action) in MOVES]


def is_softer(nature: str, than: str) -> bool:
    """查中不要手下留情: a nature below the one that was written down first."""
    return SEVERITY[nature] < SEVERITY[than]


Edge = tuple[str, str]
"""(inspector, target)."""


def forward(units: Sequence[str]) -> list[Edge]:
    """A ring: each unit inspects the next, the last the first."""
    return [(unit, units[(n + 1) % len(units)]) for n, unit in enumerate(units)]


def inverted(edges: Sequence[Edge]) -> list[Edge]:
    """The reverse round: whoever was inspected inspects."""
    return [(target, inspector) for inspector, target in edges]


def is_single_cycle(edges: Sequence[Edge]) -> bool:
    """Every unit inspects exactly one other and is inspected by exactly one, all of them in one circle of three or more."""
    follows = dict(edges)
    if len(edges) < 3 or len(follows) != len(edges) or set(follows.values()) != set(follows):
        return False
    at, seen = edges[0][0], 0
    while True:
        at, seen = follows[at], seen + 1
        if at == edges[0][0]:
            return seen == len(edges)


def table_fault(edges: Sequence[Edge]) -> str | None:
    """What is wrong with an editable table; None: nothing. Nobody inspects the own unit, twice, or twice the same."""
    if any(inspector == target for inspector, target in edges):
        return "inspects-itself"
    if len({inspector for inspector, _ in edges}) != len(edges):
        return "inspects-twice"
    if len({target for _, target in edges}) != len(edges):
        return "inspected-twice"
    return None
