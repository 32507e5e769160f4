"""HTTP of the leader's overview."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.features.figures import queries
from app.features.identity.models import Role
from app.features.identity.towns import local_midnight, zone_of
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues.policy import SEERS, UNIT_ROLES
from app.features.standards import service as standards

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
    since: Literal["phase", "campaign"] | None
    """What the period is; null: the days asked for, also where no campaign or phase is on."""
    totals: Measures
    units: list[Row]
    points: list[Row]
    categories: list[Row]
    days: list[Day]


Since = Annotated[
    Literal["phase", "campaign"] | None,
    Query(description="Instead of days: from the start of the active campaign, or of its present phase"),
]
Days = Annotated[int, Query(ge=1, le=400, description="The period: this many local days up to now")]


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
    period, hours = _period(session, viewer, days)
    began = _began(session, viewer, since) if since else None
    if began is not None:
        period = replace(period, start=began)
    tables: dict[str, Any] = {
        d: queries.by(session, viewer, period, d, top) for d in ("unit", "point", "category")
    }
    return Overview(
        at=period.at,
        start=period.start,
        end=period.end,
        since=since if began else None,
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


def _began(session: Session, viewer: Viewer, since: str) -> datetime | None:
    """The local midnight at which the active campaign or its present phase began; None where none is on."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    if campaign is None:
        return None
    zone = zone_of(session, viewer)
    day: date | None = campaign.start_on
    if since == "phase":
        today = now().astimezone(zone).date().isoformat()
        starts = [one["start_on"] for one in campaign.phases if one["start_on"] <= today <= one["end_on"]]
        day = date.fromisoformat(max(starts)) if starts else None
    return datetime.combine(day, time(), zone) if day else None
