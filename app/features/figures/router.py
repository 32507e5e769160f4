"""HTTP of the leader's overview."""

from typing import Annotated

from fastapi import Query

from app.core.db import Read
from app.core.errors import Forbidden, Unauthenticated, problems
from app.core.routes import Routes
from app.features.figures import jobs, metric_routes, pages, sources
from app.features.figures.pages import Overview
from app.features.figures.periods import READERS, Days, Since
from app.features.identity.viewer import CurrentViewer

router = Routes(tags=["figures"])
router.include_router(metric_routes.router)
REGISTERED = (jobs,)


@router.get("/figures/overview", responses=problems(Unauthenticated, Forbidden))
def figures_overview(
    session: Read,
    viewer: CurrentViewer,
    days: Days = 30,
    since: Since = None,
    top: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Overview:
    """What is open, due, overdue, closed; by unit, point and category. In a town of very many cases counted within the last hour."""
    if not viewer.has(*READERS):
        raise Forbidden()
    source, is_since = sources.of_overview(session, viewer, days, since)
    return pages.overview(source, since if is_since else None, top)
