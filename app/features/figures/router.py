"""HTTP of the leader's overview."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.features.figures import queries
from app.features.identity.models import Role
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues.policy import SEERS, UNIT_ROLES

router = APIRouter(tags=["figures"])
READERS = (*SEERS, Role.LEADER, Role.POINT_CHIEF, *UNIT_ROLES)


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
    totals: Measures
    units: list[Row]
    points: list[Row]
    categories: list[Row]
    days: list[Day]


Days = Annotated[int, Query(ge=1, le=400, description="The period: this many local days up to now")]


@router.get("/figures/overview", responses=problems(Unauthenticated, Forbidden))
def figures_overview(
    session: Read, viewer: CurrentViewer, days: Days = 30, top: Annotated[int, Query(ge=1, le=100)] = 20
) -> Overview:
    """What is open, due, overdue, closed; by unit, point and category."""
    if not viewer.has(*READERS):
        raise Forbidden()
    period, hours = _period(session, viewer, days)
    tables: dict[str, Any] = {
        d: queries.by(session, viewer, period, d, top) for d in ("unit", "point", "category")
    }
    return Overview(
        at=period.at,
        start=period.start,
        end=period.end,
        totals=Measures.model_validate(queries.totals(session, viewer, period)),
        units=tables["unit"],
        points=tables["point"],
        categories=tables["category"],
        days=[Day.model_validate(d) for d in queries.days(session, viewer, period, hours)],
    )


def _period(session: Session, viewer: Viewer, days: int) -> tuple[queries.Period, int]:
    midnight = local_midnight(session, viewer)
    offset = midnight.utcoffset() or timedelta()
    at = now()
    return queries.Period(midnight - timedelta(days=days - 1), at, at), int(offset.total_seconds() // 3600)
