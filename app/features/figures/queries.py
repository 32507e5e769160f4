"""The leader's overview: what is open, due, overdue and closed, by unit, point and category, each with numerator and denominator.

Formulas are DOMAIN.md §8. Cohort F(P): found_at in the period, not rejected, merged or voided. T is the time of asking.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.conditions import is_due_soon
from app.features.issues.lifecycle import OPEN, Nature, State
from app.features.issues.models import Issue
from app.features.issues.policy import SEERS, visible
from app.features.places.models import Point
from app.features.standards.models import Category

OUT_OF_COHORT = (State.REJECTED, State.MERGED, State.VOIDED)


@dataclass(frozen=True)
class Period:
    """found_at from `start` (included) to `end` (excluded); `at` is T."""

    start: datetime
    end: datetime
    at: datetime


def scope(viewer: Viewer) -> ColumnElement[bool]:
    """Totals are for all leaders of the town; everybody else counts what they may see."""
    if viewer.has(*SEERS, Role.LEADER):
        towns = {h.town_id for h in viewer.holds if h.role in (*SEERS, Role.LEADER) and h.unit_kind == "town"}
        if towns:
            return Issue.town_id.in_(sorted(t for t in towns if t is not None))
    return visible(viewer)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _open() -> ColumnElement[bool]:
    return Issue.state.in_(sorted(OPEN))


def overdue(at: datetime) -> ColumnElement[bool]:
    """M16: due_at < T and not closed. A deferred case stands apart; before dispatch the campaign's limit counts."""
    past = or_(Issue.due_at < at, and_(Issue.due_at.is_(None), Issue.campaign_due_at < at))
    return and_(_open(), Issue.state != State.DEFERRED, past)


def _measures(p: Period) -> dict[str, ColumnElement[int]]:
    # M02 to M05 are about the first round (DECISIONS 7): a relapse neither unmakes its closing nor its lateness.
    closed = Issue.first_closed_at.is_not(None)
    first_due = func.coalesce(Issue.first_due_at, Issue.due_at)
    due = and_(first_due <= p.at, Issue.state != State.DEFERRED)
    # SQLite cannot subtract times: the 72-hour limit is stored with the case as campaign_due_at.
    in_three_days = Issue.first_closed_at <= Issue.campaign_due_at
    return {
        "found": func.count(Issue.id),
        "closed": _count(closed),
        "open": _count(_open()),
        "overdue": _count(overdue(p.at)),
        "due_soon": _count(is_due_soon(p.at)),
        "urgent": _count(and_(_open(), Issue.nature == Nature.URGENT)),
        "relapsed": _count(Issue.relapse_count > 0),
        "due": _count(due),
        "due_closed": _count(and_(due, closed)),
        "on_time": _count(and_(due, Issue.first_closed_at <= first_due)),
        "three_days_of": _count(Issue.campaign_due_at <= p.at),
        "three_days": _count(and_(Issue.campaign_due_at <= p.at, in_three_days)),
        "on_spot": _count(Issue.mode == "on_spot"),
        "returned": _count(Issue.rework_count > 0),
        "reviewed": _count(
            or_(
                Issue.reviewed_at.is_not(None),
                Issue.rework_count + Issue.relapse_count + Issue.reopen_count > 0,
            )
        ),
        "in_review": _count(Issue.state == State.IN_REVIEW),
    }


def _cohort(viewer: Viewer, p: Period) -> ColumnElement[bool]:
    return and_(
        scope(viewer),
        Issue.found_at >= p.start,
        Issue.found_at < p.end,
        Issue.state.not_in(OUT_OF_COHORT),
        Issue.is_held.is_(False),
    )


def totals(session: Session, viewer: Viewer, p: Period) -> dict[str, int]:
    """All measures of the cohort, one statement."""
    measures = _measures(p)
    row = session.execute(select(*[m.label(k) for k, m in measures.items()]).where(_cohort(viewer, p))).one()
    return {k: int(v) for k, v in row._mapping.items()}


def by(session: Session, viewer: Viewer, p: Period, dimension: str, limit: int) -> list[dict[str, Any]]:
    """Measures by unit, point or category: most overdue first, then most open. One statement."""
    dimensions: dict[str, tuple[Any, Any]] = {
        "unit": (Issue.responsible_unit_id, Unit),
        "point": (Issue.point_id, Point),
        "category": (Issue.category_id, Category),
    }
    key, model = dimensions[dimension]
    measures = _measures(p)
    names: list[Any] = [model.id, model.code, model.name_zh, model.name_en]
    groups: list[Any] = names
    if dimension == "category":  # revisions of one category count together
        names = [Category.code, Category.code, func.max(Category.name_zh), func.max(Category.name_en)]
        groups = [Category.code]
    rows = session.execute(
        select(*names, *[m.label(k) for k, m in measures.items()])
        .join(model, model.id == key)
        .where(_cohort(viewer, p))
        .group_by(*groups)
        .order_by(measures["overdue"].desc(), measures["open"].desc(), measures["found"].desc(), *groups[:1])
        .limit(limit)
    ).all()
    return [
        {"id": str(r[0]), "code": r[1], "zh": r[2], "en": r[3], **{k: int(r._mapping[k]) for k in measures}}
        for r in rows
    ]


def days(session: Session, viewer: Viewer, p: Period, zone_hours: int) -> list[dict[str, Any]]:
    """Found and closed a local day, for the trend. Two statements; `zone_hours` is the town's offset from UTC."""
    table: dict[str, dict[str, int]] = {}
    for name, column in (("found", Issue.found_at), ("closed", Issue.first_closed_at)):
        day = _local_day(session, column, zone_hours)
        rows = session.execute(
            select(day, func.count()).where(_cohort(viewer, p), column.is_not(None)).group_by(day)
        ).all()
        for text, n in rows:
            table.setdefault(str(text), {"found": 0, "closed": 0})[name] = n
    return [{"day": day, **table[day]} for day in sorted(table)]


def _local_day(session: Session, column: Any, zone_hours: int) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "sqlite":
        return func.date(column, f"{zone_hours:+d} hours")
    return func.to_char(func.timezone("UTC", column) + timedelta(hours=zone_hours), "YYYY-MM-DD")
