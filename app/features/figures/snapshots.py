"""Keeps figures and gives them back: every campaign's pages at the end of each day, a large town's columns every hour."""

import json
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.figures import columns, kept, pages, sources
from app.features.figures.columns import MOST_DAYS
from app.features.figures.kept import Asked
from app.features.figures.measures import Period
from app.features.figures.models import FigureColumn, FigureSnapshot
from app.features.figures.pages import MetricsOut
from app.features.figures.periods import period_of
from app.features.figures.queries import Dimension
from app.features.figures.rounds import BLIND_DAYS, of_rounds
from app.features.identity.models import Role, RoleHold, User, UserStatus
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer, load_viewer
from app.features.standards.models import Campaign

GROUPED: tuple[Dimension | None, ...] = (None, "unit", "category", "handling_class", "source", "point_type")
"""Pages of a large town that a day leaves behind."""
SMALL: tuple[Dimension | None, ...] = (None, "unit", "category")
"""And of any other."""
EVERY_GROUP = 100_000
WHOLE = (Role.OFFICE_ADMIN, Role.PRINCIPAL_LEADER, Role.DISPATCHER, Role.LINE_LEADER)


# ---- keeping ----
def count_columns(session: Session, campaign: Campaign) -> list[FigureColumn]:
    """The columns of a large campaign's town, and the sums of the usual periods. Takes its time there: it only reads."""
    viewer = _who_sees_all(session, campaign.town_id)
    if viewer is None or not sources.is_counted_hourly(session, campaign):
        return []
    zone, at = zone_of(session, viewer), now()
    today = at.astimezone(zone).date()
    first = min(campaign.start_on, today - timedelta(days=MOST_DAYS))
    days = columns.local_midnights(first, today, zone)
    bodies = columns.made(
        session, campaign.town_id, days, Period(days[0], at, at), sources.rules(session, viewer)
    )
    asked = [one for name in sources.PERIODS if (one := _asked(session, viewer, name)) and one.day >= first]
    for one in asked:
        bodies |= kept.sums(bodies, one, at)
    told = {one.name: _rounds(session, viewer, campaign.town_id, Period(one.start, at, at)) for one in asked}
    about = json.loads(bodies["about"]) | {"periods": {one.name: one.day.isoformat() for one in asked}}
    bodies |= {"about": json.dumps(about).encode(), "rounds": json.dumps(told).encode()}
    return [
        FigureColumn(campaign_id=campaign.id, name=name, as_of=at, body=body) for name, body in bodies.items()
    ]


def _asked(session: Session, viewer: Viewer, name: str) -> Asked | None:
    days, since = (int(name), None) if name.isdigit() else (1, name)
    period, is_since = period_of(session, viewer, days, since)
    day = period.start.astimezone(zone_of(session, viewer)).date()
    return Asked(name, period.start, day) if is_since == bool(since) else None


def _rounds(session: Session, viewer: Viewer, town_id: uuid.UUID, period: Period) -> dict[str, Any] | None:
    """M24 to M34, which no case says."""
    told = of_rounds(session, viewer, town_id, period, BLIND_DAYS)
    if told is None:
        return None
    return {"counted": told.counted, "completion": [row.model_dump(mode="json") for row in told.completion]}


def keep_columns(session: Session, rows: Sequence[FigureColumn]) -> None:
    """In the place of those of the hour before."""
    for campaign_id in {row.campaign_id for row in rows}:
        session.execute(delete(FigureColumn).where(FigureColumn.campaign_id == campaign_id))
    session.add_all(rows)


def count(session: Session, campaign: Campaign) -> list[FigureSnapshot]:
    """The campaign's pages as somebody who sees its whole town counts them now. Only reads."""
    viewer = _who_sees_all(session, campaign.town_id)
    if viewer is None:
        return []
    today = now().astimezone(zone_of(session, viewer)).date()
    dimensions = GROUPED if sources.is_large([campaign]) else SMALL
    return [_page_of(session, viewer, campaign, today, by) for by in dimensions]


def _page_of(
    session: Session, viewer: Viewer, campaign: Campaign, today: date, by: Dimension | None
) -> FigureSnapshot:
    source, is_since = sources.of_metrics(session, viewer, 1, "campaign", (), by)
    told: pages.Since = "campaign" if is_since else None
    body = pages.metrics(session, viewer, source, told, {}, by, top=EVERY_GROUP).model_dump(mode="json")
    return FigureSnapshot(
        campaign_id=campaign.id,
        page=_page(by),
        period="campaign",
        on=today,
        as_of=source.period.at,
        body=body,
    )


def keep(session: Session, rows: Sequence[FigureSnapshot]) -> None:
    """Store them; the last of a day stay."""
    for row in rows:
        session.merge(row)


def _who_sees_all(session: Session, town_id: uuid.UUID) -> Viewer | None:
    held = (
        select(User)
        .join(RoleHold, RoleHold.user_id == User.id)
        .where(
            RoleHold.unit_id == town_id,
            RoleHold.role.in_(WHOLE),
            RoleHold.until_on.is_(None),
            User.status == UserStatus.ACTIVE,
        )
    )
    user = session.scalars(held.order_by(RoleHold.role, User.id).limit(1)).first()
    return load_viewer(session, user) if user is not None else None


def _page(by: Dimension | None) -> str:
    return f"metrics:{by}" if by else "metrics"


# ---- giving back ----
def _told(body: dict[str, Any], top: int) -> MetricsOut:
    """A kept page with its first groups; only these are read."""
    return MetricsOut.model_validate(body | {"groups": body["groups"][:top]})


def of_day(session: Session, viewer: Viewer, on: date, by: Dimension | None, top: int) -> MetricsOut | None:
    """The campaign's figures as they were at the end of a day."""
    campaign = sources.campaign_seen_whole(session, viewer)
    row = session.get(FigureSnapshot, (campaign.id, _page(by), "campaign", on)) if campaign else None
    return _told(row.body | {"on": on}, top) if row is not None else None


def days_kept(session: Session, viewer: Viewer) -> Sequence[date]:
    """Of the active campaign."""
    campaign = sources.campaign_seen_whole(session, viewer)
    if campaign is None:
        return []
    kept = select(FigureSnapshot.on).where(
        FigureSnapshot.campaign_id == campaign.id,
        FigureSnapshot.page == "metrics",
        FigureSnapshot.period == "campaign",
    )
    return session.scalars(kept.order_by(FigureSnapshot.on.desc())).all()
