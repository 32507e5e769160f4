"""Two-step moves: asked by one, decided by another on one Approval record (DECISIONS 9). Coordination, deferral, extension, void."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.errors import Invalid
from app.features.dispatch.deadlines import LEFT_AT_RESUME
from app.features.dispatch.models import Coordination, Deferral
from app.features.dispatch.schemas import (
    ApprovePlanIn,
    AskDeferIn,
    AskEscalateIn,
    AskExtendIn,
    DecideIn,
    EscalateIn,
    NothingIn,
    RefuseRequestIn,
    VoidIn,
)
from app.features.dispatch.service import end_order, set_helpers, unit_of_town
from app.features.identity.models import Role
from app.features.issues.guards import campaign_setting, fail, open_request
from app.features.issues.lifecycle import Action, ApprovalKind, ApprovalState, Nature, State
from app.features.issues.models import Approval, Issue
from app.features.issues.moves import Moving, effect, lock, perform_as_system


def ask(m: Moving, kind: ApprovalKind, needs_role: Role, reason: str, payload: dict[str, Any]) -> Approval:
    """Open a request; the guard nothing_asked has made sure there is none."""
    if m.viewer is None:
        raise AssertionError("a clock does not ask")
    asked = Approval(
        issue_id=m.issue.id,
        kind=kind,
        asked_by_id=m.viewer.user_id,
        asked_at=m.at,
        needs_role=needs_role,
        reason=reason,
        payload=payload,
    )
    m.session.add(asked)
    m.text = reason
    m.data = {"kind": kind, **payload}
    return asked


def decide(m: Moving, kind: ApprovalKind, state: ApprovalState, note: str) -> Approval:
    """Answer the open request of a kind."""
    asked = open_request(m.session, m.issue, kind)
    if asked is None:
        raise fail("was_asked", kind=kind)
    asked.state, asked.decided_by_id, asked.decided_at, asked.decision_note = state, m.actor_id, m.at, note
    m.text = note
    return asked


@effect(Action.ASK_EXTEND, AskExtendIn)
def ask_extend(m: Moving) -> None:
    if m.issue.due_at is not None and m.body.until <= m.issue.due_at:
        raise Invalid(fields=[{"at": ["body", "until"], "why": "not_later"}])
    ask(m, ApprovalKind.EXTEND, Role.LINE_LEADER, m.body.reason, {"until": m.body.until.isoformat()})


@effect(Action.EXTEND, DecideIn)
def extend(m: Moving) -> None:
    asked = decide(m, ApprovalKind.EXTEND, ApprovalState.APPROVED, m.body.note)
    before = m.issue.due_at
    m.issue.due_at = _time(asked.payload["until"])
    m.issue.extension_count += 1
    m.data = {"from": before.isoformat() if before else None, "until": asked.payload["until"]}


@effect(Action.ASK_DEFER, AskDeferIn)
def ask_defer(m: Moving) -> None:
    if m.body.resume_at <= m.at:
        raise Invalid(fields=[{"at": ["body", "resume_at"], "why": "in_the_past"}])
    payload = {
        "reason_code": m.body.reason_code,
        "safety_measure": m.body.safety_measure,
        "resume_at": m.body.resume_at.isoformat(),
    }
    ask(m, ApprovalKind.DEFER, Role.LINE_LEADER, m.body.reason, payload)
    m.reason_code = m.body.reason_code


@effect(Action.DEFER, DecideIn)
def defer(m: Moving) -> None:
    asked = decide(m, ApprovalKind.DEFER, ApprovalState.APPROVED, m.body.note)
    resume_at = _time(asked.payload["resume_at"])
    m.issue.resume_at = resume_at
    m.session.add(
        Deferral(
            issue_id=m.issue.id,
            reason_code=asked.payload["reason_code"],
            safety_measure=asked.payload["safety_measure"],
            from_at=m.at,
            resume_at=resume_at,
        )
    )
    m.data = {"resume_at": asked.payload["resume_at"]}


@effect(Action.RESUME, NothingIn)
def resume(m: Moving) -> None:
    """The clock was stopped: the unit gets the time back that was left when the case was deferred, at least a day."""
    deferral = m.session.scalars(
        select(Deferral).where(Deferral.issue_id == m.issue.id, Deferral.resumed_at.is_(None)).limit(1)
    ).first()
    issue = m.issue
    if deferral is not None:
        deferral.resumed_at = m.at
        left = (issue.due_at - deferral.from_at) if issue.due_at else LEFT_AT_RESUME
        issue.due_at = m.at + max(left, LEFT_AT_RESUME)
    issue.resume_at = None
    if issue.responsible_unit_id is None:
        raise fail("unit_has_liaison", unit=None)


@effect(Action.ASK_ESCALATE, AskEscalateIn)
def ask_escalate(m: Moving) -> None:
    ask(m, ApprovalKind.ESCALATE, Role.DISPATCHER, m.body.reason, {})


@effect(Action.ESCALATE, EscalateIn)
def escalate(m: Moving) -> None:
    """疑难: to the principal leader; a plan is due in a day, the case when the plan says."""
    issue = m.issue
    asked = open_request(m.session, issue, ApprovalKind.ESCALATE)
    if asked is not None and asked.asked_by_id != m.actor_id:
        asked.state, asked.decided_by_id, asked.decided_at = ApprovalState.APPROVED, m.actor_id, m.at
    elif asked is not None:
        asked.state = ApprovalState.WITHDRAWN
    issue.nature = Nature.DIFFICULT
    issue.accepted_at = issue.accepted_at or m.at
    issue.plan_due_at = m.at + timedelta(hours=campaign_setting(m.session, issue, "plan_due_hours"))
    issue.mode = "coordinated"
    if m.body.unit_id is not None:
        issue.responsible_unit_id = unit_of_town(m.session, issue, m.body.unit_id).id
    m.session.flush()
    set_helpers(m.session, issue, m.body.helper_ids)
    m.session.add(
        Coordination(
            issue_id=issue.id,
            kind=m.body.meeting_kind,
            opened_at=m.at,
            opened_by_id=m.actor_id,
            plan_due_at=issue.plan_due_at,
        )
    )
    m.text = m.body.reason
    m.data = {"plan_due_at": issue.plan_due_at.isoformat()}


@effect(Action.APPROVE_PLAN, ApprovePlanIn)
def approve_plan(m: Moving) -> None:
    issue, body = m.issue, m.body
    meeting = m.session.scalars(
        select(Coordination)
        .where(Coordination.issue_id == issue.id, Coordination.approved_at.is_(None))
        .order_by(Coordination.opened_at.desc())
        .limit(1)
    ).first()
    if meeting is None:
        raise fail("plan_complete")
    meeting.meeting, meeting.measures = body.meeting, body.measures
    meeting.milestones = [s.model_dump(mode="json") for s in body.milestones]
    meeting.final_due_at, meeting.approved_by_id, meeting.approved_at = body.final_due_at, m.actor_id, m.at
    issue.responsible_unit_id = unit_of_town(m.session, issue, body.unit_id).id
    issue.due_at = body.final_due_at
    issue.mode, issue.plan_due_at = "coordinated", None
    issue.dispatched_at = issue.dispatched_at or m.at
    issue.acknowledged_at = issue.acknowledged_at or m.at
    issue.was_dispatched = True
    m.text = body.measures
    m.data = {"unit": str(body.unit_id), "due_at": body.final_due_at.isoformat()}


@effect(Action.REFUSE_REQUEST, RefuseRequestIn)
def refuse_request(m: Moving) -> None:
    decide(m, ApprovalKind(m.body.kind), ApprovalState.REFUSED, m.body.note)
    m.data = {"kind": m.body.kind}


@effect(Action.ASK_VOID, VoidIn)
def ask_void(m: Moving) -> None:
    ask(m, ApprovalKind.VOID, Role.REVIEWER, m.body.reason, {"reason_code": m.body.reason_code})
    m.reason_code = m.body.reason_code


@effect(Action.VOID, DecideIn)
def void(m: Moving) -> None:
    """作废, by a second person."""
    asked = decide(m, ApprovalKind.VOID, ApprovalState.APPROVED, m.body.note)
    m.reason_code = asked.payload["reason_code"]
    m.issue.reviewed_at = m.at
    end_order(m)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def resume_due(session: Session) -> list[uuid.UUID]:
    """Deferred cases whose day has come, as ids."""
    return list(
        session.scalars(
            select(Issue.id).where(Issue.state == State.DEFERRED, Issue.resume_at <= now()).limit(500)
        )
    )


def resume_all_due() -> int:
    """Resume every deferred case whose day has come; each in its own transaction. Returns how many."""
    with db.reading() as session:
        due = resume_due(session)
    for issue_id in due:
        with db.transaction() as session:
            issue = lock(session, issue_id)
            if issue.state == State.DEFERRED:
                perform_as_system(session, issue, Action.RESUME, NothingIn())
    return len(due)
