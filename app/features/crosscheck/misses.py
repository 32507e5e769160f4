"""M34: what others found where a team had looked, and the team had not written down. The report and the figures count alike."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.features.crosscheck.models import CrossFinding, CrossVisit
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.standards.models import Category

WITHIN = timedelta(hours=48)
NOT_FOUND = (State.REJECTED, State.MERGED, State.VOIDED)


@dataclass(frozen=True)
class Misses:
    """`found`: by the team, merged ones once."""

    missed: int
    found: int

    @property
    def all(self) -> int:
        """The denominator: all found there, by whomever."""
        return self.found + self.missed


def of_team(session: Session, visits: Sequence[CrossVisit], findings: Sequence[CrossFinding]) -> Misses:
    """Cases of lasting kinds at a visited point, found by others within 48 h after, of a kind not on the team's list there.

    "Present then" leaves out what comes and goes (dynamic kinds): it may be new.
    """
    found = sum(finding.merged_into_id is None for finding in findings)
    looked: dict[uuid.UUID, datetime] = {}
    for visit in visits:
        if not visit.excuse:
            looked[visit.point_id] = min(visit.arrived_at, looked.get(visit.point_id, visit.arrived_at))
    if not looked:
        return Misses(0, found)
    listed = {(f.point_id, code) for f in findings for code in (f.category, f.office_category)}
    mine = {f.issue_id for f in findings if f.issue_id}
    after = [
        and_(Issue.point_id == point, Issue.found_at > at, Issue.found_at <= at + WITHIN)
        for point, at in sorted(looked.items())
    ]
    others = session.execute(
        select(Issue.id, Issue.point_id, Category.code)
        .join(Category, Category.id == Issue.category_id)
        .where(
            or_(*after),
            Issue.state.not_in(NOT_FOUND),
            Issue.is_held.is_(False),
            Category.is_dynamic.is_(False),
        )
    )
    missed = sum(row.id not in mine and (row.point_id, row.code) not in listed for row in others)
    return Misses(missed, found)
