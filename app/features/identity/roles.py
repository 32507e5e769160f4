"""Who may give which role: DOMAIN.md §3 as data. Pure; where a role is held is asked elsewhere."""

from app.features.identity.models import OFFICE_ROLES, Role

FIELD_ROLES = frozenset(
    {Role.RECTIFIER, Role.PATROLLER, Role.VOLUNTEER, Role.BUILDING_LEADER, Role.GRID_OFFICER}
)
GRANTS: dict[str, frozenset[Role]] = {
    Role.ADMIN: frozenset(Role),
    Role.OFFICE_ADMIN: frozenset(Role)
    - {Role.ADMIN, Role.AUDITOR, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.DISTRICT_INSPECTOR},
    Role.UNIT_PRINCIPAL: FIELD_ROLES | {Role.LIAISON},
    Role.LIAISON: FIELD_ROLES,
}
"""What a holder of the key may give to others, at units the key's role reaches. Nobody gives a role above the own."""

MANAGERS = tuple(GRANTS)
CONFIGURERS = (Role.ADMIN, Role.OFFICE_ADMIN)
"""May change units."""
DIRECTORY_READERS = (
    *OFFICE_ROLES,
    Role.POINT_CHIEF,
    Role.LIAISON,
    Role.UNIT_PRINCIPAL,
    Role.INSPECTOR,
    Role.THIRD_PARTY,
)
"""See the names of the people in their reach: to assign work, to call."""
PHONE_READERS = (Role.OFFICE_ADMIN, Role.AUDITOR)
"""May read whole telephone numbers, each time with a fresh second factor, and logged (§3 "export with personal data")."""
SEPARATE = (frozenset({Role.ADMIN}), frozenset({Role.AUDITOR}), frozenset({Role.REVIEWER}))
"""No account holds two of these."""
AT_WORK = tuple(role for role in Role if role != Role.VOLUNTEER)
"""Have work that a colleague can stand in for."""
AGE_RULED = frozenset({Role.VOLUNTEER})
"""Give their birth date when they join."""


def granted_by(held: str) -> frozenset[Role]:
    """The roles a holder of `held` may give."""
    return GRANTS.get(held, frozenset())


def are_separate(roles: set[str]) -> bool:
    """Whether no two of `roles` must be kept in separate accounts."""
    return sum(bool(kind & roles) for kind in SEPARATE) <= 1
