from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from app.core.db import reading, transaction
from app.features.identity import service
from app.features.identity.errors import LoginTaken, WeakPassword
from app.features.identity.models import Role, RoleHold, Unit, UnitReach, User
from tests import factories
from tests.features.identity.conftest import Town

SignIn = Callable[[User], TestClient]


@pytest.fixture
def clerk(sign_in: SignIn, town: Town) -> TestClient:
    return sign_in(town.clerk)


def make(by: TestClient, parent_id: UUID, code: str = "N1", **more: Any) -> Any:
    body = {"code": code, "name_zh": "兰溪", "kind": "community", "parent_id": str(parent_id), **more}
    return by.post("/api/units", json=body)


def patch(by: TestClient, unit_id: UUID | str, version: int = 1, **changes: Any) -> Any:
    return by.patch(f"/api/units/{unit_id}", json=changes, headers={"If-Match": f'"{version}"'})


def reach_of(unit_id: UUID) -> set[UUID]:
    with reading() as session:
        return set(session.scalars(select(UnitReach.ancestor_id).where(UnitReach.unit_id == unit_id)))


def test_everybody_of_a_town_sees_its_units_and_no_other_towns(sign_in: SignIn, town: Town) -> None:
    with transaction() as session:
        other = factories.town(session)
    seen = sign_in(town.volunteer).get("/api/units").json()["items"]
    assert {u["id"] for u in seen} == {str(u.id) for u in (town.town, town.office, town.east, town.west)}
    hidden = sign_in(town.volunteer).get(f"/api/units/{other.id}")
    assert hidden.status_code == 404
    assert hidden.content == sign_in(town.volunteer).get(f"/api/units/{uuid4()}").content


def test_a_pending_person_sees_only_the_own_unit_and_town(sign_in: SignIn, town: Town) -> None:
    with transaction() as session:
        pending = factories.user(session, town.east, "volunteer", status="pending")
    seen = sign_in(pending).get("/api/units").json()["items"]
    assert {u["id"] for u in seen} == {str(town.east.id), str(town.town.id)}


def test_a_district_role_sees_every_town_below(sign_in: SignIn, database: Any) -> None:
    with transaction() as session:
        district = factories.unit(session, None, kind="district")
        towns = [factories.town(session, district) for _ in range(2)]
        inspector = factories.user(session, district, "district_inspector")
    seen = sign_in(inspector).get("/api/units").json()["items"]
    assert {u["id"] for u in seen} == {str(u.id) for u in (district, *towns)}


def test_a_new_unit_is_reached_at_once(clerk: TestClient, town: Town) -> None:
    made = make(clerk, town.east.id)
    assert made.status_code == 201, made.text
    assert made.json()["town_id"] == str(town.town.id)
    unit_id = UUID(made.json()["id"])
    assert reach_of(unit_id) == {unit_id, town.east.id, town.town.id}
    again = make(clerk, town.west.id)
    assert (again.status_code, again.json()["code"]) == (409, "unit-code-taken")


def test_units_are_changed_by_administrators_only(sign_in: SignIn, town: Town) -> None:
    east = sign_in(town.liaison)
    assert make(east, town.east.id).status_code == 403
    assert patch(east, town.east.id, name_zh="我的").status_code == 403
    assert make(east, uuid4()).status_code == 404
    assert sign_in(town.clerk).post("/api/units", json={}).status_code == 422


@pytest.mark.parametrize("kind", ["town", "district", "planet"])
def test_towns_are_not_made_over_the_wire(clerk: TestClient, town: Town, kind: str) -> None:
    assert make(clerk, town.town.id, kind=kind).status_code == 422


def test_moving_a_unit_takes_its_subtree_along(clerk: TestClient, town: Town) -> None:
    child = UUID(make(clerk, town.east.id).json()["id"])
    assert patch(clerk, town.east.id, parent_id=str(town.west.id)).status_code == 200
    assert reach_of(child) == {child, town.east.id, town.west.id, town.town.id}
    loop = patch(clerk, town.west.id, parent_id=str(child))
    assert (loop.status_code, loop.json()["code"]) == (409, "unit-loop")
    with transaction() as session:
        elsewhere = factories.town(session)
    assert patch(clerk, child, parent_id=str(elsewhere.id)).status_code == 404


def test_two_editors_of_a_unit(clerk: TestClient, town: Town) -> None:
    first = patch(clerk, town.east.id, name_zh="东街", tags=["urban"])
    assert (first.headers["etag"], first.json()["tags"]) == ('"2"', ["urban"])
    second = patch(clerk, town.east.id, name_zh="西街")
    assert (second.status_code, second.json()["current_version"]) == (409, 2)


def test_a_unit_in_use_is_not_closed(clerk: TestClient, town: Town) -> None:
    refused = patch(clerk, town.east.id, is_active=False)
    assert (refused.status_code, refused.json()["people"], refused.json()["units"]) == (409, 3, 0)
    empty = make(clerk, town.west.id).json()["id"]
    assert patch(clerk, empty, is_active=False).status_code == 200
    listed = [u["id"] for u in clerk.get("/api/units").json()["items"]]
    assert empty not in listed
    everything = clerk.get("/api/units", params={"with_inactive": True}).json()["items"]
    assert empty in [u["id"] for u in everything]


def test_units_are_searched_and_paged(clerk: TestClient, town: Town) -> None:
    for n in range(5):
        make(clerk, town.east.id, code=f"P{n}", name_zh=f"荷塘{n}")
    found = clerk.get("/api/units", params={"q": "荷塘", "limit": 3}).json()
    rest = clerk.get("/api/units", params={"q": "荷塘", "limit": 3, "cursor": found["next"]}).json()
    assert [u["code"] for u in found["items"] + rest["items"]] == [f"P{n}" for n in range(5)]
    assert rest["next"] is None


def test_the_closure_is_rebuilt_from_the_parents(town: Town) -> None:
    with transaction() as session:
        pairs = select(UnitReach.ancestor_id, UnitReach.unit_id)
        before = {tuple(row) for row in session.execute(pairs)}
        session.execute(delete(UnitReach))
        service.rebuild_reach(session)
        after = {tuple(row) for row in session.execute(pairs)}
    assert after == before
    assert len(after) == 7


def test_the_first_administrator_is_made_with_the_town(
    client: TestClient, settings: Callable[..., Any], database: Any
) -> None:
    settings(totp_required=False)
    account = {"login": "Chief", "password": "quite a long one", "name_zh": "管理员"}
    place = {"town_code": "T9", "town_name": "汀兰镇"}
    with transaction() as session:
        service.create_admin(session, **account, **place)
    with transaction() as session, pytest.raises(LoginTaken):
        service.create_admin(session, **account, **place)
    with transaction() as session, pytest.raises(WeakPassword):
        service.create_admin(session, **{**account, "password": "short"}, **place)
    signed_in = client.post("/api/session", json={"login": "chief", "password": "quite a long one"})
    assert signed_in.status_code == 200
    me = client.get("/api/me").json()
    assert (me["town"]["code"], me["capabilities"]) == (
        "T9",
        ["may_configure", "may_manage_people", "may_administer"],
    )


def test_commands_make_units_and_people(town: Town) -> None:
    with transaction() as session:
        parent = session.get_one(Unit, town.east.id)
        unit = service.create_unit(session, code="CMD", name_zh="新", kind="enterprise", parent=parent)
        person = service.create_user(
            session,
            unit_id=unit.id,
            name_zh="钱七",
            grants=[service.Grant(Role.LIAISON, unit.id)],
            login="Qian",
        )
        assert session.scalars(select(RoleHold.role).where(RoleHold.user_id == person.id)).all() == [
            "liaison"
        ]
        assert person.login == "qian"
    assert reach_of(unit.id) == {unit.id, town.east.id, town.town.id}
