"""Clocks of patrols: slots made ahead and refreshed."""

from sqlalchemy import select

from app.core import db, jobs
from app.features.patrols import slots
from app.features.patrols.models import PatrolPlan


@jobs.every("patrols.make_slots", "4,34 * * * *")
def make_slots() -> None:
    """Each active plan in a transaction of its own: one that fails holds up no other."""
    with db.reading() as session:
        plans = session.scalars(select(PatrolPlan.id).where(PatrolPlan.is_active)).all()
    for plan_id in plans:
        with db.transaction() as session:
            slots.fill(session, plan_id)
            slots.refresh(session, plan_id)
