"""The ten states and every transition as data (DOMAIN.md §4). Pure: no database, no HTTP. docs/lifecycle.md is drawn from it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    SUBMITTED = "submitted"
    DISPATCHED = "dispatched"
    RECTIFYING = "rectifying"
    COORDINATING = "coordinating"
    DEFERRED = "deferred"
    IN_REVIEW = "in_review"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    VOIDED = "voided"


OPEN = frozenset(
    {State.SUBMITTED, State.DISPATCHED, State.RECTIFYING, State.COORDINATING, State.DEFERRED, State.IN_REVIEW}
)
ENDED = frozenset(State) - OPEN


class Nature(StrEnum):
    ORDINARY = "ordinary"
    URGENT = "urgent"
    DIFFICULT = "difficult"


class PairState(StrEnum):
    MISSING = "missing"
    PROPOSED = "proposed"
    MATCHED = "matched"
    REFUSED = "refused"


class ApprovalKind(StrEnum):
    EXTEND = "extend"
    DEFER = "defer"
    VOID = "void"
    ESCALATE = "escalate"
    CLOSE = "close"
    REOPEN = "reopen"


class ApprovalState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """Verbs of the wire. `ask_*` opens an Approval, the bare verb carries it out, `refuse_request` says no."""

    SUBMIT = "submit"
    SUBMIT_FIXED = "submit_fixed"
    SUBMIT_CLOSED = "submit_closed"
    ADD_WITNESS = "add_witness"
    ORDER_SITE_CHECK = "order_site_check"
    ANSWER_SITE_CHECK = "answer_site_check"
    CORRECT = "correct"
    DISPATCH = "dispatch"
    REJECT = "reject"
    APPEAL = "appeal"
    MERGE = "merge"
    UNMERGE = "unmerge"
    CLAIM = "claim"
    BOUNCE = "bounce"
    RULE_BOUNCE = "rule_bounce"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    ASK_ESCALATE = "ask_escalate"
    ESCALATE = "escalate"
    APPROVE_PLAN = "approve_plan"
    ASK_DEFER = "ask_defer"
    DEFER = "defer"
    RESUME = "resume"
    ASK_EXTEND = "ask_extend"
    EXTEND = "extend"
    REFUSE_REQUEST = "refuse_request"
    RECTIFY = "rectify"
    WITHDRAW = "withdraw"
    START_REVIEW = "start_review"
    DECIDE_PAIR = "decide_pair"
    RETURN = "return"
    CLOSE = "close"
    APPROVE_CLOSE = "approve_close"
    LOOKBACK_PASS = "lookback_pass"  # noqa: S105 - a verb, not a password
    LOOKBACK_NOT_DONE = "lookback_not_done"
    NOT_FIXED = "not_fixed"
    RELAPSE = "relapse"
    ASK_REOPEN = "ask_reopen"
    REOPEN = "reopen"
    ASK_VOID = "ask_void"
    VOID = "void"


class Who(StrEnum):
    """Named relations between a person and a case; features/issues/policy.py answers them."""

    REPORTER_ROLE = "reporter_role"
    """Anyone who may file."""
    FAST_CLOSER = "fast_closer"
    """Office inspector, leader, dispatcher: may close on the spot (§4.4)."""
    DESK = "desk"
    DISPATCHER = "dispatcher"
    """Desk, principal and line leaders."""
    REVIEWER = "reviewer"
    DESK_OR_REVIEWER = "desk_or_reviewer"
    LIAISON = "liaison"
    """Liaison or principal of the responsible unit."""
    FIXER = "fixer"
    """Who may submit a rectification for the responsible unit."""
    PROPOSER = "proposer"
    """The unit, a patroller or a leader: may propose escalation."""
    LINE_LEADER = "line_leader"
    PRINCIPAL = "principal"
    ESCALATOR = "escalator"
    SECOND_APPROVER = "second_approver"
    """Line leader for urgent, principal leader for difficult cases."""
    REPORTER = "reporter"
    """Who filed this very case."""
    REPORTER_OR_PUBLIC = "reporter_or_public"
    SITE_CHECKER = "site_checker"
    LOOKBACK = "lookback"
    RELAPSER = "relapser"
    OFFICE_ADMIN = "office_admin"
    REOPEN_PROPOSER = "reopen_proposer"
    VOID_SECOND = "void_second"
    REQUEST_DECIDER = "request_decider"
    RESUMER = "resumer"
    ANY_VIEWER = "any_viewer"


@dataclass(frozen=True)
class Move:
    """One row of the table: where it leads (more than one: the effect chooses), who may, and the named guards in order."""

    to: tuple[State, ...]
    who: Who
    guards: tuple[str, ...] = ()


S, A = State, Action
MOVES: dict[tuple[State | None, Action], Move] = {}


def _add(action: Action, sources: str, to: str, who: Who, *guards: str) -> None:
    """Register `action` from each source ("-" = creation, "any", "open") to `to` ("same" or states separated by |)."""
    named: dict[str, list[State | None]] = {
        "-": [None],
        "any": list(State),
        "open": [s for s in State if s in OPEN],
    }
    froms = named.get(sources) or [State(x) for x in sources.split()]
    for source in froms:
        targets = (source,) if to == "same" else tuple(State(x) for x in to.split("|"))
        MOVES[source, action] = Move(targets, who, guards)  # type: ignore[arg-type]


_add(
    A.SUBMIT, "-", "submitted", Who.REPORTER_ROLE, "campaign_open", "has_before_photo", "has_position", "own_community",
)  # fmt: skip
_add(
    A.SUBMIT_FIXED, "-", "in_review", Who.REPORTER_ROLE, "campaign_open", "has_before_photo", "has_position", "own_community",
    "on_spot_allowed", "has_after_photo",
)  # fmt: skip
_add(
    A.SUBMIT_CLOSED, "-", "closed|in_review", Who.FAST_CLOSER, "campaign_open", "has_before_photo", "has_position",
    "on_spot_allowed", "has_after_photo",
)  # fmt: skip
_add(A.ADD_WITNESS, "open", "same", Who.ANY_VIEWER)
_add(A.ORDER_SITE_CHECK, "submitted in_review", "same", Who.DESK_OR_REVIEWER)
_add(A.ANSWER_SITE_CHECK, "submitted in_review", "same", Who.SITE_CHECKER)
_add(A.CORRECT, "any", "same", Who.DESK)
_add(A.DISPATCH, "submitted", "dispatched", Who.DISPATCHER, "not_held", "site_checked", "unit_has_liaison")
_add(A.REJECT, "submitted", "rejected", Who.DESK, "not_district", "another_dispatcher")
_add(A.APPEAL, "rejected", "submitted", Who.REPORTER, "first_appeal", "appeal_in_time")
_add(A.MERGE, "submitted dispatched", "merged", Who.DESK, "master_fits")
_add(A.UNMERGE, "merged", "submitted|dispatched", Who.DESK)
_add(A.CLAIM, "dispatched", "rectifying", Who.LIAISON)
_add(A.BOUNCE, "dispatched", "submitted", Who.LIAISON, "bounces_left", "bounce_is_no_refusal")
_add(A.RULE_BOUNCE, "submitted dispatched rectifying", "same", Who.DESK, "has_unruled_bounce")
_add(A.ASSIGN, "dispatched rectifying", "same", Who.LIAISON, "assignee_of_unit")
_add(A.REASSIGN, "dispatched rectifying", "dispatched", Who.DISPATCHER, "unit_has_liaison")
_add(A.ASK_ESCALATE, "dispatched rectifying", "same", Who.PROPOSER, "nothing_asked")
_add(A.ESCALATE, "submitted dispatched rectifying", "coordinating", Who.ESCALATOR, "not_held")
_add(A.APPROVE_PLAN, "coordinating", "rectifying", Who.PRINCIPAL, "plan_complete", "unit_has_liaison")
_add(A.ASK_DEFER, "rectifying coordinating", "same", Who.LIAISON, "nothing_asked")
_add(
    A.DEFER,
    "rectifying coordinating",
    "deferred",
    Who.LINE_LEADER,
    "was_asked",
    "not_own_request",
    "area_approver",
)
_add(A.RESUME, "deferred", "rectifying", Who.RESUMER)
_add(A.ASK_EXTEND, "rectifying", "same", Who.LIAISON, "before_due", "extensions_left", "nothing_asked")
_add(A.EXTEND, "rectifying", "same", Who.LINE_LEADER, "was_asked", "not_own_request", "area_approver")
_add(A.REFUSE_REQUEST, "any", "same", Who.REQUEST_DECIDER, "not_own_request", "decides_this")
_add(A.RECTIFY, "rectifying", "in_review", Who.FIXER, "pairs_covered", "has_measure")
_add(A.WITHDRAW, "in_review", "rectifying", Who.FIXER, "review_not_started", "was_dispatched")
_add(A.START_REVIEW, "in_review", "same", Who.REVIEWER)
_add(A.DECIDE_PAIR, "in_review", "same", Who.REVIEWER, "not_own_fix", "suspect_explained")
_add(A.RETURN, "in_review", "rectifying|submitted", Who.REVIEWER, "not_own_fix")
_add(
    A.CLOSE,
    "in_review",
    "closed|in_review",
    Who.REVIEWER,
    "four_eyes",
    "no_close_asked",
    "no_open_site_check",
    "pairs_matched",
)
_add(
    A.APPROVE_CLOSE,
    "in_review",
    "closed",
    Who.SECOND_APPROVER,
    "close_asked",
    "not_own_request",
    "not_own_fix",
    "pairs_matched",
)
_add(A.LOOKBACK_PASS, "closed", "same", Who.LOOKBACK, "look_back_due", "not_own_fix")
_add(A.LOOKBACK_NOT_DONE, "closed", "same", Who.LOOKBACK, "look_back_due")
_add(A.NOT_FIXED, "closed", "same", Who.REPORTER_OR_PUBLIC)
_add(A.RELAPSE, "closed", "rectifying|submitted", Who.RELAPSER, "within_reopen_window")
_add(A.ASK_REOPEN, "closed", "same", Who.REOPEN_PROPOSER, "nothing_asked")
_add(A.REOPEN, "closed", "in_review", Who.OFFICE_ADMIN)
_add(A.ASK_VOID, "open", "same", Who.OFFICE_ADMIN, "not_district", "nothing_asked")
_add(A.VOID, "open", "voided", Who.VOID_SECOND, "was_asked", "not_own_request", "not_district")


_FROM = {state: tuple(a for a in Action if (state, a) in MOVES) for state in (None, *State)}


def moves_from(state: State | None) -> list[Action]:
    """Every action the table knows from `state`, in the order of the enum."""
    return list(_FROM[state])
