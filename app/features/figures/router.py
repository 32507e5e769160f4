"""HTTP of the leader's overview."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.features.figures import metric_routes, queries
from app.features.figures.periods import READERS, Days, Since, period_of, zone_minutes
from app.features.identity.viewer import CurrentViewer

router = APIRouter(tags=["figures"])
router.include_router(metric_routes.router)


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


@router.get("/figures/overview", responses=problems(Unauthenticated, Forbidden))
def figures_overview(
    session: Read,
    viewer: CurrentViewer,
    days: Days = 30,
    since: Since = None,
    top: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Overview:
    """What is open, due, overdue, closed; by unit, point and category."""
    if not viewer.has(*READERS):
        raise Forbidden()
    period, is_since = period_of(session, viewer, days, since)
    tables: dict[str, Any] = {
        d: queries.by(session, viewer, period, d, top) for d in ("unit", "point", "category")
    }
    return Overview(
        at=period.at,
        start=period.start,
        end=period.end,
        since=since if is_since else None,
        totals=Measures.model_validate(queries.totals(session, viewer, period)),
        units=tables["unit"],
        points=tables["point"],
        categories=tables["category"],
        days=[
            Day.model_validate(d)
            for d in queries.days(session, viewer, period, zone_minutes(session, viewer))
        ],
    )
