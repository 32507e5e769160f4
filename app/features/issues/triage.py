"""The desk's verbs before and beside dispatch: site check, correct, reject and appeal, merge and un-merge."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid, NotFound
from app.core.geo import to_wgs84
from app.features.identity.models import RoleHold, UnitReach, User, UserStatus
from app.features.issues import moves, photoset, policy
from app.features.issues.bodies import (
    AnswerSiteCheckIn,
    AppealIn,
    CorrectIn,
    MergeIn,
    OrderSiteCheckIn,
    RejectIn,
    UnmergeIn,
)
from app.features.issues.guards import fail
from app.features.issues.lifecycle import MOVES, Action, PairState, State
from app.features.issues.models import Issue, IssueEvent, IssuePhoto, PhotoPair, SiteCheck, Witness
from app.features.issues.moves import Moving, effect, guard
from app.features.places import service as places
from app.features.places.models import Grid, Point
from app.features.standards import service as standards
from app.features.standards.models import Category

SITE_CHECK_WITHIN = timedelta(hours=24)


def actor(m: Moving) -> uuid.UUID:
    """The person acting; none of these moves is a clock's."""
    if m.viewer is None:
        raise AssertionError("a clock does not triage")
    return m.viewer.user_id


@guard
def another_dispatcher(m: Moving) -> None:
    """After an appeal another dispatcher decides, where the town has one."""
    if m.issue.appeal_count == 0 or m.viewer is None:
        return
    refused = select(IssueEvent.actor_id).where(
        IssueEvent.issue_id == m.issue.id, IssueEvent.action == Action.REJECT
    )
    if m.viewer.user_id not in set(m.session.scalars(refused)):
        return
    others = (
        select(RoleHold.id)
        .join(UnitReach, UnitReach.ancestor_id == RoleHold.unit_id)
        .where(
            UnitReach.unit_id == m.issue.town_id,
            RoleHold.role.in_(policy.DESK),
            RoleHold.user_id != m.viewer.user_id,
        )
    )
    if m.session.scalar(others.limit(1)) is not None:
        raise fail("another_dispatcher")


@effect(Action.ORDER_SITE_CHECK, OrderSiteCheckIn)
def order_site_check(m: Moving) -> None:
    """核实: somebody of the town goes and looks."""
    person = m.session.get(User, m.body.assignee_id)
    of_town = select(UnitReach.unit_id).where(UnitReach.ancestor_id == m.issue.town_id)
    if (
        person is None
        or person.status != UserStatus.ACTIVE
        or person.unit_id not in set(m.session.scalars(of_town))
    ):
        raise Invalid(fields=[{"at": ["body", "assignee_id"], "why": "unknown_person"}])
    due_at = m.body.due_at or m.at + SITE_CHECK_WITHIN
    if due_at <= m.at:
        raise Invalid(fields=[{"at": ["body", "due_at"], "why": "in_the_past"}])
    check = SiteCheck(
        issue_id=m.issue.id,
        assignee_id=person.id,
        ordered_by_id=actor(m),
        ordered_at=m.at,
        due_at=due_at,
        question=m.body.question,
    )
    m.session.add(check)
    m.text = m.body.question
    m.data = {"person": str(person.id), "due_at": due_at.isoformat()}


@effect(Action.ANSWER_SITE_CHECK, AnswerSiteCheckIn)
def answer_site_check(m: Moving) -> None:
    """What was found, with a photo where it was confirmed; a case without a before photo gets it from here."""
    mine = select(SiteCheck).where(
        SiteCheck.issue_id == m.issue.id,
        SiteCheck.assignee_id.in_(policy.as_whom(_viewer(m))),
        SiteCheck.done_at.is_(None),
    )
    if m.body.is_confirmed and not m.body.photos:
        raise fail("site_check_photo")
    lacks_before = m.body.is_confirmed and not photoset.required_befores(m.session, m.issue)
    rows = photoset.attach(
        m.session,
        m.issue,
        owner_id=actor(m),
        items=m.body.photos,
        kind="before" if lacks_before else "site",
        required=1 if lacks_before else 0,
    )
    if m.issue.state == State.SUBMITTED:
        photoset.expect_pairs(m.session, m.issue)
    for check in m.session.scalars(mine):
        check.done_at, check.is_confirmed, check.finding = m.at, m.body.is_confirmed, m.body.finding
    m.text = m.body.finding
    m.data = {"confirmed": m.body.is_confirmed, "photos": len(rows)}
    m.photo_sha256 = photoset.hashes_of(m.session, rows)


@effect(Action.REJECT, RejectIn)
def reject(m: Moving) -> None:
    """不予受理, with a reason that the reporter reads."""
    m.issue.reviewed_at = m.at
    m.reason_code, m.text = m.body.reason_code, m.body.text


@effect(Action.APPEAL, AppealIn)
def appeal(m: Moving) -> None:
    """The reporter's one appeal: back to the desk."""
    m.issue.appeal_count += 1
    m.issue.reviewed_at = None
    m.text = m.body.text


@effect(Action.CORRECT, CorrectIn)
def correct(m: Moving) -> None:
    """A field change as an event: old and new of what is code, nothing of what is text."""
    m.text = m.body.reason
    for change in (_category, _fields, _place, _required):
        m.data |= change(m)
    if not m.data:
        raise Invalid(fields=[{"at": ["body"], "why": "nothing_changed"}])


def _category(m: Moving) -> dict[str, Any]:
    if m.body.category is None:
        return {}
    old = m.session.get_one(Category, m.issue.category_id)
    new = standards.category_by_code(m.session, m.issue.town_id, m.body.category)
    if new is None:
        raise Invalid(fields=[{"at": ["body", "category"], "why": "unknown_category"}])
    m.issue.category_id = new.id
    return {"category": [old.code, new.code]} if old.id != new.id else {}


def _fields(m: Moving) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if (
        m.body.source is not None
        and m.body.source != m.issue.source
        and "district" in (m.issue.source, m.body.source)
    ):
        raise fail("not_district")
    for name in ("nature", "source", "external_ref", "description"):
        new, old = getattr(m.body, name), getattr(m.issue, name)
        if new is not None and new != old:
            setattr(m.issue, name, new)
            said[name] = True if name == "description" else [old, new]
    return said


def _place(m: Moving) -> dict[str, Any]:
    """Another position or point; grid and territory follow."""
    issue, body = m.issue, m.body
    if body.position is None and body.point_id is None and not body.no_point:
        return {}
    before = issue.point_id
    if body.position is not None:
        issue.lon, issue.lat = to_wgs84(body.position.lon, body.position.lat, body.position.crs)
        issue.accuracy_m = body.position.accuracy_m
        issue.position = body.position.model_dump(mode="json", exclude={"lon", "lat"}) | {
            "x": body.position.lon,
            "y": body.position.lat,
        }
    _settle(m.session, issue, body)
    return {"point": [str(before) if before else None, str(issue.point_id) if issue.point_id else None]} | (
        {"moved": True} if body.position is not None else {}
    )


def _settle(session: Session, issue: Issue, body: CorrectIn) -> None:
    point = session.get(Point, body.point_id) if body.point_id else None
    if body.point_id is not None and (point is None or point.town_id != issue.town_id):
        raise Invalid(fields=[{"at": ["body", "point_id"], "why": "unknown_point"}])
    lon, lat = issue.lon, issue.lat
    if point is not None and (lon is None or lat is None):
        issue.lon, issue.lat = lon, lat = point.lon, point.lat
    if lon is None or lat is None:
        return
    snapped = places.snap(session, issue.town_id, lon, lat, issue.accuracy_m, to_choose=False)
    if point is None and not body.no_point and snapped.point is not None:
        point = session.get(Point, snapped.point.id)
    issue.point_id = point.id if point else None
    issue.grid_id = snapped.grid.id if snapped.grid else (point.grid_id if point else None)
    community = session.get_one(Grid, issue.grid_id).community_id if issue.grid_id else None
    issue.territory_id = (point.territory_id if point else None) or community


def _required(m: Moving) -> dict[str, Any]:
    """Which before photos need an after photo of their own."""
    if m.body.required_photo_ids is None:
        return {}
    wanted = set(m.body.required_photo_ids)
    befores = [
        p
        for p in photoset.photos_of(m.session, m.issue)
        if p.kind == "before" and p.round_no == m.issue.round_no
    ]
    if not wanted <= {p.id for p in befores}:
        raise Invalid(fields=[{"at": ["body", "required_photo_ids"], "why": "unknown_photo"}])
    for photo in befores:
        photo.is_required = photo.id in wanted
    m.session.flush()
    m.session.execute(
        delete(PhotoPair).where(
            PhotoPair.issue_id == m.issue.id,
            PhotoPair.round_no == m.issue.round_no,
            PhotoPair.state == PairState.MISSING,
            PhotoPair.before_id.not_in(wanted),
        )
    )
    photoset.expect_pairs(m.session, m.issue)
    return {"required": sorted(str(i) for i in wanted)}


@effect(Action.MERGE, MergeIn)
def merge(m: Moving) -> None:
    """并案: photos and reporters go to the master; all keep credit."""
    issue, session = m.issue, m.session
    if (
        session.scalar(select(Issue.id).where(Issue.id == m.body.master_id, policy.visible(_viewer(m))))
        is None
    ):
        raise NotFound()
    master = moves.lock(session, m.body.master_id)
    issue.master_id, issue.state_before_merge, issue.state = master.id, issue.state, State.MERGED
    photos = _share_photos(session, issue, master)
    credited = _share_credit(session, issue, master)
    m.text = m.body.text
    m.data = {"master": str(master.id), "photos": photos, "credited": credited}
    _tell(m, master, {"merged": str(issue.id), "photos": len(photos)})


def _viewer(m: Moving) -> Any:
    actor(m)
    return m.viewer


def _share_photos(session: Session, issue: Issue, master: Issue) -> list[str]:
    """Copies of the case's before and site photos in the master; their ids."""
    there = {p.photo_id for p in photoset.photos_of(session, master)}
    shared = []
    for photo in photoset.photos_of(session, issue):
        if photo.photo_id in there or photo.kind == "after":
            continue
        same = (
            "photo_id",
            "kind",
            "by_id",
            "taken_at",
            "lon",
            "lat",
            "accuracy_m",
            "capture",
            "clock_offset_seconds",
        )
        copy = IssuePhoto(
            issue_id=master.id,
            round_no=master.round_no,
            order_no=90,
            **{name: getattr(photo, name) for name in same},
        )
        session.add(copy)
        session.flush()
        shared.append(str(copy.id))
    return shared


def _share_credit(session: Session, issue: Issue, master: Issue) -> list[str]:
    """The reporter and the witnesses become witnesses of the master; whom that was new for."""
    people = set(session.scalars(select(Witness.user_id).where(Witness.issue_id == issue.id))) | {
        issue.reporter_id
    }
    known = set(session.scalars(select(Witness.user_id).where(Witness.issue_id == master.id))) | {
        master.reporter_id
    }
    new = sorted(p for p in people - known if p is not None)
    session.add_all(Witness(issue_id=master.id, user_id=person) for person in new)
    master.witness_count += len(new)
    return [str(person) for person in new]


def _tell(m: Moving, master: Issue, data: dict[str, Any]) -> None:
    """The master's own event: its version counts, and whoever looks at it is told."""
    state = State(master.state)
    if (state, Action.ADD_WITNESS) not in MOVES:
        return
    told = Moving(m.session, m.viewer, master, Action.ADD_WITNESS, m.body, m.at, state, role=m.role)
    told.data = data
    moves.finish(told, state, MOVES[state, Action.ADD_WITNESS])


@effect(Action.UNMERGE, UnmergeIn)
def unmerge(m: Moving) -> None:
    """拆案: back to where it was; what the merge lent to the master is taken back, unless a pair was judged on it."""
    issue, session = m.issue, m.session
    if issue.master_id is None:
        raise AssertionError("a merged case has a master")
    master = moves.lock(session, issue.master_id)
    lent = session.scalars(
        select(IssueEvent)
        .where(IssueEvent.issue_id == issue.id, IssueEvent.action == Action.MERGE)
        .order_by(IssueEvent.seq.desc())
        .limit(1)
    ).first()
    if lent is not None:
        _take_back(session, master, lent.data)
    m.to = State(issue.state_before_merge or State.SUBMITTED)
    issue.master_id = issue.state_before_merge = None
    issue.state = m.to
    m.text, m.data = m.body.reason, {"master": str(master.id)}
    _tell(m, master, {"unmerged": str(issue.id)})


def _take_back(session: Session, master: Issue, lent: dict[str, Any]) -> None:
    in_pairs = select(PhotoPair.before_id).where(PhotoPair.issue_id == master.id)
    photos = [uuid.UUID(i) for i in lent.get("photos", [])]
    session.execute(delete(IssuePhoto).where(IssuePhoto.id.in_(photos), IssuePhoto.id.not_in(in_pairs)))
    people = [uuid.UUID(i) for i in lent.get("credited", [])]
    gone = delete(Witness).where(
        Witness.issue_id == master.id, Witness.user_id.in_(people), Witness.report_id.is_(None)
    )
    master.witness_count -= session.execute(gone).rowcount  # type: ignore[attr-defined]
