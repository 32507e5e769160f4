"""Lists and single cases as XLSX. Cells are text, numbers or times; nothing that came from outside can become a formula."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.sheets import xlsx_bytes
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues import listing, listpages
from app.features.issues.queries import Filters, Sort
from app.features.issues.schemas import IssueListItem, IssueOut, Named

MOST_ROWS = 5000
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = (
    "编号", "状态", "性质", "类别", "问题描述", "来源", "点位", "网格", "责任单位", "发现时间", "整改期限", "整改完成时间",
    "销项时间", "超期", "返工次数", "见证人数", "经度", "纬度",
)  # fmt: skip
WORDS = {
    "submitted": "待受理", "dispatched": "已派单待领", "rectifying": "整改中", "coordinating": "协调处置中", "deferred": "挂账",
    "in_review": "待复核", "closed": "已销项", "rejected": "不予受理", "merged": "并案", "voided": "作废",
    "ordinary": "一般", "urgent": "紧急", "difficult": "疑难",
}  # fmt: skip
"""Words of a document template (DECISIONS 17): the only ones the server holds of states and natures."""


def zone_of(session: Session, viewer: Viewer) -> tzinfo:
    """The town's time zone: a document is read on paper."""
    town = session.get(Unit, viewer.town_id) if viewer.town_id else None
    return ZoneInfo((town.settings if town else {}).get("timezone", "Asia/Shanghai"))


def list_xlsx(session: Session, viewer: Viewer, wanted: Filters, sort: Sort) -> bytes:
    """The filtered list, at most MOST_ROWS rows."""
    rows = listpages.page(session, viewer, wanted, sort, None, MOST_ROWS)[:MOST_ROWS]
    items, zone = listing.items(session, viewer, rows), zone_of(session, viewer)
    return xlsx_bytes({"案件": [HEAD, *(_row(item, zone) for item in items)]})


def _name(named: Named | None) -> str:
    return named.zh if named else ""


def _row(item: IssueListItem, zone: tzinfo) -> Sequence[Any]:
    times = (item.found_at, item.due_at, item.rectified_at, item.closed_at)
    return (
        f"{item.no:04d}" if item.no else "",
        WORDS[item.state],
        WORDS[item.nature],
        item.category.zh,
        item.description,
        item.source,
        _name(item.point),
        _name(item.grid),
        _name(item.unit),
        *(_local(at, zone) for at in times),
        "是" if item.is_overdue else "",
        item.rework_count,
        item.witness_count,
        item.lon,
        item.lat,
    )


def _local(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def case_xlsx(session: Session, viewer: Viewer, case: IssueOut) -> bytes:
    """One case: its fields as pairs, its story below."""
    zone = zone_of(session, viewer)
    fields = list(zip(HEAD, _row(case, zone), strict=True))
    more = [
        ("整改要求", case.requirement),
        ("整改措施", case.measure),
        ("上报单位", _name(case.reporter_unit)),
    ]
    story = [
        (
            _local(event.at, zone),
            event.action,
            WORDS.get(event.to_state, ""),
            _who(event.actor),
            event.text or "",
        )
        for event in case.events
    ]
    told = ("时间", "动作", "状态", "经办", "说明")
    return xlsx_bytes({"案件": [("项目", "内容"), *fields, *more], "经过": [told, *story]})


def _who(person: Any) -> str:
    """Unit and role only: a file goes where the access rules do not reach, so it carries no names."""
    return " · ".join(filter(None, (_name(person.unit), person.role))) if person else ""
