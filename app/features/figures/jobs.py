"""Clock of figures: columns of large towns every hour, and pages, of which the last of a local day stays."""

from sqlalchemy import select

from app.core import db, jobs
from app.features.figures import snapshots
from app.features.standards.models import Campaign


@jobs.every("figures.keep", "52 * * * *")
def keep_figures() -> None:
    """Each active campaign by itself; the last of a day is taken at eight minutes to midnight. Nobody waits while it counts."""
    with db.reading() as session:
        campaigns = session.scalars(select(Campaign.id).where(Campaign.is_active)).all()
    for campaign_id in campaigns:
        with db.reading() as session:
            columns = snapshots.count_columns(session, session.get_one(Campaign, campaign_id))
        with db.transaction() as session:
            snapshots.keep_columns(session, columns)
        with db.reading() as session:
            rows = snapshots.count(session, session.get_one(Campaign, campaign_id))
        with db.transaction() as session:
            snapshots.keep(session, rows)
