"""信访 (D23): a counter with its register: when, where, about what, never by whom."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import Viewer
from app.features.issues.schemas import Named
from app.features.ledgers import policy
from app.features.ledgers.models import Petition
from app.features.ledgers.schemas import PetitionIn, PetitionOut
from app.features.places.models import Point

MOST = 500


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID, days: int) -> list[PetitionOut]:
    """Those of these local days, the latest first. For those who read the town whole. Raises Forbidden."""
    if not viewer.has(*policy.READERS):
        raise Forbidden()
    first, last = since(session, viewer, days)
    of = Petition.town_id == town_id, policy.reads_town(viewer, Petition.town_id)
    found = select(Petition).where(*of, Petition.received_on.between(first, last))
    found = found.order_by(Petition.received_on.desc(), Petition.id.desc()).limit(MOST)
    return show(session, session.scalars(found).all())


def since(session: Session, viewer: Viewer, days: int) -> tuple[date, date]:
    """So many local days up to today."""
    today = local_midnight(session, viewer).date()
    return today - timedelta(days=days - 1), today


def counted(session: Session, town_id: uuid.UUID, first: date, last: date) -> int:
    """M37: received on these local days, both included, without those struck out."""
    of = Petition.town_id == town_id, Petition.received_on.between(first, last), Petition.struck_at.is_(None)
    return session.scalar(select(func.count()).select_from(Petition).where(*of)) or 0


def record(session: Session, viewer: Viewer, town_id: uuid.UUID, body: PetitionIn) -> Petition:
    """One more. Raises Forbidden, Invalid: not of a day to come."""
    policy.require_keeper(session, viewer, town_id)
    if body.received_on > local_midnight(session, viewer).date():
        raise Invalid(fields=[{"at": ["body", "received_on"], "why": "in_the_future"}])
    if body.unit_id is not None:
        policy.require_units(session, town_id, "unit_id", {body.unit_id})
    of_town = Point.id == body.point_id, Point.town_id == town_id
    if body.point_id is not None and session.scalar(select(Point.id).where(*of_town)) is None:
        raise Invalid(fields=[{"at": ["body", "point_id"], "why": "unknown"}])
    row = Petition(town_id=town_id, recorded_by_id=viewer.user_id, **body.model_dump())
    session.add(row)
    session.flush()
    policy.recorded(session, viewer, "petition", row.id, "recorded")
    return row


def strike(session: Session, viewer: Viewer, petition_id: uuid.UUID, reason: str) -> Petition:
    """Entered by mistake: it counts no longer, and stays. Raises NotFound, Forbidden."""
    of = Petition.id == petition_id, policy.reads_town(viewer, Petition.town_id)
    row = session.scalar(select(Petition).where(*of).with_for_update())
    if row is None:
        raise NotFound()
    policy.require_keeper(session, viewer, row.town_id)
    if row.struck_at is None:
        row.struck_at, row.struck_reason = now(), reason
        session.flush()
        policy.recorded(session, viewer, "petition", row.id, "struck")
    return row


def show(session: Session, rows: Sequence[Petition]) -> list[PetitionOut]:
    """The same in the same order."""
    units = policy.unit_names(session, [row.unit_id for row in rows])
    at = select(Point.id, Point.name_zh, Point.name_en).where(Point.id.in_([row.point_id for row in rows]))
    points = {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in session.execute(at)}
    plain = ("id", "received_on", "subject", "recorded_at", "struck_at", "struck_reason")
    return [
        PetitionOut(
            **{name: getattr(row, name) for name in plain},
            unit=units.get(row.unit_id),
            point=points.get(row.point_id) if row.point_id else None,
        )
        for row in rows
    ]
