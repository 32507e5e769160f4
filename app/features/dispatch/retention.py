"""The words of orders, rounds, plans and deferrals go with those of their cases."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.features.dispatch.models import Coordination, Deferral, Dispatch, RectificationRound
from app.features.issues.retention import on_retired


@on_retired
def erase_words(session: Session, issue_ids: Sequence[uuid.UUID]) -> None:
    """Of these cases."""
    words: dict[Any, dict[str, Any]] = {
        Dispatch: {"requirement": "", "bounce_note": ""},
        RectificationRound: {"measure": "", "return_note": ""},
        Coordination: {"meeting": "", "measures": "", "milestones": []},
        Deferral: {"safety_measure": ""},
    }
    for table, values in words.items():
        session.execute(update(table).where(table.issue_id.in_(issue_ids)).values(**values))
