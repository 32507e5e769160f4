"""Reads behind one case. The case itself was found visible; what hangs on it is narrowed by the caller's relation to it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.core import db
from app.core.clock import now
from app.core.db import Base
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.models import (
    Approval,
    Command,
    Comment,
    EventText,
    Issue,
    IssueEvent,
    IssueHelper,
    IssuePhoto,
    PhotoPair,
    SiteCheck,
)
from app.features.photos.models import Clearing, Photo
from app.features.places.models import Grid, Point
from app.features.standards.models import Category

HISTORY_DAYS = 30
Hangs = TypeVar("Hangs", Approval, SiteCheck, Comment, PhotoPair)

# Made once: building a statement anew for each case costs more than asking it.
_case: BindParameter[uuid.UUID] = bindparam("case", type_=Uuid())
_Territory = aliased(Unit)
_double = aliased(Issue)
_KEPT = select(Command).where(Command.target_id == _case, Command.is_kept_evidence)
_HELPERS = (
    select(Unit)
    .join(IssueHelper, IssueHelper.unit_id == Unit.id)
    .where(IssueHelper.issue_id == _case)
    .order_by(Unit.code)
)
_HANGING: dict[Any, Select[Any]] = {
    kind: select(kind).where(kind.issue_id == _case).order_by(kind.id)
    for kind in (Approval, SiteCheck, Comment, PhotoPair)
}
_MAY_HANG: dict[str, ColumnElement[bool]] = {
    **{kind.__tablename__: kind.issue_id == _case for kind in (*_HANGING, IssueHelper)},
    "commands": and_(Command.target_id == _case, Command.is_kept_evidence),
    "cleared": and_(IssuePhoto.issue_id == _case, Clearing.photo_id == IssuePhoto.photo_id),
    "merged": _double.master_id == _case,
}
_PHOTOS = (
    select(IssuePhoto, Photo)
    .join(Photo, Photo.id == IssuePhoto.photo_id)
    .where(IssuePhoto.issue_id == _case)
    .order_by(IssuePhoto.round_no, IssuePhoto.added_at, IssuePhoto.order_no)
)
_EVENTS = (
    select(*IssueEvent.__table__.c, EventText.body)
    .outerjoin(EventText, EventText.event_id == IssueEvent.id)
    .where(IssueEvent.issue_id == _case)
    .order_by(IssueEvent.seq)
)
_PLACES = (
    select(
        Category.code.label("category_code"), Category.name_zh.label("category_zh"), Category.name_en.label("category_en"),
        Point.id.label("point_id"), Point.name_zh.label("point_zh"), Point.name_en.label("point_en"), Point.type_code,
        Point.is_key, Point.lon, Point.lat,
        Grid.id.label("grid_id"), Grid.name_zh.label("grid_zh"), Grid.name_en.label("grid_en"), Grid.code.label("grid_code"),
        Unit.id.label("unit_id"), Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"),
        _Territory.id.label("territory_id"), _Territory.name_zh.label("territory_zh"),
        _Territory.name_en.label("territory_en"),
    )
    .select_from(Issue)
    .join(Category, Category.id == Issue.category_id)
    .outerjoin(Point, Point.id == Issue.point_id)
    .outerjoin(Grid, Grid.id == Issue.grid_id)
    .outerjoin(Unit, Unit.id == Issue.responsible_unit_id)
    .outerjoin(_Territory, _Territory.id == Issue.territory_id)
    .where(Issue.id == _case)
)  # fmt: skip


def may_hang(kind: type[Base]) -> None:
    """A table of a feature above in which most cases have nothing: asked for with the others, in one statement."""
    _MAY_HANG[kind.__tablename__] = kind.__table__.c.issue_id == _case
    _what_hangs.cache_clear()


@cache
def _what_hangs() -> CompoundSelect[str]:
    # By name: the same statement whatever was imported first.
    kinds = sorted(_MAY_HANG.items(), key=lambda kind: kind[0])
    return union_all(*(select(literal(name)).where(exists().where(of)) for name, of in kinds))


def what_hangs(session: Session, issue: Issue) -> frozenset[str]:
    """Names of the tables that hold anything of the case, and `merged`, `cleared`: most cases have little."""
    return frozenset(row[0] for row in db.rows(session, _what_hangs(), {"case": issue.id}))


def hanging(session: Session, kind: type[Hangs], issue: Issue) -> Sequence[Hangs]:
    """Rows of a kind that belong to the case, oldest first (their ids sort by time)."""
    return session.scalars(_HANGING[kind], {"case": issue.id}).all()


def photos_with_files(session: Session, issue: Issue) -> Sequence[Row[IssuePhoto, Photo]]:
    """The case's photos in their order."""
    return session.execute(_PHOTOS, {"case": issue.id}).all()


def events_with_text(session: Session, issue: Issue) -> Sequence[Row[*tuple[Any, ...]]]:
    """The case's story, oldest first: the columns of its events, and `body`."""
    return db.rows(session, _EVENTS, {"case": issue.id})


def places(session: Session, issue: Issue) -> Row[*tuple[Any, ...]]:
    """Kind, point, grid and units of the case, by name."""
    return db.rows(session, _PLACES, {"case": issue.id})[0]


def helpers(session: Session, issue: Issue) -> Sequence[Unit]:
    """协办单位."""
    return session.scalars(_HELPERS, {"case": issue.id}).all()


def kept_evidence(session: Session, issue: Issue) -> Sequence[Command]:
    """Rectifications that came too late, in the order they came."""
    kept = session.scalars(_KEPT, {"case": issue.id}).all()
    return sorted(kept, key=lambda command: command.received_at)


def linked(session: Session, viewer: Viewer, issue: Issue, *, has_merged: bool) -> dict[str, list[Any]]:
    """The master, the merged ones and the closed case this one recurs from, as far as visible: id, no, state."""
    seen = select(Issue.id, Issue.no, Issue.state, Issue.found_at).where(policy.visible(viewer))
    named = [i for i in (issue.master_id, issue.recurs_from_id) if i]
    # Two questions, each with an index of its own: joined by OR they would read every case of the town.
    others = session.execute(seen.where(Issue.id.in_(named))).all() if named else []
    # Not ordered by the database: SQLite would read the whole town in that order to find two.
    merged = session.execute(seen.where(Issue.master_id == issue.id)).all() if has_merged else []
    return {
        "master": [i for i in others if i.id == issue.master_id],
        "merged": sorted(merged, key=lambda other: other.found_at),
        "recurs_from": [i for i in others if i.id == issue.recurs_from_id],
    }


def history(session: Session, viewer: Viewer, issue: Issue, category: str) -> Row[*tuple[Any, ...]] | None:
    """What was found at the same point in the 30 days before: the last case, of the same kind if there is one, and numbers."""
    since = now() - timedelta(days=HISTORY_DAYS)
    asked = {"case": issue.id, "point": issue.point_id, "category": category, "since": since}
    return next(iter(db.rows(session, _HISTORY(viewer), asked)), None)


_here = aliased(Issue, name="here")
_is_same = Category.code == bindparam("category")
_HISTORY = policy.scoped(
    lambda seen: (
        select(
            Issue.id, Issue.no, Issue.state, Issue.found_at, Issue.closed_at,
            Category.code, Category.name_zh, Category.name_en,
            func.count().over().label("found"),
            func.count().filter(_is_same).over().label("same"),
            func.count().filter(Issue.relapse_count > 0).over().label("relapsed"),
        )
        .join(Category, Category.id == Issue.category_id)
        .where(
            seen,
            Issue.point_id == bindparam("point"),
            Issue.id != _case,
            Issue.found_at >= bindparam("since"),
            Issue.state.not_in(["rejected", "merged", "voided"]),
        )
        .order_by(_is_same.desc(), Issue.found_at.desc())
        .limit(db.at_most(1))
    ),
    few=select(_here.id).where(_here.point_id == bindparam("point"), _here.found_at >= bindparam("since")),
)  # fmt: skip


def photo_ids_of(
    session: Session, owner_id: uuid.UUID, client_ids: Sequence[str], issue: Issue
) -> list[uuid.UUID]:
    """Which photos of the case a person's phone sent under these ids."""
    wanted = [uuid.UUID(i) for i in client_ids]
    return list(
        session.scalars(
            select(IssuePhoto.id)
            .join(Photo, Photo.id == IssuePhoto.photo_id)
            .where(IssuePhoto.issue_id == issue.id, Photo.owner_id == owner_id, Photo.client_id.in_(wanted))
        )
    )
