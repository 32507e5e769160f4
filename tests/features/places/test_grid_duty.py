"""定格认责: grids whose support unit, community and officer accept the duty each in their own name."""

import io
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.places import service as places
from tests import factories

SignIn = Callable[[User], TestClient]


def cell(column: int, row: int, size: float = 0.004) -> dict[str, Any]:
    west, south = 120.1 + column * size, 31.1 + row * size
    ring = [
        [west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south],
    ]  # fmt: skip
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass
class Street:
    """A subdistrict with one community, one support unit, one officer; and who speaks for them."""

    town: Unit
    community: Unit
    support: Unit
    officer: User
    office: TestClient
    of_community: TestClient
    of_support: TestClient
    of_officer: TestClient
    outsider: TestClient

    def grid(self, code: str = "G1", **values: Any) -> dict[str, Any]:
        body = {
            "code": code, "name_zh": "一", "geometry": cell(0, 0), "community_id": str(self.community.id),
            "support_unit_id": str(self.support.id), "officer_id": str(self.officer.id), **values,
        }  # fmt: skip
        answer = self.office.post("/api/grids", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def accept_all(self, grid: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for part, who in (
            ("support_unit", self.of_support),
            ("community", self.of_community),
            ("officer", self.of_officer),
        ):
            answer = who.put(f"/api/grids/{grid['id']}/duty/{part}")
            assert answer.status_code == 200, answer.text
            row = answer.json()
        return row


@pytest.fixture
def street(database: object, sign_in: SignIn) -> Street:
    with transaction() as session:
        town = factories.town(session)
        community = factories.unit(session, town, kind="community", name_zh="兰溪居委会")
        support = factories.unit(session, town, kind="enterprise", name_zh="帮包单位")
        officer = factories.user(session, community, "grid_officer", name_zh="网格员甲")
        office = factories.user(session, town, "office_admin")
        speaks = factories.user(session, community, "unit_principal")
        helps = factories.user(session, support, "liaison", name_zh="联络员乙")
        outsider = factories.user(session, factories.unit(session, town), "liaison")
    people = [sign_in(one) for one in (office, speaks, helps, officer, outsider)]
    return Street(town, community, support, officer, *people)


def test_each_of_the_three_accepts_in_their_own_name_J07(street: Street) -> None:
    grid = street.grid()
    url = f"/api/grids/{grid['id']}/duty"
    refused = [
        street.outsider.put(f"{url}/support_unit"),
        street.of_support.put(f"{url}/community"),
        street.of_community.put(f"{url}/officer"),
        street.of_officer.put(f"{url}/community"),
        street.office.put(f"{url}/officer"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    table = street.office.get("/api/grids/duty").json()
    assert (table["summary"]["full"], table["items"][0]["is_full"]) == (0, False)

    first = street.of_support.put(f"{url}/support_unit").json()
    assert first["support_unit"]["accepted_by"]["name_zh"] == "联络员乙"
    assert (first["is_full"], first["accepted_at"]) == (False, None)
    again = street.of_support.put(f"{url}/support_unit").json()
    assert again["support_unit"] == first["support_unit"], "accepting again changes nothing"

    row = street.accept_all(grid)
    assert row["is_full"] is True
    assert row["accepted_at"] == row["officer"]["accepted_at"]
    assert street.office.get("/api/grids/duty").json()["summary"] == {
        "grids": 1,
        "full": 1,
        "named": {"support_unit": 1, "community": 1, "officer": 1},
        "accepted": {"support_unit": 1, "community": 1, "officer": 1},
    }


def test_who_is_newly_named_is_asked_anew_J07(street: Street, sign_in: SignIn) -> None:
    grid = street.grid()
    assert street.accept_all(grid)["is_full"]
    with transaction() as session:
        other = factories.user(session, street.community, "grid_officer")
    headers = {"If-Match": '"1"'}
    changed = street.office.patch(
        f"/api/grids/{grid['id']}", json={"officer_id": str(other.id)}, headers=headers
    )
    assert (changed.status_code, changed.json()["accepted_at"]) == (200, None)
    row = street.office.get("/api/grids/duty").json()["items"][0]
    assert (row["officer"]["accepted_at"], row["is_full"]) == (None, False)
    assert row["community"]["accepted_at"], "the others stay bound"
    url = f"/api/grids/{grid['id']}/duty/officer"
    assert street.of_officer.put(url).status_code == 403
    assert sign_in(other).put(url).json()["is_full"] is True


def test_a_part_nobody_is_named_for_cannot_be_accepted(street: Street) -> None:
    grid = street.grid(officer_id=None)
    answer = street.of_officer.put(f"/api/grids/{grid['id']}/duty/officer")
    assert (answer.status_code, answer.json()["code"], answer.json()["part"]) == (
        409,
        "duty-not-given",
        "officer",
    )
    assert street.of_officer.put(f"/api/grids/{grid['id']}/duty/town").status_code == 422


def test_one_finds_the_grids_one_answers_for(street: Street) -> None:
    street.grid()
    street.grid("G2", geometry=cell(1, 0), support_unit_id=None)
    mine = street.of_support.get("/api/grids/duty", params={"mine": True}).json()["items"]
    assert [row["code"] for row in mine] == ["G1"]
    assert [mine[0][part]["is_mine"] for part in ("support_unit", "community", "officer")] == [
        True,
        False,
        False,
    ]
    assert len(street.of_officer.get("/api/grids/duty", params={"mine": True}).json()["items"]) == 2
    assert street.outsider.get("/api/grids/duty", params={"mine": True}).json()["items"] == []
    assert mine[0]["area_m2"] == pytest.approx(169_000, rel=0.02)


def test_a_level_says_who_answers_officer_community_town_and_departments_J07_J04(street: Street) -> None:
    with transaction() as session:
        department = factories.unit(session, street.town, name_zh="城管中队")
        abroad = factories.unit(session, factories.town(session))
    levels = {"l1": "officer", "l2": "community", "l3": "town+departments"}
    grid = street.grid(response_levels=levels | {"department_ids": [str(department.id)]})
    row = street.office.get("/api/grids/duty").json()["items"][0]
    told = [
        (level["level"], level["tier"], [one["name_zh"] for one in level["who"]]) for level in row["levels"]
    ]
    assert told == [
        (1, "officer", ["网格员甲"]),
        (2, "community", ["兰溪居委会"]),
        (3, "town+departments", ["汀兰镇", "城管中队"]),
    ]
    url, version = f"/api/grids/{grid['id']}", {"If-Match": '"1"'}
    changed = street.office.patch(url, json={"response_levels": {"l2": "support_unit"}}, headers=version)
    assert changed.json()["response_levels"]["l2"] == "support_unit"
    for wrong in ({"l1": "nobody"}, {"department_ids": [str(abroad.id)]}):
        answer = street.office.patch(url, json={"response_levels": wrong}, headers={"If-Match": '"2"'})
        assert answer.status_code == 422


def test_150_of_150_grids_have_full_duty_J06_J07(street: Street) -> None:
    names = {
        "所属社区": street.community.code,
        "帮包单位": street.support.code,
        "网格员": street.officer.login,
    }
    features = [
        {"type": "Feature", "geometry": cell(n % 15, n // 15, 0.001), "properties": names | {"编号": f"{n:03d}", "名称": f"{n}"}}
        for n in range(150)
    ]  # fmt: skip
    file = json.dumps({"type": "FeatureCollection", "features": features})
    url = "/api/imports/grids?dry_run=false"
    assert street.office.post(url, files={"file": ("150.geojson", file)}).json()["created"] == 150
    grids = street.of_officer.get("/api/grids/duty", params={"mine": True}).json()["items"]
    last = grids.pop()
    with transaction() as session:
        spoken = {
            "officer": factories.viewer(session, street.officer),
            "community": factories.viewer(session, factories.user(session, street.community, "liaison")),
            "support_unit": factories.viewer(session, factories.user(session, street.support, "liaison")),
        }
        for grid in grids:
            for part, viewer in spoken.items():
                places.accept_grid(session, viewer, grid_id=uuid.UUID(grid["id"]), part=part)
    assert street.office.get("/api/grids/duty").json()["summary"]["full"] == 149
    street.accept_all(last)
    table = street.office.get("/api/grids/duty").json()
    assert (table["summary"]["grids"], table["summary"]["full"]) == (150, 150)
    assert all(row["accepted_at"] for row in table["items"])


def test_the_register_of_grids_is_a_document_J07(street: Street) -> None:
    street.accept_all(street.grid())
    answer = street.office.get("/api/grids/duty.xlsx")
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    head, line = [list(row) for row in sheet.iter_rows(values_only=True)]
    told = dict(zip(head, line, strict=True))
    assert (told["网格编码"], told["网格员"], told["社区"]) == ("G1", "网格员甲", "兰溪居委会")
    assert told["帮包单位"] == "帮包单位"
    assert told["认责完成时间"] == told["网格员认责"]
    assert told["三级响应"] == "汀兰镇"
    assert street.of_officer.get("/api/grids/duty.xlsx").status_code == 403
