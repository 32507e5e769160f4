"""Which cases of a large town's columns a reason shows: all that it asks for has come, wherever it stands."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.features.figures import sight
from app.features.issues.reasons import Reason

ANYBODY = (UUID(int=1),)
PASSED_ON, KNOWN, CLOSED = (1 << sight.COME.index(name) for name in ("passed_on", "known", "closed"))
CASES = (0, PASSED_ON, PASSED_ON | KNOWN, PASSED_ON | CLOSED, PASSED_ON | KNOWN | CLOSED)
"""How far each of five cases has come."""


@dataclass
class Values:
    values: tuple[Any, ...]

    def among(self, values: frozenset[Any]) -> bytes:
        return bytes(value in values for value in self.values)


def shown(*known: tuple[Reason, str]) -> list[int]:
    columns = {"come": Values(CASES), "point": Values(tuple("ppppq"))}
    beside = {"helper": {"unit": [0, 2, 3]}}
    told = sight.seen([(reason, frozenset({name})) for reason, name in known], columns, beside, len(CASES))
    return [place for place, one in enumerate(told) if one]


def test_a_reason_shows_cases_that_have_come_as_far_as_it_asks_in_all_it_asks() -> None:
    assert shown((Reason("point", ANYBODY), "p")) == [0, 1, 2, 3]
    assert shown((Reason("point", ANYBODY, known=True), "p")) == [2]
    assert shown((Reason("point", ANYBODY, known=True, closed=True), "p")) == []
    assert shown((Reason("point", ANYBODY, known=True, closed=True), "q")) == [4]
    assert shown((Reason("helper", ANYBODY, passed_on=True), "unit")) == [2, 3]
    assert shown((Reason("helper", ANYBODY), "unit"), (Reason("point", ANYBODY), "q")) == [0, 2, 3, 4]
    assert shown((Reason("helper", ANYBODY), "another")) == []
