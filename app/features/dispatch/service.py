"""Orders to units: dispatch, claim, bounce and its ruling, assignment, re-assignment, rectification."""

import uuid
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.features.dispatch.deadlines import proposed_due
from app.features.dispatch.models import Dispatch, IssueFrontage, RectificationRound
from app.features.dispatch.schemas import (
    AssignIn,
    BounceIn,
    DispatchIn,
    NoteIn,
    NothingIn,
    ReassignIn,
    RectifyIn,
    RuleBounceIn,
)
from app.features.identity.models import Unit, User
from app.features.issues.guards import fail
from app.features.issues.lifecycle import Action, Nature, State
from app.features.issues.models import Issue, IssueHelper
from app.features.issues.moves import Moving, effect
from app.features.issues.photoset import propose_pairs
from app.features.places.models import Frontage
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category


def unit_of_town(session: Session, issue: Issue, unit_id: uuid.UUID) -> Unit:
    """An active unit of the case's town, or Invalid."""
    unit = session.get(Unit, unit_id)
    if unit is None or unit.town_id != issue.town_id or not unit.is_active:
        raise Invalid(fields=[{"at": ["body", "unit_id"], "why": "unknown_unit"}])
    return unit


def set_helpers(session: Session, issue: Issue, helper_ids: list[uuid.UUID]) -> list[str]:
    """协办单位 of the case; the responsible unit itself is left out."""
    session.execute(delete(IssueHelper).where(IssueHelper.issue_id == issue.id))
    kept = []
    for helper_id in dict.fromkeys(helper_ids):
        if helper_id != issue.responsible_unit_id:
            unit_of_town(session, issue, helper_id)
            session.add(IssueHelper(issue_id=issue.id, unit_id=helper_id))
            kept.append(str(helper_id))
    return kept


def current_order(session: Session, issue: Issue) -> Dispatch | None:
    """The order in force, if the case has one."""
    return session.scalars(
        select(Dispatch)
        .where(Dispatch.issue_id == issue.id, Dispatch.ended_at.is_(None), Dispatch.bounced_at.is_(None))
        .order_by(Dispatch.order_no.desc())
        .limit(1)
    ).first()


def due_for(session: Session, issue: Issue, at: datetime) -> datetime:
    """The proposed end of the unit's clock, were the case dispatched at `at`."""
    category = session.get_one(Category, issue.category_id)
    campaign = session.get_one(Campaign, issue.campaign_id)
    factor = standards.time_factor(campaign)
    return proposed_due(
        found_at=issue.round_found_at,
        dispatched_at=at,
        deadline_hours=category.deadline_hours * factor,
        limit_hours=standards.setting(campaign, "completion_limit_hours") * factor,
        is_urgent=issue.nature == Nature.URGENT,
    )


def _refile(m: Moving) -> None:
    body: DispatchIn = m.body
    if body.category is not None:
        category = standards.category_by_code(m.session, m.issue.town_id, body.category)
        if category is None:
            raise Invalid(fields=[{"at": ["body", "category"], "why": "unknown_category"}])
        m.issue.category_id = category.id
    if body.nature is not None:
        m.issue.nature = body.nature
    if m.issue.nature == Nature.DIFFICULT:
        raise fail("difficult_needs_plan")


def _send(m: Moving) -> Dispatch:
    """Write the order and start the unit's clock."""
    issue, session, body = m.issue, m.session, m.body
    unit = unit_of_town(session, issue, body.unit_id)
    issue.responsible_unit_id = unit.id
    issue.assignee_id = _person(session, issue, body.person_id)
    if body.due_at is not None and body.due_at <= m.at:
        raise Invalid(fields=[{"at": ["body", "due_at"], "why": "in_the_past"}])
    issue.due_at = body.due_at or due_for(session, issue, m.at)
    issue.dispatched_at = m.at
    issue.acknowledged_at = None
    issue.accepted_at = issue.accepted_at or m.at
    issue.dispatcher_id = m.actor_id
    issue.was_dispatched = True
    issue.mode = issue.mode or "dispatched"
    issue.requirement = body.requirement
    campaign = session.get_one(Campaign, issue.campaign_id, with_for_update=True)
    order = Dispatch(
        campaign_id=campaign.id,
        issue_id=issue.id,
        order_no=campaign.next_order_no,
        unit_id=unit.id,
        person_id=issue.assignee_id,
        helper_ids=set_helpers(session, issue, body.helper_ids),
        requirement=body.requirement,
        due_at=issue.due_at,
        sent_by_id=m.actor_id,
        sent_at=m.at,
    )
    campaign.next_order_no += 1
    session.add(order)
    m.data = {"unit": str(unit.id), "due_at": issue.due_at.isoformat(), "order_no": order.order_no}
    if name_frontage(session, issue, body.frontage_id, m.at):
        m.data["frontage"] = str(body.frontage_id)
    return order


def name_frontage(session: Session, issue: Issue, frontage_id: uuid.UUID | None, at: datetime) -> bool:
    """The shop named with the order in force, or none. Raises Invalid."""
    session.execute(delete(IssueFrontage).where(IssueFrontage.issue_id == issue.id))
    if frontage_id is None:
        return False
    shop = session.get(Frontage, frontage_id)
    if shop is None or shop.town_id != issue.town_id or not shop.is_active:
        raise Invalid(fields=[{"at": ["body", "frontage_id"], "why": "unknown-id"}])
    session.add(IssueFrontage(issue_id=issue.id, frontage_id=shop.id, named_at=at))
    return True


def _person(session: Session, issue: Issue, person_id: uuid.UUID | None) -> uuid.UUID | None:
    if person_id is None:
        return None
    person = session.get(User, person_id)
    town_id = session.scalar(select(Unit.town_id).where(Unit.id == person.unit_id)) if person else None
    if person is None or town_id != issue.town_id:
        raise Invalid(fields=[{"at": ["body", "person_id"], "why": "unknown_person"}])
    return person.id


@effect(Action.DISPATCH, DispatchIn)
def dispatch(m: Moving) -> None:
    """派单: the unit is told, its clock starts."""
    _refile(m)
    _send(m)


@effect(Action.REASSIGN, ReassignIn)
def reassign(m: Moving) -> None:
    """改派: another unit, a new unit clock; the campaign clock runs on."""
    end_order(m)
    _refile(m)
    _send(m)
    m.text = m.body.reason


def end_order(m: Moving) -> None:
    """The order in force no longer counts."""
    m.session.execute(
        update(Dispatch)
        .where(Dispatch.issue_id == m.issue.id, Dispatch.ended_at.is_(None))
        .values(ended_at=m.at)
    )


@effect(Action.CLAIM, NothingIn)
def claim(m: Moving) -> None:
    """领单: never automatic."""
    m.issue.acknowledged_at = m.at
    order = current_order(m.session, m.issue)
    if order is not None:
        order.claimed_at, order.claimed_by_id = m.at, m.actor_id


@effect(Action.BOUNCE, BounceIn)
def bounce(m: Moving) -> None:
    """退单: back to the desk, which rules it founded or not."""
    order = current_order(m.session, m.issue)
    if order is not None:
        order.bounced_at, order.bounced_by_id = m.at, m.actor_id
        order.bounce_reason, order.bounce_note = m.body.reason_code, m.body.note
        m.data = {"unit": str(order.unit_id), "order_no": order.order_no}
    issue = m.issue
    # Before the unit goes: what is asked of the database flushes the case, which is still in a state that has one.
    set_helpers(m.session, issue, [])
    name_frontage(m.session, issue, None, m.at)
    issue.bounce_count += 1
    issue.responsible_unit_id = issue.assignee_id = issue.due_at = issue.dispatched_at = None
    issue.flags = sorted({*issue.flags, "bounce_unruled"})
    m.reason_code, m.text = m.body.reason_code, m.body.note


@effect(Action.RULE_BOUNCE, RuleBounceIn)
def rule_bounce(m: Moving) -> None:
    """The desk's word on the last bounce; unfounded counts as buck-passing (M22)."""
    order = m.session.scalars(
        select(Dispatch)
        .where(Dispatch.issue_id == m.issue.id, Dispatch.bounced_at.is_not(None), Dispatch.ruling.is_(None))
        .order_by(Dispatch.order_no.desc())
        .limit(1)
    ).first()
    if order is None:
        raise fail("has_unruled_bounce")
    order.ruling, order.ruled_by_id = m.body.ruling, m.actor_id
    m.issue.flags = [f for f in m.issue.flags if f != "bounce_unruled"]
    m.reason_code, m.text = m.body.ruling, m.body.note
    m.data = {"unit": str(order.unit_id), "order_no": order.order_no}


@effect(Action.ASSIGN, AssignIn)
def assign(m: Moving) -> None:
    """The unit names who does it."""
    m.issue.assignee_id = m.body.person_id
    m.data = {"person": str(m.body.person_id)}
    m.text = m.body.note


@effect(Action.RECTIFY, RectifyIn)
def rectify(m: Moving) -> None:
    """整改完成: after photos beside the before photos, the measure in words, over to review."""
    issue, session = m.issue, m.session
    if m.viewer is None:
        raise AssertionError("a clock does not rectify")
    propose_pairs(session, issue, m.viewer.user_id, m.body.photos)
    issue.rectified_at, issue.fixer_id, issue.measure = m.at, m.actor_id, m.body.measure
    issue.review_started_at = None
    session.add(
        RectificationRound(
            issue_id=issue.id,
            no=_next_round_no(session, issue),
            round_no=issue.round_no,
            measure=m.body.measure,
            by_id=m.actor_id,
            submitted_at=m.at,
        )
    )
    m.text = m.body.measure
    m.photo_sha256 = sorted(p.sha256 for p in m.body.photos if p.sha256)


def _next_round_no(session: Session, issue: Issue) -> int:
    last = session.scalars(
        select(RectificationRound.no)
        .where(RectificationRound.issue_id == issue.id)
        .order_by(RectificationRound.no.desc())
        .limit(1)
    ).first()
    return (last or 0) + 1


def current_try(session: Session, issue: Issue) -> RectificationRound | None:
    """The unit's try under review, if there is one."""
    return session.scalars(
        select(RectificationRound)
        .where(
            RectificationRound.issue_id == issue.id,
            RectificationRound.returned_at.is_(None),
            RectificationRound.withdrawn_at.is_(None),
        )
        .order_by(RectificationRound.no.desc())
        .limit(1)
    ).first()


@effect(Action.WITHDRAW, NoteIn)
def withdraw(m: Moving) -> None:
    """The unit takes its submission back while nobody has opened it."""
    tried = current_try(m.session, m.issue)
    if tried is not None:
        tried.withdrawn_at = m.at
    m.issue.rectified_at = None
    m.to = State.RECTIFYING
    m.text = m.body.note
