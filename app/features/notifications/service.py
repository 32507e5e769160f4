"""Who is told what of an event, in the app. Listens to the lifecycle; nobody imports it."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import changes
from app.core.clock import now
from app.features.dispatch.daily import on_sent
from app.features.dispatch.models import DailySheet
from app.features.documents.models import Document
from app.features.documents.service import on_signed
from app.features.identity.models import Role, RoleHold, UnitReach, User, UserStatus
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import Action, ApprovalKind, Nature
from app.features.issues.models import Approval, Issue, IssueEvent, SiteCheck, Witness
from app.features.issues.moves import listen
from app.features.issues.policy import DESK
from app.features.notifications.models import InboxItem
from app.features.rosters.call_outs import on_called, team_to_call
from app.features.rosters.models import CallOut

Who = Callable[[Session, Issue, IssueEvent], Iterable[uuid.UUID | None]]


def _held_at(session: Session, unit_id: uuid.UUID | None, *roles: Role) -> list[uuid.UUID]:
    if unit_id is None:
        return []
    found = select(RoleHold.user_id).where(RoleHold.unit_id == unit_id, RoleHold.role.in_(roles))
    return list(session.scalars(found.distinct()))


def _over_town(*roles: Role) -> Who:
    def people(session: Session, issue: Issue, _: IssueEvent) -> Iterable[uuid.UUID]:
        found = (
            select(RoleHold.user_id)
            .join(UnitReach, UnitReach.ancestor_id == RoleHold.unit_id)
            .where(UnitReach.unit_id == issue.town_id, RoleHold.role.in_(roles))
        )
        return session.scalars(found.distinct())

    return people


def _unit(session: Session, issue: Issue, _: IssueEvent) -> Iterable[uuid.UUID | None]:
    return [
        issue.assignee_id,
        *_held_at(session, issue.responsible_unit_id, Role.LIAISON, Role.UNIT_PRINCIPAL),
    ]


def _reporters(session: Session, issue: Issue, _: IssueEvent) -> Iterable[uuid.UUID | None]:
    seen = session.scalars(select(Witness.user_id).where(Witness.issue_id == issue.id))
    return [issue.reporter_id, *seen]


def _assignee(_: Session, issue: Issue, __: IssueEvent) -> Iterable[uuid.UUID | None]:
    return [issue.assignee_id]


def _dispatcher(_: Session, issue: Issue, __: IssueEvent) -> Iterable[uuid.UUID | None]:
    return [issue.dispatcher_id]


def _checker(session: Session, issue: Issue, _: IssueEvent) -> Iterable[uuid.UUID | None]:
    waiting = select(SiteCheck.assignee_id).where(SiteCheck.issue_id == issue.id, SiteCheck.done_at.is_(None))
    return session.scalars(waiting)


def _last_asker(session: Session, issue: Issue, event: IssueEvent) -> Iterable[uuid.UUID | None]:
    decided = (
        select(Approval.asked_by_id)
        .where(Approval.issue_id == issue.id, Approval.decided_at == event.at)
        .order_by(Approval.asked_at.desc())
        .limit(1)
    )
    return session.scalars(decided)


def _second_approver(session: Session, issue: Issue, event: IssueEvent) -> Iterable[uuid.UUID | None]:
    if event.data.get("kind") != ApprovalKind.CLOSE:
        return []
    role = Role.PRINCIPAL_LEADER if issue.nature == Nature.DIFFICULT else Role.LINE_LEADER
    return _over_town(role)(session, issue, event)


def _line_leaders_if_urgent(session: Session, issue: Issue, event: IssueEvent) -> Iterable[uuid.UUID | None]:
    return _over_town(Role.LINE_LEADER)(session, issue, event) if issue.nature == Nature.URGENT else []


def _lookback_people(session: Session, issue: Issue, event: IssueEvent) -> Iterable[uuid.UUID | None]:
    return [issue.dispatcher_id, *_over_town(Role.REVIEWER)(session, issue, event)]


LINE_LEADERS = _over_town(Role.LINE_LEADER)
RULES: dict[Action, list[tuple[str, Who]]] = {
    Action.DISPATCH: [
        ("order_new", _unit),
        ("urgent_new", _line_leaders_if_urgent),
        ("report_dispatched", _reporters),
    ],
    Action.REASSIGN: [("order_new", _unit)],
    Action.ASSIGN: [("order_assigned", _assignee)],
    Action.BOUNCE: [("order_bounced", _dispatcher)],
    Action.RULE_BOUNCE: [],
    Action.REJECT: [("report_rejected", _reporters)],
    Action.MERGE: [("report_merged", _reporters)],
    Action.ORDER_SITE_CHECK: [("site_check_new", _checker)],
    Action.ASK_EXTEND: [("request_new", LINE_LEADERS)],
    Action.ASK_DEFER: [("request_new", LINE_LEADERS)],
    Action.ASK_ESCALATE: [("request_new", _over_town(Role.DISPATCHER))],
    Action.ASK_VOID: [("request_new", _over_town(Role.REVIEWER))],
    Action.ASK_REOPEN: [("request_new", _over_town(Role.OFFICE_ADMIN))],
    Action.EXTEND: [("request_approved", _unit)],
    Action.DEFER: [("request_approved", _unit)],
    Action.REFUSE_REQUEST: [("request_refused", _last_asker)],
    Action.ESCALATE: [("plan_needed", _over_town(Role.PRINCIPAL_LEADER)), ("case_escalated", _unit)],
    Action.APPROVE_PLAN: [("plan_approved", _unit)],
    Action.RESUME: [("case_resumed", _unit)],
    Action.RETURN: [("order_returned", _unit)],
    Action.CLOSE: [
        ("close_needs_second", _second_approver),
        ("report_closed", _reporters),
        ("order_closed", _unit),
    ],
    Action.APPROVE_CLOSE: [("report_closed", _reporters), ("order_closed", _unit)],
    Action.NOT_FIXED: [("not_fixed", _lookback_people)],
    Action.RELAPSE: [("order_relapsed", _unit), ("report_relapsed", _reporters)],
    Action.REOPEN: [("case_reopened", _unit)],
    Action.VOID: [("report_voided", _reporters)],
}
LEADERS = (Role.LEADER, Role.LINE_LEADER, Role.PRINCIPAL_LEADER, Role.OFFICE_ADMIN)
"""Receive the day's digest (D03)."""
AFTER_CLOSING = frozenset({"report_closed", "order_closed"})


@listen
def tell(session: Session, issue: Issue, event: IssueEvent) -> None:
    """One inbox row a person: the first rule that names them. The actor is not told of the own deed."""
    named: dict[uuid.UUID, str] = {}
    for kind, who in RULES.get(Action(event.action), []):
        if kind in AFTER_CLOSING and event.to_state != "closed":
            continue
        for person in who(session, issue, event):
            if person is not None and person != event.actor_id:
                named.setdefault(person, kind)
    if not named:
        return
    present = select(User.id).where(User.id.in_(named), User.status != UserStatus.DISABLED)
    for user_id in session.scalars(present):
        session.add(
            InboxItem(
                user_id=user_id,
                issue_id=issue.id,
                event_id=event.id,
                kind=named[user_id],
                params={"no": issue.no, "reason": event.reason_code},
                at=event.at,
            )
        )
        changes.note(session, issue.town_id, "inbox", user_id)


@on_sent
def tell_of_sheet(session: Session, sheet: DailySheet, units: Sequence[uuid.UUID]) -> None:
    """The day's sheet to the people of its units (D18), the day in figures to all leaders of the town."""
    of_units = [
        person for unit in units for person in _held_at(session, unit, Role.LIAISON, Role.UNIT_PRINCIPAL)
    ]
    about = {"sheet": str(sheet.id), "no": sheet.no, "on": sheet.on.isoformat()}
    told = (
        ("daily_sheet", of_units, about),
        ("daily_digest", _leaders(session, sheet), about | sheet.digest),
    )
    for kind, people, params in told:
        present = select(User.id).where(User.id.in_(people), User.status != UserStatus.DISABLED)
        for user_id in session.scalars(present):
            session.add(InboxItem(user_id=user_id, kind=kind, params=params, at=sheet.sent_at))
            changes.note(session, sheet.town_id, "inbox", user_id)


@on_signed
def tell_of_document(session: Session, document: Document, units: Sequence[uuid.UUID]) -> None:
    """A signed bulletin, report or notice to the people of the units it goes to."""
    people = [one for unit in units for one in _held_at(session, unit, Role.LIAISON, Role.UNIT_PRINCIPAL)]
    params = {
        "document": str(document.id),
        "series": document.series,
        "number": document.no,
        "title": document.title,
    }
    present = select(User.id).where(User.id.in_(people), User.status != UserStatus.DISABLED)
    for user_id in session.scalars(present):
        session.add(
            InboxItem(user_id=user_id, kind="document", params=params, at=document.signed_at or now())
        )
        changes.note(session, document.town_id, "inbox", user_id)


@on_called
def tell_of_call_out(session: Session, called: CallOut, no: int | None) -> None:
    """A call-out to those of the team who are on duty; one without a team to the desk, which picks one (Z34)."""
    desk = _at_desk(session, called.town_id) if called.team_id is None else []
    kind, people = (
        ("call_out_open", desk) if called.team_id is None else ("call_out", team_to_call(session, called))
    )
    present = select(User.id).where(User.id.in_(people), User.status != UserStatus.DISABLED)
    for user_id in session.scalars(present):
        params = {"call_out": str(called.id), "no": no}
        session.add(InboxItem(user_id=user_id, kind=kind, params=params, at=called.called_at))
        changes.note(session, called.town_id, "inbox", user_id)


def _at_desk(session: Session, town_id: uuid.UUID) -> Sequence[uuid.UUID]:
    above = select(UnitReach.ancestor_id).where(UnitReach.unit_id == town_id)
    held = select(RoleHold.user_id).where(RoleHold.role.in_(DESK), RoleHold.unit_id.in_(above))
    return session.scalars(held.distinct()).all()


def _leaders(session: Session, sheet: DailySheet) -> Sequence[uuid.UUID]:
    above = select(UnitReach.ancestor_id).where(UnitReach.unit_id == sheet.town_id)
    held = select(RoleHold.user_id).where(RoleHold.role.in_(LEADERS), RoleHold.unit_id.in_(above))
    return session.scalars(held.distinct()).all()


def mark_read(session: Session, viewer: Viewer, ids: list[uuid.UUID] | None, until: datetime | None) -> int:
    """Mark the viewer's messages read: those named, or all up to `until`. Returns how many changed."""
    mine = update(InboxItem).where(InboxItem.user_id == viewer.user_id, InboxItem.read_at.is_(None))
    if ids is not None:
        mine = mine.where(InboxItem.id.in_(ids))
    if until is not None:
        mine = mine.where(InboxItem.at <= until)
    return session.execute(mine.values(read_at=now())).rowcount  # type: ignore[attr-defined,no-any-return]
