"""The named guards of MOVES. Each reads what belongs to `issues` and raises a Problem that says what is missing."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Invalid
from app.core.geo import distance_m
from app.features.identity.models import Role, RoleHold, UnitReach, User, UserStatus
from app.features.issues.errors import GuardFailed
from app.features.issues.lifecycle import OPEN, ApprovalKind, ApprovalState, PairState, State
from app.features.issues.models import Approval, Issue, SiteCheck
from app.features.issues.moves import Moving, guard
from app.features.issues.photoset import answer_of, pairs_of, required_befores
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category, EvidencePolicy

NEEDS_SITE_CHECK = frozenset({"hotline", "media", "public", "web"})
LOOKED_AT_FIRST = NEEDS_SITE_CHECK | {"video"}
"""A camera shows, it does not go and look (X37); but a frame of it is a picture."""
MERGE_RADIUS_M = 200
ASKED_BY = {
    "ask_extend": ApprovalKind.EXTEND,
    "extend": ApprovalKind.EXTEND,
    "ask_defer": ApprovalKind.DEFER,
    "defer": ApprovalKind.DEFER,
    "ask_escalate": ApprovalKind.ESCALATE,
    "ask_void": ApprovalKind.VOID,
    "void": ApprovalKind.VOID,
    "ask_reopen": ApprovalKind.REOPEN,
    "close": ApprovalKind.CLOSE,
    "approve_close": ApprovalKind.CLOSE,
}


def fail(name: str, **params: Any) -> GuardFailed:
    """The refusal of guard `name`."""
    return GuardFailed(guard=name, **params)


def campaign_setting(session: Session, issue: Issue, key: str) -> Any:
    """A setting of the case's campaign."""
    campaign = session.get_one(Campaign, issue.campaign_id)
    return standards.setting(campaign, key)


def open_request(session: Session, issue: Issue, kind: ApprovalKind) -> Approval | None:
    """The unanswered request of a kind, if there is one."""
    return session.scalar(
        select(Approval).where(
            Approval.issue_id == issue.id, Approval.kind == kind, Approval.state == ApprovalState.ASKED
        )
    )


def liaison_of(session: Session, unit_id: Any) -> User | None:
    """A named person who can claim for the unit: a liaison or principal held at the unit itself."""
    return session.scalars(_LIAISON, {"unit": unit_id}).first()


_LIAISON = (
    select(User)
    .join(RoleHold, RoleHold.user_id == User.id)
    .where(
        RoleHold.role.in_([Role.LIAISON, Role.UNIT_PRINCIPAL]),
        RoleHold.unit_id == bindparam("unit"),
        User.status == UserStatus.ACTIVE,
    )
    .order_by(RoleHold.role, User.id)
    .limit(1)
)


@guard
def campaign_open(m: Moving) -> None:
    campaign = m.session.get_one(Campaign, m.issue.campaign_id)
    if not campaign.is_active:
        raise fail("campaign_open")


@guard
def has_before_photo(m: Moving) -> None:
    category = m.session.get_one(Category, m.issue.category_id)
    if category.evidence == EvidencePolicy.STATEMENT or m.issue.source in NEEDS_SITE_CHECK:
        return
    if not any(p.role == "before" for p in m.body.photos):
        raise fail("has_before_photo")


@guard
def has_position(m: Moving) -> None:
    if m.issue.lon is None and m.issue.point_id is None:
        raise fail("has_position")


@guard
def own_community(m: Moving) -> None:
    """Z38: who is a building leader and nothing else reports within the own community; of what lies elsewhere the desk decides."""
    if m.viewer is None or m.viewer.roles != {Role.BUILDING_LEADER} or m.issue.territory_id is None:
        return
    if not m.viewer.reaches(m.session, m.issue.territory_id, Role.BUILDING_LEADER):
        raise fail("own_community")


@guard
def on_spot_allowed(m: Moving) -> None:
    if not m.session.get_one(Category, m.issue.category_id).on_spot_allowed:
        raise fail("on_spot_allowed")


@guard
def has_after_photo(m: Moving) -> None:
    category = m.session.get_one(Category, m.issue.category_id)
    if category.evidence != EvidencePolicy.STATEMENT and not any(p.role == "after" for p in m.body.photos):
        raise fail("has_after_photo")


@guard
def not_held(m: Moving) -> None:
    if m.issue.is_held:
        raise fail("not_held")


@guard
def site_checked(m: Moving) -> None:
    """Public, media and video items, and whatever a site check was ordered for, are looked at before a unit gets them (§11.2)."""
    checks = list(m.session.scalars(select(SiteCheck).where(SiteCheck.issue_id == m.issue.id)))
    if any(c.done_at is None for c in checks):
        raise fail("site_checked", open=True)
    if m.issue.source in LOOKED_AT_FIRST and not any(c.is_confirmed for c in checks):
        raise fail("site_checked", open=False)


@guard
def no_open_site_check(m: Moving) -> None:
    waiting = (
        select(SiteCheck.id).where(SiteCheck.issue_id == m.issue.id, SiteCheck.done_at.is_(None)).limit(1)
    )
    if m.session.scalar(waiting) is not None:
        raise fail("no_open_site_check")


@guard
def unit_has_liaison(m: Moving) -> None:
    """X02: the lead unit has a named liaison."""
    unit_id = getattr(m.body, "unit_id", None) or m.issue.responsible_unit_id
    if unit_id is None or liaison_of(m.session, unit_id) is None:
        raise fail("unit_has_liaison", unit=str(unit_id) if unit_id else None)


@guard
def not_district(m: Moving) -> None:
    """S05: district findings are only answered, never refused."""
    if m.issue.source == "district":
        raise fail("not_district")


@guard
def bounce_is_no_refusal(m: Moving) -> None:
    """S05: a unit may say that a district finding is another's to answer, and never that there is nothing to answer."""
    if m.body.reason_code in ("not_a_problem", "already_done"):
        not_district(m)


@guard
def first_appeal(m: Moving) -> None:
    if m.issue.appeal_count > 0:
        raise fail("first_appeal")


@guard
def appeal_in_time(m: Moving) -> None:
    rejected_at, days = m.issue.reviewed_at, campaign_setting(m.session, m.issue, "appeal_days")
    if rejected_at is not None and m.at > rejected_at + timedelta(days=days):
        raise fail("appeal_in_time", days=days)


@guard
def master_fits(m: Moving) -> None:
    """The master is another open case of the same campaign, same category, same point or near."""
    issue, master = m.issue, m.session.get(Issue, m.body.master_id)
    if master is None or master.id == issue.id or master.campaign_id != issue.campaign_id:
        raise fail("master_fits", why="unknown")
    if State(master.state) not in OPEN:
        raise fail("master_fits", why="not_open")
    codes = {m.session.get_one(Category, c).code for c in (issue.category_id, master.category_id)}
    if len(codes) > 1:
        raise fail("master_fits", why="other_category")
    if issue.point_id is not None and issue.point_id == master.point_id:
        return
    if None in (issue.lon, issue.lat, master.lon, master.lat):
        raise fail("master_fits", why="other_place")
    if distance_m(issue.lon, issue.lat, master.lon, master.lat) > MERGE_RADIUS_M:  # type: ignore[arg-type]
        raise fail("master_fits", why="other_place")


@guard
def bounces_left(m: Moving) -> None:
    most = campaign_setting(m.session, m.issue, "max_bounces")
    if m.issue.bounce_count >= most:
        raise fail("bounces_left", most=most)


@guard
def has_unruled_bounce(m: Moving) -> None:
    if m.issue.bounce_count == 0 or "bounce_unruled" not in m.issue.flags:
        raise fail("has_unruled_bounce")


@guard
def assignee_of_unit(m: Moving) -> None:
    """Work is assigned to a person of the unit, or of one below it, or to a patroller of the town."""
    person = m.session.get(User, m.body.person_id)
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id == m.issue.responsible_unit_id)
    if person is None or person.status != UserStatus.ACTIVE:
        raise fail("assignee_of_unit")
    of_unit = m.session.scalar(select(User.id).where(User.id == person.id, User.unit_id.in_(below)))
    patrols = select(RoleHold.id).where(RoleHold.user_id == person.id, RoleHold.role == Role.PATROLLER)
    town = select(UnitReach.unit_id).where(
        UnitReach.ancestor_id == m.issue.town_id, UnitReach.unit_id == person.unit_id
    )
    if of_unit is None and (m.session.scalar(patrols) is None or m.session.scalar(town) is None):
        raise fail("assignee_of_unit")


@guard
def before_due(m: Moving) -> None:
    if m.issue.due_at is not None and m.at >= m.issue.due_at:
        raise fail("before_due")


@guard
def extensions_left(m: Moving) -> None:
    most = campaign_setting(m.session, m.issue, "max_extensions")
    if m.issue.extension_count >= most:
        raise fail("extensions_left", most=most)


@guard
def nothing_asked(m: Moving) -> None:
    if open_request(m.session, m.issue, ASKED_BY[m.action]) is not None:
        raise fail("nothing_asked", kind=ASKED_BY[m.action])


@guard
def was_asked(m: Moving) -> None:
    if open_request(m.session, m.issue, ASKED_BY[m.action]) is None:
        raise fail("was_asked", kind=ASKED_BY[m.action])


@guard
def not_own_request(m: Moving) -> None:
    kind = ASKED_BY.get(m.action) or ApprovalKind(m.body.kind)
    asked = open_request(m.session, m.issue, kind)
    if asked is None:
        raise fail("was_asked", kind=kind)
    if asked.asked_by_id == m.actor_id:
        raise fail("not_own_request", kind=kind)


@guard
def plan_complete(m: Moving) -> None:
    if m.body.final_due_at <= m.at:
        raise Invalid(fields=[{"at": ["body", "final_due_at"], "why": "in_the_past"}])


@guard
def pairs_covered(m: Moving) -> None:
    """Every required before photo has an after photo, or a statement where the category allows it."""
    category = m.session.get_one(Category, m.issue.category_id)
    if category.evidence == EvidencePolicy.STATEMENT:
        return
    befores = required_befores(m.session, m.issue)
    answered = answer_of(befores, m.body.photos)
    missing = [str(b.id) for b in befores if b.id not in answered]
    if missing or not m.body.photos:
        raise fail("pairs_covered", missing=missing)


@guard
def has_measure(m: Moving) -> None:
    if not m.body.measure.strip():
        raise fail("has_measure")


@guard
def review_not_started(m: Moving) -> None:
    if m.issue.review_started_at is not None:
        raise fail("review_not_started")


@guard
def was_dispatched(m: Moving) -> None:
    if not m.issue.was_dispatched:
        raise fail("was_dispatched")


@guard
def not_own_fix(m: Moving) -> None:
    """Who fixed does not judge, nor does the responsible unit judge its own case."""
    issue, viewer = m.issue, m.viewer
    if viewer is None:
        return
    if issue.fixer_id == viewer.user_id:
        raise fail("not_own_fix", why="fixer")
    if issue.responsible_unit_id is not None and issue.responsible_unit_id == viewer.unit_id:
        raise fail("not_own_fix", why="unit")


@guard
def four_eyes(m: Moving) -> None:
    """Also: the dispatcher of a case is not its reviewer where the town has two people who may review."""
    not_own_fix(m)
    viewer = m.viewer
    if viewer is None or m.issue.dispatcher_id != viewer.user_id:
        return
    others = (
        select(func.count(func.distinct(RoleHold.user_id)))
        .join(UnitReach, UnitReach.unit_id == m.issue.town_id)
        .where(
            RoleHold.unit_id == UnitReach.ancestor_id,
            RoleHold.role.in_([Role.REVIEWER, Role.OFFICE_ADMIN]),
            RoleHold.user_id != viewer.user_id,
        )
    )
    if m.session.scalar(others):
        raise fail("four_eyes", why="dispatcher")


@guard
def pairs_matched(m: Moving) -> None:
    """Every required pair is matched, or is named in the body's `match` and so decided in this very step."""
    named = set(getattr(m.body, "match", ()))
    pairs = pairs_of(m.session, m.issue)
    settled = {
        p.before_id
        for p in pairs
        if p.state == PairState.MATCHED or (p.after_id is not None and p.id in named)
    }
    category = m.session.get_one(Category, m.issue.category_id)
    if category.evidence == EvidencePolicy.STATEMENT and all(p.after_id is None for p in pairs):
        return
    waiting = [str(b.id) for b in required_befores(m.session, m.issue) if b.id not in settled]
    if waiting:
        raise fail("pairs_matched", open=waiting)
    explained = getattr(m.body, "override_reason", "").strip()
    if any(p.is_suspect and not p.override_reason and not explained for p in pairs):
        raise fail("suspect_explained")


@guard
def suspect_explained(m: Moving) -> None:
    pair = next((p for p in pairs_of(m.session, m.issue) if p.id == m.body.pair_id), None)
    if pair is None or pair.after_id is None:
        raise fail("pair_known")
    if pair.is_suspect and m.body.decision == "matched" and not m.body.override_reason.strip():
        raise fail("suspect_explained")


@guard
def no_close_asked(m: Moving) -> None:
    if open_request(m.session, m.issue, ApprovalKind.CLOSE) is not None:
        raise fail("no_close_asked")


@guard
def close_asked(m: Moving) -> None:
    if open_request(m.session, m.issue, ApprovalKind.CLOSE) is None:
        raise fail("close_asked")


@guard
def within_reopen_window(m: Moving) -> None:
    days = campaign_setting(m.session, m.issue, "reopen_window_days")
    if m.issue.closed_at is not None and now() > m.issue.closed_at + timedelta(days=days):
        raise fail("within_reopen_window", days=days)
