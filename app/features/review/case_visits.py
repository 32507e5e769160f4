"""反复抓、抓反复 (S07): the log of visits to those concerned by a case. Sent by the phone under an id of its own."""

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import changes
from app.core.clock import now
from app.core.errors import Forbidden, Invalid
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.detail import section
from app.features.issues.errors import SameIdOtherBody
from app.features.issues.intake import fingerprint, queue_up
from app.features.issues.models import Issue
from app.features.issues.photoset import server_time
from app.features.review.models import CaseVisit
from app.features.review.record_schemas import CaseVisitIn, CaseVisitReceipt


def receive(
    session: Session, viewer: Viewer, client_id: uuid.UUID, body: CaseVisitIn
) -> tuple[CaseVisit, bool]:
    """Keep a visit; True: it is new. Raises SameIdOtherBody; Invalid where the case is not to be seen."""
    if not viewer.has(*policy.FILERS):
        raise Forbidden()
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    mine = CaseVisit.user_id == viewer.user_id, CaseVisit.client_id == client_id
    known = session.scalar(select(CaseVisit).where(*mine))
    if known is not None:
        if known.body_sha256 != fingerprint(said):
            raise SameIdOtherBody(stored={"id": str(client_id), "issue_id": str(known.issue_id)})
        return known, False
    issue = session.scalar(select(Issue).where(Issue.id == body.issue_id, policy.visible(viewer)))
    if issue is None:
        raise Invalid(fields=[{"at": ["body", "issue_id"], "why": "unknown"}])
    received = now()
    at, _ = server_time(body.visited_at, body.clock_offset_seconds, received)
    row = CaseVisit(
        client_id=client_id, user_id=viewer.user_id, issue_id=issue.id, kind=body.kind, visited_at=at, note=body.note,
        body_sha256=fingerprint(said), received_at=received,
    )  # fmt: skip
    session.add(row)
    session.flush()
    changes.note(session, issue.town_id, "issue", issue.id)
    return row, True


def receipt(session: Session, row: CaseVisit) -> CaseVisitReceipt:
    """What the phone is told of it."""
    count = session.scalar(select(func.count()).where(CaseVisit.issue_id == row.issue_id))
    return CaseVisitReceipt(
        id=row.client_id, received_at=row.received_at, visited_at=row.visited_at, visits=count or 0
    )


@section("case_visits", CaseVisit)
def of_case(
    session: Session, viewer: Viewer, standing: policy.Standing, issue: Issue
) -> list[dict[str, Any]]:
    """Each visit with its date and unit, the latest first: how many there were is what counts."""
    rows = session.execute(
        select(CaseVisit, Unit.name_zh, Unit.name_en)
        .join(User, User.id == CaseVisit.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .where(CaseVisit.issue_id == issue.id)
        .order_by(CaseVisit.visited_at.desc(), CaseVisit.id)
    )
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "at": row.visited_at.isoformat(),
            "unit": {"zh": zh, "en": en},
            "note": row.note,
        }
        for row, zh, en in rows
    ]
