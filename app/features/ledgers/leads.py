"""线索 (D28): what is read in online channels is registered with channel and link; it becomes a case once, or is answered."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.features.identity.viewer import Viewer
from app.features.issues import intake
from app.features.issues.bodies import ReportIn
from app.features.issues.models import Issue, Report
from app.features.issues.policy import visible as visible_cases
from app.features.issues.schemas import Link
from app.features.ledgers import policy
from app.features.ledgers.errors import LeadFiled, LeadKnown
from app.features.ledgers.models import Lead
from app.features.ledgers.schemas import AnswerIn, LeadChannel, LeadFileIn, LeadIn, LeadOut
from app.features.places.models import Point

MOST = 300
CLOCKS_DIFFER = timedelta(minutes=5)
SOURCES: dict[str, str] = {
    "community_app": "web", "we_media": "media", "weibo": "media", "wechat": "media", "short_video": "media",
    "news": "media", "mailbox": "web", "hotline": "hotline", "other": "public",
}  # fmt: skip
"""What a case that arises from the channel has as its source."""


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Leads are for those who read the town whole. Raises Forbidden."""
    if not viewer.has(*policy.READERS):
        raise Forbidden()
    return policy.reads_town(viewer, Lead.town_id)


def listed(
    session: Session, viewer: Viewer, town_id: uuid.UUID, channel: LeadChannel | None, is_open: bool | None
) -> list[LeadOut]:
    """What is neither a case nor answered first; the latest first."""
    is_done = Lead.issue_id.is_not(None) | Lead.answered_at.is_not(None)
    found = select(Lead).where(Lead.town_id == town_id, visible(viewer))
    if channel is not None:
        found = found.where(Lead.channel == channel)
    if is_open is not None:
        found = found.where(~is_done if is_open else is_done)
    found = found.order_by(is_done, Lead.received_at.desc(), Lead.id).limit(MOST)
    return show(session, viewer, session.scalars(found).all())


def register(session: Session, viewer: Viewer, town_id: uuid.UUID, body: LeadIn) -> Lead:
    """One more; what a channel calls it, or its link, is registered once. Raises Forbidden, Invalid, LeadKnown."""
    policy.require_keeper(session, viewer, town_id)
    if body.received_at > now() + CLOCKS_DIFFER:
        raise Invalid(fields=[{"at": ["body", "received_at"], "why": "in_the_future"}])
    ref = body.ref or body.link
    same = Lead.town_id == town_id, Lead.channel == body.channel, Lead.ref == ref
    if (known := session.scalar(select(Lead).where(*same))) is not None:
        raise LeadKnown(lead_id=str(known.id), issue=_issue(session, viewer, known))
    said = body.model_dump(exclude={"ref"})
    row = Lead(town_id=town_id, ref=ref, recorded_by_id=viewer.user_id, **said)
    session.add(row)
    session.flush()
    policy.recorded(session, viewer, "lead", row.id, "registered")
    return row


def file(session: Session, viewer: Viewer, lead_id: uuid.UUID, body: LeadFileIn) -> Lead:
    """It becomes a case, once. Raises NotFound, Forbidden, LeadFiled, Invalid, NoCampaign."""
    row = _locked(session, viewer, lead_id)
    if row.issue_id is not None:
        raise LeadFiled(issue=_issue(session, viewer, row))
    if (
        session.scalar(select(Point.id).where(Point.id == body.point_id, Point.town_id == row.town_id))
        is None
    ):
        raise Invalid(fields=[{"at": ["body", "point_id"], "why": "unknown"}])
    report = ReportIn.model_validate(
        {
            "action": "submit", "source": SOURCES[row.channel], "category": body.category, "point_id": body.point_id,
            "description": body.description or row.text, "external_ref": row.ref[:80],
            "captured_at": row.received_at, "clock_offset_seconds": 0,
        }
    )  # fmt: skip
    # The lead's own id is the report's: whatever happens, it is one report.
    filed, _ = intake.receive(session, viewer, row.id, report)
    session.flush()
    row.issue_id = session.scalar(select(Report.issue_id).where(Report.id == filed.id))
    session.flush()
    policy.recorded(session, viewer, "lead", row.id, "filed")
    return row


def answer(session: Session, viewer: Viewer, lead_id: uuid.UUID, body: AnswerIn) -> Lead:
    """What was said in the channel. Raises NotFound, Forbidden."""
    row = _locked(session, viewer, lead_id)
    row.answer, row.answered_at = body.answer, now()
    session.flush()
    policy.recorded(session, viewer, "lead", row.id, "answered")
    return row


def _locked(session: Session, viewer: Viewer, lead_id: uuid.UUID) -> Lead:
    found = select(Lead).where(Lead.id == lead_id, visible(viewer)).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    policy.require_keeper(session, viewer, row.town_id)
    return row


# ---- as they are read ----
def _issue(session: Session, viewer: Viewer, row: Lead) -> dict[str, Any] | None:
    """The case as a problem names it, to who sees it."""
    seen = select(Issue.id, Issue.no).where(Issue.id == row.issue_id, visible_cases(viewer))
    found = session.execute(seen).first() if row.issue_id else None
    return {"id": str(found.id), "no": found.no} if found else None


def show(session: Session, viewer: Viewer, rows: Sequence[Lead]) -> list[LeadOut]:
    """The same in the same order, each with its case as far as the viewer sees it."""
    about = Issue.id.in_([row.issue_id for row in rows if row.issue_id]), visible_cases(viewer)
    cases = {
        one.id: Link(id=one.id, no=one.no, state=one.state)
        for one in session.scalars(select(Issue).where(*about))
    }
    plain = ("id", "channel", "ref", "link", "text", "received_at", "recorded_at", "answer", "answered_at")
    return [
        LeadOut(
            **{name: getattr(row, name) for name in plain},
            issue=cases.get(row.issue_id) if row.issue_id else None,
            is_filed=row.issue_id is not None,
        )
        for row in rows
    ]  # fmt: skip
