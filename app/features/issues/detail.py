"""One case, complete, as this viewer may see it. Higher features add their sections by `section`."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Base
from app.core.errors import NotFound
from app.core.geo import distance_m
from app.features.identity.viewer import Viewer
from app.features.issues import detail_queries as reads
from app.features.issues import hints, listing, policy, queries
from app.features.issues.allowed import allowed
from app.features.issues.comments import audiences, readable
from app.features.issues.models import Approval, Comment, Issue, PhotoPair, SiteCheck
from app.features.issues.people import Names, is_office, is_unit
from app.features.issues.policy import Standing
from app.features.issues.schemas import (
    ApprovalOut,
    CategoryRef,
    CommentOut,
    GridRef,
    IssueOut,
    KeptEvidence,
    Link,
    Named,
    NearIssue,
    PairOut,
    PointHistory,
    PointRef,
    SiteCheckOut,
)
from app.features.issues.story import pairs_out, photos_out, steps_out
from app.features.photos.clearing import cleared_urls

Section = Callable[[Session, Viewer, Standing, Issue], Any]
SECTIONS: dict[str, tuple[Section, str | None, Any]] = {}


def section(
    name: str, of: type[Base] | None = None, without: Callable[[], Any] = list
) -> Callable[[Section], Section]:
    """Register what a higher feature shows in a case under `sections.<name>`; it returns JSON-ready values.

    `of`: the table it shows. Where that has nothing of the case, the answer is `without()` and it is not asked.
    """
    if of is not None:
        reads.may_hang(of)

    def keep(fn: Section) -> Section:
        SECTIONS[name] = fn, of.__tablename__ if of else None, without
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
    places = reads.places(session, issue)
    point = (places.lon, places.lat) if places.point_id else None
    files = photos_out(hung.photos, names, point, hung.cleared, is_told=office)
    return IssueOut(
        **listing.plain(issue),
        **_columns(issue),
        **_places(issue, places, point),
        **_parties(issue, viewer, names, hung),
        description=issue.description,
        is_overdue=listing.is_overdue(issue, now()),
        near_count=None,
        before_thumb=next((f.thumb_url for f in files if f.kind == "before"), None),
        after_thumb=next((f.thumb_url for f in reversed(files) if f.kind == "after"), None),
        allowed_actions=allowed(session, st, issue, has_requests="approvals" in hung.there)
        if is_in_sight
        else [],
        photos=files,
        pairs=_pairs(session, viewer, hung, names, office, unit),
        events=steps_out(hung.events, names, office=office, unit=unit, viewer=viewer),
        approvals=[_approval(row, names) for row in hung.approvals],
        site_checks=_site_checks(hung.site_checks, names, office, viewer),
        comments=[
            _comment(row, names, viewer) for row in readable(hung.comments, office, unit, viewer, issue)
        ],
        comment_audiences=audiences(office, unit, viewer, issue),
        kept_evidence=_kept(session, issue, hung, names),
        duplicates=_duplicates(session, viewer, issue, places.category_code) if office else [],
        point_history=_history(session, viewer, issue, places.category_code)
        if (office or unit) and issue.point_id
        else None,
        **_links(session, viewer, issue, hung),
        sections=_sections(session, viewer, st, issue, hung.there),
    )


def _sections(
    session: Session, viewer: Viewer, st: Standing, issue: Issue, there: frozenset[str]
) -> dict[str, Any]:
    return {
        name: show(session, viewer, st, issue) if table is None or table in there else without()
        for name, (show, table, without) in SECTIONS.items()
    }


class _Hung:
    """What hangs on a case, each kind read once."""

    def __init__(self, session: Session, issue: Issue, office: bool, unit: bool) -> None:
        self.there = there = reads.what_hangs(session, issue)

        def hanging(kind: type[reads.Hangs]) -> Sequence[reads.Hangs]:
            return reads.hanging(session, kind, issue) if kind.__tablename__ in there else []

        self.photos = reads.photos_with_files(session, issue)
        self.pairs = hanging(PhotoPair)
        self.events = reads.events_with_text(session, issue)
        self.approvals = hanging(Approval) if office or unit else []
        self.site_checks = hanging(SiteCheck)
        self.comments = hanging(Comment)
        self.kept = reads.kept_evidence(session, issue) if office and "commands" in there else []
        self.helpers = reads.helpers(session, issue) if "issue_helpers" in there else []
        self.has_merged = "merged" in there
        is_cleared = "cleared" in there
        self.cleared = cleared_urls(session, [file.id for _, file in self.photos]) if is_cleared else {}

    def people(self, issue: Issue) -> set[uuid.UUID | None]:
        ids: set[uuid.UUID | None] = {
            issue.reporter_id,
            issue.fixer_id,
            issue.dispatcher_id,
            issue.assignee_id,
        }
        ids |= {photo.by_id for photo, _ in self.photos} | {event.actor_id for event in self.events}
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


def _places(issue: Issue, row: Any, point: tuple[float, float] | None) -> dict[str, Any]:
    away = None
    if point is not None and issue.lon is not None and issue.lat is not None:
        away = round(distance_m(issue.lon, issue.lat, *point), 1)
    return {
        "category": CategoryRef(code=row.category_code, zh=row.category_zh, en=row.category_en),
        "point": PointRef(
            id=row.point_id, zh=row.point_zh, en=row.point_en, type_code=row.type_code, is_key=row.is_key
        )
        if row.point_id
        else None,
        "grid": GridRef(id=row.grid_id, zh=row.grid_zh, en=row.grid_en, code=row.grid_code)
        if row.grid_id
        else None,
        "territory": Named(id=row.territory_id, zh=row.territory_zh, en=row.territory_en)
        if row.territory_id
        else None,
        "unit": Named(id=row.unit_id, zh=row.unit_zh, en=row.unit_en) if row.unit_id else None,
        "distance_to_point_m": away,
    }


def _parties(issue: Issue, viewer: Viewer, names: Names, hung: _Hung) -> dict[str, Any]:
    reporter = names.person(issue.reporter_id, issue.reporter_role)
    return {
        "reporter": reporter,
        "reporter_unit": reporter.unit if reporter and queries.is_office(viewer) else None,
        "is_mine": issue.reporter_id == viewer.user_id,
        "fixer": names.person(issue.fixer_id),
        "dispatcher": names.person(issue.dispatcher_id),
        "assignee": names.person(issue.assignee_id),
        "helpers": [listing.named(row) for row in hung.helpers],
    }


def _pairs(
    session: Session, viewer: Viewer, hung: _Hung, names: Names, office: bool, unit: bool
) -> list[PairOut]:
    found = hints.of_pairs(session, viewer, hung.pairs, hung.photos) if office else {}
    return pairs_out(hung.pairs, hung.photos, names, found, is_told=office or unit)


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


def _site_checks(rows: Sequence[SiteCheck], names: Names, office: bool, viewer: Viewer) -> list[SiteCheckOut]:
    mine = policy.as_whom(viewer)
    return [_site_check(row, names) for row in rows if office or row.assignee_id in mine]


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


def _duplicates(session: Session, viewer: Viewer, issue: Issue, category: str) -> list[NearIssue]:
    if issue.lon is None or issue.lat is None:
        return []
    found = listing.near(session, viewer, issue.town_id, issue.lon, issue.lat, category)
    return [other for other in found if other.id != issue.id]


def _history(session: Session, viewer: Viewer, issue: Issue, category: str) -> PointHistory:
    last = reads.history(session, viewer, issue, category)
    hours = (last.closed_at - last.found_at).total_seconds() / 3600 if last and last.closed_at else None
    return PointHistory(
        days=reads.HISTORY_DAYS,
        found=last.found if last else 0,
        same_category=last.same if last else 0,
        relapsed=last.relapsed if last else 0,
        last=link(last) if last else None,
        last_category=CategoryRef(code=last.code, zh=last.name_zh, en=last.name_en) if last else None,
        last_found_at=last.found_at if last else None,
        last_hours_to_close=round(hours, 1) if hours is not None else None,
    )


def link(issue: Any) -> Link:
    """A case as another one names it."""
    return Link(id=issue.id, no=issue.no, state=issue.state)


def _links(session: Session, viewer: Viewer, issue: Issue, hung: _Hung) -> dict[str, Any]:
    found = reads.linked(session, viewer, issue, has_merged=hung.has_merged)
    return {
        "master": link(found["master"][0]) if found["master"] else None,
        "merged": [link(other) for other in found["merged"]],
        "recurs_from": link(found["recurs_from"][0]) if found["recurs_from"] else None,
    }
