"""A reason to see cases, declared once and read twice: as SQL by the policy, and by the figures of a large town, whose cases are columns."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased

from app.features.issues.lifecycle import State
from app.features.issues.models import Issue, IssueHelper, SiteCheck, Witness

HELD_BACK_FROM_UNITS = (State.SUBMITTED, State.REJECTED)
"""Before dispatch a case is no business of the unit."""
OF_CASE = {
    "reporter": "reporter_id", "assignee": "assignee_id", "unit": "responsible_unit_id", "territory": "territory_id",
    "point": "point_id", "grid": "grid_id",
}  # fmt: skip
"""What a case says of itself."""
BESIDE: dict[str, tuple[Any, Any]] = {
    "witness": (Witness.issue_id, Witness.user_id),
    "site_check": (SiteCheck.issue_id, SiteCheck.assignee_id),
    "helper": (IssueHelper.issue_id, IssueHelper.unit_id),
}
"""What tables beside it say of a case."""
Few = Sequence[Any] | BindParameter[Any] | Select[Any] | None
"""Ids of cases, or what stands for them in a statement, or selects them."""
_seen = aliased(Issue, name="seen")  # once: to make it costs more than to ask


@dataclass(frozen=True)
class Reason:
    """Cases whose `of` (of OF_CASE, of BESIDE) is `among` these ids are seen if they have come so far."""

    of: str
    among: tuple[uuid.UUID, ...] | Any
    """Ids, or a selection of ids."""
    passed_on: bool = False
    known: bool = False
    closed: bool = False

    @property
    def asked(self) -> list[str]:
        """Which of `come` it asks for."""
        return [name for name in ("passed_on", "known", "closed") if getattr(self, name)]

    def holds(self, column: Any) -> ColumnElement[bool]:
        """That column is among the ids."""
        one = self.among[0] if isinstance(self.among, tuple) and len(self.among) == 1 else None
        told: ColumnElement[bool] = column.in_(self.among) if one is None else column == one
        return told


def come(case: Any) -> dict[str, ColumnElement[bool]]:
    """How far a case must have come before some may see it."""
    return {
        "passed_on": case.state.not_in(HELD_BACK_FROM_UNITS),
        "known": case.is_held.is_(False),
        "closed": case.state == State.CLOSED,
    }


_COME = come(_seen)


def shows(reason: Reason, case: Any) -> ColumnElement[bool]:
    """Whether a reason shows `case`: asked of a row, not of all that there are."""
    conditions = [condition for name, condition in come(case).items() if name in reason.asked]
    if reason.of in OF_CASE:
        return and_(reason.holds(getattr(case, OF_CASE[reason.of])), *conditions)
    issue_id, who = BESIDE[reason.of]
    return and_(case.id.in_(select(issue_id).where(reason.holds(who))), *conditions)


def ids(reason: Reason, few: Few = None) -> Select[uuid.UUID]:
    """Ids of the cases that a reason shows; of a few, if these are given."""
    conditions = [_COME[name] for name in reason.asked]
    if reason.of in OF_CASE:
        conditions = [reason.holds(getattr(_seen, OF_CASE[reason.of])), *conditions]
        return select(_seen.id).where(*conditions, *([] if few is None else [_seen.id.in_(few)]))
    issue_id, who = BESIDE[reason.of]
    beside = select(issue_id).where(reason.holds(who), *([] if few is None else [issue_id.in_(few)]))
    return select(_seen.id).where(_seen.id.in_(beside), *conditions) if conditions else beside
