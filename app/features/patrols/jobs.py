"""Clocks of patrols: slots made ahead and refreshed."""

from sqlalchemy import select

from app.core import db, jobs
from app.features.patrols import slots, watches
from app.features.patrols.models import PatrolPlan, WatchPeriod, WatchState


@jobs.every("patrols.make_slots", "4,34 * * * *")
def make_slots() -> None:
    """Each active plan in a transaction of its own: one that fails holds up no other."""
    with db.reading() as session:
        plans = session.scalars(select(PatrolPlan.id).where(PatrolPlan.is_active)).all()
    for plan_id in plans:
        with db.transaction() as session:
            slots.fill(session, plan_id)
            slots.refresh(session, plan_id)


@jobs.every("patrols.review_watches", "19 * * * *")
def review_watches() -> None:
    """End the watches whose points stayed clean."""
    with db.reading() as session:
        is_open = WatchPeriod.state == WatchState.OPEN
        found = session.scalars(select(WatchPeriod.id).where(is_open)).all()
    for watch_id in found:
        with db.transaction() as session:
            watches.review(session, watch_id)
