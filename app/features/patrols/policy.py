"""Who goes on which round, and who sees which slot, patrol and visit. A covert one shows to the inspected side when released."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues.policy import SEERS, UNIT_ROLES, as_whom, my_points, unit_reach
from app.features.patrols.models import (
    Kind,
    Openness,
    Patrol,
    PatrolPerson,
    PatrolSlot,
    PatrolUnit,
    Visit,
)
from app.features.places.models import Grid, Point
from app.features.standards.town import visible_towns
from app.features.volunteers.models import TeamMember

OVERSEERS = (*SEERS, Role.LEADER)
"""See all patrols of the towns they reach, covert ones included."""
PLANNERS = (Role.OFFICE_ADMIN, Role.DISPATCHER)
"""Make plans, put in slots, open watches, release covert patrols."""
MAY_BE_COVERT = (*PLANNERS, Role.INSPECTOR, Role.DISTRICT_INSPECTOR, Role.THIRD_PARTY)
"""Go covertly where no plan says so."""
WALKERS = (
    *(role for role in SEERS if role != Role.AUDITOR), Role.LEADER, Role.POINT_CHIEF, *UNIT_ROLES, Role.PATROLLER, Role.VOLUNTEER, Role.BUILDING_LEADER,
    Role.GRID_OFFICER, Role.THIRD_PARTY, Role.EMERGENCY_MEMBER, Role.CROSS_CAPTAIN, Role.CROSS_MEMBER,
)  # fmt: skip
_HELPERS = frozenset(
    {Role.VOLUNTEER, Role.PATROLLER, Role.BUILDING_LEADER, Role.PUBLIC, Role.CROSS_CAPTAIN, Role.CROSS_MEMBER}
)
STAFF_KINDS = (
    Kind.LEADER_AREA, Kind.DEPARTMENT, Kind.FOLLOW_UP, Kind.VIDEO, Kind.SUPERVISION, Kind.THIRD_PARTY_GRID,
)  # fmt: skip
"""A unit's round of such a kind is for its staff, not for the volunteers who belong to it."""


def my_slots(viewer: Viewer) -> ColumnElement[bool]:
    """Slots that are for the viewer: in person, by team, by unit, by role."""
    if viewer.is_pending:
        return false()
    teams = select(TeamMember.team_id).where(TeamMember.user_id == viewer.user_id)
    units = {viewer.unit_id, *viewer.held_at(*UNIT_ROLES)}
    of_unit = and_(PatrolSlot.unit_id.in_(units), PatrolSlot.role.is_(None))
    if not viewer.roles - _HELPERS:
        of_unit = and_(of_unit, PatrolSlot.kind.not_in(STAFF_KINDS))
    by_role = [
        and_(PatrolSlot.role == hold.role, PatrolSlot.unit_id == hold.unit_id) for hold in viewer.holds
    ]
    return and_(
        PatrolSlot.town_id.in_(visible_towns(viewer)),
        or_(PatrolSlot.user_id.in_(as_whom(viewer)), PatrolSlot.team_id.in_(teams), of_unit, *by_role),
    )


def oversees(viewer: Viewer, town: Any) -> ColumnElement[bool]:
    """`town` is one whose patrols the viewer sees whole. Of most there is none, and no row has to be asked."""
    if not viewer.has(*OVERSEERS):
        return false()
    return and_(town.in_(viewer.reach(*OVERSEERS)), town.in_(visible_towns(viewer)))


def _oversees_own_town(viewer: Viewer) -> bool:
    """Sees all of the own town and nothing of another: one plain condition then lets the indexes work."""
    if viewer.is_pending or any(hold.town_id is None for hold in viewer.holds):
        return False
    return any(hold.role in OVERSEERS and hold.unit_id == viewer.town_id for hold in viewer.holds)


def may_count(session: Session, viewer: Viewer, town_id: uuid.UUID) -> bool:
    """Whether there is anything of a town's patrols that the viewer may count: all, or what their units answer for."""
    return viewer.has(*UNIT_ROLES) or viewer.reaches(session, town_id, *OVERSEERS)


def shown(row: Any) -> ColumnElement[bool]:
    """Open, or released: the inspected side may know of it."""
    return or_(row.visibility == Openness.OPEN, row.released_at.is_not(None))


def shown_visits() -> ColumnElement[bool]:
    """The same of visits. One whose patrol is still on the phone may be of a covert one: nobody is told of it yet."""
    return and_(shown(Visit), Visit.patrol_id.is_not(None))


def inspected_points(viewer: Viewer) -> Select[uuid.UUID]:
    """Points the viewer's units answer for, or the viewer in person."""
    units = unit_reach(viewer)
    return select(Point.id).where(
        or_(
            Point.territory_id.in_(units),
            Point.responsible_unit_id.in_(units),
            Point.id.in_(my_points(viewer)),
        )
    )


def _walked(viewer: Viewer) -> Select[uuid.UUID]:
    return select(PatrolPerson.patrol_id).where(PatrolPerson.user_id == viewer.user_id)


def visible_slots(viewer: Viewer) -> ColumnElement[bool]:
    """Own slots, those of the units one works for, and all of a town one oversees."""
    if _oversees_own_town(viewer):
        return PatrolSlot.town_id == viewer.town_id
    if viewer.is_pending:
        return false()
    of_units = and_(PatrolSlot.unit_id.in_(unit_reach(viewer)), shown(PatrolSlot))
    return or_(my_slots(viewer), of_units, oversees(viewer, PatrolSlot.town_id))


def visible_patrols(viewer: Viewer) -> ColumnElement[bool]:
    """Own patrols, those one walked along or one's unit took part in; of a town one oversees all."""
    if _oversees_own_town(viewer):
        return Patrol.town_id == viewer.town_id
    own = Patrol.user_id == viewer.user_id
    if viewer.is_pending:
        return own
    joint = select(PatrolUnit.patrol_id).where(PatrolUnit.unit_id.in_(unit_reach(viewer)))
    at_mine = select(Visit.patrol_id).where(Visit.point_id.in_(inspected_points(viewer)))
    return or_(
        own,
        Patrol.id.in_(_walked(viewer)),
        Patrol.id.in_(joint),
        and_(Patrol.id.in_(at_mine), shown(Patrol), Patrol.town_id == viewer.town_id),
        oversees(viewer, Patrol.town_id),
    )


def visible_visits(viewer: Viewer) -> ColumnElement[bool]:
    """Own visits, those of a patrol one was on, those shown at points one answers for; of a town one oversees all."""
    if _oversees_own_town(viewer):
        return Visit.town_id == viewer.town_id
    own = Visit.user_id == viewer.user_id
    if viewer.is_pending:
        return own
    communities = select(Grid.id).where(Grid.community_id.in_(unit_reach(viewer)))
    at_mine = or_(Visit.point_id.in_(inspected_points(viewer)), Visit.grid_id.in_(communities))
    return or_(
        own,
        Visit.patrol_id.in_(_walked(viewer)),
        and_(at_mine, shown_visits(), Visit.town_id == viewer.town_id),
        oversees(viewer, Visit.town_id),
    )
