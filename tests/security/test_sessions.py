"""Signing in tells nothing and locks no town hall out; a session that ends, ends everywhere at once."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, event
from starlette.testclient import TestClient

from app.core import db
from app.features.identity import sessions
from app.features.identity.viewer import COOKIE
from tests import factories
from tests.features.identity.conftest import HASH, PASSWORD


@pytest.fixture
def logins(database: Connection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ten people of a town hall. Comparing passwords costs nothing here."""
    monkeypatch.setattr(sessions, "is_password", lambda hashed, given: hashed == HASH and given == PASSWORD)
    with db.transaction() as session:
        town = factories.town(session)
        people = [
            factories.user(session, town, "volunteer", login=f"hall{n}", password_hash=HASH)
            for n in range(10)
        ]
        return [str(person.login) for person in people]


def sign_in(client: TestClient, login: str, password: str = PASSWORD) -> Any:
    return client.post("/api/session", json={"login": login, "password": password})


def test_unknown_and_wrong_login_cost_the_same_statements_and_say_the_same(
    client: TestClient, logins: list[str], database: Connection
) -> None:
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    sign_in(client, "nobody", "wrong")  # the first refusal ever begins the audit's chain
    event.listen(database, "before_cursor_execute", note)
    answers, statements = [], []
    for login in ("nobody", logins[0]):
        said.clear()
        answers.append(sign_in(client, login, "wrong"))
        statements.append([one for one in said if "SAVEPOINT" not in one])
    event.remove(database, "before_cursor_execute", note)
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert len(answers[0].headers) == len(answers[1].headers)
    assert statements[0] == statements[1]


def test_a_guesser_behind_a_shared_address_is_slowed_and_the_town_hall_gets_in(
    make_client: Callable[[], TestClient], logins: list[str], settings: Callable[..., Any]
) -> None:
    settings(totp_required=False, password_login_per_network=5, password_login_per_account=3)
    known = make_client()
    assert sign_in(known, logins[0]).status_code == 200
    guesser = make_client()
    codes = [sign_in(guesser, login, "guess").status_code for login in logins[1:8]]
    assert codes == [401] * 5 + [429] * 2
    # Whoever was signed in on this device before is no stranger; the guesser is, with a right password too.
    assert sign_in(known, logins[0]).status_code == 200
    assert sign_in(guesser, logins[0]).status_code == 429
    # A cookie of somebody else opens no way round, and the account's own count holds on a known device.
    assert sign_in(known, logins[9]).status_code == 429
    codes = [sign_in(known, logins[0], "guess").status_code for _ in range(4)]
    assert codes == [401] * 3 + [429]


@pytest.mark.parametrize("how", ["sign-out", "disable"])
def test_an_open_stream_ends_with_its_session(live_server: Any, how: str) -> None:
    with live_server.session() as session:
        town = factories.town(session)
        admin = factories.token(session, factories.user(session, town, "admin"))
        person = factories.user(session, town, "volunteer")
        token, person_id = factories.token(session, person), person.id
    with httpx.Client(base_url=live_server.url, timeout=30) as client:
        mine = {"Authorization": f"Bearer {token}"}
        with client.stream("GET", "/api/stream", headers=mine) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry")
            path, by = f"/api/people/{person_id}/{how}", {"Authorization": f"Bearer {admin}"}
            assert httpx.post(live_server.url + path, headers=by, timeout=30).status_code in (200, 204)
            since = time.monotonic()
            assert [line for line in lines if line.startswith("data")] == []
            # Well before the next heartbeat, at which nobody asks.
            assert time.monotonic() - since < 10
        assert client.get("/api/me", headers=mine).status_code == 401
        assert COOKIE not in client.cookies
