"""Which towns a viewer sees anything of, and which one a request is about.

The own town, or by `?town=` another one that a role reaches. Nothing shows across towns but to such a role.
"""

import uuid
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import db, threads
from app.core.errors import NotFound
from app.features.identity.models import Unit, UnitReach
from app.features.identity.viewer import CurrentViewer, Viewer


def visible_towns(viewer: Viewer) -> Select[uuid.UUID]:
    """Ids of the towns `viewer` sees anything of: the own one, those of the roles, those below a district role."""
    own = {viewer.town_id} | {hold.town_id for hold in viewer.holds}
    above = [hold.unit_id for hold in viewer.holds if hold.town_id is None]
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(above))
    is_mine = Unit.id.in_(own - {None})
    return select(Unit.id).where(Unit.id == Unit.town_id, is_mine | Unit.id.in_(below) if above else is_mine)


def sees_town(session: Session, viewer: Viewer, town_id: uuid.UUID) -> bool:
    """Whether anything of the town may be shown to `viewer`."""
    return session.scalar(visible_towns(viewer).where(Unit.id == town_id)) is not None


async def _viewed_town(
    viewer: CurrentViewer,
    town: Annotated[uuid.UUID | None, Query(description="Needed only by roles held above the towns")] = None,
) -> uuid.UUID:
    if town is None or town == viewer.town_id:
        if viewer.town_id is None:
            raise NotFound()
        return viewer.town_id
    if not await threads.apart(_sees, viewer, town):
        raise NotFound()
    return town


def _sees(viewer: Viewer, town_id: uuid.UUID) -> bool:
    # A session of its own, closed at once, as that of the viewer.
    with db.reading() as session:
        return sees_town(session, viewer, town_id)


ViewedTown = Annotated[uuid.UUID, Depends(_viewed_town)]
"""The town of the request, visible to the viewer; 404 otherwise."""
