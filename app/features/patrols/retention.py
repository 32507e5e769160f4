"""Words and pictures of visits go so long after their time as those of cases; numbers, times and results stay.

An erased person's words go at once.
"""

import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from app.core import audit, db, jobs
from app.core.clock import now
from app.core.config import get_settings
from app.features.identity.erasing import on_erased
from app.features.patrols import schedule, slots
from app.features.patrols.models import ChecklistResult, OnSiteSession, Patrol, Visit, VisitPhoto
from app.features.photos import service as photos
from app.features.standards.models import Campaign

BATCH = 500


@on_erased
def erase_words_of(session: Session, user_id: uuid.UUID) -> None:
    """What a person wrote on patrols; where they looked and what they found stays, with their id."""
    _silence(session, Visit.user_id == user_id)
    for table in (Patrol, OnSiteSession):
        session.execute(update(table).where(table.user_id == user_id).values(body={}))


def _silence(session: Session, of: ColumnElement[bool]) -> None:
    # The fingerprints stay: what a phone sends again is still known as the same.
    session.execute(update(Visit).where(of).values(note="", away_reason="", body={}))
    visits = select(Visit.id).where(of)
    session.execute(update(ChecklistResult).where(ChecklistResult.visit_id.in_(visits)).values(note=""))


@jobs.every("patrols.retire", "41 18 * * *")
def retire() -> None:
    """Erase words and pictures of visits of campaigns that ended long enough ago, some at a time."""
    days = get_settings().retention_days
    if not days:
        return
    with db.reading() as session:
        ended = Campaign.end_on < (now() - timedelta(days=days)).date()
        campaigns = session.scalars(select(Campaign).where(ended)).all()
        spans = [_visits_of(session, campaign) for campaign in campaigns]
    for span in spans:
        while _retire_some(span, days):
            pass


def _visits_of(session: Session, campaign: Campaign) -> ColumnElement[bool]:
    zone = slots.zone_of_town(session, campaign.town_id)
    since = schedule.midnight(campaign.start_on, zone)
    until = schedule.midnight(campaign.end_on + timedelta(days=1), zone)
    return and_(Visit.town_id == campaign.town_id, Visit.arrived_at >= since, Visit.arrived_at < until)


def _retire_some(span: ColumnElement[bool], days: int) -> bool:
    with db.transaction() as session:
        found = session.scalars(select(Visit.id).where(span, Visit.body != {}).limit(BATCH)).all()
        if not found:
            return False
        _silence(session, Visit.id.in_(found))
        taken = select(VisitPhoto.photo_id).where(
            VisitPhoto.visit_id.in_(found), VisitPhoto.photo_id.is_not(None)
        )
        photos.mark_deleted(session, [one for one in session.scalars(taken) if one])
        audit.record(session, "retired", actor_id=None, subject_kind="visits", subject_id=str(found[0]),
                     detail={"visits": len(found), "days": days})  # fmt: skip
    return True
