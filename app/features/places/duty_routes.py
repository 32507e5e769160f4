"""HTTP of the grids' duty: the register, and its acceptance."""

import uuid

from app.core import db
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.places import duty, queries, service
from app.features.places.duty_schemas import DutyRow, DutyTable, GridCheck, Hole, Overlap, PointInSeveral
from app.features.places.errors import DutyNotGiven
from app.features.places.models import Grid
from app.features.standards import service as standards
from app.features.standards.town import ViewedTown

router = Routes()


@router.get("/grids/duty", response_model=DutyTable, responses=problems(Unauthenticated, NotFound))
def list_grid_duty(
    viewer: CurrentViewer, town_id: ViewedTown, session: db.Read, mine: bool = False
) -> DutyTable:
    """Who answers for each grid, at which level, and who has accepted. `mine`: the viewer's own grids."""
    return duty.table(session, viewer, town_id, is_mine=mine)


@router.get(
    "/grids/check", response_model=GridCheck, responses=problems(Unauthenticated, Forbidden, NotFound)
)
def check_grids(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> GridCheck:
    """Whether grids overlap or leave holes, and whether every point lies in exactly one."""
    standards.require_configurer(session, viewer, town_id)
    grids = session.scalars(queries.visible_grids(viewer).where(Grid.town_id == town_id)).all()
    found = service.examine_grids(session, town_id, grids)
    return GridCheck(
        grids=found.grids,
        points=found.points,
        overlaps=[Overlap(codes=(one, other), area_m2=area) for one, other, area in found.overlaps],
        holes=[Hole(lon=lon, lat=lat, area_m2=area) for lon, lat, area in found.holes],
        points_outside=found.outside,
        points_in_several=[PointInSeveral(code=code, grids=codes) for code, codes in found.several],
    )


@router.put(
    "/grids/{grid_id}/duty/{part}",
    response_model=DutyRow,
    responses=problems(Unauthenticated, Forbidden, NotFound, DutyNotGiven),
)
def accept_grid_duty(grid_id: uuid.UUID, part: duty.Part, viewer: CurrentViewer, session: db.Tx) -> DutyRow:
    """Accept a part of the grid's duty in one's own name: the officer, or who speaks for the unit. Again: the same."""
    return duty.accept(session, viewer, grid_id=grid_id, part=part)
