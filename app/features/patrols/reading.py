"""Patrols and visits as the office and the units read them: names only to those who may know them."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Unit, User
from app.features.identity.roles import DIRECTORY_READERS
from app.features.identity.viewer import Viewer
from app.features.issues import listing
from app.features.issues.models import Issue, Report, ReportPhoto
from app.features.issues.policy import visible
from app.features.issues.schemas import CategoryRef, Named
from app.features.patrols import queries, withholding
from app.features.patrols.desk_schemas import (
    PatrolItem,
    PatrolOut,
    TallyOut,
    TallyRow,
    VisitItem,
    Walker,
    WithheldOut,
)
from app.features.patrols.models import ChecklistResult, Patrol, PatrolPerson, PatrolUnit, Visit, VisitPhoto
from app.features.patrols.schemas import ResultOut
from app.features.patrols.tally_models import Tally
from app.features.photos import service as photos
from app.features.photos.models import RenditionKind
from app.features.places.models import Grid, Point
from app.features.standards.models import Category, CheckItem

FULL = 100


def walkers(session: Session, viewer: Viewer, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Walker]:
    """People by unit, and by name where the viewer may know it."""
    found: Select[*tuple[Any, ...]] = (
        select(
            User.id,
            User.name_zh,
            Unit.id.label("unit_id"),
            Unit.name_zh.label("zh"),
            Unit.name_en.label("en"),
        )
        .join(Unit, Unit.id == User.unit_id)
        .where(User.id.in_(set(ids)))
    )
    rows = session.execute(found).all()
    may_know = or_(User.unit_id.in_(viewer.reach(*DIRECTORY_READERS)), User.id == viewer.user_id)
    known = set(session.scalars(select(User.id).where(User.id.in_([row.id for row in rows]), may_know)))
    return {
        row.id: Walker(
            name=row.name_zh if row.id in known else None, unit=Named(id=row.unit_id, zh=row.zh, en=row.en)
        )
        for row in rows
    }


def patrol_items(session: Session, viewer: Viewer, found: Sequence[Patrol]) -> list[PatrolItem]:
    """The same patrols in the same order; six statements however many."""
    ids = [patrol.id for patrol in found]
    people = walkers(session, viewer, [patrol.user_id for patrol in found])
    adults = _counts(session, select(PatrolPerson.patrol_id, func.count()).where(PatrolPerson.patrol_id.in_(ids))
                     .group_by(PatrolPerson.patrol_id))  # fmt: skip
    visits = _counts(session, select(Visit.patrol_id, func.count()).where(Visit.patrol_id.in_(ids))
                     .group_by(Visit.patrol_id))  # fmt: skip
    issues = _counts(session, _issues_of(viewer, ids))
    units = _units(session, ids)
    return [
        PatrolItem(
            **_own(patrol), by=people[patrol.user_id], adults=adults.get(patrol.id, 0), units=units.get(patrol.id, []),
            visits=visits.get(patrol.id, 0), issues=issues.get(patrol.id, 0),
        )
        for patrol in found
    ]  # fmt: skip


_OWN = (
    "id", "kind", "level", "visibility", "released_at", "started_at", "ended_at", "children_count", "flags",
)  # fmt: skip


def _own(patrol: Patrol) -> dict[str, Any]:
    return {name: getattr(patrol, name) for name in _OWN}


def _counts(session: Session, counted: Select[*tuple[Any, ...]]) -> dict[uuid.UUID, int]:
    return {row[0]: row[1] for row in session.execute(counted)}


def _issues_of(viewer: Viewer, ids: Sequence[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    return (
        select(Visit.patrol_id, func.count(Issue.id.distinct()))
        .join(Report, (Report.visit_id == Visit.client_id) & (Report.user_id == Visit.user_id))
        .join(Issue, Issue.id == Report.issue_id)
        .where(Visit.patrol_id.in_(ids), visible(viewer))
        .group_by(Visit.patrol_id)
    )


def _units(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Named]]:
    rows = session.execute(
        select(PatrolUnit.patrol_id, Unit.id, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == PatrolUnit.unit_id)
        .where(PatrolUnit.patrol_id.in_(ids))
        .order_by(Unit.code)
    )
    found: dict[uuid.UUID, list[Named]] = {}
    for row in rows:
        found.setdefault(row.patrol_id, []).append(Named(id=row.id, zh=row.name_zh, en=row.name_en))
    return found


def patrol_out(session: Session, viewer: Viewer, patrol: Patrol) -> PatrolOut:
    """One patrol with its people, tallies and visits."""
    item = patrol_items(session, viewer, [patrol])[0]
    went = session.scalars(select(PatrolPerson.user_id).where(PatrolPerson.patrol_id == patrol.id)).all()
    people = walkers(session, viewer, went)
    tallies = session.scalars(
        select(Tally).where(Tally.patrol_id == patrol.id).order_by(Tally.kind, Tally.code)
    )
    return PatrolOut(
        **item.model_dump(),
        people=[people[one] for one in went],
        tallies=[TallyOut(kind=row.kind, code=row.code, count=row.count) for row in tallies],
        visited=visit_items(session, viewer, queries.visits_of(session, viewer, patrol.id)),
        withheld=_withheld(session, patrol),
    )


def _withheld(session: Session, patrol: Patrol) -> list[WithheldOut]:
    """Whoever sees a covert patrol sees what was found on it."""
    found = session.scalars(withholding.findings_of(patrol.id)).all()
    named = session.execute(
        select(ReportPhoto.report_id, ReportPhoto.photo_id)
        .where(ReportPhoto.report_id.in_([one.id for one in found]), ReportPhoto.photo_id.is_not(None))
        .order_by(ReportPhoto.report_id, ReportPhoto.position_no)
    ).all()
    kinds = {
        row.code: listing.category_ref(row)
        for row in session.scalars(
            select(Category).where(
                Category.town_id == patrol.town_id,
                Category.code.in_({one.body["category"] for one in found}),
                Category.superseded_at.is_(None),
            )
        )
    }
    return [
        WithheldOut(
            id=one.id,
            category=kinds.get(code := one.body["category"]) or CategoryRef(code=code, zh=code, en=code),
            photos=[_picture(row.photo_id) for row in named if row.report_id == one.id and row.photo_id],
            received_at=one.received_at,
            **{key: one.body[key] for key in ("nature", "description", "captured_at")},
            action=one.action,
        )
        for one in sorted(found, key=lambda one: datetime.fromisoformat(one.body["captured_at"]))
    ]


def _picture(photo_id: uuid.UUID) -> dict[str, str]:
    return {
        "id": str(photo_id),
        "thumb_url": photos.sign_media(photo_id, RenditionKind.THUMB),
        "large_url": photos.sign_media(photo_id, RenditionKind.LARGE),
    }


_PLAIN = (
    "id", "kind", "level", "arrived_at", "left_at", "is_inside", "distance_m", "away_reason", "all_fine", "is_clean",
    "score", "standard_version", "note", "flags",
)  # fmt: skip


def visit_items(session: Session, viewer: Viewer, found: Sequence[Visit]) -> list[VisitItem]:
    """The same visits in the same order."""
    ids = [visit.id for visit in found]
    people = walkers(session, viewer, [visit.user_id for visit in found])
    places = _places(session, Point, [v.point_id for v in found]) | _places(
        session, Grid, [v.grid_id for v in found]
    )
    results, pictures = _results(session, ids), _photos(session, ids)
    issues = queries.issues_at(session, viewer, found)
    return [
        VisitItem(
            **{name: getattr(visit, name) for name in _PLAIN},
            place=places[visit.point_id or visit.grid_id],
            is_grid=visit.point_id is None,
            by=people[visit.user_id],
            results=results.get(visit.id, []),
            issues=[
                {"id": str(one.id), "no": one.no, "state": one.state} for one in issues.get(visit.id, [])
            ],
            photos=pictures.get(visit.id, []),
        )
        for visit in found
    ]


def _places(session: Session, kind: Any, ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, Named]:
    rows = session.execute(
        select(kind.id, kind.name_zh, kind.name_en).where(kind.id.in_({i for i in ids if i}))
    )
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def _results(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ResultOut]]:
    """Every item answered, in the words of the revision that was in force."""
    rows = session.execute(
        select(ChecklistResult, CheckItem.name_zh, CheckItem.name_en)
        .outerjoin(CheckItem, CheckItem.id == ChecklistResult.item_id)
        .where(ChecklistResult.visit_id.in_(ids))
        .order_by(ChecklistResult.item_code)
    )
    found: dict[uuid.UUID, list[ResultOut]] = {}
    for row, zh, en in rows:
        found.setdefault(row.visit_id, []).append(
            ResultOut(
                item=row.item_code, zh=zh or row.item_code, en=en or row.item_code, result=row.result,
                share_percent=row.share_percent, weight=row.weight, note=row.note,
            )
        )  # fmt: skip
    return found


def _photos(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, str]]]:
    rows = session.execute(
        select(VisitPhoto.visit_id, VisitPhoto.photo_id, VisitPhoto.item_code)
        .where(VisitPhoto.visit_id.in_(ids), VisitPhoto.photo_id.is_not(None))
        .order_by(VisitPhoto.item_code, VisitPhoto.client_photo_id)
    )
    found: dict[uuid.UUID, list[dict[str, str]]] = {}
    for visit_id, photo_id, item in rows:
        if photo_id is None:
            continue
        found.setdefault(visit_id, []).append(_picture(photo_id) | {"item": item})
    return found


def tallies(
    session: Session, viewer: Viewer, town_id: uuid.UUID, period: tuple[date, date], by: str
) -> list[TallyRow]:
    """By day or by point."""
    found = queries.tallies(viewer, town_id, *period, by_point=by == "point")
    rows = [dict(row) for row in session.execute(found).mappings()]
    named = _places(session, Point, [row.get("point_id") for row in rows])
    return [TallyRow(**row, point=named.get(row.pop("point_id", None))) for row in rows]
