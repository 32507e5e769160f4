"""The review desk's verbs: open, decide each pair, return, close, the second approval of urgent and difficult cases."""

import uuid
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.features.dispatch.requests import ask, decide
from app.features.dispatch.service import current_try, end_order
from app.features.identity.models import Role
from app.features.issues.guards import campaign_setting, open_request
from app.features.issues.lifecycle import Action, ApprovalKind, ApprovalState, Nature, PairState, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import Moving, effect, listen
from app.features.issues.photoset import decided, pairs_of
from app.features.review.models import LookBack
from app.features.review.schemas import (
    ApproveCloseIn,
    CloseIn,
    DecidePairIn,
    ReturnIn,
    SheetCloseIn,
    StartReviewIn,
)

SECOND_APPROVAL = {Nature.URGENT: Role.LINE_LEADER, Nature.DIFFICULT: Role.PRINCIPAL_LEADER}


@effect(Action.START_REVIEW, StartReviewIn)
def start_review(m: Moving) -> None:
    """A reviewer has opened the case: from here the unit cannot withdraw."""
    m.issue.review_started_at = m.issue.review_started_at or m.at


@effect(Action.DECIDE_PAIR, DecidePairIn)
def decide_pair(m: Moving) -> None:
    """match or refuse one pair."""
    if m.body.decision == "refused" and m.body.reason_code is None:
        raise Invalid(fields=[{"at": ["body", "reason_code"], "why": "missing"}])
    pair = next(p for p in pairs_of(m.session, m.issue) if p.id == m.body.pair_id)
    state = PairState.MATCHED if m.body.decision == "matched" else PairState.REFUSED
    decided(pair, state, _actor(m), m.body.reason_code, m.body.override_reason)
    m.issue.review_started_at = m.issue.review_started_at or m.at
    m.reason_code = m.body.reason_code
    m.data = {"pair": str(pair.id), "decision": m.body.decision}
    m.text = m.body.override_reason


def _actor(m: Moving) -> uuid.UUID:
    if m.viewer is None:
        raise AssertionError("a clock does not review")
    return m.viewer.user_id


@effect(Action.RETURN, ReturnIn)
def return_for_rework(m: Moving) -> None:
    """退回整改: due_at stays; a case never dispatched goes back to the desk (DECISIONS 4)."""
    issue = m.issue
    m.to = State.RECTIFYING if issue.was_dispatched else State.SUBMITTED
    issue.rework_count += 1
    issue.reviewed_at, issue.review_started_at, issue.rectified_at = m.at, None, None
    tried = current_try(m.session, issue)
    if tried is not None:
        tried.returned_at, tried.return_reason, tried.return_note = m.at, m.body.reason_code, m.body.comment
    for pair in pairs_of(m.session, issue):
        if pair.state == PairState.PROPOSED:
            decided(pair, PairState.REFUSED, _actor(m), None, "")
    withdraw_close_request(m)
    m.reason_code, m.text = m.body.reason_code, m.body.comment
    m.data = {"rework": issue.rework_count}


def withdraw_close_request(m: Moving) -> None:
    """A close that waited for its second approval is off."""
    waiting = open_request(m.session, m.issue, ApprovalKind.CLOSE)
    if waiting is not None:
        waiting.state = ApprovalState.WITHDRAWN


@effect(Action.CLOSE, CloseIn)
def close(m: Moving) -> None:
    """销项; urgent and difficult cases wait in review for the line or principal leader."""
    issue = m.issue
    for pair in pairs_of(m.session, issue):
        if pair.id in m.body.match and pair.state != PairState.MATCHED:
            decided(pair, PairState.MATCHED, _actor(m), None, m.body.override_reason)
    issue.reviewed_at = m.at
    issue.review_started_at = issue.review_started_at or m.at
    m.text = m.body.comment
    if isinstance(m.body, SheetCloseIn):
        m.data["sheet"] = True
    needs = SECOND_APPROVAL.get(Nature(issue.nature))
    if needs is None:
        strike_off(m)
        return
    ask(m, ApprovalKind.CLOSE, needs, m.body.comment, {})
    m.to = State.IN_REVIEW


@effect(Action.APPROVE_CLOSE, ApproveCloseIn)
def approve_close(m: Moving) -> None:
    """The second pair of eyes of an urgent or difficult case."""
    decide(m, ApprovalKind.CLOSE, ApprovalState.APPROVED, m.body.note)
    strike_off(m)


def strike_off(m: Moving) -> None:
    """What closing does, by whichever way: clocks and look-backs."""
    issue = m.issue
    m.to = State.CLOSED
    issue.closed_at = m.at
    issue.first_closed_at = issue.first_closed_at or m.at
    end_order(m)
    plan_look_backs(m.session, issue)
    m.data |= {"on_time": issue.due_at is None or issue.closed_at <= issue.due_at, "round": issue.round_no}


def plan_look_backs(session: Session, issue: Issue) -> None:
    """回头看 after 3, 7, 30 days (the campaign's setting)."""
    if issue.closed_at is None:
        raise AssertionError("look-backs follow a closing")
    for days in campaign_setting(session, issue, "lookback_after_days"):
        session.add(
            LookBack(
                issue_id=issue.id, round_no=issue.round_no, due_at=issue.closed_at + timedelta(days=int(days))
            )
        )


@listen
def closed_on_the_spot(session: Session, issue: Issue, event: IssueEvent) -> None:
    """A case that was closed as it was filed is looked back at like any other."""
    if event.action == Action.SUBMIT_CLOSED and event.to_state == State.CLOSED:
        plan_look_backs(session, issue)
