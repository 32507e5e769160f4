"""Daily sheets as pages, as a workbook and as a line for a chat group; and orders that nobody claims (D19)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.sheets import xlsx_bytes
from app.features.dispatch import daily
from app.features.dispatch.daily_schemas import (
    Digest,
    SheetListItem,
    SheetOut,
    SheetReceipt,
    SheetRow,
    Unclaimed,
    UnclaimedList,
)
from app.features.dispatch.models import DailySheet, DailySheetReceipt, Dispatch
from app.features.identity.models import Unit, User
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.issues import listing
from app.features.issues.export import WORDS
from app.features.issues.lifecycle import Nature, State
from app.features.issues.models import Issue
from app.features.issues.policy import unit_reach
from app.features.issues.policy import visible as visible_cases
from app.features.issues.schemas import IssueListItem, Named
from app.features.standards import service as standards

HEAD = (
    "序号", "问题编号", "发现时间", "点位", "网格", "问题描述", "类别", "性质", "来源", "责任单位", "派单号", "整改要求", "派单时间",
    "整改期限", "领单时间", "整改完成时间", "销项时间", "状态",
)  # fmt: skip
RECEIPTS = ("单位", "签收时间")


def listed(session: Session, viewer: Viewer, limit: int) -> list[SheetListItem]:
    """The latest first. A sheet costs two small counts; a page has a month of them."""
    found = select(DailySheet).where(daily.visible(viewer)).order_by(DailySheet.on.desc(), DailySheet.id)
    return [_item(session, viewer, sheet) for sheet in session.scalars(found.limit(limit)).all()]


def _item(session: Session, viewer: Viewer, sheet: DailySheet) -> SheetListItem:
    mine = daily.rows_of(viewer, sheet)
    orders, units = session.execute(
        select(func.count(), func.count(Dispatch.unit_id.distinct())).where(mine)
    ).one()
    received = select(func.count()).where(
        DailySheetReceipt.sheet_id == sheet.id,
        DailySheetReceipt.unit_id.in_(select(Dispatch.unit_id).where(mine)),
    )
    return SheetListItem(**_plain(sheet), orders=orders, units=units, received=session.scalar(received) or 0)


def _plain(sheet: DailySheet) -> dict[str, Any]:
    names = ("id", "on", "no", "cutoff_at", "due_at", "sent_at")
    return {name: getattr(sheet, name) for name in names} | {"is_late": sheet.sent_at > sheet.due_at}


def show(session: Session, viewer: Viewer, sheet: DailySheet) -> SheetOut:
    """One sheet: its orders by unit, how their cases stand, and who has received it."""
    mine = daily.rows_of(viewer, sheet)
    orders = session.scalars(select(Dispatch).where(mine).order_by(Dispatch.order_no)).all()
    units = _units(session, {order.unit_id for order in orders})
    ids = list(dict.fromkeys(order.issue_id for order in orders))
    cases = {one.id: one for one in listing.show_ids(session, viewer, ids)}
    is_whole = viewer.has(*daily.READERS)
    receipts = _receipts(session, sheet, units, with_names=is_whole)
    works_for = set(session.scalars(unit_reach(viewer))) if units else set()
    return SheetOut(
        **_plain(sheet),
        orders=len(orders),
        units=len(units),
        received=sum(one.at is not None for one in receipts),
        since_at=sheet.since_at,
        digest=Digest.model_validate(sheet.digest) if is_whole else None,
        may_receive=any(one.at is None and one.unit.id in works_for for one in receipts),
        rows=[_row(order, units, cases) for order in orders],
        receipts=receipts,
    )


def _row(
    order: Dispatch, units: Mapping[uuid.UUID, Named], cases: Mapping[uuid.UUID, IssueListItem]
) -> SheetRow:
    names = ("order_no", "requirement", "due_at", "sent_at", "claimed_at", "bounced_at")
    said = {name: getattr(order, name) for name in names}
    return SheetRow(**said, unit=units[order.unit_id], issue=cases.get(order.issue_id))


def _units(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, Named]:
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(ids)).order_by(Unit.code)
    )
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def _receipts(
    session: Session, sheet: DailySheet, units: Mapping[uuid.UUID, Named], *, with_names: bool
) -> list[SheetReceipt]:
    rows = session.execute(
        select(DailySheetReceipt.unit_id, DailySheetReceipt.at, User.name_zh)
        .join(User, User.id == DailySheetReceipt.by_id)
        .where(DailySheetReceipt.sheet_id == sheet.id)
    )
    had = {row.unit_id: row for row in rows}
    return [
        SheetReceipt(
            unit=unit,
            at=had[unit_id].at if unit_id in had else None,
            by=had[unit_id].name_zh if with_names and unit_id in had else None,
        )
        for unit_id, unit in units.items()
    ]


# ---- on paper, and for a chat group ----
def workbook(session: Session, viewer: Viewer, sheet: DailySheet) -> bytes:
    """The sheet as the office files it, and its receipts. Without names of people: a file goes where no rule reaches."""
    told, zone = show(session, viewer, sheet), zone_of(session, viewer)
    rows = [_cells(number, row, zone) for number, row in enumerate(told.rows, 1)]
    received = [(one.unit.zh, _local(one.at, zone)) for one in told.receipts]
    return xlsx_bytes({f"日表 {sheet.on}": [HEAD, *rows], "签收": [RECEIPTS, *received]})


def _cells(number: int, row: SheetRow, zone: tzinfo) -> Sequence[Any]:
    case = row.issue
    order = (
        row.unit.zh, row.order_no, row.requirement, _local(row.sent_at, zone), _local(row.due_at, zone),
        _local(row.claimed_at, zone),
    )  # fmt: skip
    if case is None:
        return (number, *[""] * 8, *order, "", "", "退单" if row.bounced_at else "")
    return (
        number, f"{case.no:04d}" if case.no else "", _local(case.found_at, zone), case.point.zh if case.point else "",
        case.grid.zh if case.grid else "", case.description, case.category.zh, WORDS[case.nature], case.source, *order,
        _local(case.rectified_at, zone), _local(case.closed_at, zone), WORDS[case.state],
    )  # fmt: skip


def _local(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def chat_text(session: Session, viewer: Viewer, sheet: DailySheet) -> str:
    """日报 in words, to be pasted into a group of leaders (D03): numbers and kinds, nobody's name."""
    day, town = Digest.model_validate(sheet.digest), session.get_one(Unit, sheet.town_id)
    kinds = "、".join(f"{one.zh}{one.count}件" for one in day.top)
    listed_ = _item(session, viewer, sheet)
    return (
        f"【{town.name_zh}创建日报】{sheet.on} 第{sheet.no}期\n"
        f"发现{day.found}件，销项{day.closed}件，未结{day.open}件，其中超期{day.overdue}件。\n"
        f"当日派单{listed_.orders}件，涉及{listed_.units}个单位，已签收{listed_.received}个。"
        + (f"\n主要类别：{kinds}。" if kinds else "")
    )


# ---- what nobody claims ----
def unclaimed(session: Session, viewer: Viewer, hours: int | None) -> UnclaimedList:
    """待领: orders that wait longer than the campaign allows, or than `hours`, by unit."""
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    limit = hours or (standards.setting(campaign, "claim_limit_hours") if campaign else 0)
    minutes = standards.setting(campaign, "claim_limit_urgent_minutes") if campaign else 0
    minutes = min(minutes, limit * 60)
    at = now()
    waits = Issue.dispatched_at <= at - timedelta(hours=limit)
    urgent = (Issue.nature == Nature.URGENT) & (Issue.dispatched_at <= at - timedelta(minutes=minutes))
    rows = session.execute(
        select(Issue.id, Issue.responsible_unit_id, Issue.dispatched_at)
        .where(visible_cases(viewer), Issue.state == State.DISPATCHED, waits | urgent)
        .order_by(Issue.dispatched_at, Issue.id)
        .limit(500)
    ).all()
    shown = {one.id: one for one in listing.show_ids(session, viewer, [row.id for row in rows])}
    units = _units(session, {row.responsible_unit_id for row in rows})
    of_unit = {unit_id: [row for row in rows if row.responsible_unit_id == unit_id] for unit_id in units}
    return UnclaimedList(
        hours=limit,
        urgent_minutes=minutes,
        items=[
            Unclaimed(
                unit=units[unit_id], oldest_at=of[0].dispatched_at, issues=[shown[row.id] for row in of]
            )
            for unit_id, of in sorted(of_unit.items(), key=lambda one: (-len(one[1]), str(one[0])))
        ],
    )
