"""结对共创: a unit sees what lies open at its partner, so that it can lend a hand. That much and no more.

The case itself stays the partner's: no pictures, nobody's name, nothing that is held back from the partner itself.
"""

import uuid
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.db import Read
from app.core.errors import Unauthenticated, problems
from app.core.routes import Routes
from app.features.identity.models import Unit
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues import conditions, policy, reasons
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue
from app.features.issues.schemas import CategoryRef, Named
from app.features.places import pairs
from app.features.places.models import Point
from app.features.standards.models import Category

router = Routes(tags=["issues"])
SHOWN = 50


class PartnerIssue(BaseModel):
    """An open case of the partner; `place`: its point, null elsewhere."""

    no: int
    category: CategoryRef
    place: Named | None
    state: str
    found_at: datetime
    due_at: datetime | None
    is_overdue: bool


class Partner(BaseModel):
    unit: Named
    open: int
    overdue: int
    items: list[PartnerIssue]
    """The most pressing ones, at most 50."""


class PartnerList(BaseModel):
    items: list[Partner]


@router.get("/pairs/issues", response_model=PartnerList, responses=problems(Unauthenticated))
def list_partner_issues(viewer: CurrentViewer, session: Read) -> PartnerList:
    """What lies open at the partners of the units the viewer works for; empty for everybody else."""
    return PartnerList(items=[_partner(session, viewer, one) for one in _partners(session, viewer)])


def _partners(session: Session, viewer: Viewer) -> list[Unit]:
    if viewer.is_pending or viewer.town_id is None or not policy.works_for_unit(viewer):
        return []
    own = session.scalars(policy.unit_reach(viewer)).all()
    partners = set(pairs.partners_of(session, viewer.town_id, own)) - set(own)
    found = select(Unit).where(Unit.id.in_(partners), Unit.town_id == viewer.town_id)
    return list(session.scalars(found.order_by(Unit.code)))


def _partner(session: Session, viewer: Viewer, partner: Unit) -> Partner:
    theirs = (
        Issue.town_id == viewer.town_id,
        or_(Issue.responsible_unit_id == partner.id, Issue.territory_id == partner.id),
        # What the partner itself does not see yet is none of its friends' business.
        Issue.state.in_(OPEN - set(reasons.HELD_BACK_FROM_UNITS)),
        Issue.is_held.is_(False),
        Issue.no.is_not(None),
    )
    overdue = conditions.is_overdue(now())
    counts = session.execute(select(func.count(), func.count().filter(overdue)).where(*theirs)).one()
    due = func.coalesce(Issue.due_at, Issue.campaign_due_at)
    columns = (Issue.no, Issue.state, Issue.found_at, due.label("due_at"), overdue.label("is_overdue"))
    kind = (Category.code, Category.name_zh, Category.name_en)
    place = (Point.id.label("point_id"), Point.name_zh.label("point_zh"), Point.name_en.label("point_en"))
    rows = session.execute(
        select(*columns, *kind, *place)
        .join(Category, Category.id == Issue.category_id)
        .outerjoin(Point, Point.id == Issue.point_id)
        .where(*theirs)
        .order_by(due, Issue.no)
        .limit(SHOWN)
    )
    return Partner(
        unit=_named(partner.id, partner.name_zh, partner.name_en),
        open=counts[0],
        overdue=counts[1],
        items=[
            PartnerIssue(
                no=row.no,
                category=CategoryRef(code=row.code, zh=row.name_zh, en=row.name_en),
                place=_named(row.point_id, row.point_zh, row.point_en) if row.point_id else None,
                state=row.state,
                found_at=row.found_at,
                due_at=row.due_at,
                is_overdue=bool(row.is_overdue),
            )
            for row in rows
        ],
    )


def _named(one: uuid.UUID, zh: str, en: str) -> Named:
    return Named(id=one, zh=zh, en=en)
