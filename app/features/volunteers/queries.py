"""Reads of teams and profiles. Teams show in their town; who is in them shows to those whose work needs to know."""

import uuid
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Unit, User
from app.features.identity.roles import DIRECTORY_READERS
from app.features.identity.viewer import Viewer
from app.features.standards.town import visible_towns
from app.features.volunteers.models import Team, TeamMember, Volunteer


def visible_teams(viewer: Viewer) -> Select[Team]:
    """Teams of the towns `viewer` sees."""
    return select(Team).where(Team.town_id.in_(visible_towns(viewer)))


def teams_with_size(viewer: Viewer, town_id: uuid.UUID) -> Select[Any]:
    """A town's teams by code, each with how many are in it."""
    members = select(func.count()).where(TeamMember.team_id == Team.id).correlate(Team).scalar_subquery()
    teams = visible_teams(viewer).where(Team.town_id == town_id).order_by(Team.code)
    return teams.add_columns(members).limit(500)


def members_of(viewer: Viewer, team_id: uuid.UUID) -> Select[User]:
    """Of a team, those whose names the viewer may know; a team's own members know each other."""
    mine = select(TeamMember.team_id).where(TeamMember.user_id == viewer.user_id)
    found = select(User).join(TeamMember, TeamMember.user_id == User.id).where(TeamMember.team_id == team_id)
    may_know = or_(User.unit_id.in_(viewer.reach(*DIRECTORY_READERS)), TeamMember.team_id.in_(mine))
    return found.where(may_know).order_by(User.name_zh, User.id).limit(500)


def visible_profiles(viewer: Viewer) -> Select[Volunteer]:
    """The own profile, and those of the people in reach."""
    near = select(User.id).where(User.unit_id.in_(viewer.reach(*DIRECTORY_READERS)))
    return select(Volunteer).where(or_(Volunteer.user_id == viewer.user_id, Volunteer.user_id.in_(near)))


def system_unit_town(session: Session, unit_id: uuid.UUID) -> uuid.UUID | None:
    """The town of a unit."""
    return session.scalar(select(Unit.town_id).where(Unit.id == unit_id))
