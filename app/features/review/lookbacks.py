"""After closing: look-backs, "not fixed", relapse, reopening."""

import uuid
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.features.dispatch.deadlines import relapse_due
from app.features.dispatch.requests import ask
from app.features.identity.models import Role
from app.features.issues.guards import campaign_setting, fail, open_request
from app.features.issues.lifecycle import Action, ApprovalKind, ApprovalState, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import Moving, effect, guard, listen
from app.features.issues.photoset import attach, expect_pairs
from app.features.issues.policy import standing
from app.features.review.models import LookBack
from app.features.review.schemas import LookBackNotDoneIn, LookBackPassIn, NotFixedIn, RelapseIn, ReopenIn
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category

NOT_FIXED_WITHIN = timedelta(hours=24)
EARLY = timedelta(days=1)
"""A look-back may be done up to a day before it is due."""


def open_look_backs(session: Session, issue: Issue) -> list[LookBack]:
    """Those not done, the earliest first; "not fixed" ones come before planned ones of the same time."""
    return list(
        session.scalars(
            select(LookBack)
            .where(LookBack.issue_id == issue.id, LookBack.result.is_(None))
            .order_by(LookBack.due_at, LookBack.id)
        )
    )


@guard
def look_back_due(m: Moving) -> None:
    """Due by the calendar, asked for by "not fixed", or the next round of the kind is here: whichever is first (Z07)."""
    waiting = open_look_backs(m.session, m.issue)
    due = [lb for lb in waiting if lb.due_at - EARLY <= m.at or lb.kind == "not_fixed"]
    on_round = m.viewer is not None and bool(waiting) and standing(m.session, m.viewer).is_on_round(m.issue)
    if not due and not on_round:
        raise fail("look_back_due", next=waiting[0].due_at.isoformat() if waiting else None)


def _actor(m: Moving) -> uuid.UUID:
    if m.viewer is None:
        raise AssertionError("a clock does not look back")
    return m.viewer.user_id


def _photographer(m: Moving) -> uuid.UUID:
    return m.photos_of or _actor(m)


@effect(Action.LOOKBACK_PASS, LookBackPassIn)
def look_back_pass(m: Moving) -> None:
    """Still in order. One visit answers every look-back that is due by then; after the last the case is archived."""
    rows = attach(m.session, m.issue, owner_id=_photographer(m), items=m.body.photos, kind="site")
    waiting = open_look_backs(m.session, m.issue)
    done = _answered(waiting, m)
    for lb in done:
        lb.result, lb.done_by_id, lb.done_at = "passed", m.actor_id, m.at
        lb.note, lb.issue_photo_id = m.body.note, rows[0].id
    if len(done) == len(waiting):
        m.issue.archived_at = m.at
    m.text = m.body.note
    m.data = {"passed": [str(lb.id) for lb in done]}
    m.photo_sha256 = sorted(p.sha256 for p in m.body.photos if p.sha256)


def _answered(waiting: list[LookBack], m: Moving) -> list[LookBack]:
    """What a look answers now: all that is due by now, or else the next one."""
    return [lb for lb in waiting if lb.due_at <= m.at or lb.kind == "not_fixed"] or waiting[:1]


@effect(Action.LOOKBACK_NOT_DONE, LookBackNotDoneIn)
def look_back_not_done(m: Moving) -> None:
    """Somebody came and could not look: it stays due, and is counted with the reason."""
    tried = _answered(open_look_backs(m.session, m.issue), m)
    for lb in tried:
        lb.missed_count += 1
        lb.missed_at, lb.missed_reason = m.at, m.body.reason_code
    m.reason_code, m.text = m.body.reason_code, m.body.note
    m.data = {"not_done": [str(lb.id) for lb in tried]}


@effect(Action.NOT_FIXED, NotFixedIn)
def not_fixed(m: Moving) -> None:
    """没修好: somebody goes and looks within 24 h (D27)."""
    if m.body.photos:
        attach(m.session, m.issue, owner_id=_actor(m), items=m.body.photos, kind="site")
    if not any(lb.kind == "not_fixed" for lb in open_look_backs(m.session, m.issue)):
        m.session.add(
            LookBack(
                issue_id=m.issue.id,
                round_no=m.issue.round_no,
                kind="not_fixed",
                due_at=m.at + NOT_FIXED_WITHIN,
                asked_by_id=m.actor_id,
            )
        )
    m.issue.archived_at = None
    m.text = m.body.text


@effect(Action.RELAPSE, RelapseIn)
def relapse(m: Moving) -> None:
    """回潮: round n+1 with a new before photo; half of the category's deadline (DECISIONS 4, 7)."""
    issue, session = m.issue, m.session
    for lb in open_look_backs(session, issue):
        lb.result = "cancelled"
    answered = _answering(session, issue, m)
    issue.round_no += 1
    issue.relapse_count += 1
    # 顽疾: three times at one place are three times, whether as rounds or as cases of their own (J13).
    most = campaign_setting(session, issue, "chronic_threshold")
    issue.is_chronic = issue.is_chronic or issue.round_no >= most
    issue.round_found_at = m.at
    rows = attach(session, issue, owner_id=_photographer(m), items=m.body.photos, kind="before", required=1)
    expect_pairs(session, issue)
    if answered is not None:
        answered.issue_photo_id = rows[0].id
    category = session.get_one(Category, issue.category_id)
    m.to = State.RECTIFYING if issue.was_dispatched else State.SUBMITTED
    issue.first_due_at = issue.first_due_at or issue.due_at
    if issue.was_dispatched:
        factor = standards.time_factor(m.session.get_one(Campaign, issue.campaign_id))
        issue.due_at = relapse_due(found_at=m.at, deadline_hours=category.deadline_hours * factor)
        issue.dispatched_at = issue.acknowledged_at = m.at
    _open_again(issue)
    m.text = m.body.note
    m.data = {"round": issue.round_no}
    m.photo_sha256 = sorted(p.sha256 for p in m.body.photos if p.sha256)


def _answering(session: Session, issue: Issue, m: Moving) -> LookBack | None:
    """The look-back that found the relapse: the earliest of this round that was still open."""
    found = session.scalars(
        select(LookBack)
        .where(
            LookBack.issue_id == issue.id, LookBack.round_no == issue.round_no, LookBack.result == "cancelled"
        )
        .order_by(LookBack.due_at)
        .limit(1)
    ).first()
    if found is not None:
        found.result, found.done_by_id, found.done_at, found.note = "relapsed", m.actor_id, m.at, m.body.note
    return found


@listen
def came_back_as_a_new_case(session: Session, issue: Issue, event: IssueEvent) -> None:
    """Past the reopen window a relapse is a case of its own: once accepted it answers the old one's look-backs that are due."""
    if issue.recurs_from_id is None or issue.accepted_at is None or issue.accepted_at != event.at:
        return
    old = session.get(Issue, issue.recurs_from_id)
    if old is None or old.closed_at is None or old.state != State.CLOSED:
        return
    days = campaign_setting(session, old, "reopen_window_days")
    if event.at <= old.closed_at + timedelta(days=days):
        return
    due = [lb for lb in open_look_backs(session, old) if lb.due_at <= event.at]
    for lb in due:
        lb.result = "cancelled"
    if due:
        due[0].result, due[0].done_at, due[0].done_by_id = "relapsed", event.at, issue.reporter_id


def _open_again(issue: Issue) -> None:
    issue.closed_at = issue.archived_at = issue.rectified_at = None
    issue.review_started_at = issue.reviewed_at = issue.fixer_id = None


@effect(Action.ASK_REOPEN, ReopenIn)
def ask_reopen(m: Moving) -> None:
    """The auditor proposes."""
    ask(m, ApprovalKind.REOPEN, Role.OFFICE_ADMIN, m.body.reason, {})


@effect(Action.REOPEN, ReopenIn)
def reopen(m: Moving) -> None:
    """Evidence was false or wrong: the closure no longer counts."""
    issue = m.issue
    asked = open_request(m.session, issue, ApprovalKind.REOPEN)
    if asked is not None and asked.asked_by_id != m.actor_id:
        asked.state, asked.decided_by_id, asked.decided_at = ApprovalState.APPROVED, m.actor_id, m.at
    m.session.execute(
        update(LookBack)
        .where(LookBack.issue_id == issue.id, LookBack.result.is_(None))
        .values(result="cancelled")
    )
    issue.reopen_count += 1
    if issue.round_no == 1:
        issue.first_closed_at = None
    issue.closed_at = issue.archived_at = issue.review_started_at = issue.reviewed_at = None
    m.text = m.body.reason
