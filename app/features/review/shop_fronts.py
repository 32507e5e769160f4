"""门前五包 in figures: how many shops signed, and before whose door it comes back."""

import uuid
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.dispatch.models import IssueFrontage
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue
from app.features.issues.policy import visible
from app.features.issues.schemas import Named
from app.features.places import frontages
from app.features.places.models import Frontage
from app.features.review.chronic import NOT_REAL
from app.features.standards import service as standards


class ShopFront(BaseModel):
    """A shop that was named with orders of these days. `times`: cases and relapses; chronic from the town's threshold on."""

    id: uuid.UUID
    code: str
    shop: Named
    unit: Named
    signed: bool
    cases: int
    relapses: int
    times: int
    open: int
    last_found_at: datetime
    is_chronic: bool


class ShopFronts(BaseModel):
    """`shops` and `signed`: of the register. `cases`: of those the viewer sees. The worst shops first."""

    days: int
    threshold: int
    shops: int
    signed: int
    cases: int
    chronic: int
    items: list[ShopFront]


def shop_fronts(session: Session, viewer: Viewer, town_id: uuid.UUID, days: int, limit: int) -> ShopFronts:
    """Every shop with a case that the viewer sees, found in these days."""
    campaign = standards.active_campaign(session, town_id)
    threshold = int(standards.setting(campaign, "chronic_threshold")) if campaign else 3
    cases, relapses = func.count(Issue.id), func.coalesce(func.sum(Issue.relapse_count), 0)
    counted = (
        select(
            Frontage.id, Frontage.code, Frontage.name_zh, Frontage.name_en, Frontage.signed_on,
            Unit.id.label("unit_id"), Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"),
            cases.label("cases"), relapses.label("relapses"), func.max(Issue.found_at).label("last"),
            func.sum(case((Issue.state.in_(sorted(OPEN)), 1), else_=0)).label("open"),
        )
        .join(IssueFrontage, IssueFrontage.frontage_id == Frontage.id)
        .join(Issue, Issue.id == IssueFrontage.issue_id)
        .join(Unit, Unit.id == Frontage.unit_id)
        .where(Frontage.town_id == town_id, frontages.visible(viewer), visible(viewer))
        .where(Issue.state.not_in(NOT_REAL), Issue.is_held.is_(False))
        .where(Issue.found_at >= now() - timedelta(days=days))
        .group_by(Frontage.id, Unit.id)
        .order_by((cases + relapses).desc(), Frontage.code)
    )  # fmt: skip
    items = [
        ShopFront(
            id=row.id, code=row.code, shop=Named(id=row.id, zh=row.name_zh, en=row.name_en),
            unit=Named(id=row.unit_id, zh=row.unit_zh, en=row.unit_en), signed=row.signed_on is not None,
            cases=row.cases, relapses=row.relapses, times=row.cases + row.relapses, open=row.open,
            last_found_at=row.last, is_chronic=row.cases + row.relapses >= threshold,
        )
        for row in session.execute(counted)
    ]  # fmt: skip
    shops, signed = frontages.counted(session, frontages.found(viewer, town_id, is_active=True))
    return ShopFronts(
        days=days, threshold=threshold, shops=shops, signed=signed, cases=sum(one.cases for one in items),
        chronic=sum(one.is_chronic for one in items), items=items[:limit],
    )  # fmt: skip
