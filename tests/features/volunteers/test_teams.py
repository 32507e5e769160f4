"""Teams, who is in them, and volunteers' profiles."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.core.db import transaction
from app.features.identity.models import Unit, User
from tests import factories

SignIn = Callable[[User], TestClient]


@pytest.fixture
def town(database: object) -> Unit:
    with transaction() as session:
        return factories.town(session)


@pytest.fixture
def people(town: Unit) -> dict[str, User]:
    with transaction() as session:
        village = factories.unit(session, town, kind="village")
        other = factories.unit(session, town, kind="village")
        return {
            "office": factories.user(session, town, "office_admin"),
            "liaison": factories.user(session, village, "liaison"),
            "elsewhere": factories.user(session, other, "liaison"),
            "volunteer": factories.user(session, village, "volunteer"),
            "another": factories.user(session, village, "volunteer"),
            "stranger": factories.user(session, factories.town(session), "admin"),
        }


def made(office: TestClient, unit_id: Any, **values: Any) -> dict[str, Any]:
    body = {"code": "VT1", "name_zh": "交通志愿者", "unit_id": str(unit_id), **values}
    answer = office.post("/api/teams", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_units_liaison_says_who_is_in_its_team(people: dict[str, User], sign_in: SignIn) -> None:
    office, liaison = sign_in(people["office"]), sign_in(people["liaison"])
    team = made(office, people["volunteer"].unit_id)
    url = f"/api/teams/{team['id']}/members/{people['volunteer'].id}"
    assert sign_in(people["elsewhere"]).put(url).status_code == 403
    assert sign_in(people["stranger"]).put(url).status_code == 404
    for _ in range(2):
        assert liaison.put(url).status_code == 204
    assert liaison.get("/api/teams").json()["items"][0]["members"] == 1
    strange = f"/api/teams/{team['id']}/members/{people['stranger'].id}"
    assert liaison.put(strange).status_code == 404


def test_members_know_each_other_and_others_do_not(people: dict[str, User], sign_in: SignIn) -> None:
    office = sign_in(people["office"])
    team = made(office, people["volunteer"].unit_id)
    url = f"/api/teams/{team['id']}/members"
    assert office.put(f"{url}/{people['volunteer'].id}").status_code == 204
    member, outsider = sign_in(people["volunteer"]), sign_in(people["another"])
    assert [m["id"] for m in member.get(url).json()["items"]] == [str(people["volunteer"].id)]
    assert outsider.get(url).json()["items"] == []
    assert sign_in(people["stranger"]).get(url).status_code == 404
    assert outsider.delete(f"{url}/{people['volunteer'].id}").status_code == 403
    assert member.delete(f"{url}/{people['volunteer'].id}").status_code == 204
    assert member.delete(f"{url}/{people['volunteer'].id}").status_code == 404


def test_a_team_is_changed_by_its_version(people: dict[str, User], sign_in: SignIn) -> None:
    office = sign_in(people["office"])
    team = made(office, people["volunteer"].unit_id, size=39)
    url = f"/api/teams/{team['id']}"
    changed = office.patch(url, json={"size": None, "is_active": False}, headers={"If-Match": '"1"'}).json()
    assert (changed["size"], changed["is_active"], changed["version"]) == (None, False, 2)
    assert office.patch(url, json={"size": 1}, headers={"If-Match": '"1"'}).status_code == 409
    again = {"code": "VT1", "name_zh": "再", "unit_id": team["unit_id"]}
    assert office.post("/api/teams", json=again).json()["code"] == "code-taken"
    foreign = again | {"code": "VT2", "unit_id": str(people["stranger"].unit_id)}
    assert office.post("/api/teams", json=foreign).status_code == 422


KINDS = (
    "traffic", "safety", "river", "environment", "culture", "citizen_patrol",  # D09, and free ones:
    "commando", "supervision", "publicity", "sunflower",
)  # fmt: skip
EMERGENCY = ("emergency_mobile", "urban_guard", "safety_guard", "quick_response", "assault")


@pytest.mark.either_db
def test_a_unit_forms_teams_of_its_own_of_any_kind_and_the_office_the_emergency_ones_X18_D09_J02_Z26_Z33(
    people: dict[str, User], sign_in: SignIn
) -> None:
    liaison, office = sign_in(people["liaison"]), sign_in(people["office"])
    own, foreign = str(people["liaison"].unit_id), str(people["elsewhere"].unit_id)
    team = {"code": "E0", "name_zh": "队", "unit_id": own}
    for kind in KINDS:
        made(liaison, own, code=kind, kind=kind)
    for number, kind in enumerate(EMERGENCY):
        urgent = team | {"code": f"E{number}", "kind": kind, "is_emergency": True}
        assert liaison.post("/api/teams", json=urgent).status_code == 403
        assert office.post("/api/teams", json=urgent).status_code == 201
    assert liaison.post("/api/teams", json=team | {"code": "F", "unit_id": foreign}).status_code == 403
    assert sign_in(people["volunteer"]).post("/api/teams", json=team).status_code == 403
    assert (
        liaison.put(f"/api/teams/{made(liaison, own)['id']}/members/{people['volunteer'].id}").status_code
        == 204
    )
    listed = {(one["kind"], one["is_emergency"]) for one in office.get("/api/teams").json()["items"]}
    assert listed >= {*((kind, False) for kind in KINDS), *((kind, True) for kind in EMERGENCY)}


def test_a_profile_is_seen_by_its_owner_and_the_unit(people: dict[str, User], sign_in: SignIn) -> None:
    url = f"/api/volunteers/{people['volunteer'].id}"
    owner, liaison = sign_in(people["volunteer"]), sign_in(people["liaison"])
    assert owner.get(url).status_code == 404
    body = {"kind": "party_member", "external_id": "SH-1", "registered_on": "2026-09-01"}
    assert liaison.put(url, json=body).json() == {"user_id": str(people["volunteer"].id), **body}
    assert owner.get(url).json()["kind"] == "party_member"
    assert owner.put(url, json=body).status_code == 403
    assert sign_in(people["another"]).get(url).status_code == 404
    assert sign_in(people["elsewhere"]).put(url, json=body).status_code == 404
    assert sign_in(people["stranger"]).put(url, json=body).status_code == 404
