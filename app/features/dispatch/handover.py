"""A leaver's orders in force name the heir. The cases themselves are handed over, and counted, by `issues`."""

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.features.dispatch.models import Dispatch
from app.features.identity import service as identity
from app.features.identity.models import User


@identity.on_handed_over
def hand_over(session: Session, leaver: User, heir: User, actor_id: uuid.UUID) -> int:
    """Orders to the leaver that still count now name the heir."""
    mine = update(Dispatch).where(Dispatch.person_id == leaver.id)
    in_force = mine.where(Dispatch.ended_at.is_(None), Dispatch.bounced_at.is_(None))
    session.execute(in_force.values(person_id=heir.id))
    return 0
