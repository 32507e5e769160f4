"""点位卡: what is asked of a point, who answers for it, and what higher features know of it, each in its own section."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import NotFound
from app.features.identity.models import User
from app.features.identity.presentation import masked_phone
from app.features.identity.viewer import Viewer
from app.features.places import cards, queries
from app.features.places.duty_schemas import Answering, PointCard
from app.features.places.models import Point, Responsibility
from app.features.standards import checklists

Section = Callable[[Session, Viewer, Point], Any]
SECTIONS: dict[str, Section] = {}
MOST = 50


def card_section(name: str) -> Callable[[Section], Section]:
    """Register what a higher feature shows on a point's card under `sections.<name>`; it returns JSON-ready values."""

    def keep(fn: Section) -> Section:
        SECTIONS[name] = fn
        return fn

    return keep


def show(session: Session, viewer: Viewer, point_id: uuid.UUID) -> PointCard:
    """The whole card; 404 where the viewer does not see the point's town."""
    row = session.scalar(queries.visible_points(viewer).where(Point.id == point_id))
    if row is None:
        raise NotFound()
    try:
        checklist = checklists.checklist(session, row.town_id, row.type_code)
    except NotFound:
        checklist = None
    return PointCard(
        point=cards.point_card(session, viewer, row.id),
        checklist=checklist,
        answering=answering(session, viewer, row.id, now().date()),
        sections={name: section(session, viewer, row) for name, section in SECTIONS.items()},
    )


def answering(session: Session, viewer: Viewer, point_id: uuid.UUID, on: date) -> list[Answering]:
    """Who answers for the point on a day, area leaders first; phones masked. A pending person sees none."""
    found = queries.visible_responsibilities(viewer).where(
        Responsibility.point_id == point_id,
        or_(Responsibility.from_on.is_(None), Responsibility.from_on <= on),
        or_(Responsibility.until_on.is_(None), Responsibility.until_on >= on),
    )
    rows = session.scalars(found.order_by(Responsibility.role, Responsibility.id).limit(MOST)).all()
    phones = _phones(session, rows)
    return [
        Answering(**held.model_dump(), phone_masked=phones.get(held.user_id))
        for held in cards.with_names(session, rows)
    ]


def _phones(session: Session, rows: Sequence[Responsibility]) -> dict[uuid.UUID | None, str | None]:
    ids = {row.user_id for row in rows if row.user_id}
    people = session.execute(select(User.id, User.phone).where(User.id.in_(ids))) if ids else ()
    return {person.id: masked_phone(person.phone) for person in people}
