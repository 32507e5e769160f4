"""In which of their roles a person acts: written with each event."""

from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import Who
from app.features.issues.policy import DESK, DISPATCHERS, FAST_CLOSERS, FILERS, REVIEWERS, UNIT_ROLES

ROLES_OF: dict[Who, tuple[Role, ...]] = {
    Who.REPORTER_ROLE: FILERS,
    Who.FAST_CLOSER: FAST_CLOSERS,
    Who.DESK: DESK,
    Who.DISPATCHER: DISPATCHERS,
    Who.ESCALATOR: DISPATCHERS,
    Who.REVIEWER: (*REVIEWERS, Role.LEADER),
    Who.DESK_OR_REVIEWER: (*DESK, *REVIEWERS, Role.LEADER),
    Who.LIAISON: (Role.LIAISON, Role.UNIT_PRINCIPAL, Role.EMERGENCY_MEMBER),
    Who.FIXER: (*UNIT_ROLES, Role.POINT_CHIEF, Role.EMERGENCY_MEMBER, Role.PATROLLER),
    Who.PROPOSER: (*UNIT_ROLES, Role.POINT_CHIEF, Role.PATROLLER, Role.LEADER),
    Who.LINE_LEADER: (Role.LINE_LEADER,),
    Who.PRINCIPAL: (Role.PRINCIPAL_LEADER,),
    Who.SECOND_APPROVER: (Role.LINE_LEADER, Role.PRINCIPAL_LEADER),
    Who.OFFICE_ADMIN: (Role.OFFICE_ADMIN,),
    Who.REOPEN_PROPOSER: (Role.AUDITOR,),
    Who.VOID_SECOND: (Role.REVIEWER, Role.OFFICE_ADMIN),
    Who.RESUMER: DESK,
}


def role_used(viewer: Viewer, who: Who) -> str | None:
    """In which role a person acts as `who`: the first fitting one held, else whichever is held."""
    held = viewer.roles
    fitting = [role for role in ROLES_OF.get(who, ()) if role in held]
    return fitting[0] if fitting else min(held, default=None)
