"""What one viewer may do to other people: give roles, manage accounts. Asked once a request, answered from memory."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.identity.errors import NotGrantable
from app.features.identity.models import RoleHold, UnitReach, User
from app.features.identity.roles import MANAGERS, granted_by
from app.features.identity.viewer import Viewer


@dataclass(frozen=True)
class Granting:
    """Units by role: where the viewer may give it. `managed`: all units with at least one."""

    viewer_id: uuid.UUID
    units: Mapping[str, frozenset[uuid.UUID]]
    managed: frozenset[uuid.UUID]

    def may_grant(self, role: str, unit_id: uuid.UUID) -> bool:
        """Whether the viewer may give `role` at the unit."""
        return unit_id in self.units.get(role, frozenset())

    def may_manage(self, user: User, holds: Iterable[RoleHold]) -> bool:
        """Whether the person is in reach and holds nothing that the viewer could not have given."""
        return user.unit_id in self.managed and all(self.may_grant(h.role, h.unit_id) for h in holds)

    def require(self, role: str, unit_id: uuid.UUID) -> None:
        """Refuse what the viewer may not give."""
        if not self.may_grant(role, unit_id):
            raise NotGrantable(role=role)


def granting_of(session: Session, viewer: Viewer) -> Granting:
    """What `viewer` may give, and where. A pending person gives nothing."""
    if viewer.is_pending:
        return Granting(viewer.user_id, {}, frozenset())
    held = [h for h in viewer.holds if h.role in MANAGERS]
    rows = session.execute(
        select(UnitReach.ancestor_id, UnitReach.unit_id).where(
            UnitReach.ancestor_id.in_([h.unit_id for h in held])
        )
    ).all()
    units: dict[str, set[uuid.UUID]] = {}
    for hold in held:
        below = {unit_id for ancestor_id, unit_id in rows if ancestor_id == hold.unit_id}
        for role in granted_by(hold.role):
            units.setdefault(role, set()).update(below)
    frozen = {role: frozenset(ids) for role, ids in units.items()}
    return Granting(viewer.user_id, frozen, frozenset().union(*frozen.values()))
