"""The counts that figures are made of, as SQL: F(P), its orders, look-backs and times (DOMAIN.md §8, DECISIONS 7).

F(P): found_at in the period, not rejected, merged or voided. T is the time of asking. One condition for each count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.features.dispatch.models import Deferral, Dispatch
from app.features.figures.times import local_clock, local_day, seconds_between
from app.features.issues.conditions import is_due_soon
from app.features.issues.lifecycle import OPEN, Action, Nature, State
from app.features.issues.models import Issue, IssueEvent
from app.features.review.models import LookBack
from app.features.standards import service as standards
from app.features.standards.models import Campaign

OUT_OF_COHORT = (State.REJECTED, State.MERGED, State.VOIDED)
RECURS_WITHIN = 30 * 86400
MORNING_MINUTES = 10 * 60
"""What is found after the town's overnight cut-off may be passed on until 10:00 of the next day (DOMAIN.md §5)."""
HOUR = 3600
Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Period:
    """found_at from `start` (included) to `end` (excluded); `at` is T."""

    start: datetime
    end: datetime
    at: datetime


@dataclass(frozen=True)
class Rules:
    """What the town has set: its distance from UTC, limits of claims and first responses, when a day ends."""

    minutes: int = 480
    cutoff: str = "24:00"
    claim_hours: float = 4
    claim_urgent_minutes: float = 30
    response_hours: Mapping[str, float] = field(
        default_factory=lambda: {Nature.ORDINARY: 4, Nature.URGENT: 1, Nature.DIFFICULT: 24}
    )


def rules_of(session: Session, campaign: Campaign | None, minutes: int) -> Rules:
    """The rules of a campaign and of its town's standard."""
    if campaign is None:
        return Rules(minutes)
    usual = dict(Rules(minutes).response_hours)
    for nature in standards.lists_of(session, campaign.town_id).get("natures", []):
        hours = nature.get("first_response_hours")
        if nature["code"] in usual and hours:
            usual[nature["code"]] = float(hours)
    return Rules(
        minutes,
        standards.setting(campaign, "overnight_cutoff"),
        standards.setting(campaign, "claim_limit_hours"),
        standards.setting(campaign, "claim_limit_urgent_minutes"),
        usual,
    )


def count(condition: Condition) -> ColumnElement[int]:
    """How many rows of the statement meet it; 0 of none."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def found_in(p: Period) -> Condition:
    """Found in the period and known to the town, whatever became of it."""
    return and_(Issue.found_at >= p.start, Issue.found_at < p.end, Issue.is_held.is_(False))


def in_cohort() -> Condition:
    """Not rejected, merged or voided."""
    return Issue.state.not_in(OUT_OF_COHORT)


def is_open() -> Condition:
    """In one of the states that somebody has to move on."""
    return Issue.state.in_(sorted(OPEN))


def overdue(at: datetime) -> Condition:
    """M16: due_at < T and not closed. A deferred case stands apart; before dispatch the campaign's limit counts."""
    past = or_(Issue.due_at < at, and_(Issue.due_at.is_(None), Issue.campaign_due_at < at))
    return and_(is_open(), Issue.state != State.DEFERRED, past)


def overview(p: Period) -> dict[str, Condition]:
    """What the overview counts of the cohort. M02 to M05 are about the first round: a relapse unmakes neither closing nor lateness."""
    closed = Issue.first_closed_at.is_not(None)
    first_due = func.coalesce(Issue.first_due_at, Issue.due_at)
    due = and_(first_due <= p.at, Issue.state != State.DEFERRED)
    # The 72-hour limit is stored with the case as campaign_due_at.
    old, in_three_days = Issue.campaign_due_at <= p.at, Issue.first_closed_at <= Issue.campaign_due_at
    return {
        "found": Issue.id.is_not(None),
        "closed": closed,
        "open": is_open(),
        "overdue": overdue(p.at),
        "due_soon": is_due_soon(p.at),
        "urgent": and_(is_open(), Issue.nature == Nature.URGENT),
        "relapsed": Issue.relapse_count > 0,
        "due": due,
        "due_closed": and_(due, closed),
        "on_time": and_(due, Issue.first_closed_at <= first_due),
        "three_days_of": old,
        "three_days": and_(old, in_three_days),
        "on_spot": Issue.mode == "on_spot",
        "returned": Issue.rework_count > 0,
        "reviewed": or_(
            Issue.reviewed_at.is_not(None),
            Issue.rework_count + Issue.relapse_count + Issue.reopen_count > 0,
        ),
        "in_review": Issue.state == State.IN_REVIEW,
    }


# ---- the rest of M01 to M20: conditions of cases ----
def of_cases(p: Period, rules: Rules) -> dict[str, Condition]:
    """Counts of the cohort beyond the overview's. `passed_same_day` reads the orders: dear, so nothing else waits for it."""
    seen = overview(p)
    told = {k: seen[k] for k in (
        "found", "closed", "open", "overdue", "due", "due_closed", "on_time", "three_days", "three_days_of",
        "on_spot", "returned", "reviewed",
    )}  # fmt: skip
    later = or_(Issue.mode.is_(None), Issue.mode != "on_spot")
    plain = and_(Issue.nature != Nature.DIFFICULT, Issue.state != State.DEFERRED, ~_was_deferred())
    to_dispatch = or_(Issue.mode.is_(None), Issue.mode.not_in(("on_spot", "self")))
    return told | {
        "found_later": later,
        "closed_later": and_(later, seen["closed"]),
        "three_days_plain_of": and_(seen["three_days_of"], plain),
        "three_days_plain": and_(seen["three_days"], plain),
        "coordinated": Issue.mode == "coordinated",
        "passed_same_day": passed_same_day(rules),
        "fixed_same_day": same_day(Issue.first_closed_at, rules),
        "first_pass": and_(seen["closed"], Issue.rework_count == 0),
        "recurring": _recurring(),
        "to_dispatch": to_dispatch,
        "dispatched_in_time": and_(to_dispatch, _response(rules)),
    }


def of_filed() -> dict[str, Condition]:
    """M18, M19: counts of all that was found in the period, the rejected and voided too."""
    accepted, rejected = Issue.accepted_at.is_not(None), Issue.state == State.REJECTED
    return {
        "accepted": accepted,
        "accepted_kept": and_(accepted, Issue.state != State.VOIDED),
        "accepted_valid": and_(accepted, ~rejected),
        "accepted_or_rejected": or_(accepted, rejected),
    }


def _was_deferred() -> Condition:
    return exists().where(Deferral.issue_id == Issue.id).correlate(Issue)


def _response(rules: Rules) -> Condition:
    hours = case(
        *((Issue.nature == nature, float(h)) for nature, h in sorted(rules.response_hours.items())),
        else_=24.0,
    )
    return seconds_between(Issue.accepted_at, Issue.received_at) <= hours * HOUR


def same_day(moment: Any, rules: Rules) -> Condition:
    """`moment` lies on the local day of found_at."""
    found_on = local_day(Issue.found_at, rules.minutes)
    on_the_day = local_day(moment, rules.minutes) == found_on
    if rules.cutoff >= "24:00":
        return on_the_day
    late = local_clock(Issue.found_at, rules.minutes) >= rules.cutoff
    return or_(on_the_day, and_(late, local_day(moment, rules.minutes - MORNING_MINUTES) == found_on))


def passed_same_day(rules: Rules) -> Condition:
    """M08: dispatched (a plan approved) or closed on the local day of found_at."""
    first_order = (
        select(func.min(Dispatch.sent_at))
        .where(Dispatch.issue_id == Issue.id)
        .correlate(Issue)
        .scalar_subquery()
    )
    plan = (
        select(func.min(IssueEvent.at))
        .where(IssueEvent.issue_id == Issue.id, IssueEvent.action == Action.APPROVE_PLAN)
        .correlate(Issue)
        .scalar_subquery()
    )
    dispatched = and_(Issue.was_dispatched, same_day(func.coalesce(first_order, plan), rules))
    return or_(same_day(Issue.first_closed_at, rules), dispatched)


def _recurring() -> Condition:
    """M15: the case it recurs from was closed within 30 days before. Which one that is was found out at filing, by place and kind."""
    ended = aliased(IssueEvent, name="ended")
    ago = seconds_between(Issue.found_at, ended.at)
    closing = and_(
        ended.issue_id == Issue.recurs_from_id,
        ended.to_state == State.CLOSED,
        or_(ended.from_state.is_(None), ended.from_state != State.CLOSED),
        ago.between(0, RECURS_WITHIN),
    )
    return and_(Issue.recurs_from_id.is_not(None), exists().where(closing).correlate(Issue))


# ---- orders and look-backs, joined to their cases ----
def of_orders(rules: Rules) -> dict[str, Condition]:
    """M21 to M23, of the orders of the cohort."""
    waited = seconds_between(Dispatch.claimed_at, Dispatch.sent_at)
    limit = case(
        (Issue.nature == Nature.URGENT, rules.claim_urgent_minutes * 60.0), else_=rules.claim_hours * 3600.0
    )
    founded = and_(Dispatch.ruling.is_not(None), Dispatch.ruling == "founded")
    return {
        "orders": Dispatch.id.is_not(None),
        "orders_right": ~founded,
        "unfounded": Dispatch.ruling == "unfounded",
        "claimed_in_time": waited <= limit,
    }


def of_look_backs(at: datetime) -> dict[str, Condition]:
    """M12 to M14, of the look-backs of the cohort. One done before its day counts as due: it was made in its place."""
    done = LookBack.result.in_(("passed", "relapsed"))
    waiting = and_(LookBack.result.is_(None), LookBack.due_at <= at)
    return {
        "look_backs_due": or_(done, waiting),
        "looked_back": done,
        "passed": LookBack.result == "passed",
        "relapsed_then": LookBack.result == "relapsed",
    }
