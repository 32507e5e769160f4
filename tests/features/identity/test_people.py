import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import reading, transaction
from app.features.identity import people
from app.features.identity.models import RoleHold, User
from app.features.identity.viewer import COOKIE, load_viewer
from tests import factories
from tests.features.identity.conftest import HASH, PASSWORD, Town

SignIn = Callable[[User], TestClient]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [p["name_zh"] for p in answer.json()["items"]]


def grant(by: TestClient, whom: User, role: str, unit_id: UUID, **more: Any) -> Any:
    body = {"role": role, "unit_id": str(unit_id), **more}
    return by.post(f"/api/people/{whom.id}/roles", json=body)


@pytest.fixture
def root(sign_in: SignIn, town: Town) -> TestClient:
    return sign_in(town.admin)


@pytest.fixture
def clerk(sign_in: SignIn, town: Town) -> TestClient:
    return sign_in(town.clerk)


@pytest.fixture
def liaison(sign_in: SignIn, town: Town) -> TestClient:
    return sign_in(town.liaison)


# ---- reading ----
def test_a_liaison_sees_the_own_unit_and_nobody_else_exists(liaison: TestClient, town: Town) -> None:
    seen = {p["id"] for p in liaison.get("/api/people").json()["items"]}
    assert seen == {str(p.id) for p in (town.liaison, town.fixer, town.volunteer)}
    unseen = liaison.get(f"/api/people/{town.clerk.id}")
    unknown = liaison.get(f"/api/people/{uuid4()}")
    assert unseen.status_code == 404
    assert unseen.content == unknown.content


def test_another_towns_people_do_not_exist(root: TestClient, town: Town) -> None:
    with transaction() as session:
        elsewhere = factories.town(session)
        stranger = factories.user(session, elsewhere, "liaison", name_zh="外人")
    assert root.get(f"/api/people/{stranger.id}").status_code == 404
    assert "外人" not in names(root.get("/api/people"))
    assert grant(root, stranger, "liaison", elsewhere.id).status_code == 404
    assert grant(root, town.fixer, "liaison", elsewhere.id).status_code == 404


def test_volunteers_and_pending_people_have_no_directory(sign_in: SignIn, town: Town) -> None:
    assert sign_in(town.volunteer).get("/api/people").status_code == 403
    with transaction() as session:
        pending = factories.user(session, town.east, "liaison", status="pending")
    assert sign_in(pending).get("/api/people").status_code == 403
    assert sign_in(pending).get(f"/api/people/{town.fixer.id}").status_code == 404


def test_phones_are_masked_and_logins_shown_only_to_who_manages_the_account(
    root: TestClient, sign_in: SignIn, town: Town
) -> None:
    with transaction() as session:
        dispatcher = factories.user(session, town.town, "dispatcher")
    seen = root.get(f"/api/people/{town.fixer.id}").json()
    assert (seen["phone_masked"], seen["login"], seen["may_manage"]) == ("138****5678", "fixer", True)
    seen = sign_in(dispatcher).get(f"/api/people/{town.fixer.id}").json()
    assert (seen["phone_masked"], seen["login"], seen["may_manage"]) == ("138****5678", None, False)
    assert "13812345678" not in repr(seen)


def test_a_whole_phone_number_takes_the_right_role_a_fresh_factor_and_is_logged(
    root: TestClient, enter: Callable[..., TestClient], settings: Callable[..., Any], town: Town
) -> None:
    settings(totp_required=False)
    path = f"/api/people/{town.fixer.id}/phone"
    assert root.get(path).status_code == 403
    with clock.frozen(clock.now()) as advance:
        clerk = enter("clerk")
        assert clerk.get(path).json()["code"] == "step-up-needed"
        clerk.post("/api/session/step-up", json={"password": PASSWORD})
        assert clerk.get(path).json() == {"phone": "13812345678"}
        advance(timedelta(minutes=11))
        assert clerk.get(path).json()["code"] == "step-up-needed"
    with reading() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("phone-read") == 1
    assert actions.count("denied") == 3


def test_the_list_is_searched_filtered_and_paged(root: TestClient, town: Town) -> None:
    with transaction() as session:
        for name in ("李一", "李二", "李%三"):
            factories.user(session, town.west, "patroller", name_zh=name, name_en="Li")
    assert sorted(names(root.get("/api/people", params={"q": "李"}))) == sorted(["李一", "李二", "李%三"])
    assert names(root.get("/api/people", params={"q": "%"})) == ["李%三"]
    assert len(names(root.get("/api/people", params={"unit_id": str(town.west.id)}))) == 3
    assert len(names(root.get("/api/people", params={"role": "patroller"}))) == 3
    everyone = names(root.get("/api/people"))
    paged: list[str] = []
    cursor: str | None = None
    while True:
        page = root.get("/api/people", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        paged += names(page)
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert paged == everyone
    assert len(everyone) == 9
    assert root.get("/api/people", params={"cursor": "bm9wZQ"}).status_code == 400


# ---- making and changing ----
def person(town: Town, **more: Any) -> dict[str, Any]:
    return {"name_zh": "赵六", "unit_id": str(town.east.id), **more}


def test_a_person_is_made_with_roles_and_gets_in_by_an_invite(
    root: TestClient, make_client: Callable[[], TestClient], settings: Callable[..., Any], town: Town
) -> None:
    settings(totp_required=False)
    roles = [{"role": "reviewer", "unit_id": str(town.town.id)}]
    made = root.post("/api/people", json=person(town, login="Zhao", roles=roles))
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    assert (made.json()["login"], made.json()["has_password"]) == ("zhao", False)
    taken = root.post("/api/people", json=person(town, login="ZHAO"))
    assert (taken.status_code, taken.json()["code"]) == (409, "login-taken")
    link = root.post(f"/api/people/{made.json()['id']}/invite", json={}).json()["link"]
    new = make_client()
    body = {"code": link.partition("#")[2], "password": "a brand new one"}
    assert new.post("/api/join", json=body).status_code == 200
    assert new.get("/api/me").json()["capabilities"] == ["may_review"]


@pytest.mark.parametrize(
    ("role", "where", "code"),
    [
        ("rectifier", "east", None),
        ("liaison", "east", "role-not-grantable"),
        ("rectifier", "west", "role-not-grantable"),
        ("admin", "town", "role-not-grantable"),
    ],
)
def test_a_liaison_makes_only_own_field_people(
    liaison: TestClient, town: Town, role: str, where: str, code: str | None
) -> None:
    roles = [{"role": role, "unit_id": str(getattr(town, where).id)}]
    answer = liaison.post("/api/people", json=person(town, roles=roles))
    assert answer.json().get("code") == code
    assert answer.status_code == (403 if code else 201)
    assert liaison.post("/api/people", json=person(town, unit_id=str(town.west.id))).status_code == 403


def test_an_edit_names_its_version_and_the_second_editor_is_told(root: TestClient, town: Town) -> None:
    path = f"/api/people/{town.fixer.id}"
    assert root.patch(path, json={"title": "组长"}).json()["code"] == "version-needed"
    first = root.patch(path, json={"title": "组长"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["etag"], first.json()["title"]) == (200, '"2"', "组长")
    second = root.patch(path, json={"title": "副组长"}, headers={"If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (409, "version-conflict")
    assert second.json()["current_version"] == 2


def test_nobody_changes_somebody_above(clerk: TestClient, liaison: TestClient, town: Town) -> None:
    body, version = {"json": {"login": "mine"}}, {"headers": {"If-Match": '"1"'}}
    assert clerk.patch(f"/api/people/{town.admin.id}", **body, **version).status_code == 403
    assert liaison.patch(f"/api/people/{town.clerk.id}", **body, **version).status_code == 404
    assert clerk.post(f"/api/people/{town.admin.id}/disable").status_code == 403
    assert clerk.post(f"/api/people/{town.admin.id}/sign-out").status_code == 403


def test_a_disabled_person_is_out_at_once_and_may_be_let_in_again(
    root: TestClient, enter: Callable[..., TestClient], settings: Callable[..., Any], town: Town
) -> None:
    settings(totp_required=False)
    east = enter("east")
    assert root.post(f"/api/people/{town.liaison.id}/disable").json()["status"] == "disabled"
    assert east.get("/api/me").status_code == 401
    assert town.liaison.name_zh not in names(root.get("/api/people"))
    assert names(root.get("/api/people", params={"status": "disabled"})) == [town.liaison.name_zh]
    assert root.post(f"/api/people/{town.liaison.id}/enable").json()["status"] == "active"
    enter("east")


def test_a_lost_phone_is_signed_out_by_the_supervisor(
    liaison: TestClient, sign_in: SignIn, town: Town
) -> None:
    phone = sign_in(town.volunteer)
    assert liaison.post(f"/api/people/{town.volunteer.id}/sign-out").status_code == 204
    assert phone.get("/api/me").status_code == 401


# ---- roles ----
def test_a_role_reaches_the_subtree_and_ends_at_once(
    root: TestClient, enter: Callable[..., TestClient], settings: Callable[..., Any], town: Town
) -> None:
    settings(totp_required=False)
    granted = grant(root, town.liaison, "dispatcher", town.town.id)
    assert granted.status_code == 201, granted.text
    east = enter("east")
    assert len(names(east.get("/api/people"))) > 3
    hold = next(r["id"] for r in granted.json()["roles"] if r["role"] == "dispatcher")
    assert root.delete(f"/api/people/{town.liaison.id}/roles/{hold}").status_code == 200
    assert east.get("/api/me").status_code == 401  # a new token at every change of roles
    assert len(names(enter("east").get("/api/people"))) == 3
    assert root.delete(f"/api/people/{town.liaison.id}/roles/{hold}").status_code == 404


def test_who_has_no_password_gets_a_new_token_instead_of_being_stranded(
    liaison: TestClient, sign_in: SignIn, town: Town
) -> None:
    phone = sign_in(town.volunteer)
    old = phone.cookies[COOKIE]
    assert grant(liaison, town.volunteer, "patroller", town.east.id).status_code == 201
    lost = phone.get("/api/me")  # suppose that this answer was lost on the way
    assert lost.status_code == 200
    new = lost.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert new != old
    still = phone.get("/api/me", headers={"Authorization": f"Bearer {old}"})
    assert still.status_code == 200
    assert phone.get("/api/me", headers={"Authorization": f"Bearer {new}"}).status_code == 200
    assert phone.get("/api/me", headers={"Authorization": f"Bearer {old}"}).status_code == 401


@pytest.mark.parametrize("pair", [("admin", "auditor"), ("reviewer", "auditor"), ("admin", "reviewer")])
def test_administration_audit_and_review_are_separate_accounts(
    root: TestClient, town: Town, pair: tuple[str, str]
) -> None:
    assert grant(root, town.fixer, pair[0], town.town.id).status_code == 201
    refused = grant(root, town.fixer, pair[1], town.town.id)
    assert (refused.status_code, refused.json()["code"]) == (409, "roles-conflict")


def test_nobody_changes_the_own_roles(clerk: TestClient, root: TestClient, town: Town) -> None:
    assert grant(clerk, town.clerk, "dispatcher", town.town.id).json()["code"] == "own-account"
    assert root.post(f"/api/people/{town.admin.id}/disable").json()["code"] == "own-account"


def test_a_towns_only_administrator_is_removed_by_one_above(sign_in: SignIn, database: Any) -> None:
    with transaction() as session:
        district = factories.unit(session, None, kind="district")
        boss = factories.user(session, district, "admin")
        only = factories.user(session, factories.town(session, district), "admin")
        hold = session.scalars(select(RoleHold).where(RoleHold.user_id == only.id)).one()
    assert sign_in(boss).delete(f"/api/people/{only.id}/roles/{hold.id}").status_code == 200


def test_third_party_staff_get_roles_that_expire(root: TestClient, town: Town) -> None:
    assert grant(root, town.fixer, "third_party", town.town.id).status_code == 422
    until = str(clock.now().date() + timedelta(days=30))
    assert grant(root, town.fixer, "third_party", town.town.id, until_on=until).status_code == 201
    later = str(clock.now().date() + timedelta(days=60))
    extended = grant(root, town.fixer, "third_party", town.town.id, until_on=later).json()["roles"]
    assert [r["until_on"] for r in extended if r["role"] == "third_party"] == [later]


def test_making_somebody_a_volunteer_asks_for_the_age(liaison: TestClient, town: Town) -> None:
    assert grant(liaison, town.fixer, "volunteer", town.east.id).status_code == 422
    path = f"/api/people/{town.fixer.id}"
    liaison.patch(path, json={"birth_on": "1980-01-01"}, headers={"If-Match": '"1"'})
    assert grant(liaison, town.fixer, "volunteer", town.east.id).status_code == 201


# ---- absence and leaving ----
def test_a_substitute_stands_in_until_the_day_is_over(
    liaison: TestClient, sign_in: SignIn, town: Town
) -> None:
    with clock.frozen(clock.now()) as advance:
        body = {"substitute_id": str(town.fixer.id), "until_on": str(clock.now().date())}
        assert liaison.put(f"/api/people/{town.liaison.id}/substitute", json=body).status_code == 204
        with reading() as session:
            assert load_viewer(session, town.fixer).stands_in_for == (town.liaison.id,)
        assert sign_in(town.fixer).get("/api/me").json()["stands_in_for"] == [str(town.liaison.id)]
        advance(timedelta(days=1))
        with reading() as session:
            assert load_viewer(session, town.fixer).stands_in_for == ()
    assert liaison.delete(f"/api/people/{town.liaison.id}/substitute").status_code == 204


def test_a_substitute_is_another_active_colleague(liaison: TestClient, root: TestClient, town: Town) -> None:
    def name(by: TestClient, whom: User, substitute_id: UUID) -> int:
        body = {"substitute_id": str(substitute_id)}
        return by.put(f"/api/people/{whom.id}/substitute", json=body).status_code

    assert name(liaison, town.liaison, town.liaison.id) == 422
    assert name(liaison, town.liaison, town.clerk.id) == 404
    assert name(liaison, town.clerk, town.fixer.id) == 404
    assert name(root, town.fixer, town.clerk.id) == 204


def test_a_person_names_a_colleague_of_the_own_unit_and_takes_it_back(
    sign_in: SignIn, liaison: TestClient, town: Town
) -> None:
    fixer = sign_in(town.fixer)
    offered = fixer.get("/api/me/colleagues").json()
    assert offered == [
        {name: str(getattr(town.liaison, name)) for name in ("id", "name_zh", "name_en", "title")}
    ], "neither oneself, nor volunteers, nor other units"
    path = f"/api/people/{town.fixer.id}/substitute"
    assert fixer.put(path, json={"substitute_id": offered[0]["id"]}).status_code == 204
    assert fixer.get("/api/me").json()["substitute_id"] == offered[0]["id"]
    assert fixer.delete(path).status_code == 204
    assert fixer.get("/api/me").json()["substitute_id"] is None
    assert sign_in(town.volunteer).get("/api/me/colleagues").json() == []


def test_a_leavers_work_is_handed_over_by_the_features_that_hold_it(
    liaison: TestClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[tuple[UUID, UUID, UUID]] = []

    def callback(_: Any, leaver: User, heir: User, actor_id: UUID) -> int:
        moved.append((leaver.id, heir.id, actor_id))
        return 3

    monkeypatch.setattr(people, "_on_handed_over", [callback])
    path = f"/api/people/{town.fixer.id}/hand-over"
    assert liaison.post(path, json={"to_id": str(town.volunteer.id)}).json() == {"moved": 3}
    assert moved == [(town.fixer.id, town.volunteer.id, town.liaison.id)]
    assert liaison.post(path, json={"to_id": str(town.fixer.id)}).status_code == 422
    assert liaison.post(path, json={"to_id": str(town.clerk.id)}).status_code == 404


# ---- races ----
def test_two_administrators_who_remove_each_other_at_once_leave_one(live_server: Any) -> None:
    import httpx

    with live_server.session() as session:
        top = factories.town(session)
        pair = [factories.user(session, top, "admin", password_hash=HASH) for _ in range(2)]
        tokens = [factories.token(session, p) for p in pair]
    answers: list[int] = []

    def remove(by: str, whom: User) -> None:
        headers = {"Authorization": f"Bearer {by}"}
        url = f"{live_server.url}/api/people/{whom.id}/disable"
        answers.append(httpx.post(url, headers=headers, timeout=60).status_code)

    racers = [threading.Thread(target=remove, args=(tokens[n], pair[1 - n])) for n in (0, 1)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    # The one who came second was signed out, or is told that nobody else would be left.
    assert sorted(answers) in ([200, 401], [200, 409]), answers
    with live_server.session() as session:
        statuses = session.scalars(select(User.status).where(User.id.in_([p.id for p in pair]))).all()
    assert sorted(statuses) == ["active", "disabled"]
