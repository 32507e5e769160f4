"""Reads of figures: the overview's counts, and what M01 to M23 are made of, whole or by unit, point, grid, kind of point or of case, source.

Formulas are DOMAIN.md §8; their conditions are in measures.py.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.features.dispatch.models import Dispatch
from app.features.figures import measures
from app.features.figures.measures import Condition, Period, Rules, count
from app.features.figures.times import local_day, seconds_between
from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.policy import SEERS, seen_of, towns_above, visible
from app.features.places.models import Grid, Point
from app.features.review.models import LookBack
from app.features.standards import service as standards
from app.features.standards.models import Category, PointType

Dimension = Literal["unit", "point", "grid", "point_type", "category", "handling_class", "focus", "source"]
MODELS: dict[str, Any] = {"unit": Unit, "point": Point, "grid": Grid}
Counted = dict[str, float]
A_FEW = 500
"""Cases that are asked of at a time whether the viewer sees them."""


def seen_towns(viewer: Viewer) -> list[Any]:
    """Towns whose totals the viewer may read, whole: leaders and the office; for all others there is none."""
    held = (h.town_id for h in viewer.holds if h.role in (*SEERS, Role.LEADER) and h.unit_kind == "town")
    return sorted({town for town in held if town is not None})


@dataclass(frozen=True)
class Share:
    """A town of which the viewer counts cases: all of them, or those they may see."""

    town_id: uuid.UUID
    is_whole: bool


def shares(session: Session, viewer: Viewer) -> list[Share]:
    """The towns of which the viewer counts anything."""
    whole = set(seen_towns(viewer))
    above = towns_above(viewer)
    if above is None:
        in_part = {viewer.town_id} if viewer.town_id and not whole else set()
        return [Share(town, town in whole) for town in sorted(whole | in_part)]
    overseen = towns_above(viewer, *SEERS)
    whole |= set(session.scalars(overseen)) if overseen is not None else set()
    return [Share(town, town in whole) for town in sorted(whole | set(session.scalars(above)))]


def scope(viewer: Viewer, town_id: uuid.UUID | None = None) -> Condition:
    """Totals are for all leaders of the town; everybody else counts what they may see. Of one town, if it is given."""
    towns = seen_towns(viewer)
    if not towns:
        whose = visible(viewer)
    elif towns_above(viewer) is None:
        whose = Issue.town_id.in_(towns)
    else:
        whose = or_(Issue.town_id.in_(towns), visible(viewer))
    return whose if town_id is None else and_(Issue.town_id == town_id, whose)


def _cohort(viewer: Viewer, p: Period, town_id: uuid.UUID | None) -> Condition:
    return and_(scope(viewer, town_id), measures.found_in(p), measures.in_cohort())


def totals(session: Session, viewer: Viewer, p: Period, town_id: uuid.UUID | None) -> dict[str, int]:
    """All measures of the cohort, one statement."""
    counts = [count(c).label(k) for k, c in measures.overview(p).items()]
    row = session.execute(select(*counts).where(_cohort(viewer, p, town_id))).one()
    return {k: int(v) for k, v in row._mapping.items()}


def by(
    session: Session,
    viewer: Viewer,
    p: Period,
    dimension: str,
    limit: int | None,
    town_id: uuid.UUID | None,
) -> list[dict[str, Any]]:
    """Measures by unit, point or category: most overdue first, then most open. One statement."""
    dimensions: dict[str, tuple[Any, Any]] = {
        "unit": (Issue.responsible_unit_id, Unit),
        "point": (Issue.point_id, Point),
        "category": (Issue.category_id, Category),
    }
    key, model = dimensions[dimension]
    counts = {k: count(c) for k, c in measures.overview(p).items()}
    names: list[Any] = [model.id, model.code, model.name_zh, model.name_en]
    groups: list[Any] = names
    if dimension == "category":  # revisions of one category count together
        names = [Category.code, Category.code, func.max(Category.name_zh), func.max(Category.name_en)]
        groups = [Category.code]
    rows = session.execute(
        select(*names, *[m.label(k) for k, m in counts.items()])
        .join(model, model.id == key)
        .where(_cohort(viewer, p, town_id))
        .group_by(*groups)
        .order_by(counts["overdue"].desc(), counts["open"].desc(), counts["found"].desc(), *groups[:1])
        .limit(limit)
    ).all()
    return [
        {"id": str(r[0]), "code": r[1], "zh": r[2], "en": r[3], **{k: int(r._mapping[k]) for k in counts}}
        for r in rows
    ]


def days(
    session: Session, viewer: Viewer, p: Period, zone_minutes: int, town_id: uuid.UUID | None
) -> list[dict[str, Any]]:
    """Found and closed a local day, for the trend. Two statements; `zone_minutes` is the town's offset from UTC."""
    table: dict[str, dict[str, int]] = {}
    for name, column in (("found", Issue.found_at), ("closed", Issue.first_closed_at)):
        day = local_day(column, zone_minutes).label("day")
        rows = session.execute(
            select(day, func.count()).where(_cohort(viewer, p, town_id), column.is_not(None)).group_by("day")
        ).all()
        for text, n in rows:
            table.setdefault(str(text), {"found": 0, "closed": 0})[name] = n
    return [{"day": day, **table[day]} for day in sorted(table)]


# ---- M01 to M23 ----
@dataclass(frozen=True)
class Asked:
    """Which figures: of whose cases (`whose`), found when, of which units, points, kinds, counted by what."""

    whose: Condition
    period: Period
    rules: Rules
    only: Mapping[str, Any] = field(default_factory=dict)
    """unit, point, grid: ids; point_type, category, handling_class, source: codes."""
    by: Dimension | None = None


def _filters(only: Mapping[str, Any]) -> list[Condition]:
    columns: dict[str, Any] = {
        "unit": Issue.responsible_unit_id,
        "point": Issue.point_id,
        "grid": Issue.grid_id,
        "source": Issue.source,
    }
    chosen: list[Condition] = [columns[k] == v for k, v in only.items() if k in columns]
    for name, column in (("category", Category.code), ("handling_class", Category.handling_class)):
        if name in only:
            chosen.append(Issue.category_id.in_(select(Category.id).where(column == only[name])))
    if "point_type" in only:
        chosen.append(Issue.point_id.in_(select(Point.id).where(Point.type_code == only["point_type"])))
    return chosen


def _key(dimension: Dimension) -> Any:
    return {
        "unit": Issue.responsible_unit_id,
        "point": Issue.point_id,
        "grid": Issue.grid_id,
        "point_type": Point.type_code,
        "category": Category.code,
        "handling_class": Category.handling_class,
        "focus": Category.focus,
        "source": Issue.source,
    }[dimension]


def _where(found: Any, asked: Asked, *, whole: bool = False) -> Any:
    """Of the cohort (`whole`: with the rejected, merged and voided), grouped where groups are asked for."""
    found = found.where(asked.whose, measures.found_in(asked.period), *_filters(asked.only))
    if not whole:
        found = found.where(measures.in_cohort())
    if asked.by in ("category", "handling_class", "focus"):
        found = found.join(Category, Category.id == Issue.category_id)
    if asked.by == "point_type":
        found = found.outerjoin(Point, Point.id == Issue.point_id)
    return found


def _counted(
    session: Session, asked: Asked, conditions: Mapping[str, Condition], source: Any = Issue
) -> dict[Any, Counted]:
    """Each condition counted, by group; the group None where none are asked for."""
    found = select(*[count(c).label(k) for k, c in conditions.items()]).select_from(source)
    if source is not Issue:
        found = found.join(Issue, Issue.id == source.issue_id)
    found = _where(found, asked, whole=conditions.keys() == measures.of_filed().keys())
    if asked.by is not None:
        key = _key(asked.by)
        found = found.add_columns(key.label("key")).group_by(key)
    return {
        getattr(row, "key", None): {k: int(row._mapping[k]) for k in conditions}
        for row in session.execute(found)
    }


def _hours(session: Session, asked: Asked) -> dict[Any, Counted]:
    """M17 by nearest rank: the smallest time that half, or nine in ten, do not exceed."""
    took = seconds_between(Issue.first_closed_at, Issue.found_at)
    key = _key(asked.by) if asked.by else None
    over = {"partition_by": key} if key is not None else {}
    columns = [
        took.label("took"),
        func.row_number().over(order_by=took, **over).label("place"),
        func.count().over(**over).label("among"),
    ]
    if key is not None:
        columns.append(key.label("key"))
    inner = _where(select(*columns).select_from(Issue), asked).where(Issue.first_closed_at.is_not(None))
    ranked = inner.subquery()
    half, most = (ranked.c.among + 1) // 2, (ranked.c.among * 9 + 9) // 10
    told: dict[Any, Counted] = {}
    for row in session.execute(select(ranked).where(or_(ranked.c.place == half, ranked.c.place == most))):
        of = told.setdefault(getattr(row, "key", None), {})
        if row.place == (row.among + 1) // 2:
            of["median_hours"] = float(row.took) / measures.HOUR
        if row.place == (row.among * 9 + 9) // 10:
            of["p90_hours"] = float(row.took) / measures.HOUR
    return told


def took(session: Session, viewer: Viewer, asked: Asked) -> dict[Any, Counter[float]]:
    """By group, how many cases took so many seconds: what medians of several towns are made of."""
    seconds = seconds_between(Issue.first_closed_at, Issue.found_at)
    key = _key(asked.by) if asked.by else None
    groups = [seconds] if key is None else [seconds, key]
    found = _where(select(func.count(), *groups).select_from(Issue), asked)
    told: dict[Any, Counter[float]] = {}
    for count_, time, *group in session.execute(
        found.where(Issue.first_closed_at.is_not(None)).group_by(*groups)
    ):
        told.setdefault(group[0] if group else None, Counter())[float(time)] += count_
    return told


def of_cases(session: Session, viewer: Viewer | None, asked: Asked) -> dict[Any, Counted]:
    """Every count of M01 to M23, by group. Five statements. `viewer` None: the nightly job, for a whole town."""
    told: dict[Any, Counted] = {}
    for part in (
        _counted(session, asked, measures.of_cases(asked.period, asked.rules)),
        _counted(session, asked, measures.of_filed()),
        _counted(session, asked, measures.of_orders(asked.rules), Dispatch),
        _counted(session, asked, measures.of_look_backs(asked.period.at), LookBack),
        _hours(session, asked),
    ):
        for group, counted in part.items():
            told.setdefault(group, {}).update(counted)
    return told


def names(
    session: Session, viewer: Viewer, dimension: Dimension, keys: list[Any]
) -> dict[Any, tuple[str, str, str]]:
    """(code, zh, en) of groups. Sources and handling classes are codes whose words the reader has.

    What belongs to no unit, point, type of point or grid is a group without a name: so the groups make the whole (D33).
    """
    if dimension in MODELS:
        model = MODELS[dimension]
        rows = session.execute(
            select(model.id, model.code, model.name_zh, model.name_en).where(model.id.in_(keys))
        )
        return {None: ("", "", "")} | {r[0]: (r[1], r[2], r[3]) for r in rows}
    if dimension == "category":
        rows = session.execute(
            select(Category.code, func.max(Category.name_zh), func.max(Category.name_en))
            .where(
                Category.code.in_(keys),
                Category.superseded_at.is_(None),
                Category.town_id.in_(_named_by(session, viewer)),
            )
            .group_by(Category.code)
        )
        return {r[0]: (r[0], r[1], r[2]) for r in rows}
    codes = {key: (key, key, key) for key in keys if key is not None}
    if dimension == "focus":
        return codes | _focus_names(session, viewer)
    return codes | _type_names(session, viewer, keys) if dimension == "point_type" else codes


def _named_by(session: Session, viewer: Viewer) -> Sequence[Any]:
    """The towns whose standards name kinds of cases and points."""
    above = towns_above(viewer)
    told = {viewer.town_id, *seen_towns(viewer)} - {None}
    return sorted(told if above is None else told | set(session.scalars(above)))


def _focus_names(session: Session, viewer: Viewer) -> dict[Any, tuple[str, str, str]]:
    """四保、三补、三清、五面 as the town's standard calls them (X27-X30)."""
    lists = [standards.lists_of(session, town) for town in _named_by(session, viewer)]
    terms = [term for one in lists for group in one.get("handling_classes", []) for term in group["focus"]]
    return {
        term["code"]: (term["code"], term["name_zh"], term["name_en"]) for term in terms if term["name_zh"]
    }


def _type_names(session: Session, viewer: Viewer, keys: list[Any]) -> dict[Any, tuple[str, str, str]]:
    """Of point types in force; one that the standard no longer has goes by its code."""
    rows = session.execute(
        select(PointType.code, PointType.name_zh, PointType.name_en)
        .where(
            PointType.code.in_([key for key in keys if key is not None]),
            PointType.superseded_at.is_(None),
            PointType.town_id.in_(_named_by(session, viewer)),
        )
        .order_by(PointType.town_id)
    )
    return {None: ("", "", "")} | {r[0]: (r[0], r[1], r[2]) for r in rows}


# ---- S06: what stayed overnight ----
def overnight(
    session: Session,
    viewer: Viewer,
    share: Share,
    start: datetime,
    end: datetime,
    rules: Rules,
    limit: int,
) -> list[tuple[datetime, Any]]:
    """(found at, id) of a town's cases found from `start` to `end`, one local day, that were not passed on or closed on it. Oldest first."""
    left = (
        select(Issue.found_at, Issue.id)
        .where(Issue.town_id == share.town_id, measures.found_in(Period(start, end, end)))
        .where(measures.in_cohort(), ~func.coalesce(measures.passed_same_day(rules), False))
        .order_by(Issue.found_at, Issue.id)
    )
    if share.is_whole:
        return [(row[0], row[1]) for row in session.execute(left.limit(limit))]
    # A day leaves few: to ask who sees these costs less than all that the viewer sees.
    told, candidates = list[tuple[datetime, Any]](), session.execute(left).all()
    for at in range(0, len(candidates), A_FEW):
        few = candidates[at : at + A_FEW]
        shown = seen_of(session, viewer, [row[1] for row in few])
        told += [(row[0], row[1]) for row in few if row[1] in shown]
        if len(told) >= limit:
            break
    return told[:limit]
