"""A leaver's open key tasks go to the heir; where the heir is of another unit, to the unit itself."""

import uuid

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from app.features.identity import service as identity
from app.features.identity.models import User
from app.features.ledgers.models import KeyTask


@identity.on_handed_over
def hand_over(session: Session, leaver: User, heir: User, actor_id: uuid.UUID) -> int:
    """How many tasks were moved."""
    mine = KeyTask.person_id == leaver.id, KeyTask.state == "open"
    moved = session.scalar(select(func.count()).select_from(KeyTask).where(*mine)) or 0
    person = case((KeyTask.unit_id == heir.unit_id, heir.id), else_=None)
    session.execute(update(KeyTask).where(*mine).values(person_id=person, version=KeyTask.version + 1))
    return moved
