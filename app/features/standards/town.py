"""Which town a request is about: the viewer's own, or by `?town=` another one that a role reaches."""

import uuid
from typing import Annotated

from fastapi import Depends, Query

from app.core import db
from app.core.errors import NotFound
from app.features.identity.viewer import CurrentViewer
from app.features.standards.queries import sees_town


def _viewed_town(
    viewer: CurrentViewer,
    session: db.Read,
    town: Annotated[uuid.UUID | None, Query(description="Needed only by roles held above the towns")] = None,
) -> uuid.UUID:
    wanted = town or viewer.town_id
    if wanted is None or not sees_town(session, viewer, wanted):
        raise NotFound()
    return wanted


ViewedTown = Annotated[uuid.UUID, Depends(_viewed_town, scope="function")]
"""The town of the request, visible to the viewer; 404 otherwise."""
