"""Ten signatures at the same moment, against a server of its own: ten numbers, none twice, none left out (J03)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.core.clock import now
from app.core.db import WriteSession, make_engine
from tests import factories
from tests.support.server import LiveServer


def test_ten_signed_at_once_get_ten_numbers_and_one_signed_ten_times_gets_one_J03(
    server_factory: Callable[..., LiveServer],
) -> None:
    server = server_factory(XUNFANG_JOBS="off")
    engine = make_engine(server.database_url)
    with WriteSession(engine, expire_on_commit=False) as session, session.begin():
        town = factories.town(session)
        factories.unit(session, town)
        people = [factories.user(session, town, role) for role in ("office_admin", "principal_leader")]
        tokens = [factories.token(session, one) for one in people]
    engine.dispose()
    office, leader = (
        httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        for token in tokens
    )
    today = str(now().date())
    body = {"series": "notice", "start_on": today, "until_on": today}
    drafts = [office.post("/documents", json=body).json()["id"] for _ in range(11)]

    def sign(document: str) -> httpx.Response:
        return leader.post(f"/documents/{document}/sign", headers={"If-Match": '"1"'})

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(sign, drafts[:10]))
        assert sorted(one.json()["no"] for one in answers) == list(range(1, 11))
        again = [one.status_code for one in pool.map(sign, [drafts[10]] * 10)]
        assert sorted(again) == [200] + [409] * 9
        numbers = [one["no"] for one in office.get("/documents").json()["items"]]
    assert sorted(numbers) == list(range(1, 12))
    office.close()
    leader.close()
