"""Imports over HTTP: dry run, all or nothing, upsert by code, every wrong cell named."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import geo
from app.core.audit import AuditEntry
from app.core.db import reading, transaction
from app.core.sheets import csv_bytes, xlsx_bytes
from app.features.identity.models import RoleHold, Unit, UnitReach, User
from app.features.places.models import Grid, Point
from app.features.standards import service as standards
from tests import factories

DATA = Path(__file__).parents[3] / "app" / "demo" / "data" / "categories.yaml"
SignIn = Callable[[User], TestClient]
SQUARE = "POLYGON((120.1 31.1,120.11 31.1,120.11 31.11,120.1 31.11,120.1 31.1))"
POINTS = ["点位编号*", "点位名称", "点位类型", "经度", "纬度", "责任单位", "是否重点"]


@pytest.fixture(scope="module")
def standing_town(standing: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        standards.load_standard(session, row.id, DATA)
        factories.unit(session, row, code="P01", name_zh="兰溪物业", kind="property")
        return row


@pytest.fixture
def town(standing_town: Unit, database: object) -> Unit:
    """The town with its standard, as if made anew for each test."""
    return standing_town


@pytest.fixture
def office(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "admin")
    return sign_in(person)


def send(client: TestClient, kind: str, rows: Sequence[Sequence[Any]] | bytes, **params: Any) -> Any:
    data = rows if isinstance(rows, bytes) else csv_bytes(rows)
    return client.post(f"/api/imports/{kind}", files={"file": ("x", data)}, params=params)


def apply(
    client: TestClient, kind: str, rows: Sequence[Sequence[Any]] | bytes, **params: Any
) -> dict[str, Any]:
    answer = send(client, kind, rows, dry_run=False, **params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def counts(report: dict[str, Any]) -> tuple[int, int, int]:
    return report["created"], report["updated"], report["unchanged"]


def test_a_dry_run_changes_nothing_and_says_what_would_happen(office: TestClient, town: Unit) -> None:
    rows = [POINTS, ["K01", "兰溪苑", "居民小区", "120.10198", "31.18224", "兰溪物业", "是"]]
    etag = office.get("/api/points/offline").headers["etag"]
    report = send(office, "points", rows).json()
    assert (report["is_dry_run"], report["is_applied"], counts(report)) == (True, False, (1, 0, 0))
    assert office.get("/api/points").json()["items"] == []
    assert office.get("/api/points/offline").headers["etag"] == etag
    assert counts(apply(office, "points", rows)) == (1, 0, 0)
    [point] = office.get("/api/points").json()["items"]
    assert (point["type_code"], point["is_key"]) == ("RES", True)
    assert office.get("/api/points/offline").headers["etag"] != etag


def test_the_same_file_again_changes_nothing_and_a_changed_one_updates(office: TestClient) -> None:
    rows = [
        POINTS,
        ["K01", "兰溪苑", "RES", 120.1, 31.1, "P01", "是"],
        ["K02", "荷塘", "RES", 120.2, 31.1, "", ""],
    ]
    apply(office, "points", rows, crs="gcj02")
    assert counts(apply(office, "points", rows, crs="gcj02")) == (0, 0, 2)
    rows[1][1] = "兰溪新苑"
    assert counts(apply(office, "points", rows, crs="gcj02")) == (0, 1, 1)


def test_empty_cells_leave_what_is_there(office: TestClient) -> None:
    apply(office, "points", [POINTS, ["K01", "兰溪苑", "RES", 120.1, 31.1, "P01", "是"]])
    apply(office, "points", [POINTS, ["K01", "新名", "RES", "", "", "", ""]])
    [point] = office.get("/api/points").json()["items"]
    assert (point["name_zh"], point["lon"], point["is_key"]) == ("新名", 120.1, True)
    assert point["responsible_unit_id"] is not None


def test_coordinates_come_in_the_files_crs_or_the_rows_own(office: TestClient) -> None:
    gcj, bd = (geo.from_wgs84(120.1, 31.1, crs) for crs in (geo.Crs.GCJ02, geo.Crs.BD09))
    head = [*POINTS[:5], "坐标系"]
    rows = [head, ["A", "甲", "RES", *map(repr, gcj), ""], ["B", "乙", "RES", *map(repr, bd), "百度"]]
    apply(office, "points", rows, crs="gcj02")
    for point in office.get("/api/points").json()["items"]:
        assert (point["lon"], point["lat"]) == pytest.approx((120.1, 31.1), abs=1e-6)
    card = office.get(f"/api/points/{office.get('/api/points').json()['items'][0]['id']}").json()
    assert card["source"]["crs"] == "gcj02"


def test_every_wrong_cell_is_named_and_nothing_is_applied(office: TestClient) -> None:
    rows = [
        POINTS,
        ["K01", "好", "RES", "120.1", "31.1", "", ""],
        ["K02", "", "没有的类型", "abc", "31.1", "没有的单位", "也许"],
        ["K01", "重复", "RES", "120.1", "31.1", "", ""],
        ["K 03", "坏号", "RES", "31.1", "120.1", "", ""],
        ["K04", "半个", "RES", "120.1", "", "", ""],
        ["K05", "无穷", "RES", "1e999", "nan", "", ""],
        ["K06", "调换", "RES", "31.1", "120.1", "", ""],
    ]
    answer = send(office, "points", rows, dry_run=False)
    assert (answer.status_code, answer.json()["code"]) == (422, "import-refused")
    found = [(e["row"], e["column"], e["code"], e["value"]) for e in answer.json()["errors"]]
    assert (3, "点位名称", "missing", "") in found
    assert (4, "点位编号*", "twice", "K01 = 2") in found
    assert (5, "点位编号*", "string-pattern-mismatch", "K 03") in found
    assert (6, "纬度", "missing", "") in found
    assert (7, "经度", "not-a-number", "1e999") in found
    assert (7, "纬度", "not-a-number", "nan") in found
    assert (8, "经度", "geometry-swapped", "31.1") in found
    assert office.get("/api/points").json()["items"] == []
    rows[2][1] = "有名"
    dry = send(office, "points", rows).json()
    row_3 = {(e["column"], e["code"]) for e in dry["errors"] if e["row"] == 3}
    assert row_3 == {
        ("点位类型", "unknown-code"),
        ("经度", "not-a-number"),
        ("责任单位", "unknown-code"),
        ("是否重点", "not-yes-or-no"),
    }


def test_a_place_far_from_all_others_is_noted(office: TestClient) -> None:
    rows = [
        POINTS[:5],
        *([f"K{n}", "点", "RES", 120.1 + n / 1000, 31.1] for n in range(6)),
        ["X", "远", "RES", 116, 39],
    ]
    warnings = apply(office, "points", rows)["warnings"]
    assert [(w["row"], w["code"]) for w in warnings] == [(8, "far-from-the-others")]


def test_unknown_columns_are_noted_and_missing_ones_refused(office: TestClient) -> None:
    report = send(
        office, "points", [[*POINTS, "备注"], ["K01", "兰溪苑", "RES", 120.1, 31.1, "", "", "x"]]
    ).json()
    assert [(w["column"], w["code"]) for w in report["warnings"]] == [("备注", "unknown-column")]
    refused = send(office, "points", [["编号", "名称"], ["K01", "x"]])
    assert (refused.status_code, refused.json()["reason"]) == (422, "header")
    assert refused.json()["missing"] == ["点位类型 (type_code)"]
    twice = send(office, "points", [["编号", "编码", "名称", "类型"], ["K01", "K01", "x", "RES"]])
    assert twice.json()["reason"] == "header"


def test_grids_come_as_geojson_or_wkt(office: TestClient) -> None:
    ring = [[120.1, 31.1], [120.11, 31.1], [120.11, 31.11], [120.1, 31.1]]
    features = [
        {
            "type": "Feature",
            "properties": {"网格编号": f"99010110000100{n}", "网格名称": f"第{n}网格", "社区": "P01"},
            "geometry": {"type": "Polygon", "coordinates": [[[lon + n / 100, lat] for lon, lat in ring]]},
        }
        for n in (1, 2)
    ]
    collection = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert counts(apply(office, "grids", collection)) == (2, 0, 0)
    assert counts(apply(office, "grids", collection)) == (0, 0, 2)
    assert counts(apply(office, "grids", [["编号", "名称", "WKT"], ["G9", "九", SQUARE]])) == (1, 0, 0)
    assert len(office.get("/api/grids").json()["items"]) == 3


@pytest.mark.parametrize(
    ("wkt", "code"),
    [
        ("POLYGON((120 31,121 32,121 31,120 32,120 31))", "geometry-crossing"),
        ("POLYGON((120 31", "not-a-geometry"),
        ("POINT EMPTY", "geometry-number"),
        ("LINESTRING(120 31,121 32)", "geometry-type"),
        ('{"type":"Polygon","coordinates":[[[120,31],[121,31],[121,32]]]}', "geometry-too-few"),
        ("[" * 10_000, "not-a-geometry"),
        ("", "missing"),
    ],
)
def test_shapes_that_are_none_are_named(office: TestClient, wkt: str, code: str) -> None:
    report = send(office, "grids", [["编号", "名称", "图形"], ["G1", "一", wkt]]).json()
    assert [(e["row"], e["column"], e["code"]) for e in report["errors"]] == [(2, "图形", code)]


def test_points_take_position_from_a_shape(office: TestClient) -> None:
    rows = [
        ["编号", "名称", "类型", "图形"],
        ["A", "区", "RES", SQUARE],
        ["B", "点", "COM", "POINT(120.2 31.2)"],
    ]
    apply(office, "points", rows)
    area, spot = office.get("/api/points").json()["items"]
    assert (area["lon"], area["lat"]) == pytest.approx((120.105, 31.105))
    assert (spot["lon"], spot["lat"]) == (120.2, 31.2)
    empty = [["编号", "名称", "类型", "图形"], ["C", "空", "RES", "POLYGON EMPTY"]]
    assert send(office, "points", empty).json()["error_count"] == 1


def test_units_come_in_any_order_and_reach_at_once(office: TestClient, town: Unit) -> None:
    head = ["单位编号", "名称", "类型", "上级单位", "标签"]
    rows = [head, ["C2", "二级", "部门", "C1", "a;b"], ["C1", "一级", "居委会", "", ""]]
    assert counts(apply(office, "units", rows)) == (2, 0, 0)
    with reading() as session:
        units = {u.code: u for u in session.scalars(select(Unit).where(Unit.town_id == town.id))}
        above = session.scalars(select(UnitReach.ancestor_id).where(UnitReach.unit_id == units["C2"].id))
        assert set(above) == {units["C1"].id, units["C2"].id, town.id}
        assert (units["C2"].tags, units["C1"].kind) == (["a", "b"], "community")
    rows[1][3] = "P01"
    assert counts(apply(office, "units", rows)) == (0, 1, 1)
    with reading() as session:
        above = session.scalars(select(UnitReach.ancestor_id).where(UnitReach.unit_id == units["C2"].id))
        assert units["C1"].id not in set(above)


def test_units_cannot_hang_in_a_ring(office: TestClient) -> None:
    head = ["编号", "名称", "类型", "上级"]
    fresh = send(office, "units", [head, ["A", "甲", "部门", "B"], ["B", "乙", "部门", "A"]]).json()
    assert fresh["error_count"] >= 1
    apply(office, "units", [head, ["A", "甲", "部门", ""], ["B", "乙", "部门", "A"]])
    ring = send(office, "units", [head, ["A", "甲", "部门", "B"], ["B", "乙", "部门", "A"]]).json()
    assert [(e["row"], e["code"]) for e in ring["errors"]] == [(2, "unit-loop")]
    town = send(office, "units", [head, ["T9", "镇", "town", ""]]).json()
    assert town["errors"][0]["code"] == "unknown-code"


def test_people_get_roles_but_no_password(office: TestClient, town: Unit) -> None:
    head = ["登录名", "姓名", "手机", "单位", "角色"]
    rows = [
        head,
        ["li.si", "李四", "13800000000", "P01", "联络员;整改人员"],
        ["wang", "王五", "", "P01", "巡查员@P01"],
    ]
    assert counts(apply(office, "people", rows)) == (2, 0, 0)
    with reading() as session:
        person = session.scalars(select(User).where(User.login == "li.si")).one()
        assert person.password_hash is None
        roles = session.scalars(select(RoleHold.role).where(RoleHold.user_id == person.id))
        assert sorted(roles) == ["liaison", "rectifier"]
    assert counts(apply(office, "people", rows)) == (0, 0, 2)
    rows[1][4] = "联络员;单位负责人"
    assert counts(apply(office, "people", rows)) == (0, 1, 1)


def test_an_import_grants_no_more_than_its_maker_may(town: Unit, sign_in: SignIn) -> None:
    with transaction() as session:
        clerk = factories.user(session, town, "office_admin")
    head = ["登录名", "姓名", "单位", "角色", "出生日期"]
    rows = [
        head,
        ["a1", "甲", "P01", "管理员", ""],
        ["a2", "乙", "P01", "志愿者", "2015-01-01"],
        ["a3", "丙", "P01", "国王", ""],
        ["a4", "丁", "P99", "", ""],
    ]
    errors = send(sign_in(clerk), "people", rows).json()["errors"]
    assert [(e["row"], e["column"], e["code"]) for e in errors] == [
        (2, "角色", "role-not-grantable"),
        (3, "登录名", "age-rule"),
        (4, "角色", "unknown-role"),
        (5, "单位", "unknown-code"),
    ]


def test_a_person_of_another_town_is_not_taken_over(office: TestClient) -> None:
    with transaction() as session:
        factories.user(session, factories.town(session), "admin", login="boss")
    errors = send(office, "people", [["登录名", "姓名", "单位"], ["boss", "贼", "P01"]]).json()["errors"]
    assert [(e["column"], e["code"]) for e in errors] == [("登录名", "login-taken")]


def test_categories_are_revised(office: TestClient, town: Unit) -> None:
    head = ["编号", "名称", "主题", "处置类型", "性质", "时限", "别名", "专项"]
    rows = [
        head,
        ["ENV-01", "垃圾", "公共环境", "整治", "紧急", "6.0", "死角、脏乱", ""],
        ["NEW-1", "新", "环境?", "REM", "", "24", "", "清脏"],
    ]
    assert send(office, "categories", rows).json()["errors"][0]["column"] == "主题"
    rows[2][2] = "environment"
    without = [head, [*rows[2][:-1], ""]]
    [error] = send(office, "categories", without).json()["errors"]
    assert (error["column"], error["code"]) == ("专项", "missing"), "clean-up is of one of the three (X29)"
    assert counts(apply(office, "categories", rows)) == (1, 1, 0)
    with reading() as session:
        row = standards.category_by_code(session, town.id, "ENV-01")
        assert row is not None
        assert (row.revision, row.nature, row.deadline_hours, row.aliases) == (
            2,
            "urgent",
            6,
            ["死角", "脏乱"],
        )


def test_workbooks_are_read_and_formulas_refused(office: TestClient) -> None:
    good = xlsx_bytes({"数据": [POINTS, ["K01", "兰溪苑", "RES", 120.1, 31.1, "P01", "是"]]})
    assert counts(apply(office, "points", good)) == (1, 0, 0)
    book = load_workbook(io.BytesIO(good))
    book["数据"]["B2"] = '=HYPERLINK("http://evil.example")'
    file = io.BytesIO()
    book.save(file)
    errors = send(office, "points", file.getvalue()).json()["errors"]
    assert [(e["row"], e["column"], e["code"]) for e in errors] == [(2, "点位名称", "formula")]


@pytest.mark.parametrize("kind", ["points", "grids", "units", "people", "categories"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_template_is_itself_a_file_that_can_be_imported(
    office: TestClient, kind: str, file_format: str
) -> None:
    template = office.get(f"/api/imports/{kind}/template", params={"format": file_format})
    assert template.headers["content-disposition"] == f'attachment; filename="{kind}.{file_format}"'
    report = apply(office, kind, template.content)
    assert (report["rows"], report["warnings"]) == (0, [])


def test_only_administrators_import(town: Unit, sign_in: SignIn, client: TestClient) -> None:
    with transaction() as session:
        dispatcher = factories.user(session, town, "dispatcher")
        away = factories.user(session, factories.town(session), "admin")
    rows = [POINTS, ["K01", "兰溪苑", "RES", 120.1, 31.1, "", ""]]
    assert send(sign_in(dispatcher), "points", rows).status_code == 403
    assert send(sign_in(away), "points", rows, town=str(town.id)).status_code == 404
    assert send(client, "points", rows).status_code == 401


def test_an_import_is_logged_without_names(office: TestClient, town: Unit) -> None:
    apply(office, "points", [POINTS, ["K01", "兰溪苑", "RES", 120.1, 31.1, "", ""]])
    with reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "imported")).one()
    assert (entry.detail["kind"], entry.detail["created"]) == ("points", 1)
    assert "兰溪" not in json.dumps(entry.detail, ensure_ascii=False)


def test_a_file_of_another_kind_is_a_problem_not_a_crash(office: TestClient) -> None:
    for data in (b"\x89PNG\r\n\x1a\n" + bytes(50), b"PK\x05\x06" + bytes(18), b"%PDF-1.7 ", b"<html>"):
        answer = send(office, "points", data)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "file-refused"
    assert office.post("/api/imports/points").status_code == 422
    assert office.post("/api/imports/cakes", files={"file": ("x", b"a")}).status_code == 422


def test_a_failed_import_leaves_no_row_behind(office: TestClient, town: Unit) -> None:
    rows = [["编号", "名称", "图形"], ["G1", "一", SQUARE], ["G2", "二", "POINT(1 1)"]]
    assert send(office, "grids", rows, dry_run=False).status_code == 422
    with reading() as session:
        assert session.scalars(select(Grid).where(Grid.town_id == town.id)).all() == []
        assert session.scalars(select(Point).where(Point.town_id == town.id)).all() == []


def square(column: int, row: int, *, columns: int = 1, size: float = 0.01) -> str:
    west, south = 120.1 + column * size, 31.1 + row * size
    east, north = west + columns * size, south + size
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


GRIDS = ["网格编号", "网格名称", "边界"]


def test_grids_may_touch_but_not_overlap_J06(office: TestClient) -> None:
    assert counts(apply(office, "grids", [GRIDS, ["G1", "一", square(0, 0)], ["G2", "二", square(1, 0)]]))
    wide = [GRIDS, ["G3", "三", square(0, 1)], ["G4", "四", square(0, 0, columns=2)]]
    report = send(office, "grids", wide).json()
    told = [(e["row"], e["code"], e["value"].partition(":")[0]) for e in report["errors"]]
    assert told == [(3, "overlaps", "G1 × G4"), (3, "overlaps", "G2 × G4")]
    refused = send(office, "grids", wide, dry_run=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "import-refused")
    assert len(office.get("/api/grids").json()["items"]) == 2
    twice = [GRIDS, ["G5", "五", square(0, 2)], ["G5", "五", square(0, 3)]]
    assert [e["code"] for e in send(office, "grids", twice).json()["errors"]] == ["twice"]


def test_holes_between_grids_and_points_outside_all_are_told_J06(office: TestClient) -> None:
    apply(office, "points", [POINTS, ["K1", "内", "居民小区", "120.105", "31.105"], ["K2", "外", "居民小区", "120.2", "31.1"]])  # fmt: skip
    around = [(c, r) for c in range(3) for r in range(3) if (c, r) != (1, 1)]
    rows = [[f"G{n}", f"{n}", square(*at)] for n, at in enumerate(around)]
    report = apply(office, "grids", [GRIDS, *rows])
    told = {(w["code"], w["value"].partition(":")[0]) for w in report["warnings"]}
    assert told == {("hole", "120.11500, 31.11500"), ("point-outside", "K2")}
    check = office.get("/api/grids/check").json()
    assert (check["grids"], check["points"], check["overlaps"]) == (8, 2, [])
    assert (check["points_outside"], check["points_in_several"]) == (["K2"], [])
    assert check["holes"][0]["area_m2"] == pytest.approx(952.9 * 1108.8, rel=0.01)
