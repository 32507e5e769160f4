"""The daily sheet (D18): at the cut-off the day's orders go to their units as one sheet, which each of them receives.

Made by a clock. A day that was missed is made up for, late; no order is left out of the sheets or stands on two of them.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.dispatch.models import DailySheet, DailySheetReceipt, Dispatch
from app.features.identity.models import Role, Unit
from app.features.identity.towns import DEFAULT_ZONE
from app.features.identity.viewer import Viewer
from app.features.issues.conditions import is_overdue
from app.features.issues.lifecycle import OPEN
from app.features.issues.models import Issue
from app.features.issues.policy import SEERS, UNIT_ROLES, unit_reach
from app.features.standards import service as standards
from app.features.standards.models import Campaign, Category

READERS = (*SEERS, Role.LEADER)
"""Read whole sheets; the people of a unit read its rows."""
MADE_UP = 7
"""So many missed days get sheets of their own; what lay before stands on the first of them."""
TOP = 3
Told = Callable[[Session, DailySheet, Sequence[uuid.UUID]], None]
_told: list[Told] = []


def on_sent(tell: Told) -> Told:
    """Register a feature above that tells people of a new sheet: tell(session, sheet, units on it)."""
    _told.append(tell)
    return tell


# ---- making ----
def make_due(session: Session, campaign_id: uuid.UUID) -> list[DailySheet]:
    """Make and send the sheets of all cut-offs that have passed. Twice, or by two at once, makes no second one."""
    campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    zone = ZoneInfo(session.get_one(Unit, campaign.town_id).settings.get("timezone", DEFAULT_ZONE))
    last = session.scalar(
        select(DailySheet)
        .where(DailySheet.campaign_id == campaign_id)
        .order_by(DailySheet.on.desc())
        .limit(1)
    )
    today = now().astimezone(zone).date()
    newest = today if _cutoff(campaign, today, zone) <= now() else today - timedelta(days=1)
    first = max(last.on + timedelta(days=1) if last else newest, newest - timedelta(days=MADE_UP - 1))
    made = []
    for number in range((newest - first).days + 1):
        day = first + timedelta(days=number)
        if campaign.start_on <= day <= campaign.end_on:
            made += _make(session, campaign, day, _cutoff(campaign, day, zone), last)
            last = made[-1] if made else last
    return made


def _cutoff(campaign: Campaign, day: date, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, standards.setting(campaign, "daily_sheet_cutoff").split(":"))
    return datetime.combine(day + timedelta(days=hour // 24), time(hour % 24, minute), zone)


def _make(
    session: Session, campaign: Campaign, day: date, cutoff: datetime, last: DailySheet | None
) -> list[DailySheet]:
    """The sheet of a day; none as long as the campaign has sent no order."""
    since = last.cutoff_at if last else cutoff - timedelta(days=1)
    within = timedelta(hours=standards.setting(campaign, "daily_sheet_send_within_hours"))
    sheet = DailySheet(
        town_id=campaign.town_id,
        campaign_id=campaign.id,
        on=day,
        no=last.no + 1 if last else 1,
        since_at=since,
        cutoff_at=cutoff,
        due_at=cutoff + within,
        sent_at=now(),
        digest=_digest(session, campaign, since, cutoff),
    )
    units = session.scalars(select(Dispatch.unit_id).where(on_sheet(sheet)).distinct()).all()
    if last is None and not units:
        return []
    session.add(sheet)
    session.flush()
    for tell in _told:
        tell(session, sheet, units)
    return [sheet]


def on_sheet(sheet: DailySheet) -> ColumnElement[bool]:
    """Orders of a sheet."""
    of_campaign = Dispatch.campaign_id == sheet.campaign_id
    return of_campaign & (Dispatch.sent_at > sheet.since_at) & (Dispatch.sent_at <= sheet.cutoff_at)


def _digest(session: Session, campaign: Campaign, since: datetime, until: datetime) -> dict[str, Any]:
    """Found and closed from cut-off to cut-off, open and overdue at this moment, and what most of it was."""
    of_campaign = (
        Issue.town_id == campaign.town_id,
        Issue.campaign_id == campaign.id,
        Issue.is_held.is_(False),
    )
    counted = Issue.state.not_in(["rejected", "merged", "voided"])
    found = Issue.found_at > since, Issue.found_at <= until, counted
    closed = Issue.first_closed_at > since, Issue.first_closed_at <= until, counted
    count = select(func.count()).select_from(Issue).where(*of_campaign)
    top = (
        select(Category.code, func.max(Category.name_zh), func.max(Category.name_en), func.count())
        .join(Issue, Issue.category_id == Category.id)
        .where(*of_campaign, *found)
        .group_by(Category.code)
        .order_by(func.count().desc(), Category.code)
        .limit(TOP)
    )
    return {
        "found": session.scalar(count.where(*found)),
        "closed": session.scalar(count.where(*closed)),
        "open": session.scalar(count.where(Issue.state.in_(OPEN))),
        "overdue": session.scalar(count.where(is_overdue(now()))),
        "top": [{"code": code, "zh": zh, "en": en, "count": n} for code, zh, en, n in session.execute(top)],
    }


# ---- reading and receiving ----
def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Sheets of the own town: all of them for the office and leaders, for a unit those with orders to it."""
    if viewer.is_pending or viewer.town_id is None:
        raise Forbidden()
    of_town = DailySheet.town_id == viewer.town_id
    if viewer.has(*READERS):
        return of_town
    if not viewer.has(*UNIT_ROLES) and not viewer.stands_in_for:
        raise Forbidden()
    mine = Dispatch.unit_id.in_(unit_reach(viewer))
    in_time = (Dispatch.sent_at > DailySheet.since_at) & (Dispatch.sent_at <= DailySheet.cutoff_at)
    of_campaign = Dispatch.campaign_id == DailySheet.campaign_id
    return of_town & select(Dispatch.id).where(of_campaign, in_time, mine).exists()


def rows_of(viewer: Viewer, sheet: DailySheet) -> ColumnElement[bool]:
    """Orders of a sheet that the viewer reads."""
    mine = on_sheet(sheet)
    return mine if viewer.has(*READERS) else mine & Dispatch.unit_id.in_(unit_reach(viewer))


def find(session: Session, viewer: Viewer, sheet_id: uuid.UUID) -> DailySheet:
    """A sheet the viewer may see. Raises NotFound, Forbidden."""
    sheet = session.scalar(select(DailySheet).where(DailySheet.id == sheet_id, visible(viewer)))
    if sheet is None:
        raise NotFound()
    return sheet


def receive(session: Session, viewer: Viewer, sheet_id: uuid.UUID) -> DailySheet:
    """收到, for every unit on the sheet that the viewer works for; a second time changes nothing."""
    sheet = find(session, viewer, sheet_id)
    mine = Dispatch.unit_id.in_(unit_reach(viewer))
    units = session.scalars(select(Dispatch.unit_id).where(on_sheet(sheet), mine).distinct()).all()
    if not units:
        raise Forbidden()
    session.get_one(DailySheet, sheet.id, with_for_update=True)
    had = session.scalars(select(DailySheetReceipt.unit_id).where(DailySheetReceipt.sheet_id == sheet.id))
    for unit_id in set(units) - set(had):
        session.add(DailySheetReceipt(sheet_id=sheet.id, unit_id=unit_id, by_id=viewer.user_id, at=now()))
    session.flush()
    return sheet
