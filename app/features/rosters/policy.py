"""Who makes rosters and who sees which shift: the own ones; those of one's unit and its places; the office and leaders all."""

import uuid

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from app.core.errors import Forbidden
from app.features.identity.models import Role, UnitReach, User
from app.features.identity.viewer import Viewer
from app.features.issues.policy import my_points
from app.features.places.models import Grid, Point
from app.features.rosters.models import CallOut, Shift
from app.features.volunteers.models import TeamMember

OFFICE = (Role.OFFICE_ADMIN, Role.DISPATCHER)
"""Plan for the whole town, open standby periods, record trainings, call out."""
READERS = (*OFFICE, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.LEADER, Role.AUDITOR)
"""See every shift and every call-out of the town."""
HEADS = (Role.LIAISON, Role.UNIT_PRINCIPAL)
"""Plan for the people of the units they reach, and see who is on duty at what these units answer for."""
CALLERS = (*OFFICE, Role.LINE_LEADER, Role.PRINCIPAL_LEADER)
ROLL_CALLERS = (Role.OFFICE_ADMIN, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.LEADER, *HEADS)
"""Call the roll of an area."""


def require(session: Session, viewer: Viewer, town_id: uuid.UUID, *roles: Role) -> None:
    """403 unless one of the roles is held over the town."""
    if not viewer.reaches(session, town_id, *roles):
        raise Forbidden()


def reads_town(session: Session, viewer: Viewer, town_id: uuid.UUID) -> bool:
    """Whether the viewer sees the whole roster."""
    return viewer.reaches(session, town_id, *READERS)


def places_of(units: Select[uuid.UUID]) -> ColumnElement[bool]:
    """Shifts at what these units answer for: their points, their grids, themselves."""
    points = select(Point.id).where(or_(Point.territory_id.in_(units), Point.responsible_unit_id.in_(units)))
    grids = select(Grid.id).where(or_(Grid.community_id.in_(units), Grid.support_unit_id.in_(units)))
    return or_(Shift.point_id.in_(points), Shift.grid_id.in_(grids), Shift.at_unit_id.in_(units))


def below(unit_id: uuid.UUID) -> Select[uuid.UUID]:
    """A unit and all below it."""
    return select(UnitReach.unit_id).where(UnitReach.ancestor_id == unit_id)


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Shifts the viewer may know of. A pending person knows the own ones."""
    own = Shift.user_id == viewer.user_id
    if viewer.is_pending:
        return own
    shown = [own, Shift.town_id.in_(viewer.reach(*READERS)) if viewer.has(*READERS) else false()]
    if viewer.has(*HEADS):
        units = viewer.reach(*HEADS)
        shown += [Shift.user_id.in_(select(User.id).where(User.unit_id.in_(units))), places_of(units)]
    if viewer.has(Role.POINT_CHIEF):
        shown.append(Shift.point_id.in_(my_points(viewer)))
    return or_(*shown)


def plannable_people(viewer: Viewer) -> ColumnElement[bool]:
    """People the viewer may put on a roster: of the town for the office, of the own units for their heads."""
    return User.unit_id.in_(viewer.reach(*OFFICE, *HEADS))


def my_teams(viewer: Viewer) -> Select[uuid.UUID]:
    """Teams the viewer is in."""
    return select(TeamMember.team_id).where(TeamMember.user_id == viewer.user_id)


def visible_call_outs(viewer: Viewer) -> ColumnElement[bool]:
    """All of the town for the office and leaders; for a team's members those of their team."""
    if viewer.is_pending:
        return false()
    own = and_(CallOut.town_id == viewer.town_id, CallOut.team_id.in_(my_teams(viewer)))
    return or_(own, CallOut.town_id.in_(viewer.reach(*READERS))) if viewer.has(*READERS) else own
