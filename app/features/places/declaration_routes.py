"""HTTP of declared points: versions, what changed, what is missing; and how many points of which type there are."""

from typing import Annotated

from fastapi import Path, Query

from app.core import db, geo
from app.core.errors import Invalid, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.places import declarations
from app.features.places.duty_schemas import (
    DeclarationChanges,
    DeclarationDetail,
    DeclarationList,
    PointSummary,
)
from app.features.standards.town import ViewedTown

router = Routes()
_READ = problems(Unauthenticated, NotFound)
_IN_AREA = _READ | problems(Invalid, geo.GeometryRefused)
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Area = Annotated[
    str | None, Query(max_length=8000, description="Corners of an area: lon,lat;lon,lat;… (WGS-84)")
]


@router.get("/declarations", response_model=DeclarationList, responses=_READ)
def list_declarations(viewer: CurrentViewer, town_id: ViewedTown, session: db.Read) -> DeclarationList:
    """The versions of the town's declared points, newest first. A new one is made by an import."""
    return DeclarationList(items=declarations.listed(session, viewer, town_id))


@router.get("/declarations/{number}", response_model=DeclarationDetail, responses=_IN_AREA)
def get_declaration(
    number: Number, viewer: CurrentViewer, town_id: ViewedTown, session: db.Read, area: Area = None
) -> DeclarationDetail:
    """One version with its rows: key points by type, and which are declared but not looked after."""
    return declarations.show(session, viewer, town_id, number, area)


@router.get("/declarations/{number}/changes", response_model=DeclarationChanges, responses=_READ)
def compare_declarations(
    number: Number,
    since: Annotated[int, Query(ge=1, le=1_000_000)],
    viewer: CurrentViewer,
    town_id: ViewedTown,
    session: db.Read,
) -> DeclarationChanges:
    """What a version added, left out and changed since another one."""
    return declarations.changes(session, viewer, town_id, number, since)


@router.get("/points/summary", response_model=PointSummary, responses=_IN_AREA)
def count_points(
    viewer: CurrentViewer, town_id: ViewedTown, session: db.Read, area: Area = None
) -> PointSummary:
    """Points and key points of each type, in the town or in an area of it."""
    return declarations.summary(session, viewer, town_id, area)
