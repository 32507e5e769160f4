"""A covert patrol, its visits and what was found show to the inspected side when the office releases it; not before (S10)."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit, changes
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.identity.viewer import Viewer
from app.features.patrols import policy, withholding
from app.features.patrols.errors import PatrolOpen
from app.features.patrols.models import Openness, Patrol, PatrolSlot, Visit

RELEASERS = policy.PLANNERS


def release(session: Session, viewer: Viewer, patrol_id: uuid.UUID) -> Patrol:
    """Released again, it stays released as of the first time. Raises PatrolOpen for one that never was covert."""
    patrol = session.scalar(
        select(Patrol)
        .where(Patrol.id == patrol_id, policy.visible_patrols(viewer))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if patrol is None:
        raise NotFound()
    if not viewer.reaches(session, patrol.town_id, *RELEASERS):
        raise Forbidden()
    if patrol.visibility != Openness.COVERT:
        raise PatrolOpen()
    if patrol.released_at is not None:
        return patrol
    patrol.released_at = now()
    for table, of in ((Visit, Visit.patrol_id == patrol.id), (PatrolSlot, PatrolSlot.id == patrol.slot_id)):
        session.execute(
            update(table).where(of, table.released_at.is_(None)).values(released_at=patrol.released_at)
        )
    audit.record(
        session, "patrol.released", actor_id=viewer.user_id, subject_kind="patrol", subject_id=str(patrol.id)
    )
    changes.note(session, patrol.town_id, "patrol", patrol.id)
    session.flush()
    withholding.file_what_waits(session, patrol)
    return patrol
