"""Reads of cases. Every one starts from `visible_issues`: what a viewer may not see is not in the SQL's answer."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.core import db
from app.core.clock import now
from app.core.geo import bbox_around
from app.features.identity.models import Role, Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues import policy, search
from app.features.issues.conditions import NEAR_DAYS, NEAR_M, has_near, is_near, is_overdue
from app.features.issues.lifecycle import OPEN, ApprovalState, Nature, State
from app.features.issues.models import Approval, Issue, IssuePhoto
from app.features.photos.models import Photo
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

Sort = Literal["found", "due", "updated"]
LEADS = ("hotline", "media", "public", "web")
SHOWN_COLUMNS = (
    "id", "no", "state", "version", "nature", "source", "lon", "lat", "found_at", "received_at", "due_at",
    "campaign_due_at", "rectified_at", "closed_at", "is_held", "is_sampled", "is_chronic", "round_no", "bounce_count",
    "rework_count", "relapse_count", "witness_count", "flags",
)  # fmt: skip
"""What a list shows of a case as it is. They come first in a row of `listed`."""
LISTED_COLUMNS = (
    *SHOWN_COLUMNS, "updated_at", "description", "town_id", "point_id",
    "grid_id", "responsible_unit_id", "territory_id", "reporter_id", "assignee_id",
)  # fmt: skip
"""The same, and what its order and its policy ask of it."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None or empty: not at all."""

    state: Sequence[State] = ()
    unit: uuid.UUID | Literal["mine"] | None = None
    point: uuid.UUID | None = None
    grid: uuid.UUID | None = None
    category: Sequence[str] = ()
    nature: Sequence[Nature] = ()
    source: Sequence[str] = ()
    overdue: bool | None = None
    due_before: datetime | None = None
    found_from: datetime | None = None
    found_until: datetime | None = None
    reporter: Literal["me"] | None = None
    assignee: Literal["me"] | None = None
    held: bool | None = None
    sampled: bool | None = None
    bounced: bool | None = None
    lead: bool | None = None
    near: bool | None = None
    to_decide: bool | None = None
    q: str = ""

    @property
    def is_empty(self) -> bool:
        """Narrowed to nothing at all. `False` narrows too."""
        return not self._narrowing

    @property
    def lasting(self) -> frozenset[tuple[str, Any]] | None:
        """What it is narrowed to, where that means the same to everybody at any time; None where it does not."""
        if not self._narrowing.keys() <= _LASTING:
            return None
        return frozenset((name, tuple(value)) for name, value in self._narrowing.items())

    @property
    def _narrowing(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is False or value}


_LASTING = {"state", "nature", "source"}


def visible_issues(viewer: Viewer) -> Select[Issue]:
    """The one scope filter of this feature."""
    return select(Issue).where(policy.visible(viewer))


_case: BindParameter[uuid.UUID] = bindparam("case", type_=Uuid())
_VISIBLE_CASE = policy.scoped(lambda seen: select(Issue).where(Issue.id == _case, seen), few=[_case])


def find_visible(session: Session, viewer: Viewer, issue_id: uuid.UUID) -> Issue | None:
    """A case, if the viewer may see it."""
    return session.scalar(_VISIBLE_CASE(viewer), {"case": issue_id})


def waiting_for(viewer: Viewer) -> Select[uuid.UUID]:
    """Cases with an open request that asks for a role the viewer holds, and was not asked by the viewer."""
    return select(Approval.issue_id).where(
        Approval.state == ApprovalState.ASKED,
        Approval.asked_by_id != viewer.user_id,
        Approval.needs_role.in_(sorted(viewer.roles)),
    )


def matching(session: Session, viewer: Viewer, wanted: Filters) -> list[ColumnElement[bool]]:
    """The filters as SQL; `viewer` is who "me" and "mine" mean."""
    by = wanted
    due = func.coalesce(Issue.due_at, Issue.campaign_due_at)
    codes = select(Category.id).where(Category.code.in_(by.category))
    pairs: list[tuple[Any, Callable[[], ColumnElement[bool]]]] = [
        (by.state, lambda: Issue.state.in_(by.state)),
        (by.point, lambda: Issue.point_id == by.point),
        (by.grid, lambda: Issue.grid_id == by.grid),
        (by.category, lambda: Issue.category_id.in_(codes)),
        (by.nature, lambda: Issue.nature.in_(by.nature)),
        (by.source, lambda: Issue.source.in_(by.source)),
        (by.overdue, lambda: is_overdue(now())),
        (by.overdue is False, lambda: ~is_overdue(now())),
        (by.due_before, lambda: due < by.due_before),
        (by.found_from, lambda: Issue.found_at >= by.found_from),
        (by.found_until, lambda: Issue.found_at < by.found_until),
        (by.reporter, lambda: Issue.reporter_id == viewer.user_id),
        (by.assignee, lambda: Issue.assignee_id.in_(policy.as_whom(viewer))),
        (by.held is not None, lambda: Issue.is_held.is_(bool(by.held))),
        (by.sampled is not None, lambda: Issue.is_sampled.is_(bool(by.sampled))),
        (by.bounced, lambda: and_(Issue.state == State.SUBMITTED, Issue.bounce_count > 0)),
        (by.lead, lambda: Issue.source.in_(LEADS)),
        (by.near, lambda: and_(Issue.state == State.SUBMITTED, has_near()) if is_desk(viewer) else false()),
    ]
    parts = [clause() for given, clause in pairs if given]
    if by.to_decide:
        parts.append(Issue.id.in_(waiting_for(viewer)))
    if by.unit == "mine":
        mine = Issue.responsible_unit_id.in_(policy.unit_reach(viewer))
        parts.append(mine if policy.works_for_unit(viewer) else false())
    elif by.unit:
        parts.append(Issue.responsible_unit_id == by.unit)
    if by.q.strip():
        parts.append(search.matches(session, by.q))
    return parts


_author, _home = aliased(User), aliased(Unit)
LISTED = (
    # Columns, not rows of the classes: fifty of those would cost more than all the rest. Names only: the shape of a
    # point or grid can be larger than the whole page.
    select(
        *(getattr(Issue, name) for name in LISTED_COLUMNS),
        Category.code.label("category_code"), Category.name_zh.label("category_zh"), Category.name_en.label("category_en"),
        Point.name_zh.label("point_zh"), Point.name_en.label("point_en"), Point.type_code, Point.is_key,
        Grid.name_zh.label("grid_zh"), Grid.name_en.label("grid_en"), Grid.code.label("grid_code"),
        Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"),
        _home.id.label("home_id"), _home.name_zh.label("home_zh"), _home.name_en.label("home_en"),
    )
    .join(Category, Category.id == Issue.category_id)
    .outerjoin(Point, Point.id == Issue.point_id)
    .outerjoin(Grid, Grid.id == Issue.grid_id)
    .outerjoin(Unit, Unit.id == Issue.responsible_unit_id)
    .outerjoin(_author, _author.id == Issue.reporter_id)
    .outerjoin(_home, _home.id == _author.unit_id)
)  # fmt: skip


listed = policy.scoped(lambda seen: LISTED.where(seen))
"""Visible cases with the names a list shows, in one statement."""


_few: BindParameter[uuid.UUID] = bindparam("few", type_=Uuid(), expanding=True)
_LISTED_FEW = policy.scoped(lambda seen: LISTED.where(Issue.id.in_(_few), seen), few=_few)


def by_ids(session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of `listed` for these cases, as far as they are visible."""
    return db.rows(session, _LISTED_FEW(viewer), {"few": ids})


_THUMBS = (
    select(IssuePhoto.issue_id, IssuePhoto.kind, IssuePhoto.round_no, Photo.id, Photo.state)
    .join(Photo, Photo.id == IssuePhoto.photo_id)
    .where(
        IssuePhoto.issue_id.in_(bindparam("ids", expanding=True)),
        IssuePhoto.kind.in_(["before", "after"]),
        Photo.deleted_at.is_(None),
    )
    .order_by(IssuePhoto.issue_id, IssuePhoto.round_no, IssuePhoto.added_at, IssuePhoto.order_no)
)


def system_thumbs(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Before and after photos of these cases, in the order taken in; for pages that were filtered before."""
    return db.rows(session, _THUMBS, {"ids": ids})


_own = Issue.__table__.alias("own").c
_NEAR_COUNTS = policy.scoped(
    lambda seen: (
        select(_own.id, func.count())
        .join(Issue, is_near(_own, Issue))
        .where(_own.id.in_(bindparam("ids", expanding=True)), seen)
        .group_by(_own.id)
    )
)


def near_counts(session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many other open cases of the same kind lie near each of these; only cases the viewer may see count."""
    rows = db.rows(session, _NEAR_COUNTS(viewer), {"ids": ids})
    return {row[0]: row[1] for row in rows}


_NEAR = (
    Issue.id, Issue.no, Issue.lon, Issue.lat, Issue.found_at, Issue.witness_count,
    Category.code, Category.name_zh, Category.name_en,
)  # fmt: skip
_town: BindParameter[uuid.UUID] = bindparam("town", type_=Uuid())
_NEAR_HERE = policy.scoped(
    lambda seen: (
        select(*_NEAR)
        .join(Category, Category.id == Issue.category_id)
        .where(
            Issue.town_id == _town,
            or_(Issue.is_held.is_(False), seen),
            Issue.no.is_not(None),
            Issue.state.in_(OPEN),
            Category.town_id == _town,
            Category.code == bindparam("category"),
            Issue.lat.between(bindparam("south"), bindparam("north")),
            Issue.lon.between(bindparam("west"), bindparam("east")),
            Issue.found_at >= bindparam("since"),
        )
        .limit(db.at_most(50))
    )
)


def near(
    session: Session, viewer: Viewer, town_id: uuid.UUID, lon: float, lat: float, category: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Open, recent cases of a kind in the box around a position.

    A volunteer may be told of cases that are not theirs to see: the viewer's town, numbered (so generally known), nothing
    but what `NearIssue` holds.
    """
    box = bbox_around(lon, lat, NEAR_M)
    asked = {"town": town_id, "category": category, "since": now() - timedelta(days=NEAR_DAYS)}
    return db.rows(session, _NEAR_HERE(viewer), asked | box._asdict())


def is_office(viewer: Viewer) -> bool:
    """Whether names of reporters may be shown in lists at all."""
    return viewer.has(*policy.SEERS)


def is_desk(viewer: Viewer) -> bool:
    """Whether the viewer triages."""
    return viewer.has(*policy.DESK, Role.REVIEWER)
