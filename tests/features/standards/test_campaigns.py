"""Campaigns over HTTP: one active a town, settings with defaults."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.db import transaction
from app.features.identity.models import Unit, User
from app.features.standards import service
from tests import factories

SignIn = Callable[[User], TestClient]


@pytest.fixture
def town(database: object) -> Unit:
    with transaction() as session:
        return factories.town(session)


@pytest.fixture
def office(town: Unit, sign_in: SignIn) -> TestClient:
    with transaction() as session:
        person = factories.user(session, town, "office_admin")
    return sign_in(person)


def new(**values: Any) -> dict[str, Any]:
    return {"code": "TL22", "name_zh": "迎复检", "start_on": "2026-01-01", "end_on": "2026-12-31", **values}


def test_a_new_active_campaign_takes_over(office: TestClient, town: Unit) -> None:
    made = office.post("/api/campaigns", json=new(is_active=True, settings={"snap_radius_m": 30}))
    assert made.status_code == 201, made.text
    assert made.json()["settings"]["reopen_window_days"] == 30
    active = [c["code"] for c in office.get("/api/campaigns").json()["items"] if c["is_active"]]
    assert active == ["TL22"]
    with transaction() as session:
        campaign = service.active_campaign(session, town.id)
        assert campaign is not None
        assert service.setting(campaign, "snap_radius_m") == 30
        assert service.setting(campaign, "lookback_after_days") == [3, 7, 30]
    assert office.get("/api/standards").json()["campaign"]["code"] == "TL22"


def test_changing_one_setting_keeps_the_others(office: TestClient) -> None:
    made = office.post("/api/campaigns", json=new(settings={"snap_radius_m": 30})).json()
    url = f"/api/campaigns/{made['id']}"
    changed = office.patch(url, json={"settings": {"max_bounces": 2}}, headers={"If-Match": '"1"'}).json()
    assert (changed["settings"]["snap_radius_m"], changed["settings"]["max_bounces"]) == (30, 2)
    assert changed["version"] == 2
    stale = office.patch(url, json={"name_zh": "旧"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 409
    assert stale.json()["current"]["version"] == 2


@pytest.mark.parametrize(
    "settings",
    [{"nonsense": 1}, {"snap_radius_m": -1}, {"volunteer_age": [12, 65]}, {"overnight_cutoff": "25:00"}],
)
def test_impossible_settings_are_refused(office: TestClient, settings: dict[str, Any]) -> None:
    made = office.post("/api/campaigns", json=new()).json()
    answer = office.patch(
        f"/api/campaigns/{made['id']}", json={"settings": settings}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"][0]["at"][:2] == ["body", "settings"]


@pytest.mark.either_db
def test_a_campaign_has_a_kind_and_phases_with_dates_Z01_D01(office: TestClient) -> None:
    year = {"code": "Y21", "name_zh": "巩固之年", "name_en": "Year of consolidation", "is_standby": False}
    phases = [
        {**year, "code": f"Y{y}", "start_on": f"20{y}-01-01", "end_on": f"20{y}-12-31"} for y in (20, 21, 22)
    ]
    body = new(kind="re_inspection", start_on="2020-01-01", end_on="2022-12-31", phases=phases)
    made = office.post("/api/campaigns", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["phases"]) == ("re_inspection", phases)
    for kind in ("nominate", "create", "consolidate", "model_city"):
        assert office.post("/api/campaigns", json=new(code=kind, kind=kind)).json()["kind"] == kind
    assert office.post("/api/campaigns", json=new(code="X", kind="party")).status_code == 422


def test_dates_run_forward(office: TestClient) -> None:
    assert office.post("/api/campaigns", json=new(end_on="2025-01-01")).status_code == 422
    made = office.post("/api/campaigns", json=new()).json()
    url = f"/api/campaigns/{made['id']}"
    assert office.patch(url, json={"end_on": "2025-01-01"}, headers={"If-Match": '"1"'}).status_code == 422


def test_campaigns_of_another_town_are_not_there(office: TestClient, sign_in: SignIn) -> None:
    made = office.post("/api/campaigns", json=new()).json()
    with transaction() as session:
        away = factories.town(session)
        admin = factories.user(session, away, "admin")
    answer = sign_in(admin).patch(
        f"/api/campaigns/{made['id']}", json={"name_zh": "偷"}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 404


def test_a_dispatcher_sees_campaigns_but_does_not_change_them(
    office: TestClient, town: Unit, sign_in: SignIn
) -> None:
    with transaction() as session:
        dispatcher = factories.user(session, town, "dispatcher")
    desk = sign_in(dispatcher)
    assert desk.get("/api/campaigns").status_code == 200
    assert desk.post("/api/campaigns", json=new()).status_code == 403
