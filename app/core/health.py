"""/healthz: the process answers. /readyz: it can serve, that is, its database answers too.

Not its store: while that is away every replica would be taken out, and with them all that needs no picture.
"""

import structlog
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from app.core import db
from app.core.errors import ProblemBody, Unavailable, problems

log = structlog.get_logger()
router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/healthz")
async def healthz() -> Health:
    """Alive: restart me if this fails."""
    return Health(status="ok")


_READY = problems(Unavailable)
_READY[Unavailable.status]["model"] = ProblemBody  # the one place that brings it into the API's description


@router.get("/readyz", responses=_READY)
def readyz() -> Health:
    """Ready: send me no traffic while this fails."""
    try:
        with db.reading() as session:
            session.execute(text("SELECT version_num FROM alembic_version")).one()
    except Exception as exc:
        log.warning("not-ready", exc_info=exc)
        raise Unavailable("The database does not answer or is not migrated.") from exc
    return Health(status="ok")
