from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import reading, transaction
from app.features.identity import passwords
from app.features.identity.models import SessionRow, SignInFailure, User
from app.features.identity.viewer import COOKIE
from tests import factories
from tests.features.identity.conftest import PASSWORD, Town

Enter = Callable[..., TestClient]


def attempt(browser: TestClient, login: str, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post("/api/session", json={"login": login, "password": password, **more})


@pytest.fixture(autouse=True)
def no_second_factor(settings: Callable[..., Any]) -> None:
    settings(totp_required=False)


def test_a_password_opens_a_session_in_a_host_cookie(client: TestClient, town: Town) -> None:
    answer = attempt(client, "Root ")
    assert answer.status_code == 200
    assert answer.json()["token"] is None
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for attribute in ("HttpOnly", "Secure", "Path=/", "SameSite=strict"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert client.get("/api/me").json()["login"] == "root"


def test_the_token_is_256_bits_and_only_its_hash_is_stored(client: TestClient, town: Town) -> None:
    token = attempt(client, "root", client="bearer").json()["token"]
    assert len(token) == 43
    with reading() as session:
        assert token not in {r.token_hash for r in session.scalars(select(SessionRow))}


def test_a_bearer_client_gets_the_token_in_the_body_and_no_cookie(client: TestClient, town: Town) -> None:
    answer = attempt(client, "root", client="bearer")
    assert "set-cookie" not in answer.headers
    me = client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['token']}"})
    assert me.json()["login"] == "root"


def test_unknown_wrong_and_disabled_answer_alike(client: TestClient, town: Town) -> None:
    with transaction() as session:
        session.get_one(User, town.clerk.id).status = "disabled"
    answers = [attempt(client, "nobody"), attempt(client, "root", "wrong"), attempt(client, "clerk")]
    answers.append(attempt(client, "fixer"))  # has no password at all
    assert {a.status_code for a in answers} == {401}
    assert len({a.content for a in answers}) == 1


def test_an_unknown_login_costs_one_hash_too(
    client: TestClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_hash = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.execute(update(User).where(User.id == town.admin.id).values(password_hash=real_hash))
    hashed: list[str] = []
    real = passwords._hasher.verify
    monkeypatch.setattr(
        passwords,
        "_hasher",
        type("Counting", (), {"verify": lambda _, h, p: hashed.append(h) or real(h, p)})(),
    )
    for login in ("nobody", "root", "fixer"):
        attempt(client, login, "wrong")
    assert len(hashed) == 3
    assert {h.split("$")[3] for h in hashed} == {"m=19456,t=2,p=1"}


def test_guessing_one_account_is_slowed_and_others_of_the_town_hall_get_in(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_account=3)
    for _ in range(3):
        assert attempt(client, "root", "wrong").status_code == 401
    refused = attempt(client, "root")
    assert refused.status_code == 429
    assert refused.json()["code"] == "slow-down"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert attempt(client, "clerk").status_code == 200


def test_an_unknown_account_is_slowed_the_same_way(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_account=2)
    codes = [attempt(client, "nobody", "wrong").status_code for _ in range(3)]
    assert codes == [401, 401, 429]


def test_a_network_that_guesses_many_accounts_is_slowed(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_network=4)
    codes = [attempt(client, f"user{n}x", "wrong").status_code for n in range(5)]
    assert codes == [401] * 4 + [429]


def test_a_quarter_of_an_hour_later_the_account_may_try_again(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_account=1)
    with clock.frozen(clock.now()) as advance:
        assert attempt(client, "root", "wrong").status_code == 401
        assert attempt(client, "root").status_code == 429
        advance(timedelta(minutes=16))
        assert attempt(client, "root").status_code == 200
        advance(timedelta(days=2))
        attempt(client, "root", "wrong")
    with reading() as session:  # what is older than a day is forgotten
        assert len(session.scalars(select(SignInFailure)).all()) == 3


def test_sign_ins_and_refusals_are_audited_without_names(client: TestClient, town: Town) -> None:
    attempt(client, "root", "wrong")
    attempt(client, "root")
    attempt(client, "someone-else", "wrong")
    with reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [e.action for e in entries] == ["sign-in-refused", "signed-in", "sign-in-refused"]
    assert "someone-else" not in repr([(e.subject_id, e.detail) for e in entries])


# ---- second factor ----
def test_an_office_role_enrols_at_its_first_sign_in(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=True)
    first = attempt(client, "root").json()
    assert first["second_factor"] == "enrol"
    assert first["session"] is None
    assert client.get("/api/me").status_code == 401
    assert first["enrolment"]["uri"].startswith("otpauth://totp/Xunfang:root?secret=")
    assert first["enrolment"]["qr_svg"].startswith("<?xml")
    code = pyotp.TOTP(first["enrolment"]["secret"]).now()
    done = client.post("/api/session/totp", json={"ticket": first["ticket"], "code": code})
    assert done.status_code == 200
    assert client.get("/api/me").json()["has_second_factor"] is True
    with reading() as session:
        stored = session.get_one(User, town.admin.id).totp_secret
    assert stored
    assert first["enrolment"]["secret"] not in stored


def test_field_roles_need_no_second_factor(
    client: TestClient, town: Town, settings: Callable[..., Any]
) -> None:
    settings(totp_required=True)
    assert attempt(client, "east").json()["session"]


@pytest.fixture
def enrolled(enter: Enter, town: Town) -> pyotp.TOTP:
    """The administrator with a second factor, enrolled a minute ago."""
    with clock.frozen(clock.now() - timedelta(minutes=2)):
        root = enter("root")
        begun = root.post("/api/me/totp").json()
        made = pyotp.TOTP(begun["enrolment"]["secret"])
        code = made.at(clock.now())
        done = root.post("/api/me/totp/confirm", json={"ticket": begun["ticket"], "code": code})
        assert done.status_code == 204, done.text
    return made


def test_who_has_a_second_factor_uses_it_even_where_it_is_not_required(
    client: TestClient, enrolled: pyotp.TOTP
) -> None:
    step = attempt(client, "root").json()
    assert step["second_factor"] == "needed"
    assert step["enrolment"] is None
    done = client.post("/api/session/totp", json={"ticket": step["ticket"], "code": enrolled.now()})
    assert done.status_code == 200
    assert client.get("/api/me").json()["second_factor_at"]


def test_a_code_works_once(client: TestClient, enrolled: pyotp.TOTP) -> None:
    with clock.frozen(clock.now()):
        code = enrolled.at(clock.now())
        answers = []
        for _ in range(2):
            ticket = attempt(client, "root").json()["ticket"]
            answers.append(client.post("/api/session/totp", json={"ticket": ticket, "code": code}))
    assert [a.status_code for a in answers] == [200, 401]
    assert answers[1].json()["code"] == "wrong-code"


def test_a_neighbouring_step_is_accepted_and_an_older_one_is_not(
    client: TestClient, enrolled: pyotp.TOTP
) -> None:
    with clock.frozen(clock.now()):
        ticket = attempt(client, "root").json()["ticket"]
        old = enrolled.at(clock.now() - timedelta(seconds=90))
        late = enrolled.at(clock.now() - timedelta(seconds=30))
        assert client.post("/api/session/totp", json={"ticket": ticket, "code": old}).status_code == 401
        assert client.post("/api/session/totp", json={"ticket": ticket, "code": late}).status_code == 200


def test_six_digits_cannot_be_guessed(
    client: TestClient, enrolled: pyotp.TOTP, settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_account=3)
    with clock.frozen(clock.now()):
        right = enrolled.at(clock.now())
        wrong = f"{(int(right) + 1) % 1_000_000:06}"
        ticket = attempt(client, "root").json()["ticket"]
        tries = [client.post("/api/session/totp", json={"ticket": ticket, "code": wrong}) for _ in range(3)]
        assert {t.status_code for t in tries} == {401}
        assert client.post("/api/session/totp", json={"ticket": ticket, "code": right}).status_code == 429


@pytest.mark.parametrize("spoilt", ["made-up", "%%%", ""])
def test_a_made_up_ticket_means_start_again(client: TestClient, town: Town, spoilt: str) -> None:
    answer = client.post("/api/session/totp", json={"ticket": spoilt, "code": "000000"})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-expired")


def test_a_ticket_lives_five_minutes_and_dies_with_the_password(
    client: TestClient, enrolled: pyotp.TOTP, town: Town
) -> None:
    with clock.frozen(clock.now()) as advance:
        ticket = attempt(client, "root").json()["ticket"]
        advance(timedelta(minutes=5, seconds=1))
        body = {"ticket": ticket, "code": enrolled.at(clock.now())}
        assert client.post("/api/session/totp", json=body).json()["code"] == "sign-in-expired"
        body["ticket"] = attempt(client, "root").json()["ticket"]
        with transaction() as session:
            session.get_one(User, town.admin.id).password_hash = "changed"
        assert client.post("/api/session/totp", json=body).json()["code"] == "sign-in-expired"


def test_stepping_up_takes_a_fresh_code_or_where_there_is_none_the_password(
    enter: Enter, town: Town, client: TestClient, enrolled: pyotp.TOTP
) -> None:
    clerk = enter("clerk")
    assert clerk.post("/api/session/step-up", json={"password": "wrong"}).status_code == 422
    assert clerk.post("/api/session/step-up", json={"password": PASSWORD}).status_code == 204
    assert clerk.get("/api/me").json()["second_factor_at"]
    with clock.frozen(clock.now()) as advance:
        ticket = attempt(client, "root").json()["ticket"]
        client.post("/api/session/totp", json={"ticket": ticket, "code": enrolled.at(clock.now())})
        assert client.post("/api/session/step-up", json={"password": PASSWORD}).status_code == 401
        advance(timedelta(seconds=30))
        code = enrolled.at(clock.now())
        assert client.post("/api/session/step-up", json={"code": code}).status_code == 204


def test_a_second_factor_is_given_up_with_a_code_unless_the_role_demands_it(
    client: TestClient, enrolled: pyotp.TOTP, settings: Callable[..., Any]
) -> None:
    with clock.frozen(clock.now()) as advance:
        ticket = attempt(client, "root").json()["ticket"]
        client.post("/api/session/totp", json={"ticket": ticket, "code": enrolled.at(clock.now())})
        advance(timedelta(seconds=60))
        body = {"code": enrolled.at(clock.now())}
        settings(totp_required=True)
        assert client.post("/api/me/totp/remove", json=body).status_code == 409
        settings(totp_required=False)
        assert client.post("/api/me/totp/remove", json=body).status_code == 204
        assert client.get("/api/me").json()["has_second_factor"] is False
        assert client.post("/api/me/totp/remove", json=body).status_code == 404


# ---- sessions ----
def test_office_sessions_last_hours_and_field_sessions_a_month(enter: Enter, town: Town) -> None:
    with clock.frozen(clock.now()) as advance:
        office, field = enter("root"), enter("east")
        advance(timedelta(hours=12, seconds=-1))
        assert office.get("/api/me").status_code == 200
        advance(timedelta(hours=12))
        assert office.get("/api/me").status_code == 401
        advance(timedelta(days=28))
        assert field.get("/api/me").status_code == 200


@pytest.mark.parametrize(("login", "days", "every_hours"), [("root", 7, 11), ("east", 90, 24 * 20)])
def test_a_busy_session_ends_all_the_same(
    enter: Enter, town: Town, login: str, days: int, every_hours: int
) -> None:
    with clock.frozen(clock.now()) as advance:
        busy, begun = enter(login), clock.now()
        while clock.now() + timedelta(hours=every_hours) < begun + timedelta(days=days):
            advance(timedelta(hours=every_hours))
            assert busy.get("/api/me").status_code == 200
        advance(begun + timedelta(days=days) - clock.now())
        assert busy.get("/api/me").status_code == 401


def test_being_seen_is_written_every_five_minutes_at_most(enter: Enter, town: Town) -> None:
    with clock.frozen(clock.now()) as advance:
        root, begun = enter("root"), clock.now()
        seen = []
        for _ in range(3):
            advance(timedelta(minutes=3))
            root.get("/api/me")
            seen.append(root.get("/api/sessions").json()[0]["last_seen_at"])
    stamps = [(begun + timedelta(minutes=m)).isoformat().replace("+00:00", "Z") for m in (0, 6, 6)]
    assert seen == stamps


def test_signing_in_again_ends_the_browsers_former_session(enter: Enter, town: Town) -> None:
    root = enter("root")
    before = root.cookies[COOKIE]
    assert attempt(root, "root").status_code == 200
    old = {"Authorization": f"Bearer {before}"}
    assert root.cookies[COOKIE] != before
    assert root.get("/api/me", headers=old).status_code == 401


def test_devices_are_listed_and_ended_at_once(enter: Enter, town: Town) -> None:
    here, there, other = enter("root"), enter("root"), enter("clerk")
    rows = here.get("/api/sessions").json()
    assert [r["is_current"] for r in rows].count(True) == 1
    assert len(rows) == 2
    elsewhere = next(r["id"] for r in rows if not r["is_current"])
    assert other.delete(f"/api/sessions/{elsewhere}").status_code == 404
    assert here.delete(f"/api/sessions/{elsewhere}").status_code == 204
    assert there.get("/api/me").status_code == 401
    assert here.delete(f"/api/sessions/{elsewhere}").status_code == 404


def test_signing_out_ends_the_session_and_clears_the_cookie(enter: Enter, town: Town) -> None:
    root = enter("root")
    token = root.cookies[COOKIE]
    answer = root.delete("/api/session")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert root.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_new_password_signs_every_other_device_out(enter: Enter, town: Town) -> None:
    here, there = enter("root"), enter("root")
    wrong = here.post("/api/me/password", json={"current": "wrong", "new": "another long one"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong-password")
    weak = here.post("/api/me/password", json={"current": PASSWORD, "new": "short"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak-password")
    done = here.post("/api/me/password", json={"current": PASSWORD, "new": "another long one"})
    assert done.status_code == 200
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    enter("root", "another long one")


def test_an_expired_role_is_not_held_any_more(enter: Enter, town: Town) -> None:
    with clock.frozen(clock.now()) as advance:
        with transaction() as session:
            factories.hold(session, town.liaison, "dispatcher", town.town, until_on=clock.now().date())
        assert "may_triage" in enter("east").get("/api/me").json()["capabilities"]
        advance(timedelta(days=1))
        assert "may_triage" not in enter("east").get("/api/me").json()["capabilities"]


def test_the_own_profile_can_be_changed(enter: Enter, town: Town) -> None:
    root = enter("root")
    changed = root.patch(
        "/api/me", json={"name_zh": "王阿姨", "phone": "139 1234 5678", "locale": "en"}
    ).json()
    assert (changed["name_zh"], changed["phone"], changed["locale"]) == ("王阿姨", "139 1234 5678", "en")
    assert root.patch("/api/me", json={"phone": None}).json()["phone"] is None
    assert root.patch("/api/me", json={"status": "active"}).status_code == 422
    assert root.patch("/api/me", json={"name_zh": "a\x00b"}).status_code == 422
    assert root.post("/api/me/consent", json={"version": "2026-11"}).status_code == 204
    assert root.get("/api/me").json()["consent_version"] == "2026-11"
