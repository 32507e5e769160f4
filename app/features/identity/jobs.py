"""Housekeeping: what ended a month ago is forgotten. The audit log keeps that it was."""

from datetime import timedelta

from sqlalchemy import delete

from app.core import db, jobs
from app.core.clock import now
from app.features.identity.models import Invite, SessionRow

KEPT = timedelta(days=30)


@jobs.every("identity.tidy", "41 3 * * *")
def tidy() -> None:
    """Delete sessions and invites that ended a month ago."""
    before = now() - KEPT
    with db.transaction() as session:
        session.execute(delete(SessionRow).where(SessionRow.expires_at < before))
        session.execute(delete(SessionRow).where(SessionRow.revoked_at < before))
        session.execute(delete(Invite).where(Invite.expires_at < before))
