"""HTTP of the metrics: each with its definition, numerator and denominator; whole, or by unit, point, kind; and the overnight list."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.features.figures import queries
from app.features.figures.definitions import METRICS, ROUNDS
from app.features.figures.measures import Period, rules_of
from app.features.figures.metrics import Definition, Figure, definitions, figures
from app.features.figures.periods import READERS, Days, Since, day_of, period_of, zone_minutes
from app.features.figures.queries import Asked, Dimension
from app.features.figures.rounds import BLIND_DAYS, of_rounds
from app.features.identity.towns import zone_of
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues import listing
from app.features.issues.schemas import IssueListItem
from app.features.patrols.desk_schemas import CompletionRow
from app.features.standards import service as standards

router = APIRouter(tags=["figures"])
Code = Annotated[str | None, Query(max_length=40)]


class Group(BaseModel):
    """The figures of one unit, point, grid, category, handling class or source."""

    key: str
    code: str
    zh: str
    en: str
    figures: list[Figure]


class MetricsOut(BaseModel):
    """`as_of` is T, the moment these figures are true of; print it with them."""

    as_of: datetime
    start: datetime
    end: datetime
    since: Literal["phase", "campaign"] | None
    definitions: list[Definition]
    figures: list[Figure]
    completion: list[CompletionRow]
    """M24 by level and kind."""
    by: Dimension | None
    groups: list[Group]


class OvernightOut(BaseModel):
    """`ends_at`: until then a case of the day may still be passed on."""

    day: date
    ends_at: datetime
    is_over: bool
    items: list[IssueListItem]


@router.get("/figures/metrics", responses=problems(Unauthenticated, Forbidden))
def figures_metrics(
    session: Read,
    viewer: CurrentViewer,
    days: Days = 30,
    since: Since = None,
    by: Dimension | None = None,
    unit: uuid.UUID | None = None,
    point: uuid.UUID | None = None,
    grid: uuid.UUID | None = None,
    category: Code = None,
    handling_class: Code = None,
    source: Code = None,
    blind_days: Annotated[
        int, Query(ge=1, le=90, description="M27: nobody there for so many days")
    ] = BLIND_DAYS,
    top: Annotated[int, Query(ge=1, le=200)] = 100,
) -> MetricsOut:
    """M01 to M30 and M34 with their definitions. Filters narrow the cases, and leave out M24 to M34, which are of no kind of case;
    `by` adds the figures of cases for each group."""
    if not viewer.has(*READERS):
        raise Forbidden()
    asked_only = {
        "unit": unit, "point": point, "grid": grid, "category": category, "handling_class": handling_class,
        "source": source,
    }  # fmt: skip
    period, is_since = period_of(session, viewer, days, since)
    asked = _asked(session, viewer, period, {k: v for k, v in asked_only.items() if v is not None})
    told = figures(queries.of_cases(session, viewer, asked).get(None, {}))
    rounds = None
    if viewer.town_id and not asked.only:
        rounds = of_rounds(session, viewer, viewer.town_id, period, blind_days)
        told += figures(rounds.counted, ROUNDS)
    return MetricsOut(
        as_of=period.at,
        start=period.start,
        end=period.end,
        since=since if is_since else None,
        definitions=definitions(METRICS + ROUNDS if rounds else METRICS),
        figures=told,
        completion=list(rounds.completion) if rounds else [],
        by=by,
        groups=_groups(session, viewer, asked, by, top) if by else [],
    )


def _asked(session: Session, viewer: Viewer, period: Period, only: Mapping[str, Any]) -> Asked:
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    rules = rules_of(session, campaign, zone_minutes(session, viewer))
    return Asked(queries.scope(viewer), period, rules, only)


def _groups(session: Session, viewer: Viewer, asked: Asked, by: Dimension, top: int) -> list[Group]:
    counted = queries.of_cases(session, viewer, Asked(asked.whose, asked.period, asked.rules, asked.only, by))
    keys = sorted(counted, key=lambda key: (-counted[key].get("found", 0), str(key)))[:top]
    named = queries.names(session, viewer, by, keys)
    return [
        Group(key=str(key), code=code, zh=zh, en=en, figures=figures(counted[key]))
        for key in keys
        if key in named
        for code, zh, en in [named[key]]
    ]


@router.get("/figures/overnight", responses=problems(Unauthenticated, Forbidden))
def figures_overnight(
    session: Read,
    viewer: CurrentViewer,
    day: Annotated[date | None, Query(description="Found on this local day; without: yesterday")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> OvernightOut:
    """过夜: found on the day and neither dispatched nor closed on it. For today: what still has to be passed on (M08)."""
    if not viewer.has(*READERS):
        raise Forbidden()
    day = day or now().astimezone(zone_of(session, viewer)).date() - timedelta(days=1)
    start, end = day_of(session, viewer, day)
    rules = _asked(session, viewer, Period(start, end, end), {}).rules
    ids = queries.overnight(session, viewer, start, end, rules, limit)
    return OvernightOut(
        day=day, ends_at=end, is_over=now() >= end, items=listing.show_ids(session, viewer, ids)
    )
