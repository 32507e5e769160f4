"""What an office or a unit does with teams and volunteers' profiles."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.models import Role
from app.features.identity.service import find_person
from app.features.identity.viewer import Viewer
from app.features.standards import service as standards
from app.features.standards.errors import CodeTaken
from app.features.volunteers import queries
from app.features.volunteers.models import Team, TeamMember, Volunteer
from app.features.volunteers.schemas import ProfileIn, TeamIn, TeamPatch

LEADERS = (Role.ADMIN, Role.OFFICE_ADMIN, Role.UNIT_PRINCIPAL, Role.LIAISON)
"""May form a team of a unit they reach, and say who is in it."""


def add_team(session: Session, viewer: Viewer, *, town_id: uuid.UUID, team: TeamIn) -> Team:
    """A new team of a unit of the town: by the office, or by the unit itself (X18); the emergency teams are the office's."""
    own = not team.is_emergency and viewer.reaches(session, team.unit_id, *LEADERS)
    if viewer.is_pending or not own:
        standards.require_configurer(session, viewer, town_id)
    if queries.system_unit_town(session, team.unit_id) != town_id:
        raise Invalid(fields=[{"at": ["body", "unit_id"], "why": "unknown-id"}])
    _check_areas(session, town_id, team.area_unit_ids)
    taken = select(Team.id).where(Team.town_id == town_id, Team.code == team.code)
    if session.scalar(taken) is not None:
        raise CodeTaken(value=team.code)
    areas = [str(one) for one in team.area_unit_ids]
    row = Team(town_id=town_id, **team.model_dump() | {"area_unit_ids": areas})
    session.add(row)
    session.flush()
    _log(session, viewer, "team.added", row)
    return row


def change_team(
    session: Session, viewer: Viewer, *, team_id: uuid.UUID, patch: TeamPatch, base_version: int
) -> Team:
    """Change what `patch` names; `is_active: false` dissolves the team."""
    row = _team(session, viewer, team_id)
    standards.require_configurer(session, viewer, row.town_id)
    if row.version != base_version:
        raise VersionConflict(version=row.version)
    _check_areas(session, row.town_id, patch.area_unit_ids or [])
    for name, value in patch.model_dump(exclude_unset=True).items():
        if name == "area_unit_ids":
            row.area_unit_ids = [str(one) for one in value or []]
        elif value is not None or name == "size":
            setattr(row, name, value)
    row.version += 1
    session.flush()
    _log(session, viewer, "team.changed", row)
    return row


def _check_areas(session: Session, town_id: uuid.UUID, areas: Collection[uuid.UUID]) -> None:
    if any(queries.system_unit_town(session, one) != town_id for one in areas):
        raise Invalid(fields=[{"at": ["body", "area_unit_ids"], "why": "unknown-id"}])


def _team(session: Session, viewer: Viewer, team_id: uuid.UUID) -> Team:
    found = queries.visible_teams(viewer).where(Team.id == team_id).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _led_team(session: Session, viewer: Viewer, team_id: uuid.UUID) -> Team:
    row = _team(session, viewer, team_id)
    if not viewer.reaches(session, row.unit_id, *LEADERS):
        raise Forbidden()
    return row


def join_team(session: Session, viewer: Viewer, *, team_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Put a person of the town, whom the viewer may see, into a team. In it already: nothing happens."""
    row = _led_team(session, viewer, team_id)
    person = find_person(session, viewer, user_id)
    if person is None or queries.system_unit_town(session, person.unit_id) != row.town_id:
        raise NotFound()
    if session.get(TeamMember, (team_id, user_id)) is None:
        session.add(TeamMember(team_id=team_id, user_id=user_id))
        session.flush()
        _log(session, viewer, "team.joined", row, user_id)


def leave_team(session: Session, viewer: Viewer, *, team_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Take a person out of a team; oneself may always leave."""
    own = user_id == viewer.user_id
    row = _team(session, viewer, team_id) if own else _led_team(session, viewer, team_id)
    member = session.get(TeamMember, (team_id, user_id))
    if member is None:
        raise NotFound()
    session.delete(member)
    session.flush()
    _log(session, viewer, "team.left", row, user_id)


def set_profile(session: Session, viewer: Viewer, *, user_id: uuid.UUID, profile: ProfileIn) -> Volunteer:
    """A person's profile as a volunteer, kept by the unit that looks after them."""
    person = find_person(session, viewer, user_id)
    if person is None:
        raise NotFound()
    if not viewer.reaches(session, person.unit_id, *LEADERS):
        raise Forbidden()
    row = session.get(Volunteer, user_id) or Volunteer(user_id=user_id)
    for name, value in profile.model_dump().items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row


def profile_of(session: Session, viewer: Viewer, user_id: uuid.UUID) -> Volunteer:
    """A profile the viewer may see: the own one, or of somebody in reach."""
    row = session.scalar(queries.visible_profiles(viewer).where(Volunteer.user_id == user_id))
    if row is None:
        raise NotFound()
    return row


def _log(session: Session, viewer: Viewer, action: str, team: Team, user_id: uuid.UUID | None = None) -> None:
    detail = {"version": team.version} | ({"user_id": str(user_id)} if user_id else {})
    audit.record(
        session, action, actor_id=viewer.user_id, subject_kind="team", subject_id=team.id, detail=detail
    )
