"""Which cases of a large town's columns somebody sees who sees it in part: the policy's reasons, as one byte a case."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.models import Issue
from app.features.issues.reasons import BESIDE, Reason, come

COME = tuple(come(Issue))
"""How far a case has come: a bit each of the column `come`."""
Known = tuple[Reason, frozenset[str]]
"""A reason, and the ids it names."""
Beside = Mapping[str, Mapping[str, list[int]]]
"""Of each table beside the cases: who, and where the cases stand that it says this of."""


class Column(Protocol):
    """What is asked of a column: 1 for each case that has one of these values."""

    def among(self, values: frozenset[Any]) -> bytes: ...


def of(session: Session, viewer: Viewer) -> list[Known]:
    """Why the viewer sees cases, now: units, points and people by their ids."""
    known = []
    for reason in policy.reasons_in_part(viewer):
        ids = reason.among if isinstance(reason.among, tuple) else session.scalars(reason.among)
        if named := frozenset(map(str, ids)):
            known.append((reason, named))
    return known


def names(known: Sequence[Known]) -> set[str]:
    """The columns that say which cases these are."""
    return {"come", *("beside" if reason.of in BESIDE else reason.of for reason, _ in known)}


def seen(known: Sequence[Known], columns: Mapping[str, Column], beside: Beside, count: int) -> bytes:
    """1 for each of `count` cases that any of the reasons shows."""
    together = 0
    for reason, named in known:
        if reason.of in BESIDE:
            shown = _at(beside.get(reason.of, {}), named, count)
        else:
            shown = columns[reason.of].among(named)
        cases = int.from_bytes(shown, "little")
        if reason.asked:
            cases &= int.from_bytes(columns["come"].among(_come(reason)), "little")
        together |= cases
    return together.to_bytes(count, "little")


def _come(reason: Reason) -> frozenset[int]:
    """The codes of `come` that are far enough."""
    needed = sum(1 << COME.index(name) for name in reason.asked)
    return frozenset(code for code in range(1 << len(COME)) if code & needed == needed)


def _at(places: Mapping[str, list[int]], named: frozenset[str], count: int) -> bytes:
    told = bytearray(count)
    for one in named & places.keys():
        for place in places[one]:
            told[place] = 1
    return bytes(told)
