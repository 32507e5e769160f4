"""HTTP of what comes after closing: look-backs that are due, and what keeps coming back."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from app.core.db import Read
from app.core.errors import Forbidden, NotFound, Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.models import Role
from app.features.identity.viewer import CurrentViewer
from app.features.issues import listing
from app.features.issues.policy import REVIEWERS, UNIT_ROLES
from app.features.issues.schemas import IssueListItem
from app.features.review import chronic, queries, shop_fronts
from app.features.review.chronic import ChronicOut
from app.features.review.shop_fronts import ShopFronts
from app.features.standards.town import ViewedTown

router = Routes(tags=["review"])
LOOKERS = (
    *REVIEWERS,
    Role.DISPATCHER,
    Role.LEADER,
    Role.INSPECTOR,
    Role.POINT_CHIEF,
    Role.THIRD_PARTY,
    Role.DISTRICT_INSPECTOR,
)


class LookBackItem(BaseModel):
    """A closed case and the next look at it. `missed_count`: so often somebody came and could not look."""

    issue: IssueListItem
    look_back_id: uuid.UUID
    kind: str
    due_at: datetime
    missed_count: int
    missed_reason: str | None


class LookBackList(BaseModel):
    """The soonest due first. `due` by now, and `coming` within the days asked for: all there are, not only those shown."""

    items: list[LookBackItem]
    due: int
    coming: int


@router.get("/review/look-backs", responses=problems(Unauthenticated, Forbidden))
def list_look_backs(
    session: Read,
    viewer: CurrentViewer,
    days: Annotated[int, Query(ge=0, le=60, description="Due within so many days")] = 1,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> LookBackList:
    """回头看: closed cases that are to be looked at again."""
    if not viewer.has(*LOOKERS):
        raise Forbidden()
    rows = queries.look_back_list(session, viewer, days, limit)
    shown = {item.id: item for item in listing.show_ids(session, viewer, [row.issue_id for row in rows])}
    due, coming = queries.look_backs_counted(session, viewer, days)
    return LookBackList(
        items=[
            LookBackItem(
                issue=shown[row.issue_id],
                look_back_id=row.id,
                kind=row.kind,
                due_at=row.due_at,
                missed_count=row.missed_count,
                missed_reason=row.missed_reason,
            )
            for row in rows
            if row.issue_id in shown
        ],
        due=due,
        coming=coming,
    )


@router.get("/review/chronic", responses=problems(Unauthenticated, Forbidden))
def list_chronic(
    session: Read,
    viewer: CurrentViewer,
    category: Annotated[str | None, Query(max_length=24)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ChronicOut:
    """顽疾: kinds that came back at one place as often as the campaign's threshold; proposed for a special action."""
    if not viewer.has(*LOOKERS, *UNIT_ROLES, Role.AUDITOR):
        raise Forbidden()
    return chronic.chronic(session, viewer, category, limit)


@router.get("/review/frontages", responses=problems(Unauthenticated, Forbidden, NotFound))
def list_shop_fronts(
    session: Read,
    viewer: CurrentViewer,
    town_id: ViewedTown,
    days: Annotated[int, Query(ge=1, le=400, description="Found within so many days")] = 180,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ShopFronts:
    """门前五包: shops before whose door cases were found, those where it keeps coming back marked (J09)."""
    if not viewer.has(*LOOKERS, *UNIT_ROLES, Role.AUDITOR):
        raise Forbidden()
    return shop_fronts.shop_fronts(session, viewer, town_id, days, limit)
