"""Messages go with the case they tell of, and with the person they were for."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.features.identity.erasing import on_erased
from app.features.issues.retention import on_retired
from app.features.notifications.models import InboxItem


@on_retired
def erase_messages(session: Session, issue_ids: Sequence[uuid.UUID]) -> None:
    """Of these cases."""
    session.execute(delete(InboxItem).where(InboxItem.issue_id.in_(issue_ids)))


@on_erased
def erase_inbox(session: Session, user_id: uuid.UUID) -> None:
    """Of this person."""
    session.execute(delete(InboxItem).where(InboxItem.user_id == user_id))
