"""The contact sheet: clear cases side by side, the doubtful swept out, the rest closed, each by its own event.

Only where the town allows it; never an urgent or difficult case, never one drawn for full review. How often the hint was
wrong is known from those: see HintCheck.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.errors import Problem
from app.features.identity.viewer import Viewer
from app.features.issues import moves
from app.features.issues.bodies import BulkItemIn
from app.features.issues.guards import campaign_setting, fail
from app.features.issues.lifecycle import Action, Nature, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import listen
from app.features.issues.photoset import pairs_of
from app.features.issues.policy import visible
from app.features.issues.ranking import CLEAR, DRAWN
from app.features.issues.receipts import BulkResult
from app.features.review.models import HintCheck
from app.features.review.schemas import SheetCloseIn
from app.features.standards import service as standards


def most_at_once(session: Session, viewer: Viewer) -> int:
    """How many cases the viewer's town lets close at once; 0: none."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    return int(standards.setting(campaign, "contact_sheet_most")) if campaign else 0


def _lying(viewer: Viewer) -> Select[uuid.UUID]:
    """Ordinary cases under review with one pair, which is clear and undecided, and not drawn for full review."""
    return select(Issue.id).where(visible(viewer), Issue.review_rank == CLEAR)


def ids(session: Session, viewer: Viewer, limit: int) -> list[uuid.UUID]:
    """What lies on the sheet, waiting longest first."""
    return list(session.scalars(_lying(viewer).order_by(Issue.rectified_at, Issue.id).limit(limit)))


def count(session: Session, viewer: Viewer, *, is_sampled: bool) -> int:
    """How many lie on the sheet; or how many would, had they not been drawn for full review."""
    lies = Issue.review_rank == (DRAWN if is_sampled else CLEAR)
    return session.scalar(select(func.count()).select_from(Issue).where(visible(viewer), lies)) or 0


def close(session: Session, viewer: Viewer, cases: Sequence[BulkItemIn]) -> list[BulkResult]:
    """Close each through the same door as on the desk, in a savepoint of its own, locked in one order."""
    found = _lying(viewer).where(Issue.id.in_([case.id for case in cases]))
    on_sheet = set(session.scalars(found)) if len(cases) <= most_at_once(session, viewer) else set()
    done: dict[uuid.UUID, BulkResult] = {}
    for case in sorted(cases, key=lambda one: one.id):
        try:
            if case.id not in on_sheet:
                raise fail("on_sheet")
            with session.begin_nested():
                issue = _close(session, viewer, case)
        except Problem as refused:
            if refused.status >= 500:
                raise
            done[case.id] = BulkResult(id=case.id, status=refused.status, problem=refused.body())
        else:
            done[case.id] = BulkResult(
                id=case.id, status=200, state=State(issue.state), version=issue.version
            )
    return [done[case.id] for case in cases]


def _close(session: Session, viewer: Viewer, case: BulkItemIn) -> Issue:
    pairs = pairs_of(session, session.get_one(Issue, case.id))
    body = SheetCloseIn(match=[pair.id for pair in pairs])
    return moves.perform(session, viewer, case.id, Action.CLOSE, body, base_version=case.version)


# ---- how often the hint was wrong ----
@listen
def check_hint(session: Session, issue: Issue, event: IssueEvent) -> None:
    """A full review of a clear case proves the hint right (closed) or wrong (returned).

    Counted are cases drawn at random, or all where there is no sheet: those swept out of one were chosen by eye.
    """
    if event.action not in (Action.CLOSE, Action.RETURN) or event.data.get("sheet"):
        return
    if issue.nature != Nature.ORDINARY or event.from_state != State.IN_REVIEW:
        return
    if not issue.is_sampled and campaign_setting(session, issue, "contact_sheet_most"):
        return
    pairs = pairs_of(session, issue)
    if pairs and all(pair.is_clear for pair in pairs):
        row = HintCheck(
            issue_id=issue.id,
            version=issue.version,
            campaign_id=issue.campaign_id,
            at=event.at,
            agreed=event.action == Action.CLOSE,
        )
        session.add(row)


def hint_checks(session: Session, viewer: Viewer) -> tuple[int, int]:
    """Of how many clear cases that were reviewed in full, how many the reviewer judged otherwise: (wrong, checked)."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    if campaign is None:
        return 0, 0
    rows = select(HintCheck.agreed, func.count()).where(HintCheck.campaign_id == campaign.id)
    counted = {bool(row[0]): int(row[1]) for row in session.execute(rows.group_by(HintCheck.agreed))}
    return counted.get(False, 0), sum(counted.values())
