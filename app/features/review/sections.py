"""What review adds to the detail of a case: its look-backs."""

from typing import Any

from sqlalchemy.orm import Session

from app.features.identity.viewer import Viewer
from app.features.issues.detail import section
from app.features.issues.models import Issue
from app.features.issues.policy import Standing
from app.features.review import queries
from app.features.review.models import LookBack


@section("look_backs", LookBack)
def _look_backs(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> list[dict[str, Any]]:
    return [
        {
            "id": str(r.id),
            "round_no": r.round_no,
            "kind": r.kind,
            "due_at": r.due_at.isoformat(),
            "result": r.result,
            "done_at": r.done_at.isoformat() if r.done_at else None,
            "note": r.note,
            "missed_count": r.missed_count,
            "missed_reason": r.missed_reason,
        }
        for r in queries.look_backs_of(session, viewer, issue)
    ]
