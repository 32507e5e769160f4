"""The two pages of figures: the leader's overview and the metrics, from whichever source counts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.features.figures import queries
from app.features.figures.definitions import METRICS, PETITIONS, ROUNDS
from app.features.figures.metrics import Definition, Figure, definitions, figures
from app.features.figures.queries import Counted, Dimension
from app.features.figures.rounds import BLIND_DAYS
from app.features.figures.sources import OVERVIEW, Source
from app.features.identity.viewer import Viewer
from app.features.patrols.desk_schemas import CompletionRow

Since = Literal["phase", "campaign"] | None


class Measures(BaseModel):
    """Counts of the cohort at T. Rates are shown as n/d: closed/found (M02), due_closed/due (M03), on_time/due (M04),
    three_days/three_days_of (M05), on_spot/found (M06), returned/reviewed (M10). M02 to M05 count the first round, so a
    case that relapsed is closed there and open in `open`."""

    found: int
    closed: int
    open: int
    overdue: int
    due_soon: int
    urgent: int
    relapsed: int
    due: int
    due_closed: int
    on_time: int
    three_days_of: int
    three_days: int
    on_spot: int
    returned: int
    reviewed: int
    in_review: int


class Row(Measures):
    id: str
    code: str
    zh: str
    en: str


class Day(BaseModel):
    day: str
    found: int
    closed: int


class Overview(BaseModel):
    """`at` is T, the cut-off; print it with every figure."""

    at: datetime
    start: datetime
    end: datetime
    since: Literal["phase", "campaign"] | None
    """What the period is; null: the days asked for, also where no campaign or phase is on."""
    totals: Measures
    units: list[Row]
    points: list[Row]
    categories: list[Row]
    days: list[Day]


class Group(BaseModel):
    """The figures of one unit, point, grid, point type, category, handling class, focus or source; `key` "": of no unit, point or grid."""

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
    on: date | None = None
    """The local day at whose end these figures were kept; null: they are of today."""
    definitions: list[Definition]
    figures: list[Figure]
    completion: list[CompletionRow]
    """M24 by level and kind."""
    by: Dimension | None
    groups: list[Group]


# ---- the overview ----
def overview(source: Source, since: Since, top: int) -> Overview:
    """What is open, due, overdue, closed; by unit, point and category."""
    period = source.period
    tables: dict[str, Any] = {d: source.table(d, top) for d in OVERVIEW}
    return Overview(
        at=period.at,
        start=period.start,
        end=period.end,
        since=since,
        totals=Measures.model_validate(source.totals()),
        units=tables["unit"],
        points=tables["point"],
        categories=tables["category"],
        days=[Day.model_validate(d) for d in source.days()],
    )


# ---- the metrics ----
def metrics(
    session: Session,
    viewer: Viewer,
    source: Source,
    since: Since,
    only: Mapping[str, Any],
    by: Dimension | None,
    *,
    top: int = 100,
    blind_days: int = BLIND_DAYS,
    petitions: int | None = None,
) -> MetricsOut:
    """M01 to M30, M34, and M37 where it was counted. `only` narrows the cases, and leaves out what is of no kind of case."""
    told = figures(source.cases(only, None).get(None, {}))
    rounds = source.rounds(blind_days) if not only else None
    if rounds is not None:
        told += figures(rounds.counted, ROUNDS)
    if has_petitions := petitions is not None and not only:
        told += figures({"petitions": petitions or 0}, PETITIONS)
    return MetricsOut(
        as_of=source.period.at,
        start=source.period.start,
        end=source.period.end,
        since=since,
        definitions=definitions(METRICS + (ROUNDS if rounds else ()) + (PETITIONS if has_petitions else ())),
        figures=told,
        completion=list(rounds.completion) if rounds else [],
        by=by,
        groups=groups(session, viewer, source.cases(only, by), by, top) if by else [],
    )


def groups(
    session: Session, viewer: Viewer, counted: Mapping[Any, Counted], by: Dimension, top: int
) -> list[Group]:
    """The same figures of each group, those with most cases first."""
    keys = sorted(counted, key=lambda key: (-counted[key].get("found", 0), str(key)))[:top]
    named = queries.names(session, viewer, by, keys)
    return [
        Group(key=str(key or ""), code=code, zh=zh, en=en, figures=figures(counted[key]))
        for key in keys
        if key in named
        for code, zh, en in [named[key]]
    ]
