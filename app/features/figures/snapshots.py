"""Keeps pages of figures and gives them back: every campaign's at the end of each day, a large town's all through it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.figures import pages, queries
from app.features.figures.definitions import METRICS
from app.features.figures.metrics import definitions
from app.features.figures.models import FigureSnapshot
from app.features.figures.pages import MetricsOut, Overview
from app.features.figures.periods import period_of
from app.features.figures.queries import Dimension
from app.features.identity.models import Role, RoleHold, User, UserStatus
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer, load_viewer
from app.features.standards import service as standards
from app.features.standards.models import Campaign

LARGE = 20_000
"""From so many cases on the pages of the whole town are not counted at each look."""
FRESH = timedelta(hours=3)
"""Older ones are not shown as of now: the job that keeps them must have stopped."""
PERIODS = ("campaign", "phase", "90", "30", "7", "1")
GROUPED: tuple[Dimension | None, ...] = (None, "unit", "category", "handling_class", "source")
"""Pages that are kept. A group is also the page of who asks for nothing else: one unit, one kind. What is left, a point or
a grid, has few cases and is counted by an index."""
SMALL: tuple[Dimension | None, ...] = (None, "unit", "category")
"""Of a campaign that is counted live only what a day leaves behind is kept."""
EVERY_GROUP = 100_000
WHOLE = (Role.OFFICE_ADMIN, Role.PRINCIPAL_LEADER, Role.DISPATCHER, Role.LINE_LEADER)
TOP = 100


# ---- keeping ----
def count(session: Session, campaign: Campaign) -> list[FigureSnapshot]:
    """The pages of a campaign as somebody who sees its whole town counts them now. Takes its time in a large town: it only reads."""
    viewer = _who_sees_all(session, campaign.town_id)
    if viewer is None:
        return []
    today = now().astimezone(zone_of(session, viewer)).date()
    periods = PERIODS if is_large(campaign) else ("campaign",)
    return [row for name in periods for row in _pages(session, viewer, campaign, name, today)]


def keep(session: Session, rows: Sequence[FigureSnapshot]) -> None:
    """Store them; of days that are over only the campaign's own period stays."""
    for row in rows:
        session.merge(row)
    for campaign_id, on in {(row.campaign_id, row.on) for row in rows}:
        old = FigureSnapshot.campaign_id == campaign_id, FigureSnapshot.on < on
        session.execute(delete(FigureSnapshot).where(*old, FigureSnapshot.period != "campaign"))


def is_large(campaign: Campaign) -> bool:
    """Too many cases to count them at each look."""
    return campaign.next_issue_no > LARGE


def _pages(
    session: Session, viewer: Viewer, campaign: Campaign, name: str, today: date
) -> list[FigureSnapshot]:
    days, since = (int(name), None) if name.isdigit() else (1, name)
    period, is_since = period_of(session, viewer, days, since)
    told: Any = since if is_since else None
    bodies: dict[str, BaseModel] = {
        _page(by): pages.metrics(session, viewer, period, told, {}, by, top=EVERY_GROUP)
        for by in (GROUPED if is_large(campaign) else SMALL)
    }
    bodies["overview"] = pages.overview(session, viewer, period, told, TOP)
    return [
        FigureSnapshot(
            campaign_id=campaign.id,
            page=page,
            period=name,
            on=today,
            as_of=period.at,
            body=body.model_dump(mode="json"),
        )
        for page, body in bodies.items()
    ]


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
def _campaign(session: Session, viewer: Viewer) -> Campaign | None:
    """The active campaign of the town that the viewer may count whole; None where there is no such town."""
    if viewer.town_id is None or queries.seen_towns(viewer) != [viewer.town_id]:
        return None
    return standards.active_campaign(session, viewer.town_id)


def _latest(
    session: Session, viewer: Viewer, days: int, since: str | None, page: str
) -> FigureSnapshot | None:
    campaign = _campaign(session, viewer)
    if campaign is None or not is_large(campaign):
        return None
    of_page = FigureSnapshot.page == page, FigureSnapshot.period == (since or str(days))
    kept = select(FigureSnapshot).where(FigureSnapshot.campaign_id == campaign.id, *of_page)
    row = session.scalars(kept.order_by(FigureSnapshot.on.desc()).limit(1)).first()
    return row if row is not None and row.as_of >= now() - FRESH else None


def latest(
    session: Session,
    viewer: Viewer,
    days: int,
    since: str | None,
    by: Dimension | None,
    *,
    top: int,
    only: Mapping[str, Any],
) -> MetricsOut | None:
    """What was counted of late, in a large town, whole or of one group; None: count now."""
    if only:
        return _latest_group(session, viewer, days, since, only) if by is None else None
    row = _latest(session, viewer, days, since, _page(by))
    return _told(row.body, top) if row is not None else None


def _told(body: dict[str, Any], top: int) -> MetricsOut:
    """A kept page with its first groups; only these are read."""
    return MetricsOut.model_validate(body | {"groups": body["groups"][:top]})


def _latest_group(
    session: Session, viewer: Viewer, days: int, since: str | None, only: Mapping[str, Any]
) -> MetricsOut | None:
    """The same of one unit or kind: its group of the kept page, which is what a count of it alone would say."""
    name, value = next(iter(only.items()))
    row = _latest(session, viewer, days, since, f"metrics:{name}") if len(only) == 1 else None
    if row is None:
        return None
    group = next((one for one in row.body["groups"] if one["key"] == str(value)), None)
    if group is None:
        return None
    own = {
        "figures": group["figures"],
        "definitions": definitions(METRICS),
        "completion": [],
        "by": None,
        "groups": [],
    }
    return MetricsOut.model_validate(row.body | own)


def latest_overview(
    session: Session, viewer: Viewer, days: int, since: str | None, top: int
) -> Overview | None:
    """The same for the overview."""
    row = _latest(session, viewer, days, since, "overview")
    if row is None:
        return None
    told = Overview.model_validate(row.body)
    cut = {name: getattr(told, name)[:top] for name in ("units", "points", "categories")}
    return told.model_copy(update=cut)


def of_day(session: Session, viewer: Viewer, on: date, by: Dimension | None, top: int) -> MetricsOut | None:
    """The campaign's figures as they were at the end of a day."""
    campaign = _campaign(session, viewer)
    row = session.get(FigureSnapshot, (campaign.id, _page(by), "campaign", on)) if campaign else None
    return _told(row.body | {"on": on}, top) if row is not None else None


def days_kept(session: Session, viewer: Viewer) -> Sequence[date]:
    """Of the active campaign."""
    campaign = _campaign(session, viewer)
    if campaign is None:
        return []
    kept = select(FigureSnapshot.on).where(
        FigureSnapshot.campaign_id == campaign.id,
        FigureSnapshot.page == "metrics",
        FigureSnapshot.period == "campaign",
    )
    return session.scalars(kept.order_by(FigureSnapshot.on.desc())).all()
