"""Who may know whose name. The office knows all; a unit its own people; a reporter sees steps, not names."""

import uuid
from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import db
from app.features.identity.models import Role, Unit, User
from app.features.issues import policy
from app.features.issues.models import Issue
from app.features.issues.policy import Standing
from app.features.issues.schemas import Named, Person


def is_office(st: Standing, issue: Issue) -> bool:
    """Handles or oversees this case: desk, reviewers, leaders, inspectors, auditor; the leader of its area."""
    return st.over(issue, *policy.SEERS) or (Role.LEADER in st.viewer.roles and issue.point_id in st.points)


def is_unit(st: Standing, issue: Issue) -> bool:
    """Works on this case: for the responsible unit, as the assigned person, or as the chief of its point."""
    chief = Role.POINT_CHIEF in st.viewer.roles and issue.point_id in st.points
    return st.for_unit(issue, *policy.UNIT_ROLES) or issue.assignee_id in policy.as_whom(st.viewer) or chief


_PEOPLE = (
    select(User.id, User.name_zh, User.unit_id, Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"))
    .join(Unit, Unit.id == User.unit_id)
    .where(User.id.in_(bindparam("ids", expanding=True)))
)


class Names:
    """The people of one case, loaded at once and shown as the viewer may see them."""

    def __init__(self, session: Session, st: Standing, issue: Issue, ids: Iterable[uuid.UUID | None]) -> None:
        self._st = st
        self._all = is_office(st, issue)
        self._reach = frozenset().union(*(st.units.get(role, frozenset()) for role in policy.UNIT_ROLES))
        wanted = {user_id for user_id in ids if user_id is not None}
        rows = db.rows(session, _PEOPLE, {"ids": sorted(wanted)}) if wanted else ()
        self._known = {row.id: row for row in rows}

    def person(self, user_id: uuid.UUID | None, role: str | None = None) -> Person | None:
        """One person: by name, or only by role and unit."""
        if user_id is None or user_id not in self._known:
            return None
        user = self._known[user_id]
        is_told = self._all or user.id == self._st.viewer.user_id or user.unit_id in self._reach
        return Person(
            id=user.id if is_told else None,
            name=user.name_zh if is_told else None,
            role=role,
            unit=Named(id=user.unit_id, zh=user.unit_zh, en=user.unit_en),
        )
