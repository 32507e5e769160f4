"""The words of look-backs and visits go with those of their cases."""

import uuid
from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.features.issues.retention import on_retired
from app.features.review.models import CaseVisit, LookBack


@on_retired
def erase_words(session: Session, issue_ids: Sequence[uuid.UUID]) -> None:
    """Of these cases."""
    for table in (LookBack, CaseVisit):
        session.execute(update(table).where(table.issue_id.in_(issue_ids)).values(note=""))
