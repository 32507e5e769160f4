"""门前五包: the register of shops, whose names it shows to whom, and the shop proposed and named with a case."""

from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.audit import AuditEntry
from app.core.sheets import csv_bytes
from tests.support.cases import LAT, LON, World

pytestmark = pytest.mark.either_db
PHONE = "13812345678"
NORTH = 0.0001
"""Degrees: some eleven metres."""


def shop(town: World, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "code": f"S{number}", "name_zh": f"{number}号店", "position": {"lon": LON, "lat": LAT + number * NORTH},
        "unit_id": str(town.unit.id), "owner_name": "甲店主", "owner_phone": PHONE, "duties": ["order", "hygiene"],
        **changes,
    }  # fmt: skip


def shops(town: World, name: str, **query: Any) -> dict[str, Any]:
    answer = town.client(name).get("/api/frontages", params=query)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def imported(town: World, *rows: list[str], dry: bool = False) -> Any:
    heads = ["商户编号", "商户名称", "经度", "纬度", "社区", "负责人", "联系电话", "包干内容", "签订日期"]
    return town.client("admin").post(
        "/api/imports/frontages",
        files={"file": ("x.csv", csv_bytes([heads, *rows]))},
        params={"dry_run": dry, "crs": "wgs84"},
    )


def test_shops_are_kept_by_office_and_unit_and_owners_are_masked_J09(town: World) -> None:
    made = town.client("liaison").post("/api/frontages", json=shop(town, 1)).json()
    assert made["duties"] == ["hygiene", "order"], "in the order of the five"
    assert made["point"]["name_zh"] == "兰溪苑", "the point it lies at"
    for name, body, status in (
        ("liaison", shop(town, 2, unit_id=str(town.other_unit.id)), 403), ("volunteer", shop(town, 2), 403),
        ("admin", shop(town, 1), 409), ("admin", shop(town, 2, duties=["parking"]), 422),
        ("admin", shop(town, 2, unit_id=str(town.people["stranger"].unit_id)), 422),
        ("admin", shop(town, 2, reach_m=201), 422), ("admin", shop(town, 2, owner_phone="打我"), 422),
    ):  # fmt: skip
        assert town.client(name).post("/api/frontages", json=body).status_code == status, (name, body)
    # whole numbers stand in no list, names only where people of the unit are known by name
    for name, owner in (
        ("admin", "甲店主"),
        ("liaison", "甲店主"),
        ("other_liaison", None),
        ("volunteer", None),
    ):
        (item,) = shops(town, name)["items"]
        masked = "138****5678" if owner else None
        assert (item["owner_name"], item["owner_phone_masked"]) == (owner, masked), name
        card = town.client(name).get(f"/api/points/{town.point.id}/card")
        assert card.json()["sections"]["frontages"][0]["owner_name"] == owner
        assert PHONE not in card.text
    assert shops(town, "pending")["items"] == []
    whole = f"/api/frontages/{made['id']}/phone"
    assert town.client("admin").get(whole).json() == {"phone": PHONE}
    assert [town.client(name).get(whole).status_code for name in ("liaison", "pending")] == [403, 404]
    with db.reading() as session:
        read = session.scalars(select(AuditEntry).where(AuditEntry.action == "phone-read")).all()
    assert [(one.subject_kind, one.subject_id) for one in read] == [("frontages", made["id"])]
    # it is signed for on a day; what is not named stays
    path, first = f"/api/frontages/{made['id']}", {"If-Match": '"1"'}
    signed = town.client("liaison").patch(
        path, json={"signed_on": "2026-11-03", "owner_name": ""}, headers=first
    )
    assert (signed.json()["signed_on"], signed.json()["owner_name"], signed.json()["version"]) == (
        "2026-11-03",
        "",
        2,
    )
    assert town.client("admin").patch(path, json={"reach_m": 30}, headers=first).status_code == 409
    # a file does the same, by code, all or nothing
    wrong = imported(town, ["S9", "", f"{LON}", "", "汀兰物业", "", "", "包安全", "十一月"], dry=True).json()
    assert {(one["column"], one["code"]) for one in wrong["errors"]} == {("商户名称", "missing")}
    rows = [
        ["S1", "一号店", "", "", "", "", "", "五包", ""],
        ["S2", "二号店", f"{LON}", f"{LAT}", "汀兰物业", "乙", PHONE, "包卫生;绿化", "2026年11月3日"],
    ]
    told = imported(town, *rows).json()
    assert (told["created"], told["updated"]) == (1, 1)
    assert imported(town, *rows).json()["unchanged"] == 2
    told = shops(town, "admin", signed=True)
    assert [(one["code"], len(one["duties"])) for one in told["items"]] == [("S1", 5), ("S2", 2)]
    assert (told["shops"], told["signed"]) == (2, 2)
    bad = imported(town, ["S3", "三号店", f"{LON}", "", "没有", "", "", "包安全", "十一月"]).json()
    assert {one["code"] for one in bad["errors"]} == {"unknown-code", "not-a-date"}


def test_a_case_before_a_shop_proposes_it_and_chronic_ones_are_listed_J09(town: World) -> None:
    near, _far = (
        town.client("admin").post("/api/frontages", json=shop(town, n)).json()["id"] for n in (1, 5)
    )
    first = town.filed()
    proposed = town.case(first["id"], "dispatcher")["sections"]["proposal"]["frontages"]
    assert [(one["id"], round(one["distance_m"])) for one in proposed] == [(near, 11)]
    unknown = town.act(
        "dispatcher", first["id"], "dispatch", unit_id=str(town.unit.id), frontage_id=str(town.unit.id)
    )
    assert unknown.json()["fields"] == [{"at": ["body", "frontage_id"], "why": "unknown-id"}]

    def sent(case_id: str, action: str = "dispatch", **body: Any) -> Any:
        unit = {"unit_id": str(town.unit.id), **body}
        return town.done("dispatcher", case_id, action, **unit)["sections"]["frontage"]

    assert sent(first["id"], frontage_id=near)["zh"] == "1号店"
    assert town.case(first["id"], "liaison")["sections"]["frontage"]["id"] == near
    assert town.case(first["id"], "volunteer")["sections"]["frontage"] is None, (
        "a reporter is not told who was named"
    )
    assert town.case(first["id"])["events"][-1]["data"]["frontage"] == near
    # another order names it anew, or not at all; a bounced order names nobody
    assert sent(first["id"], "reassign", reason="换单位") is None
    assert sent(first["id"], "reassign", reason="还是这家", frontage_id=near)["id"] == near
    town.done("liaison", first["id"], "bounce", reason_code="not_ours")
    assert town.case(first["id"])["sections"]["frontage"] is None
    sent(first["id"], frontage_id=near)

    def listed(name: str) -> dict[str, Any]:
        answer = town.client(name).get("/api/review/frontages")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    one = listed("principal")
    assert (one["shops"], one["signed"], one["cases"], one["chronic"]) == (2, 0, 1, 0)
    for _ in range(2):
        sent(town.filed()["id"], frontage_id=near)
    (item,) = listed("liaison")["items"]
    assert (item["code"], item["times"], item["open"], item["is_chronic"]) == ("S1", 3, 3, True)
    assert listed("other_liaison")["items"] == [], "cases of another unit"
    town.client("admin").patch(
        f"/api/frontages/{near}", json={"is_active": False}, headers={"If-Match": '"1"'}
    )
    assert town.case(town.filed()["id"], "dispatcher")["sections"]["proposal"]["frontages"] == []
