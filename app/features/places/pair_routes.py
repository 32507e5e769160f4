"""HTTP of paired units."""

from app.core import db
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.places import pairs
from app.features.places.duty_schemas import UnitPairs, UnitPairsIn
from app.features.places.errors import NoActiveCampaign
from app.features.standards.town import ViewedTown

router = Routes()


@router.get("/pairs", response_model=UnitPairs, responses=problems(Unauthenticated, NotFound))
def list_unit_pairs(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> UnitPairs:
    """Which unit is paired with which in the active campaign."""
    return pairs.listed(session, town_id)


@router.put(
    "/pairs",
    response_model=UnitPairs,
    responses=problems(Unauthenticated, Forbidden, NotFound, Invalid, NoActiveCampaign),
)
def put_unit_pairs(
    body: UnitPairsIn, viewer: CurrentViewer, town_id: ViewedTown, session: db.Tx
) -> UnitPairs:
    """These pairs and no others, for the active campaign."""
    return pairs.put(session, viewer, town_id, body.pairs)
