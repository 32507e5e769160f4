"""也是这个: a report that is about a case somebody else filed. Photo and credit go to that case; no new one arises."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.geo import distance_m, to_wgs84
from app.features.identity.viewer import Viewer
from app.features.issues import acting, filing, moves, photoset
from app.features.issues.bodies import AddWitnessIn, ReportIn
from app.features.issues.conditions import NEAR_DAYS, NEAR_M
from app.features.issues.lifecycle import MOVES, OPEN, Action, State, Who
from app.features.issues.models import Issue, Report, Witness
from app.features.issues.moves import Moving, effect
from app.features.standards.models import Category

ROUGH_M = 100.0
"""A poor fix widens what counts as near, at most by this."""
GONE = "witness_target_gone"


def attach(session: Session, viewer: Viewer, report: Report, body: ReportIn) -> Issue | None:
    """The case the report was added to; None: that is not (or no longer) possible, and the report becomes a case of its own.

    The flag is the same whether the case was closed meanwhile, was never near, or does not exist: it tells nothing.
    """
    issue = _target(session, report, body)
    if issue is None or viewer.is_pending:
        report.flags = sorted({*report.flags, "witness_pending" if viewer.is_pending else GONE})
        return None
    afters = [filing.timed(p, body.clock_offset_seconds) for p in body.photos]
    rows = photoset.attach(session, issue, owner_id=report.user_id, items=afters, kind="before")
    moving = _moving(session, viewer, issue)
    moving.device_at, moving.text = body.captured_at, body.description
    moving.photo_sha256 = photoset.hashes_of(session, rows)
    moving.data = {"report": str(report.id), "photos": len(rows)}
    credit(session, issue, viewer, report)
    state = State(issue.state)
    moves.finish(moving, state, MOVES[state, Action.ADD_WITNESS])
    return issue


def _moving(session: Session, viewer: Viewer, issue: Issue) -> Moving:
    role = acting.role_used(viewer, Who.REPORTER_ROLE)
    at, state = now(), State(issue.state)
    return Moving(session, viewer, issue, Action.ADD_WITNESS, AddWitnessIn(), at, state, role=role)


def _target(session: Session, report: Report, body: ReportIn) -> Issue | None:
    """The named case, or the one it was merged into, locked; None unless it is one that was offered: open, near, recent, same kind."""
    if body.issue_id is None:
        return None
    issue = session.get(Issue, body.issue_id, with_for_update=True, populate_existing=True)
    if issue is not None and issue.master_id is not None:
        issue = session.get(Issue, issue.master_id, with_for_update=True, populate_existing=True)
    if issue is None or issue.town_id != report.town_id or State(issue.state) not in OPEN or issue.no is None:
        return None
    code = session.scalar(select(Category.code).where(Category.id == issue.category_id))
    is_recent = issue.found_at >= report.received_at - timedelta(days=NEAR_DAYS)
    return issue if code == body.category and is_recent and _is_near(issue, body) else None


def _is_near(issue: Issue, body: ReportIn) -> bool:
    if body.position is None or issue.lon is None or issue.lat is None:
        return body.point_id is not None and body.point_id == issue.point_id
    lon, lat = to_wgs84(body.position.lon, body.position.lat, body.position.crs)
    slack = min(ROUGH_M, (body.position.accuracy_m or 0) + (issue.accuracy_m or 0))
    return distance_m(lon, lat, issue.lon, issue.lat) <= NEAR_M + slack


def credit(session: Session, issue: Issue, viewer: Viewer, report: Report | None) -> None:
    """One more witness, unless the person is one already or filed the case."""
    if issue.reporter_id == viewer.user_id or session.get(Witness, (issue.id, viewer.user_id)) is not None:
        return
    session.add(Witness(issue_id=issue.id, user_id=viewer.user_id, report_id=report.id if report else None))
    issue.witness_count += 1


@effect(Action.ADD_WITNESS, AddWitnessIn)
def add_witness(m: Moving) -> None:
    """Somebody who sees the case saw the same: credit, and photos if there are any."""
    if m.viewer is None:
        raise AssertionError("a clock sees nothing")
    rows = photoset.attach(m.session, m.issue, owner_id=m.viewer.user_id, items=m.body.photos, kind="before")
    credit(m.session, m.issue, m.viewer, None)
    m.text, m.data = m.body.text, {"photos": len(rows)}
    m.photo_sha256 = photoset.hashes_of(m.session, rows)
