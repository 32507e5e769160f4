"""The list of declared points: imported as versions, compared, counted by type and area, held against the points."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.db import transaction
from app.core.sheets import csv_bytes, xlsx_bytes
from app.features.identity.models import Unit, User
from app.features.standards import service as standards
from tests import factories

DATA = Path(__file__).parents[3] / "app" / "demo" / "data" / "categories.yaml"
HEAD = ["编号", "名称", "类型", "地址", "重点", "经度", "纬度", "责任单位"]
A5 = 120.12
"""East of this meridian lies what counts as key."""


@pytest.fixture(scope="module")
def standing_town(standing: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        standards.load_standard(session, row.id, DATA)
        factories.unit(session, row, code="P01", name_zh="兰溪物业")
        return row


@pytest.fixture
def office(standing_town: Unit, database: object, sign_in: Callable[[User], TestClient]) -> TestClient:
    with transaction() as session:
        return sign_in(factories.user(session, standing_town, "office_admin", name_zh="主任甲"))


def send(
    office: TestClient, rows: Sequence[Sequence[Any]], *, dry_run: bool, name: str = "2020年申报初表.csv"
) -> Any:
    data = xlsx_bytes({"表": [HEAD, *rows]}) if name.endswith("xlsx") else csv_bytes([HEAD, *rows])
    return office.post("/api/imports/declarations", files={"file": (name, data)}, params={"dry_run": dry_run})


def declared(office: TestClient, rows: Sequence[Sequence[Any]], **more: Any) -> dict[str, Any]:
    answer = send(office, rows, dry_run=False, **more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def row(code: str, name: str, kind: str, lon: float = 120.13, key: str = "是") -> list[Any]:
    return [code, name, kind, "兰溪路1号", key, lon, 31.1, "P01"]


FIRST = [row("K1", "兰溪苑", "居民小区"), row("K2", "禾川路", "ROAD", key="否")]


def test_a_declaration_is_checked_first_and_every_wrong_cell_is_named_S25(office: TestClient) -> None:
    wrong = [*FIRST, row("K1", "又一个", "NONE"), row("K4", "经纬度反了", "RES", lon=91.0), ["K5", "", "RES"]]
    wrong[3][5:7] = [31.1, 120.1]
    report = send(office, wrong, dry_run=True).json()
    told = {(e["row"], e["column"], e["code"]) for e in report["errors"]}
    assert told == {(4, "编号", "twice"), (5, "经度", "geometry-range"), (6, "名称", "missing")}
    assert send(office, wrong, dry_run=False).status_code == 422
    assert send(office, FIRST, dry_run=True).json()["created"] == 2
    assert office.get("/api/declarations").json()["items"] == [], "a dry run declares nothing"


def test_versions_are_kept_and_compared_and_missing_points_are_told_S25(office: TestClient) -> None:
    report = declared(office, FIRST)
    assert [(w["code"], w["value"]) for w in report["warnings"]] == [("no-point", "K1"), ("no-point", "K2")]
    position = {"lon": 120.13, "lat": 31.1}
    point = office.post(
        "/api/points", json={"code": "K1", "type_code": "RES", "name_zh": "兰溪苑", "position": position}
    ).json()
    second = [row("K1", "兰溪苑（东区）", "居民小区"), row("K3", "书香苑", "BOOK")]
    report = declared(office, second, name="终表.xlsx")
    assert (report["created"], report["updated"], report["unchanged"]) == (1, 1, 0)
    declared(office, second, name="终表.xlsx")

    versions = office.get("/api/declarations").json()["items"]
    told = [(v["number"], v["label"], v["source_name"], v["points"], v["key_points"]) for v in versions]
    assert told == [(2, "终表", "终表.xlsx", 2, 2), (1, "2020年申报初表", "2020年申报初表.csv", 2, 1)]
    assert versions[0]["declared_by"]["name_zh"] == "主任甲"
    assert versions[0]["declared_at"] > versions[1]["declared_at"]

    old = office.get("/api/declarations/1").json()
    assert [item["name_zh"] for item in old["items"]] == ["兰溪苑", "禾川路"], (
        "an old version stays as it was"
    )
    new = office.get("/api/declarations/2").json()
    assert [(i["code"], (i["point"] or {}).get("id")) for i in new["items"]] == [
        ("K1", point["id"]),
        ("K3", None),
    ]
    assert (new["missing"], new["items"][0]["unit"]["name_zh"]) == (1, "兰溪物业")

    changes = office.get("/api/declarations/2/changes", params={"since": 1}).json()
    assert [r["code"] for r in changes["added"]] == ["K3"]
    assert [r["code"] for r in changes["removed"]] == ["K2"]
    assert [(c["code"], c["fields"], c["after"]["name_zh"]) for c in changes["changed"]] == [
        ("K1", ["name_zh"], "兰溪苑（东区）")
    ]
    assert office.get("/api/declarations/3").status_code == 404
    assert office.get("/api/declarations/2/changes", params={"since": 9}).status_code == 404


def test_15_key_points_lie_east_of_the_road_by_type_X35(office: TestClient) -> None:
    east, west = A5 + 0.01, A5 - 0.01
    kinds = [("SITE", 9), ("ROAD", 4), ("CROSS", 1), ("BOOK", 1)]
    rows = [row(f"{kind}{n}", f"{kind} {n}", kind, east) for kind, count in kinds for n in range(count)]
    rows += [row("RES1", "荷塘新村", "RES", west), row("RES2", "兰溪苑", "RES", east, key="否")]
    declared(office, rows)
    data = csv_bytes(
        [
            ["编号", "名称", "类型", "经度", "纬度", "重点"],
            *([r[0], r[1], r[2], r[5], r[6], r[4]] for r in rows),
        ]
    )
    done = office.post("/api/imports/points?dry_run=false", files={"file": ("x", data)})
    assert done.status_code == 200, done.text
    area = {"area": f"{A5},31;121,31;121,32;{A5},32"}
    for path in ("/api/points/summary", "/api/declarations/1"):
        told = office.get(path, params=area).json()
        assert {t["type_code"]: t["key_points"] for t in told["by_type"]} == dict(kinds) | {"RES": 0}
        key = told["key_points"] if path.endswith("summary") else sum(i["is_key"] for i in told["items"])
        assert key == 15
    assert office.get("/api/points/summary").json()["key_points"] == 16
    for wrong in ("1,2", "a,b;c,d;e,f", "120,31;121,31;200,91"):
        assert office.get("/api/points/summary", params={"area": wrong}).status_code == 422
