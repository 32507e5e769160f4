"""The demo's papers: the daily sheets of the last days, last week's bulletin, signed and partly opened, and a notice in draft."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import frozen
from app.demo.settle import Settled
from app.features.dispatch import daily
from app.features.dispatch.models import DailySheet
from app.features.documents import content
from app.features.documents import service as documents
from app.features.documents.models import Document, Series
from app.features.documents.schemas import DraftIn, DraftPatch
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.standards.models import Campaign

SHEETS = 6
AFTER_CUTOFF = time(18, 3)
OFFICE, LEADER = "u.office1", "u.lead01"
PRACTICE = "兰溪居委会把楼道、车棚交给楼组长每天看一遍，拍照留底，同类问题一周少了一半。"
NEXT_STEPS = "一、菜场周边每天三查，连续七天没有问题再恢复。二、超时案件逐件说明原因，周五前销项。"


def load_papers(session: Session, settled: Settled, at: datetime) -> None:
    """As if the clock and the office had done so day by day."""
    campaign = session.scalars(select(Campaign).where(Campaign.is_active)).one()
    zone = ZoneInfo(session.get_one(Unit, campaign.town_id).settings["timezone"])
    today = at.astimezone(zone).date()
    liaisons = [_viewer(session, settled, login) for login in sorted(settled.users) if login.endswith(".lia")]
    for days in range(SHEETS, -1, -1):
        sent = datetime.combine(today - timedelta(days=days), AFTER_CUTOFF, zone)
        if sent < at:
            with frozen(sent):
                sheets = daily.make_due(session, campaign.id)
            _received(session, sheets, liaisons, min(at, sent + timedelta(hours=2)))
    monday = today - timedelta(days=today.weekday() + 7)
    signed = min(at, datetime.combine(monday + timedelta(days=7), time(9, 30), zone))
    office, leader = _viewer(session, settled, OFFICE), _viewer(session, settled, LEADER)
    with frozen(signed):
        bulletin = _draft(session, office, campaign, Series.BULLETIN, monday)
        documents.sign(
            session, leader, bulletin.id, content.count(session, leader, bulletin), bulletin.version
        )
    with frozen(min(at, signed + timedelta(hours=1))):
        for liaison in liaisons[::2]:
            documents.receive(session, liaison, bulletin.id)
    with frozen(at):
        _draft(session, office, campaign, Series.NOTICE, monday)


def _received(
    session: Session, sheets: Sequence[DailySheet], liaisons: Sequence[Viewer], at: datetime
) -> None:
    """Two units in three say that they have it."""
    with frozen(at):
        for sheet in sheets:
            for number, liaison in enumerate(liaisons):
                on_it = session.scalar(
                    select(DailySheet.id).where(DailySheet.id == sheet.id, daily.visible(liaison))
                )
                if on_it is not None and number % 3:
                    daily.receive(session, liaison, sheet.id)


def _draft(session: Session, office: Viewer, campaign: Campaign, series: Series, monday: date) -> Document:
    week = DraftIn(series=series, start_on=monday, until_on=monday + timedelta(days=6))
    paper = documents.draft(session, office, campaign.town_id, week)
    words = DraftPatch(practice=PRACTICE, next_steps=NEXT_STEPS)
    return documents.change(session, office, paper.id, words, paper.version)


def _viewer(session: Session, settled: Settled, login: str) -> Viewer:
    return load_viewer(session, session.get_one(User, settled.users[login]))
