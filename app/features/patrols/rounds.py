"""What being on a round opens to a person: the closed cases at its points, to look back at them; photos of visits one may see."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.viewer import Viewer
from app.features.issues import policy as issue_policy
from app.features.issues.models import Issue, Report, ReportPhoto
from app.features.patrols.models import OnSiteIssue, OnSitePhoto, PatrolSlot, SlotTarget, Visit, VisitPhoto
from app.features.patrols.policy import my_slots, shown, visible_visits
from app.features.photos import service as photos

BEFORE, AFTER = timedelta(days=2), timedelta(days=3)
"""From when it is on the phone until what was done without a network should be here."""


@issue_policy.on_round
def points_of_my_rounds(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Points of the viewer's rounds of these days. A covert round has no look-backs: they would tell of it (S10)."""
    at = now()
    present = PatrolSlot.starts_at < at + BEFORE, PatrolSlot.ends_at > at - AFTER, shown(PatrolSlot)
    mine = select(PatrolSlot.id).where(my_slots(viewer), *present)
    return select(SlotTarget.point_id).where(SlotTarget.point_id.is_not(None), SlotTarget.slot_id.in_(mine))


def sees_photo(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
    """Whoever sees the visit, or a case that the session on site was about, sees its photos; so too what is held back of a visit."""
    of_visit = (
        select(Visit.id)
        .join(VisitPhoto, VisitPhoto.visit_id == Visit.id)
        .where(VisitPhoto.photo_id == photo_id, visible_visits(viewer))
    )
    if session.scalar(of_visit.limit(1)) is not None:
        return True
    withheld = (
        select(Visit.id)
        .join(Report, and_(Report.user_id == Visit.user_id, Report.visit_id == Visit.client_id))
        .join(ReportPhoto, ReportPhoto.report_id == Report.id)
        .where(ReportPhoto.photo_id == photo_id, Report.withheld_at.is_not(None), visible_visits(viewer))
    )
    if session.scalar(withheld.limit(1)) is not None:
        return True
    on_site = (
        select(Issue.id)
        .join(OnSiteIssue, OnSiteIssue.issue_id == Issue.id)
        .join(OnSitePhoto, OnSitePhoto.session_id == OnSiteIssue.session_id)
        .where(OnSitePhoto.photo_id == photo_id, issue_policy.visible(viewer))
    )
    return session.scalar(on_site.limit(1)) is not None


photos.register_visibility(sees_photo)
