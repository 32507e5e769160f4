"""A volunteer's profile goes with the person."""

import uuid

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.features.identity.erasing import on_erased
from app.features.volunteers.models import TeamMember, Volunteer


@on_erased
def erase_profile(session: Session, user_id: uuid.UUID) -> None:
    """Profile and teams."""
    for table in (Volunteer, TeamMember):
        session.execute(delete(table).where(table.user_id == user_id))
