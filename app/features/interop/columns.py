"""What the columns of each import are called, in Chinese and English, and what they mean."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.features.interop.errors import FileRefused
from app.features.interop.reading import Table
from app.features.interop.schemas import Fault, Kind


@dataclass(frozen=True)
class Column:
    """`key` is the field, and the English name; the first of `zh` is what a template shows."""

    key: str
    zh: tuple[str, ...]
    help_zh: str = ""
    is_required: bool = False


_NAMES = (
    Column("name_zh", ("名称", "中文名称", "name", "zh"), is_required=True),
    Column("name_en", ("英文名称", "英文名", "en")),
)
_ACTIVE = Column("is_active", ("启用", "有效", "active"), "是/否,默认是")
_CRS = Column("crs", ("坐标系", "坐标系统"), "wgs84、gcj02、bd09、cgcs2000;空则用导入时所选")
_GEOMETRY = Column(
    "geometry", ("图形", "边界", "范围", "wkt", "geom", "polygon"), "GeoJSON 或 WKT,与坐标同一坐标系"
)

COLUMNS: Mapping[Kind, Sequence[Column]] = {
    Kind.POINTS: (
        Column("code", ("点位编号", "编号", "点位编码", "编码"), "本镇内唯一;已有则更新", is_required=True),
        Column("name_zh", ("点位名称", "名称", "name", "zh"), is_required=True),
        _NAMES[1],
        Column("type_code", ("点位类型", "类型", "type", "类型编码"), "类型编码或名称", is_required=True),
        Column("lon", ("经度", "longitude", "lng", "x"), "十进制度,如 120.10198"),
        Column("lat", ("纬度", "latitude", "y"), "十进制度,如 31.18224"),
        _CRS,
        _GEOMETRY,
        Column("address", ("地址", "位置", "详细地址")),
        Column("is_key", ("重点点位", "是否重点", "重点", "key"), "是/否"),
        Column("is_point", ("测评点位", "是否点位"), "否 = 非点位区域"),
        Column("buffer_m", ("缓冲距离", "缓冲米数", "buffer"), "米;空则按类型"),
        Column("grid_id", ("网格编号", "网格", "所属网格", "grid", "grid_code"), "网格编号;空则按坐标"),
        Column("territory_id", ("属地单位", "属地", "territory"), "单位编号或名称"),
        Column("responsible_unit_id", ("责任单位", "responsible_unit", "responsible"), "单位编号或名称"),
        Column("support_unit_id", ("帮包单位", "共建单位", "support_unit"), "单位编号或名称"),
        Column("point_chief_id", ("点位长", "point_chief"), "登录名或姓名"),
        _ACTIVE,
    ),
    Kind.DECLARATIONS: (
        Column("code", ("点位编号", "编号", "申报编号", "编码"), "一版之内唯一", is_required=True),
        Column("name_zh", ("点位名称", "名称", "name", "zh"), is_required=True),
        Column("type_code", ("点位类型", "类型", "type", "类型编码"), "类型编码或名称", is_required=True),
        Column("address", ("地址", "位置", "详细地址")),
        Column("is_key", ("重点点位", "是否重点", "重点", "key"), "是/否"),
        Column("lon", ("经度", "longitude", "lng", "x"), "十进制度,如 120.10198"),
        Column("lat", ("纬度", "latitude", "y"), "十进制度,如 31.18224"),
        _CRS,
        Column("unit_id", ("责任单位", "申报单位", "单位", "responsible_unit"), "单位编号或名称"),
    ),
    Kind.GRIDS: (
        Column("code", ("网格编号", "编号", "网格编码", "编码"), "15 位编码", is_required=True),
        Column("name_zh", ("网格名称", "名称", "name", "zh"), is_required=True),
        _NAMES[1],
        Column("community_id", ("所属社区", "社区", "居委会", "community"), "单位编号或名称"),
        Column("support_unit_id", ("帮包单位", "support_unit"), "单位编号或名称"),
        Column("officer_id", ("网格员", "officer"), "登录名或姓名"),
        _CRS,
        _GEOMETRY,
        _ACTIVE,
    ),
    Kind.FINDINGS: (
        Column("code", ("编号", "序号", "问题编号"), "本表内唯一;再次导入不重复立案", is_required=True),
        Column("grid", ("网格编号", "网格", "所属网格", "grid_code"), "网格编号或名称", is_required=True),
        Column("category", ("问题类别", "类别", "类型", "type"), "类别编码或名称", is_required=True),
        Column("found_at", ("发现时间", "时间", "检查时间", "found"), "年-月-日 时:分", is_required=True),
        Column(
            "photos", ("照片", "图片", "附件", "photo"), "照片文件名,用 ; 分开;须先上传", is_required=True
        ),
        Column("description", ("问题描述", "描述", "备注", "description_zh")),
        Column("lon", ("经度", "longitude", "lng", "x"), "须在网格内;空则取网格中心"),
        Column("lat", ("纬度", "latitude", "y"), "十进制度,如 31.18224"),
        _CRS,
    ),
    Kind.FRONTAGES: (
        Column("code", ("商户编号", "编号", "门店编号", "编码"), "本镇内唯一;已有则更新", is_required=True),
        Column("name_zh", ("商户名称", "店名", "名称", "name", "zh"), is_required=True),
        _NAMES[1],
        Column("address", ("地址", "位置", "详细地址", "门牌")),
        Column("lon", ("经度", "longitude", "lng", "x"), "十进制度,如 120.10198"),
        Column("lat", ("纬度", "latitude", "y"), "十进制度,如 31.18224"),
        _CRS,
        Column("reach_m", ("门前范围", "范围米数", "reach"), "米,1 到 200;空则 15"),
        Column("point_id", ("点位编号", "点位", "所属点位", "point"), "点位编号或名称;空则按坐标"),
        Column("unit_id", ("管理单位", "社区", "单位", "居委会", "unit"), "单位编号或名称;空则按坐标"),
        Column("owner_name", ("负责人", "经营者", "店主", "owner")),
        Column("owner_phone", ("联系电话", "手机", "电话", "phone")),
        Column("duties", ("包干内容", "五包", "责任内容"), "卫生;绿化;秩序;设施;劝阻,或:五包"),
        Column("signed_on", ("签订日期", "签约日期", "签订时间", "signed"), "年-月-日"),
        _ACTIVE,
    ),
    Kind.ROSTERS: (
        Column("code", ("序号", "编号"), "可不填"),
        Column("person", ("人员", "姓名", "登录名", "name", "login"), "登录名或姓名", is_required=True),
        Column("unit", ("单位", "所在单位"), "同名时用来区分,单位编号或名称"),
        Column("on", ("日期", "从", "date", "from"), "年-月-日", is_required=True),
        Column("until_on", ("至", "到", "until"), "年-月-日;空则只有一天"),
        Column("starts", ("开始", "上岗时间", "开始时间", "start"), "如 08:00", is_required=True),
        Column(
            "ends", ("结束", "离岗时间", "结束时间", "end"), "如 17:00;不晚于开始则到次日", is_required=True
        ),
        Column("kind", ("类型", "类别", "性质"), "驻守、巡查、下沉、志愿服务、应急"),
        Column("point_id", ("点位", "点位编号", "点位名称", "point"), "点位、网格、驻守单位三选一"),
        Column("is_around", ("周边", "是否周边", "around"), "是 = 在点位周边"),
        Column("grid_id", ("网格", "片区", "网格编号", "grid"), "网格编号或名称"),
        Column("at_unit_id", ("驻守单位", "at_unit"), "单位编号或名称"),
        Column("team_id", ("队伍", "team"), "队伍编号或名称"),
        Column("duties", ("职责", "一岗多责"), "用 ; 分开:巡查、上报、保洁、劝导、引导、宣传、交通、待命"),
        Column("note", ("说明", "备注")),
    ),
    Kind.TRAININGS: (
        Column("code", ("序号", "编号"), "可不填"),
        Column("person", ("人员", "姓名", "登录名", "name", "login"), "登录名或姓名", is_required=True),
        Column("unit", ("单位", "所在单位"), "同名时用来区分,单位编号或名称"),
        Column("topic", ("主题", "培训主题", "培训内容"), "最多 40 字", is_required=True),
        Column("held_on", ("日期", "培训日期", "date"), "年-月-日", is_required=True),
    ),
    Kind.UNITS: (
        Column("code", ("单位编号", "编号", "单位编码", "编码"), "本镇内唯一;已有则更新", is_required=True),
        Column("name_zh", ("单位名称", "名称", "name", "zh"), is_required=True),
        _NAMES[1],
        Column(
            "kind",
            ("单位类型", "类型", "性质", "type"),
            "部门、居委会、村、物业、企业、第三方…",
            is_required=True,
        ),
        Column("parent", ("上级单位", "上级", "上级编号", "parent_code"), "单位编号;空则直属本镇"),
        Column("tags", ("标签",), "用 ; 分开"),
    ),
    Kind.PEOPLE: (
        Column("login", ("登录名", "账号", "用户名"), "全系统唯一;已有则更新", is_required=True),
        Column("name_zh", ("姓名", "名字", "name", "zh"), is_required=True),
        Column("name_en", ("英文名", "英文姓名", "en")),
        Column("title", ("职务", "职位")),
        Column("phone", ("手机", "电话", "手机号")),
        Column("unit", ("单位", "所在单位", "单位编号", "unit_code"), "单位编号或名称", is_required=True),
        Column("roles", ("角色", "role"), "角色@单位编号,用 ; 分开;不写单位即所在单位"),
        Column("birth_on", ("出生日期", "生日", "birth_date"), "仅志愿者,年-月-日"),
    ),
    Kind.CATEGORIES: (
        Column("code", ("类别编号", "编号", "编码"), is_required=True),
        Column("name_zh", ("类别名称", "名称", "name", "zh"), is_required=True),
        _NAMES[1],
        Column("theme", ("主题", "大类"), "编码或名称", is_required=True),
        Column(
            "handling_class",
            ("处置类型", "处置类别"),
            "ENG 工程、REM 整治、ENF 执法、MGT 管理",
            is_required=True,
        ),
        Column("focus", ("四保三补", "专项"), "编码或名称"),
        Column("nature", ("性质",), "一般、紧急、疑难"),
        Column("deadline_hours", ("时限小时", "时限", "整改时限"), "小时", is_required=True),
        Column("is_dynamic", ("动态问题", "动态", "dynamic"), "是/否"),
        Column("on_spot_allowed", ("可当场整改", "当场整改"), "是/否"),
        Column("evidence", ("证据要求", "证据"), "after_photo 须有照片、statement 可用文字"),
        Column("aliases", ("别名", "aliases_zh"), "用 ; 分开"),
        _ACTIVE,
    ),
}


def _folded(head: str) -> str:
    """Full-width, case, blanks, `*`, `_` and what stands in brackets make no difference."""
    text = unicodedata.normalize("NFKC", head).casefold().partition("(")[0]
    return "".join(letter for letter in text if letter.isalnum())


def match(kind: Kind, table: Table) -> tuple[dict[str, str], list[Fault]]:
    """Head → field for each column we know, and a note for each we do not; refuses a file that lacks a needed one."""
    known = {_folded(name): c.key for c in COLUMNS[kind] for name in (*reversed(c.zh), c.key)}
    fields: dict[str, str] = {}
    notes: list[Fault] = []
    for head in table.heads:
        field = known.get(_folded(head))
        if field is None:
            if head:
                notes.append(Fault(row=1, column=head[:80], code="unknown-column"))
        elif field in fields.values():
            raise FileRefused("header", f"Two columns mean {field}.", row=1, column=head[:80])
        else:
            fields[head] = field
    missing = [c for c in COLUMNS[kind] if c.is_required and c.key not in fields.values()]
    if missing:
        names = [f"{c.zh[0]} ({c.key})" for c in missing]
        raise FileRefused("header", f"Columns are missing: {', '.join(names)}.", row=1, missing=names)
    return fields, notes
