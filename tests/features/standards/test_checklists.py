"""Checklists per point type: what a visit stores names the very texts it was measured by."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.clock import frozen, now
from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.standards import service
from tests import factories

DATA = Path(__file__).parents[3] / "app" / "demo" / "data" / "categories.yaml"


@pytest.fixture(scope="module")
def standing_town(standing: object) -> Unit:
    with transaction() as session:
        row = factories.town(session)
        service.load_standard(session, row.id, DATA)
        return row


@pytest.fixture
def town(standing_town: Unit, database: object) -> Unit:
    return standing_town


@pytest.fixture
def office(town: Unit, sign_in: Callable[[User], TestClient]) -> TestClient:
    with transaction() as session:
        return sign_in(factories.user(session, town, "office_admin"))


def of(office: TestClient, kind: str, version: str | None = None) -> dict[str, Any]:
    answer = office.get(f"/api/checklists/{kind}", params={"version": version} if version else {})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def revise(office: TestClient, path: str, revision: int, **values: Any) -> None:
    answer = office.patch(f"/api/{path}", json=values, headers={"If-Match": f'"{revision}"'})
    assert answer.status_code == 200, answer.text


def test_a_market_point_is_checked_by_the_market_items_D12(office: TestClient) -> None:
    market, quarter = of(office, "MARKET"), of(office, "RES")
    codes = [item["code"] for item in market["items"]]
    assert codes == market["point_type"]["check_item_codes"]
    assert any(code.startswith("MKT") for code in codes)
    assert not any(item["code"].startswith("MKT") for item in quarter["items"])
    assert office.get("/api/checklists/NONE").status_code == 404


def test_a_new_version_leaves_what_an_old_visit_was_measured_by_X24(office: TestClient) -> None:
    before = of(office, "RES")
    first = before["items"][0]
    revise(office, f"check-items/{first['code']}", 1, name_zh="改过的要求")
    worded = of(office, "RES")
    revise(office, "point-types/RES", 1, check_item_codes=[first["code"]])
    shorter = of(office, "RES")
    revise(office, f"check-items/{first['code']}", 2, name_zh="再改")

    assert office.get("/api/standards").json()["checklist_version"] == of(office, "RES")["version"]
    assert len({one["version"] for one in (before, worded, shorter, of(office, "RES"))}) == 4
    assert of(office, "RES", before["version"]) == before
    assert of(office, "RES", worded["version"]) == worded
    assert worded["items"][0]["name_zh"] == "改过的要求"
    assert of(office, "RES", shorter["version"])["items"] == worded["items"][:1]
    assert of(office, "RES")["items"][0]["name_zh"] == "再改"


def test_versions_never_repeat_even_if_the_clock_goes_back_X24(office: TestClient) -> None:
    revise(office, "check-items/PUB-a", 1, name_zh="一")
    one = of(office, "RES")
    with frozen(now() - timedelta(hours=1)):
        revise(office, "check-items/PUB-a", 2, name_zh="二")
        revise(office, "check-items/PUB-a", 3, name_zh="三")
    assert of(office, "RES")["version"] > one["version"]
    assert of(office, "RES", one["version"]) == one


@pytest.mark.parametrize("wrong", ["1", "20211122", "99999999T999999999999Z", "x' OR 1"])
def test_a_version_that_never_was_is_refused(office: TestClient, wrong: str) -> None:
    assert office.get("/api/checklists/RES", params={"version": wrong}).status_code in (404, 422)


def test_another_towns_checklist_is_not_there(
    office: TestClient, sign_in: Callable[[User], TestClient]
) -> None:
    with transaction() as session:
        away = sign_in(factories.user(session, factories.town(session), "office_admin"))
    assert away.get("/api/checklists/RES").status_code == 404
