"""HTTP of the metrics: each with its definition, numerator and denominator; whole, or by unit, point, kind; and the overnight list."""

import uuid
from datetime import date, datetime, timedelta
from typing import Annotated, Any, get_args

from fastapi import Query
from pydantic import BaseModel

from app.core.clock import now
from app.core.db import Read
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.figures import pages, phases, snapshots, sources
from app.features.figures.pages import MetricsOut
from app.features.figures.periods import READERS, Days, Since, day_of
from app.features.figures.queries import Dimension
from app.features.figures.rounds import BLIND_DAYS
from app.features.identity.towns import zone_of
from app.features.identity.viewer import CurrentViewer
from app.features.issues import listing
from app.features.issues.schemas import IssueListItem

router = Routes(tags=["figures"])
Code = Annotated[str | None, Query(max_length=40)]
Phase = Annotated[
    str | None,
    Query(max_length=40, description="Instead of days: one phase of the active campaign by its code"),
]
BlindDays = Annotated[int, Query(ge=1, le=90, description="M27: nobody there for so many days")]
KeptOn = Annotated[
    date | None, Query(description="As kept at the end of this local day; of the whole campaign")
]


class SnapshotList(BaseModel):
    """Local days of which the campaign's figures were kept, the latest first."""

    days: list[date]


class OvernightOut(BaseModel):
    """`ends_at`: until then a case of the day may still be passed on."""

    day: date
    ends_at: datetime
    is_over: bool
    items: list[IssueListItem]


@router.get("/figures/metrics", responses=problems(Unauthenticated, Forbidden, NotFound))
def figures_metrics(
    session: Read,
    viewer: CurrentViewer,
    days: Days = 30,
    since: Since = None,
    phase: Phase = None,
    by: Dimension | None = None,
    unit: uuid.UUID | None = None,
    point: uuid.UUID | None = None,
    grid: uuid.UUID | None = None,
    point_type: Code = None,
    category: Code = None,
    handling_class: Code = None,
    source: Code = None,
    blind_days: BlindDays = BLIND_DAYS,
    top: Annotated[int, Query(ge=1, le=200)] = 100,
    on: KeptOn = None,
) -> MetricsOut:
    """M01 to M30 and M34 with their definitions. Filters narrow the cases, and leave out M24 to M34, which are of no kind of case;
    `by` adds the figures of cases for each group. In a town of very many cases this is what was so within the last hour: `as_of` says
    when."""
    if not viewer.has(*READERS):
        raise Forbidden()
    only = _given(
        unit=unit, point=point, grid=grid, point_type=point_type, category=category,
        handling_class=handling_class, source=source,
    )  # fmt: skip
    if on is not None:
        if (kept := snapshots.of_day(session, viewer, on, by, top)) is None or only:
            raise NotFound()
        return kept
    if phase is not None:
        grouped = [one for one in get_args(Dimension) if one in only or one == by]
        counts, is_since = phases.of_phase(session, viewer, phase, grouped), False
    else:
        counts, is_since = sources.of_metrics(session, viewer, days, since, only, by)
    return pages.metrics(
        session, viewer, counts, since if is_since else None, only, by, top=top, blind_days=blind_days,
        petitions=phases.counted_petitions(session, viewer, counts.period),
    )  # fmt: skip


@router.get("/figures/phases", responses=problems(Unauthenticated, Forbidden))
def figures_phases(session: Read, viewer: CurrentViewer) -> phases.PhasesOut:
    """Every phase of the active campaign by itself, past ones too, and the campaign in all (D01)."""
    if not viewer.has(*READERS):
        raise Forbidden()
    return phases.by_phase(session, viewer)


def _given(**filters: Any) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}


@router.get("/figures/snapshots", responses=problems(Unauthenticated, Forbidden))
def figures_snapshots(session: Read, viewer: CurrentViewer) -> SnapshotList:
    """Days for which `on` has an answer."""
    if not viewer.has(*READERS):
        raise Forbidden()
    return SnapshotList(days=snapshots.days_kept(session, viewer))


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
    ids = sources.overnight(session, viewer, start, end, limit)
    return OvernightOut(
        day=day, ends_at=end, is_over=now() >= end, items=listing.show_ids(session, viewer, ids)
    )
