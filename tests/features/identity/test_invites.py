import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.core import clock
from app.core.db import reading, transaction
from app.features.identity.models import Invite, User
from app.features.identity.viewer import token_hash
from tests import factories
from tests.features.identity.conftest import PASSWORD, Town

SignIn = Callable[[User], TestClient]
NEWCOMER = {"name": "王阿姨", "birth_on": "1980-05-01", "consent_version": "2026-11"}


def invite(by: TestClient | httpx.Client, unit_id: UUID, role: str = "volunteer", **more: Any) -> Any:
    return by.post("/api/invites", json={"role": role, "unit_id": str(unit_id), **more})


def code_of(made: Any) -> str:
    return str(made.json()["link"].partition("#")[2])


@pytest.fixture
def liaison(sign_in: SignIn, town: Town) -> TestClient:
    return sign_in(town.liaison)


# ---- making ----
def test_a_code_is_long_and_stands_in_the_fragment_the_short_one_avoids_lookalikes(
    liaison: TestClient, town: Town
) -> None:
    made = invite(liaison, town.east.id)
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["link"].startswith("http://localhost:8000/join#")
    assert len(code_of(made)) == 32  # 24 bytes: 192 bits
    assert len(body["short_code"]) == 9
    assert set(body["short_code"].replace("-", "")) <= set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
    assert body["qr_svg"].startswith("<?xml")
    with reading() as session:
        row = session.get_one(Invite, UUID(body["id"]))
        assert code_of(made) not in (row.code_hash, row.short_hash)
    assert "code" not in liaison.get("/api/invites").json()[0]


@pytest.mark.parametrize("more", [{"hours": 73}, {"hours": 0}, {"max_uses": 0}, {"max_uses": 501}, {"x": 1}])
def test_an_invite_is_bounded(liaison: TestClient, town: Town, more: dict[str, int]) -> None:
    assert invite(liaison, town.east.id, **more).status_code == 422


def test_who_may_invite_whom_and_where(sign_in: SignIn, liaison: TestClient, town: Town) -> None:
    assert invite(liaison, town.west.id).status_code == 403  # another unit
    assert invite(liaison, town.east.id, "liaison").json()["code"] == "role-not-grantable"
    assert invite(liaison, uuid4()).status_code == 404
    assert invite(sign_in(town.volunteer), town.east.id).status_code == 403
    clerk = sign_in(town.clerk)
    assert invite(clerk, town.west.id, "liaison").status_code == 201
    assert invite(clerk, town.town.id, "dispatcher").json()["code"] == "role-needs-account"
    assert invite(clerk, town.town.id, "admin").json()["code"] == "role-not-grantable"
    with transaction() as session:
        elsewhere = factories.town(session)
    assert invite(clerk, elsewhere.id).status_code == 404


def test_an_invite_is_listed_and_revoked_by_those_who_could_have_made_it(
    sign_in: SignIn, liaison: TestClient, client: TestClient, town: Town
) -> None:
    made = invite(liaison, town.east.id, note="周六巡访")
    clerk, stranger = sign_in(town.clerk), sign_in(town.fixer)
    assert [i["note"] for i in clerk.get("/api/invites").json()] == ["周六巡访"]
    assert stranger.get("/api/invites").json() == []
    path = f"/api/invites/{made.json()['id']}"
    assert stranger.delete(path).status_code == 404
    assert clerk.delete(path).status_code == 204
    refused = client.post("/api/join", json={**NEWCOMER, "code": code_of(made)})
    assert (refused.status_code, refused.json()["code"]) == (410, "invite-invalid")
    assert liaison.get("/api/invites").json() == []


# ---- joining ----
def test_a_newcomer_joins_is_pending_and_is_confirmed_by_the_supervisor_S46(
    client: TestClient, liaison: TestClient, town: Town
) -> None:
    made = invite(liaison, town.east.id)
    preview = client.post("/api/join/check", json={"code": code_of(made)}).json()
    assert preview["town"]["name_zh"] == "汀兰镇"
    assert preview["role"] == "volunteer"
    assert set(preview["needs"]) == {"name", "birth_on", "consent_version"}
    assert preview["ages"] == [18, 65]
    joined = client.post("/api/join", json={**NEWCOMER, "code": code_of(made), "phone": "13800001234"})
    assert joined.status_code == 200, joined.text
    me = client.get("/api/me").json()
    assert (me["name_zh"], me["is_pending"], me["status"]) == ("王阿姨", True, "pending")
    assert [r["role"] for r in me["roles"]] == ["volunteer"]
    assert me["capabilities"] == ["may_report"]
    assert me["consent_version"] == NEWCOMER["consent_version"] == me["consent_current"]
    waiting = liaison.get("/api/people", params={"status": "pending"}).json()["items"]
    assert [(p["id"], p["phone_masked"]) for p in waiting] == [(me["id"], "138****1234")]
    confirmed = liaison.post(f"/api/people/{me['id']}/confirm")
    assert confirmed.json()["status"] == "active"
    assert client.get("/api/me").json()["is_pending"] is False  # the phone stays signed in
    again = liaison.post(f"/api/people/{me['id']}/confirm")
    assert (again.status_code, again.json()["code"]) == (409, "not-pending")


def test_confirming_tells_the_features_above(
    client: TestClient, liaison: TestClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.features.identity import people

    told: list[UUID] = []
    monkeypatch.setattr(people, "_on_confirmed", [lambda _, user: told.append(user.id)])
    client.post("/api/join", json={**NEWCOMER, "code": code_of(invite(liaison, town.east.id))})
    person = client.get("/api/me").json()["id"]
    assert liaison.post(f"/api/people/{person}/confirm").status_code == 200
    assert told == [UUID(person)]


def test_the_short_code_is_typed_as_people_type(client: TestClient, liaison: TestClient, town: Town) -> None:
    short = invite(liaison, town.east.id).json()["short_code"]
    typed = f" {short.lower().replace('-', ' ')} "
    assert client.post("/api/join", json={**NEWCOMER, "short_code": typed}).status_code == 200


def test_guessing_short_codes_is_slowed(client: TestClient, town: Town, settings: Callable[..., Any]) -> None:
    settings(password_login_per_network=3)
    guesses = [client.post("/api/join/check", json={"short_code": "AAAA2222"}).status_code for _ in range(4)]
    assert guesses == [410, 410, 410, 429]


def test_unknown_used_up_and_expired_codes_answer_alike(
    client: TestClient, make_client: Callable[[], TestClient], liaison: TestClient, town: Town
) -> None:
    with clock.frozen(clock.now()) as advance:
        used = code_of(invite(liaison, town.east.id))
        assert make_client().post("/api/join", json={**NEWCOMER, "code": used}).status_code == 200
        expired = code_of(invite(liaison, town.east.id, hours=1))
        advance(timedelta(hours=1))
        answers = [client.post("/api/join", json={**NEWCOMER, "code": c}) for c in (used, expired, "unknown")]
    assert {(a.status_code, a.content) for a in answers} == {(410, answers[0].content)}


@pytest.mark.parametrize(
    ("born", "status"),
    [("2008-11-23", 422), ("2008-11-22", 200), ("1961-11-22", 200), ("1960-11-23", 200), ("1960-11-22", 422)],
    ids=["17", "18 today", "65", "66 tomorrow", "66 today"],
)
def test_volunteers_are_18_to_65_on_the_day_they_register_in_the_towns_time_S36(
    client: TestClient, liaison: TestClient, town: Town, born: str, status: int
) -> None:
    # 00:30 in Shanghai is still the day before in UTC.
    with clock.frozen(clock.now().replace(year=2026, month=11, day=21, hour=16, minute=30)):
        with transaction() as session:
            token = factories.token(session, town.liaison)
        liaison.headers["Authorization"] = f"Bearer {token}"
        body = {**NEWCOMER, "birth_on": born, "code": code_of(invite(liaison, town.east.id))}
        answer = client.post("/api/join", json=body)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json() | {"title": ""} == {
            "type": "urn:xunfang:problem:age-rule",
            "code": "age-rule",
            "title": "",
            "status": 422,
            "min": 18,
            "max": 65,
        }


def test_a_refused_join_does_not_use_the_invite_up(
    client: TestClient, liaison: TestClient, town: Town
) -> None:
    code = code_of(invite(liaison, town.east.id))
    for spoilt in ({"birth_on": "2020-01-01"}, {"birth_on": None}, {"name": " "}, {"consent_version": None}):
        assert client.post("/api/join", json={**NEWCOMER, **spoilt, "code": code}).status_code == 422
    assert client.post("/api/join", json={**NEWCOMER, "code": code}).status_code == 200


def test_nobody_under_18_joins_in_any_role_and_others_need_no_birth_date_J16(
    client: TestClient, sign_in: SignIn, town: Town
) -> None:
    code = code_of(invite(sign_in(town.clerk), town.east.id, "grid_officer"))
    child = {**NEWCOMER, "code": code, "birth_on": str(clock.now().date() - timedelta(days=365 * 17))}
    assert client.post("/api/join", json=child).json()["code"] == "age-rule"
    assert client.post("/api/join", json={**child, "birth_on": None}).status_code == 200


def test_a_join_sent_again_with_its_key_is_the_same_person(
    client: TestClient, make_client: Callable[[], TestClient], liaison: TestClient, town: Town
) -> None:
    body = {**NEWCOMER, "code": code_of(invite(liaison, town.east.id)), "key": "k" * 22}
    first = client.post("/api/join", json=body).json()["session"]["user_id"]
    again = client.post("/api/join", json=body)
    assert again.json()["session"]["user_id"] == first
    other = make_client().post("/api/join", json={**body, "key": "x" * 22})
    assert other.status_code == 410


# ---- coming back ----
def test_a_new_phone_is_signed_in_as_the_same_person(
    sign_in: SignIn, make_client: Callable[[], TestClient], liaison: TestClient, town: Town
) -> None:
    old = sign_in(town.volunteer)
    made = liaison.post(f"/api/people/{town.volunteer.id}/invite", json={})
    assert made.status_code == 201, made.text
    assert made.json()["purpose"] == "rejoin"
    new = make_client()
    preview = new.post("/api/join/check", json={"code": code_of(made)}).json()
    assert (preview["person"], preview["needs"]) == (town.volunteer.name_zh, [])
    assert new.post("/api/join", json={"code": code_of(made)}).status_code == 200
    assert new.get("/api/me").json()["id"] == str(town.volunteer.id)
    assert old.get("/api/me").status_code == 200  # its outbox can still be sent
    assert make_client().post("/api/join", json={"code": code_of(made)}).status_code == 410


def test_a_forgotten_password_is_set_anew_with_a_one_time_invite(
    sign_in: SignIn, make_client: Callable[[], TestClient], town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=True)
    root, old = sign_in(town.admin), sign_in(town.clerk)
    body = {"resets_password": False, "resets_second_factor": True}
    made = root.post(f"/api/people/{town.clerk.id}/invite", json=body)
    assert made.json()["purpose"] == "reset"  # an office role never signs in by a code alone
    new, code = make_client(), code_of(made)
    assert new.post("/api/join", json={"code": code}).status_code == 422
    assert new.post("/api/join", json={"code": code, "password": "short"}).json()["code"] == "weak-password"
    step = new.post("/api/join", json={"code": code, "password": "a brand new one"}).json()
    assert step["second_factor"] == "enrol"
    assert old.get("/api/me").status_code == 401
    digits = pyotp.TOTP(step["enrolment"]["secret"]).now()
    assert new.post("/api/session/totp", json={"ticket": step["ticket"], "code": digits}).status_code == 200
    assert new.get("/api/me").json()["login"] == "clerk"
    stale = make_client().post("/api/session", json={"login": "clerk", "password": PASSWORD})
    assert stale.status_code == 401


def test_nobody_makes_a_way_in_for_somebody_above(sign_in: SignIn, liaison: TestClient, town: Town) -> None:
    clerk = sign_in(town.clerk)
    assert clerk.post(f"/api/people/{town.admin.id}/invite", json={}).status_code == 403
    assert liaison.post(f"/api/people/{town.clerk.id}/invite", json={}).status_code == 404
    own = clerk.post(f"/api/people/{town.clerk.id}/invite", json={})
    assert (own.status_code, own.json()["code"]) == (409, "own-account")


def test_what_ended_a_month_ago_is_forgotten(
    liaison: TestClient, sign_in: SignIn, client: TestClient, town: Town
) -> None:
    from app.features.identity import jobs
    from app.features.identity.models import SessionRow

    with clock.frozen(clock.now()) as advance:
        with transaction() as session:
            kept = factories.token(session, town.fixer, expires_at=clock.now() + timedelta(days=90))
            factories.token(session, town.fixer, revoked_at=clock.now())
            factories.token(session, town.fixer, expires_at=clock.now())
        invite(liaison, town.east.id)
        advance(timedelta(days=29))
        jobs.tidy()
        with reading() as session:
            assert session.scalar(select(func.count()).select_from(Invite)) == 1
        advance(timedelta(days=6))
        jobs.tidy()
        with reading() as session:
            assert session.scalar(select(func.count()).select_from(Invite)) == 0
            mine = select(SessionRow.token_hash).where(SessionRow.user_id == town.fixer.id)
            assert session.scalars(mine).all() == [token_hash(kept)]


def test_a_disabled_person_does_not_come_back_by_invite(
    liaison: TestClient, client: TestClient, town: Town
) -> None:
    code = code_of(liaison.post(f"/api/people/{town.volunteer.id}/invite", json={}))
    assert liaison.post(f"/api/people/{town.volunteer.id}/disable").status_code == 200
    assert client.post("/api/join", json={"code": code}).status_code == 410


# ---- races ----
def race(server: Any, code: str, keys: list[str | None]) -> list[httpx.Response]:
    """One join a key, all at once."""
    answers: list[httpx.Response] = []

    def join(key: str | None) -> None:
        body = {"name": "张三", "consent_version": "2026-11", "code": code, "client": "bearer", "key": key}
        answers.append(httpx.post(f"{server.url}/api/join", json=body, timeout=60))

    racers = [threading.Thread(target=join, args=(key,)) for key in keys]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return answers


def test_a_raced_invite_is_used_exactly_as_often_as_it_may(live_server: Any) -> None:
    with live_server.session() as session:
        top = factories.town(session)
        token = factories.token(session, factories.user(session, top, "admin"))
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=live_server.url, headers=headers, timeout=60) as by:
        code = code_of(invite(by, top.id, "patroller", max_uses=3))
        answers = race(live_server, code, [None] * 10)
        assert sorted(a.status_code for a in answers) == [200] * 3 + [410] * 7
        once = code_of(invite(by, top.id, "patroller"))
        answers = race(live_server, once, [None] * 20)
        assert sorted(a.status_code for a in answers) == [200] + [410] * 19
        # The same join, sent ten times at once by a phone that lost the answers, is one person and one use.
        code = code_of(invite(by, top.id, "patroller", max_uses=3))
        answers = race(live_server, code, ["k" * 22] * 10)
        assert {a.status_code for a in answers} == {200}
        assert len({a.json()["session"]["user_id"] for a in answers}) == 1
    with live_server.session() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1 + 3 + 1 + 1
        assert sorted(session.scalars(select(Invite.used))) == [1, 1, 3]
