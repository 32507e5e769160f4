"""Clocks of dispatch: deferred cases resume on their day, the daily sheet goes out at its cut-off."""

from sqlalchemy import select

from app.core import db, jobs
from app.features.dispatch import daily, requests
from app.features.standards.models import Campaign


@jobs.every("dispatch.resume_due", "*/10 * * * *")
def resume_due() -> None:
    """Resume deferred cases whose day has come."""
    requests.resume_all_due()


@jobs.every("dispatch.send_daily_sheets", "1-59/10 * * * *")
def send_daily_sheets() -> None:
    """Each active campaign by itself."""
    with db.reading() as session:
        campaigns = session.scalars(select(Campaign.id).where(Campaign.is_active)).all()
    for campaign_id in campaigns:
        with db.transaction() as session:
            daily.make_due(session, campaign_id)
