"""HTTP of teams and volunteers' profiles."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import db, etag
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.routes import Routes
from app.features.identity.models import Role
from app.features.identity.roles import DIRECTORY_READERS
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.standards.errors import CodeTaken
from app.features.standards.town import ViewedTown
from app.features.volunteers import queries, retention, service
from app.features.volunteers.models import Team, TeamMember
from app.features.volunteers.schemas import (
    MemberList,
    MemberOut,
    ProfileIn,
    ProfileOut,
    TeamIn,
    TeamList,
    TeamOut,
    TeamPatch,
)

router = Routes(tags=["volunteers"])
REGISTERED = (retention,)
CALLERS = (*DIRECTORY_READERS, Role.EMERGENCY_MEMBER)
"""Read the telephone of a team's duty desk."""
_READ = problems(Unauthenticated, NotFound)
_LEAD = problems(Unauthenticated, Forbidden, NotFound)


def _out(viewer: Viewer, row: Team, members: int) -> TeamOut:
    values = {name: getattr(row, name) for name in TeamOut.model_fields if name != "members"}
    if not viewer.has(*CALLERS):
        values["duty_phone"] = ""
    return TeamOut(**values, members=members)


def _counted(session: Session, viewer: Viewer, row: Team) -> TeamOut:
    members = session.scalar(select(func.count()).where(TeamMember.team_id == row.id))
    return _out(viewer, row, members or 0)


@router.get("/teams", response_model=TeamList, responses=_READ)
def list_teams(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> TeamList:
    """The town's teams with how many are in each; there are some dozens."""
    rows = session.execute(queries.teams_with_size(viewer, town_id))
    return TeamList(items=[_out(viewer, team, members) for team, members in rows])


@router.post(
    "/teams",
    response_model=TeamOut,
    status_code=201,
    responses=problems(Unauthenticated, Forbidden, NotFound, CodeTaken, Invalid),
)
def add_team(body: TeamIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx) -> TeamOut:
    """A new team."""
    return _counted(session, viewer, service.add_team(session, viewer, town_id=town_id, team=body))


@router.patch(
    "/teams/{team_id}",
    response_model=TeamOut,
    responses=problems(Unauthenticated, Forbidden, NotFound, VersionConflict, Invalid, etag.VersionNeeded),
)
def change_team(
    team_id: uuid.UUID, body: TeamPatch, base: etag.BaseVersion, viewer: CurrentViewer, session: db.Tx
) -> TeamOut:
    """Change what the body names; `is_active: false` dissolves the team."""
    row = service.change_team(session, viewer, team_id=team_id, patch=body, base_version=base)
    return _counted(session, viewer, row)


@router.get("/teams/{team_id}/members", response_model=MemberList, responses=_READ)
def list_members(team_id: uuid.UUID, viewer: CurrentViewer, session: db.Read) -> MemberList:
    """Who is in a team, as far as the viewer may know their names."""
    if session.scalar(queries.visible_teams(viewer).where(Team.id == team_id)) is None:
        raise NotFound()
    rows = session.scalars(queries.members_of(viewer, team_id))
    members = [MemberOut.model_validate(row, from_attributes=True) for row in rows]
    return MemberList(items=members)


@router.put("/teams/{team_id}/members/{user_id}", status_code=204, responses=_LEAD)
def join_team(team_id: uuid.UUID, user_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Put a person into a team."""
    service.join_team(session, viewer, team_id=team_id, user_id=user_id)


@router.delete("/teams/{team_id}/members/{user_id}", status_code=204, responses=_LEAD)
def leave_team(team_id: uuid.UUID, user_id: uuid.UUID, viewer: CurrentViewer, session: db.Tx) -> None:
    """Take a person out of a team; oneself may always leave."""
    service.leave_team(session, viewer, team_id=team_id, user_id=user_id)


@router.get("/volunteers/{user_id}", response_model=ProfileOut, responses=_READ)
def get_volunteer(user_id: uuid.UUID, viewer: CurrentViewer, session: db.Read) -> ProfileOut:
    """A profile: the own one, or of somebody in reach."""
    return ProfileOut.model_validate(service.profile_of(session, viewer, user_id))


@router.put("/volunteers/{user_id}", response_model=ProfileOut, responses=_LEAD)
def set_volunteer(user_id: uuid.UUID, body: ProfileIn, viewer: CurrentViewer, session: db.Tx) -> ProfileOut:
    """Set a person's profile."""
    row = service.set_profile(session, viewer, user_id=user_id, profile=body)
    return ProfileOut.model_validate(row)
