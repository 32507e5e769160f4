"""From a complete report to a case: when and where it was found, what kind, its number, photos, pairs and first event."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from app.core import db
from app.core.clock import now
from app.core.errors import Problem
from app.core.geo import distance_m, to_wgs84
from app.core.ids import hidden_id
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues import acting, moves, photoset, policy, recurrence
from app.features.issues.bodies import CorrectIn, ReportIn, ReportPhotoIn
from app.features.issues.errors import GuardFailed
from app.features.issues.guards import campaign_setting
from app.features.issues.lifecycle import MOVES, Action, Nature, PairState, State, Who
from app.features.issues.models import Issue, Report
from app.features.issues.moves import GUARDS, Moving
from app.features.issues.photoset import AfterPhotoIn
from app.features.places import service as places
from app.features.places.models import Grid, Point
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category, EvidencePolicy

FAR_M = 50.0
"""Farther from the point than this, or than the accuracy, the phone asks for a reason (PROTOCOL "Phone" 6)."""
ON_BEHALF = {"hotline", "media", "public", "web", "video", "department"}
SOURCES: dict[str, tuple[Role, ...]] = {
    "district": (Role.DISTRICT_INSPECTOR, *policy.DESK),
    "third_party": (Role.THIRD_PARTY, *policy.DESK),
    "leader": (Role.LEADER, Role.LINE_LEADER, Role.PRINCIPAL_LEADER, *policy.DESK),
    "cross": (Role.CROSS_CAPTAIN, Role.CROSS_MEMBER, *policy.DESK),
} | dict.fromkeys(ON_BEHALF, (*policy.DESK, Role.INSPECTOR, Role.LIAISON, Role.UNIT_PRINCIPAL))
"""Who may name such a source; the others are open to all."""


@dataclass
class Place:
    """Where a case lies, and what the phone said about it."""

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    point_id: uuid.UUID | None = None
    grid_id: uuid.UUID | None = None
    territory_id: uuid.UUID | None = None
    said: dict[str, Any] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def place_of(session: Session, town_id: uuid.UUID, body: ReportIn) -> Place:
    """Snap to the point named, or to one within the snap radius, or else to the grid."""
    place = Place()
    at = body.position
    snapped = None
    if at is not None:
        place.lon, place.lat = to_wgs84(at.lon, at.lat, at.crs)
        place.accuracy_m = at.accuracy_m
        place.said = at.model_dump(mode="json", exclude={"lon", "lat"}) | {"x": at.lon, "y": at.lat}
        snapped = places.snap(session, town_id, place.lon, place.lat, at.accuracy_m, to_choose=False)
        place.grid_id = snapped.grid.id if snapped.grid else None
        place.territory_id = snapped.grid.community_id if snapped.grid else None
    point = _named_point(session, town_id, body.point_id)
    if point is None and snapped and snapped.point and not body.no_point:
        point = session.get(Point, snapped.point.id)
    if body.far_reason:
        place.said["far_reason"] = body.far_reason
    if point is not None:
        _stand_at(place, point, session)
    return place


def _named_point(session: Session, town_id: uuid.UUID, point_id: uuid.UUID | None) -> Point | None:
    point = session.get(Point, point_id) if point_id else None
    return point if point is not None and point.town_id == town_id else None


def _stand_at(place: Place, point: Point, session: Session) -> None:
    place.point_id = point.id
    if place.lon is None or place.lat is None:
        place.lon, place.lat = point.lon, point.lat
    away = distance_m(place.lon, place.lat, point.lon, point.lat)
    place.said["distance_m"] = round(away, 1)
    if away > max(FAR_M, place.accuracy_m or 0.0) and point.geometry is None:
        place.flags.add("far_from_point")
    place.grid_id = place.grid_id or point.grid_id
    if place.territory_id is None and place.grid_id is not None:
        place.territory_id = session.get_one(Grid, place.grid_id).community_id
    place.territory_id = point.territory_id or place.territory_id


def found_at(report: Report, body: ReportIn, late_hours: float) -> tuple[datetime, set[str]]:
    """When it was found by the server's clock (PROTOCOL), and what is to be said about it."""
    at, skewed = photoset.server_time(body.captured_at, body.clock_offset_seconds, report.received_at)
    if skewed:
        return at, {"clock_unknown" if body.clock_offset_seconds is None else "clock_skew"}
    return at, {"late"} if report.received_at - at > timedelta(hours=late_hours) else set()


def source_of(viewer: Viewer, body: ReportIn) -> tuple[str, set[str]]:
    """The source as named, where the person may name it; else by their role."""
    usual = _usual_source(viewer, body)
    if body.source is None or body.source == usual:
        return usual, set()
    if viewer.has(*SOURCES.get(body.source, tuple(viewer.roles))):
        return body.source, set()
    return usual, {"source_not_allowed"}


def _usual_source(viewer: Viewer, body: ReportIn) -> str:
    by_role = (
        (Role.DISTRICT_INSPECTOR, "district"),
        (Role.THIRD_PARTY, "third_party"),
        (Role.PRINCIPAL_LEADER, "leader"),
        (Role.LINE_LEADER, "leader"),
        (Role.LEADER, "leader"),
    )
    if body.visit_id is not None:
        return "patrol"
    if viewer.roles == {Role.PUBLIC}:
        return "public"
    return next((source for role, source in by_role if viewer.has(role)), "snap")


def file(
    session: Session, viewer: Viewer, report: Report, body: ReportIn, kind: Category | None = None
) -> Issue:
    """Make the case of a complete report: numbered unless its reporter is still to be confirmed. `kind`: its category, where known."""
    campaign, at = session.get_one(Campaign, report.campaign_id), now()
    kind = kind or standards.category_or_other(session, report.town_id, body.category)
    if kind is None:
        raise AssertionError("a town with reports has categories")
    issue = _issue(session, viewer, report, body, campaign, kind)
    issue.updated_at = at
    recurrence.link(session, issue, kind)
    if not issue.is_held:
        give_number(session, issue)
    session.add(issue)
    hashes = attach_photos(session, issue, report, body) if body.photos else []
    moving = Moving(session, viewer, issue, Action(_as_filed(report)), body, at, State.SUBMITTED)
    moving.role = acting.role_used(viewer, Who.REPORTER_ROLE)
    _decide(moving, body)
    moving.device_at = body.captured_at
    # After photos come with the decision.
    has_afters = any(photo.role == "after" for photo in body.photos)
    moving.photo_sha256 = photoset.hashes(session, issue) if has_afters else hashes
    moving.data |= {"report": str(report.id), "source": issue.source, "flags": sorted(issue.flags)}
    moves.finish(moving, None, MOVES[None, moving.action])
    return issue


def _as_filed(report: Report) -> str:
    return "submit" if report.action == "witness" else report.action


def _issue(
    session: Session, viewer: Viewer, report: Report, body: ReportIn, campaign: Campaign, category: Category
) -> Issue:
    kind_flags = set() if category.code == body.category else {"category_unknown"}
    place = place_of(session, report.town_id, body)
    found, clock_flags = found_at(report, body, standards.setting(campaign, "late_report_min_hours"))
    source, source_flags = source_of(viewer, body)
    limit = timedelta(hours=standards.setting(campaign, "completion_limit_hours")) * standards.time_factor(
        campaign
    )
    return Issue(
        id=hidden_id(),
        town_id=report.town_id,
        campaign_id=campaign.id,
        state=State.SUBMITTED,
        version=1,
        nature=body.nature or _nature(category),
        category_id=category.id,
        description=body.description,
        source=source,
        external_ref=body.external_ref,
        reporter_id=viewer.user_id,
        reporter_role=acting.role_used(viewer, Who.REPORTER_ROLE),
        is_held=viewer.is_pending,
        lon=place.lon,
        lat=place.lat,
        accuracy_m=place.accuracy_m,
        position=place.said,
        point_id=place.point_id,
        grid_id=place.grid_id,
        territory_id=place.territory_id,
        found_at=found,
        round_found_at=found,
        received_at=report.received_at,
        campaign_due_at=found + limit,
        flags=sorted({*report.flags, *place.flags, *clock_flags, *source_flags, *kind_flags}),
    )


def _nature(category: Category) -> Nature:
    return Nature(category.nature) if category.nature in set(Nature) else Nature.ORDINARY


_NEXT_NO = (
    update(Campaign)
    .where(Campaign.id == bindparam("campaign"))
    .values(next_issue_no=Campaign.next_issue_no + 1)
    .returning(Campaign.next_issue_no - 1)
)


def give_number(session: Session, issue: Issue) -> None:
    """The next number of the campaign, at the moment the case becomes generally visible.

    From here to the end of the transaction nobody else gets a number, so it comes after all that can be read before.
    """
    [(issue.no,)] = db.rows(session, _NEXT_NO, {"campaign": issue.campaign_id})


def attach_photos(session: Session, issue: Issue, report: Report, body: ReportIn) -> list[str]:
    """Before and site photos of the report, which are hashed as it says; after photos come with their pairs."""
    offset = body.clock_offset_seconds
    befores = [p for p in body.photos if p.role == "before"]
    chosen = [p for p in befores if p.is_required]
    # The first one by default; whoever marks some has chosen (§4.3).
    required = len(chosen) or min(1, len(befores))
    ordered = [*chosen, *[p for p in befores if not p.is_required]]
    sites = [timed(p, offset) for p in body.photos if p.role == "site"]
    groups: tuple[photoset.Group, ...] = (
        ("before", [timed(p, offset) for p in ordered], required),
        ("site", sites, 0),
    )
    return photoset.attach_first(session, issue, report.user_id, groups)


def timed(photo: ReportPhotoIn, offset: float | None) -> AfterPhotoIn:
    """A report's photo as the photo set takes it; the report's clock offset where it has none of its own."""
    said = photo.model_dump(exclude={"role", "is_required"})
    if said["clock_offset_seconds"] is None:
        said["clock_offset_seconds"] = offset
    return AfterPhotoIn.model_validate(said)


def _decide(moving: Moving, body: ReportIn) -> None:
    """Where the new case goes: as asked, or to the desk with a flag where a guard refuses."""
    issue, session = moving.issue, moving.session
    afters = [timed(p, body.clock_offset_seconds) for p in body.photos if p.role == "after"]
    for name in MOVES[None, moving.action].guards:
        try:
            GUARDS[name](moving)
        except Problem as refused:
            code = (
                refused.members.get("guard", refused.code)
                if isinstance(refused, GuardFailed)
                else refused.code
            )
            issue.flags = sorted({*issue.flags, f"guard_failed:{code}"})
    failed = any(flag.startswith("guard_failed:") for flag in issue.flags)
    if failed or moving.action == Action.SUBMIT:
        moving.data["asked"] = str(moving.action)
        moving.action, moving.to = Action.SUBMIT, State.SUBMITTED
        if afters and issue.reporter_id:
            photoset.attach(session, issue, owner_id=issue.reporter_id, items=afters, kind="after")
        return
    _fixed(moving, body, afters)


def _fixed(moving: Moving, body: ReportIn, afters: list[AfterPhotoIn]) -> None:
    """Fixed on the spot: to review, or closed at once where §4.4 allows it."""
    issue, viewer = moving.issue, moving.viewer
    if viewer is None:
        raise AssertionError("a clock does not report")
    by_self = body.fixed_by in (None, "self")
    issue.fixer_id = viewer.user_id if by_self else None
    issue.mode = "self" if by_self and viewer.has(*policy.UNIT_ROLES) else "on_spot"
    issue.accepted_at = issue.rectified_at = moving.at
    moving.data["fixed_by"] = "self" if by_self else "other"
    moving.text = "" if body.fixed_by in (None, "self", "other") else body.fixed_by
    pairs = photoset.propose_pairs(moving.session, issue, viewer.user_id, afters, to_decide=False)
    moving.to = State.IN_REVIEW
    if moving.action == Action.SUBMIT_CLOSED:
        _close_at_once(moving, viewer, by_self)
    photoset.examine(moving.session, issue, pairs)


def _close_at_once(moving: Moving, viewer: Viewer, by_self: bool) -> None:
    issue = moving.issue
    if why := _not_closed_because(moving, viewer, by_self):
        issue.flags = sorted({*issue.flags, why})
        moving.data["not_closed"] = why
        if why == "not_fast_closer":
            moving.action = Action.SUBMIT_FIXED
        return
    moving.to = State.CLOSED
    issue.closed_at = issue.first_closed_at = issue.reviewed_at = moving.at
    percent = campaign_setting(moving.session, issue, "on_spot_sample_percent")
    issue.is_sampled = secrets.randbelow(100) < percent
    moving.data |= {"on_time": True, "sampled": issue.is_sampled, "round": 1}


def _not_closed_because(moving: Moving, viewer: Viewer, by_self: bool) -> str | None:
    """What keeps a case from being closed on the spot; None: nothing."""
    issue, session = moving.issue, moving.session
    if not viewer.has(*policy.FAST_CLOSERS) or viewer.is_pending:
        return "not_fast_closer"
    if by_self:
        return "fixer_is_reporter"
    if issue.nature != Nature.ORDINARY:
        return "needs_second_approval"
    category = session.get_one(Category, issue.category_id)
    pairs = photoset.pairs_of(session, issue)
    if category.evidence == EvidencePolicy.STATEMENT and not pairs:
        return None
    if not pairs or not all(photoset.has_passed(pair) for pair in pairs):
        return "pair_doubt"
    for pair in pairs:
        photoset.decided(pair, PairState.MATCHED, viewer.user_id, None, "")
    return None


def release(session: Session, issue: Issue) -> None:
    """Its reporter was confirmed: a held case gets its number, and units may get it."""
    issue.is_held = False
    give_number(session, issue)
    state = State(issue.state)
    moving = Moving(session, None, issue, Action.CORRECT, CorrectIn(reason="confirmed"), now(), state)
    moving.data = {"released": True, "no": issue.no}
    moves.finish(moving, state, MOVES[state, Action.CORRECT])
