"""The responsibility table and the grid register as documents: XLSX in the words of the office (DOMAIN §10.4, §10.20)."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from app.core.sheets import xlsx_bytes
from app.features.places.duty_schemas import DutyRow, DutyTable, ResponsibilityTable, TableRow
from app.features.places.schemas import Named

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLE_HEAD = (
    "编号", "点位", "类型", "重点", "属地", "包干领导", "点位长", "责任单位", "帮包单位", "电话", "职责", "节点", "措施", "包干单位",
    "驻守单位", "未齐",
)  # fmt: skip
GRID_HEAD = (
    "网格编码", "网格", "面积(平方米)", "网格员", "社区", "帮包单位", "网格员认责", "社区认责", "帮包单位认责", "认责完成时间",
    "一级响应", "二级响应", "三级响应",
)  # fmt: skip
WORDS = {
    "leader": "包干领导", "duty": "职责", "milestone": "节点", "measure": "措施",
    "officer": "网格员", "support_unit": "帮包单位", "community": "社区", "town": "街镇", "departments": "部门",
    "town+departments": "街镇与部门",
}  # fmt: skip
"""Words of a document template."""


def table_xlsx(table: ResponsibilityTable, kinds: dict[str, str]) -> bytes:
    """点位包干分工表; `kinds`: point types' names by code."""
    return xlsx_bytes({"点位包干分工表": [TABLE_HEAD, *(_point(row, kinds) for row in table.items)]})


def _point(row: TableRow, kinds: dict[str, str]) -> Sequence[Any]:
    people = [*row.leaders, *([row.point_chief] if row.point_chief else [])]
    phones = dict.fromkeys(one.phone_masked for one in people if one.phone_masked)
    return (
        row.code,
        row.name_zh,
        kinds.get(row.type_code, row.type_code),
        "是" if row.is_key else "否",
        _name(row.territory),
        _all(row.leaders),
        _name(row.point_chief),
        _name(row.responsible_unit),
        _all(row.support_units),
        "、".join(phones),
        row.duty,
        row.milestone,
        row.measure,
        _all(row.adopters),
        _all(row.stationed),
        "、".join(WORDS[what] for what in row.missing),
    )


def grids_xlsx(table: DutyTable, zone: tzinfo) -> bytes:
    """网格责任清册."""
    return xlsx_bytes({"网格责任清册": [GRID_HEAD, *(_grid(row, zone) for row in table.items)]})


def _grid(row: DutyRow, zone: tzinfo) -> Sequence[Any]:
    parts = (row.officer, row.community, row.support_unit)
    return (
        row.code,
        row.name_zh,
        row.area_m2,
        *(_name(part.subject) for part in parts),
        *(_local(part.accepted_at, zone) for part in parts),
        _local(row.accepted_at, zone),
        *(_all(level.who) or WORDS[level.tier] for level in row.levels),
    )


def _name(one: Named | None) -> str:
    return one.name_zh if one else ""


def _all(names: Sequence[Named]) -> str:
    return "、".join(one.name_zh for one in names)


def _local(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
