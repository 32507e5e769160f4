"""One case, complete, as this viewer may see it. Higher features add their sections by `section`."""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import NotFound
from app.core.geo import distance_m
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues import detail_queries as reads
from app.features.issues import listing, policy, queries
from app.features.issues.allowed import allowed
from app.features.issues.comments import audiences, readable
from app.features.issues.models import Approval, Comment, Issue, PhotoPair, SiteCheck
from app.features.issues.people import Names, is_office, is_unit
from app.features.issues.policy import Standing
from app.features.issues.schemas import (
    ApprovalOut,
    CommentOut,
    IssueOut,
    KeptEvidence,
    Link,
    NearIssue,
    PointHistory,
    SiteCheckOut,
)
from app.features.issues.story import pairs_out, photos_out, steps_out
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

Section = Callable[[Session, Viewer, Standing, Issue], Any]
SECTIONS: dict[str, Section] = {}


def section(name: str) -> Callable[[Section], Section]:
    """Register what a higher feature shows in a case under `sections.<name>`; it returns JSON-ready values."""

    def keep(fn: Section) -> Section:
        SECTIONS[name] = fn
        return fn

    return keep


def show(session: Session, viewer: Viewer, issue_id: uuid.UUID) -> IssueOut:
    """The case, or NotFound where it does not exist or is not the viewer's to see."""
    issue = queries.find_visible(session, viewer, issue_id)
    if issue is None:
        raise NotFound()
    return _shown(session, viewer, issue, is_in_sight=True)


def acted_on(session: Session, viewer: Viewer, issue: Issue) -> IssueOut:
    """A case the viewer has just done something with; that may have taken it out of their sight (a bounce)."""
    return _shown(
        session, viewer, issue, is_in_sight=queries.find_visible(session, viewer, issue.id) is not None
    )


def _shown(session: Session, viewer: Viewer, issue: Issue, *, is_in_sight: bool) -> IssueOut:
    st = policy.standing(session, viewer)
    office, unit = is_office(st, issue), is_unit(st, issue)
    hung = _Hung(session, issue, office, unit)
    names = Names(session, st, issue, hung.people(issue))
    point = session.get(Point, issue.point_id) if issue.point_id else None
    files = photos_out(hung.photos, names, point, is_told=office)
    return IssueOut(
        **listing.plain(issue),
        **_columns(issue),
        **_places(session, issue, point),
        **_parties(session, issue, viewer, names),
        description=issue.description,
        is_overdue=listing.is_overdue(issue, now()),
        near_count=None,
        before_thumb=next((f.thumb_url for f in files if f.kind == "before"), None),
        after_thumb=next((f.thumb_url for f in reversed(files) if f.kind == "after"), None),
        allowed_actions=allowed(session, st, issue) if is_in_sight else [],
        photos=files,
        pairs=pairs_out(hung.pairs, hung.photos, names, is_told=office or unit),
        events=steps_out(hung.events, names, office=office, unit=unit, viewer=viewer),
        approvals=[_approval(row, names) for row in hung.approvals],
        site_checks=[
            _site_check(row, names)
            for row in hung.site_checks
            if office or row.assignee_id in policy.as_whom(viewer)
        ],
        comments=[
            _comment(row, names, viewer) for row in readable(hung.comments, office, unit, viewer, issue)
        ],
        comment_audiences=audiences(office, unit, viewer, issue),
        kept_evidence=_kept(session, issue, hung, names),
        duplicates=_duplicates(session, viewer, issue) if office else [],
        point_history=_history(session, viewer, issue) if (office or unit) and issue.point_id else None,
        **_links(session, viewer, issue),
        sections={name: show(session, viewer, st, issue) for name, show in SECTIONS.items()},
    )


class _Hung:
    """What hangs on a case, each kind read once."""

    def __init__(self, session: Session, issue: Issue, office: bool, unit: bool) -> None:
        self.photos = reads.photos_with_files(session, issue)
        self.pairs = reads.hanging(session, PhotoPair, issue)
        self.events = reads.events_with_text(session, issue)
        self.approvals = reads.hanging(session, Approval, issue) if office or unit else []
        self.site_checks = reads.hanging(session, SiteCheck, issue)
        self.comments = reads.hanging(session, Comment, issue)
        self.kept = reads.kept_evidence(session, issue) if office else []

    def people(self, issue: Issue) -> set[uuid.UUID | None]:
        ids: set[uuid.UUID | None] = {
            issue.reporter_id,
            issue.fixer_id,
            issue.dispatcher_id,
            issue.assignee_id,
        }
        ids |= {photo.by_id for photo, _ in self.photos} | {event.actor_id for event, _ in self.events}
        ids |= {p.decided_by_id for p in self.pairs} | {c.author_id for c in self.comments}
        ids |= {a.asked_by_id for a in self.approvals} | {a.decided_by_id for a in self.approvals}
        return ids | {c.assignee_id for c in self.site_checks} | {k.user_id for k in self.kept}


_COLUMNS = (
    "external_ref", "position", "accuracy_m", "mode", "accepted_at", "dispatched_at", "acknowledged_at", "review_started_at",
    "reviewed_at", "first_closed_at", "archived_at", "round_found_at", "plan_due_at", "resume_at", "requirement", "measure",
    "extension_count", "reopen_count", "appeal_count",
)  # fmt: skip


def _columns(issue: Issue) -> dict[str, Any]:
    return {name: getattr(issue, name) for name in _COLUMNS}


def _places(session: Session, issue: Issue, point: Point | None) -> dict[str, Any]:
    grid = session.get(Grid, issue.grid_id) if issue.grid_id else None
    away = None
    if point is not None and issue.lon is not None and issue.lat is not None:
        away = round(distance_m(issue.lon, issue.lat, point.lon, point.lat), 1)
    return {
        "category": listing.category_ref(session.get_one(Category, issue.category_id)),
        "point": listing.point_ref(point),
        "grid": listing.grid_ref(grid),
        "territory": listing.named(session.get(Unit, issue.territory_id) if issue.territory_id else None),
        "distance_to_point_m": away,
    }


def _parties(session: Session, issue: Issue, viewer: Viewer, names: Names) -> dict[str, Any]:
    reporter = names.person(issue.reporter_id, issue.reporter_role)
    unit = session.get(Unit, issue.responsible_unit_id) if issue.responsible_unit_id else None
    return {
        "unit": listing.named(unit),
        "reporter": reporter,
        "reporter_unit": reporter.unit if reporter and queries.is_office(viewer) else None,
        "is_mine": issue.reporter_id == viewer.user_id,
        "fixer": names.person(issue.fixer_id),
        "dispatcher": names.person(issue.dispatcher_id),
        "assignee": names.person(issue.assignee_id),
        "helpers": [listing.named(row) for row in reads.helpers(session, issue)],
    }


def _approval(row: Approval, names: Names) -> ApprovalOut:
    said = {
        n: getattr(row, n) for n in ("id", "kind", "state", "asked_at", "needs_role", "reason", "payload")
    }
    return ApprovalOut(
        **said,
        asked_by=names.person(row.asked_by_id),
        decided_by=names.person(row.decided_by_id),
        decided_at=row.decided_at,
        decision_note=row.decision_note,
    )


def _site_check(row: SiteCheck, names: Names) -> SiteCheckOut:
    said = {
        n: getattr(row, n)
        for n in ("id", "ordered_at", "due_at", "question", "done_at", "is_confirmed", "finding")
    }
    return SiteCheckOut(**said, assignee=names.person(row.assignee_id))


def _comment(row: Comment, names: Names, viewer: Viewer) -> CommentOut:
    return CommentOut(
        id=row.id,
        author=names.person(row.author_id),
        audience=row.audience,
        body=row.body,
        at=row.at,
        is_mine=row.author_id == viewer.user_id,
    )


def _kept(session: Session, issue: Issue, hung: _Hung, names: Names) -> list[KeptEvidence]:
    return [
        KeptEvidence(
            command_id=row.client_id,
            by=names.person(row.user_id),
            received_at=row.received_at,
            text=str(row.body.get("body", {}).get("measure", "")),
            photo_ids=reads.photo_ids_of(
                session, row.user_id, [p["id"] for p in row.body.get("body", {}).get("photos", [])], issue
            ),
        )
        for row in hung.kept
    ]


def _duplicates(session: Session, viewer: Viewer, issue: Issue) -> list[NearIssue]:
    if issue.lon is None or issue.lat is None:
        return []
    code = session.get_one(Category, issue.category_id).code
    found = listing.near(session, viewer, issue.town_id, issue.lon, issue.lat, code)
    return [other for other in found if other.id != issue.id]


def _history(session: Session, viewer: Viewer, issue: Issue) -> PointHistory:
    told = reads.history(session, viewer, issue)
    last, kind = told["last"] or (None, None)
    hours = (last.closed_at - last.found_at).total_seconds() / 3600 if last and last.closed_at else None
    return PointHistory(
        days=reads.HISTORY_DAYS,
        found=told["found"],
        same_category=told["same"],
        relapsed=told["relapsed"],
        last=link(last) if last else None,
        last_category=listing.category_ref(kind) if kind else None,
        last_found_at=last.found_at if last else None,
        last_hours_to_close=round(hours, 1) if hours is not None else None,
    )


def link(issue: Issue) -> Link:
    """A case as another one names it."""
    return Link(id=issue.id, no=issue.no, state=issue.state)


def _links(session: Session, viewer: Viewer, issue: Issue) -> dict[str, Any]:
    found = reads.linked(session, viewer, issue)
    return {
        "master": link(found["master"][0]) if found["master"] else None,
        "merged": [link(other) for other in found["merged"]],
        "recurs_from": link(found["recurs_from"][0]) if found["recurs_from"] else None,
    }
