"""HTTP of the grids' duty: the register, and its acceptance."""

import uuid

from fastapi import APIRouter

from app.core import db
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.features.identity.viewer import CurrentViewer
from app.features.places import duty
from app.features.places.errors import DutyNotGiven
from app.features.places.schemas import DutyRow, DutyTable
from app.features.standards.town import ViewedTown

router = APIRouter()


@router.get("/grids/duty", response_model=DutyTable, responses=problems(Unauthenticated, NotFound))
def list_grid_duty(
    viewer: CurrentViewer, town_id: ViewedTown, session: db.Read, mine: bool = False
) -> DutyTable:
    """Who answers for each grid, at which level, and who has accepted. `mine`: the viewer's own grids."""
    return duty.table(session, viewer, town_id, is_mine=mine)


@router.put(
    "/grids/{grid_id}/duty/{part}",
    response_model=DutyRow,
    responses=problems(Unauthenticated, Forbidden, NotFound, DutyNotGiven),
)
def accept_grid_duty(grid_id: uuid.UUID, part: duty.Part, viewer: CurrentViewer, session: db.Tx) -> DutyRow:
    """Accept a part of the grid's duty in one's own name: the officer, or who speaks for the unit. Again: the same."""
    return duty.accept(session, viewer, grid_id=grid_id, part=part)
