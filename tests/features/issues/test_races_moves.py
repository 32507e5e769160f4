"""Ten people on one case at the same moment, against a server of its own: one of them does it, once; the others hear who was first."""

import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.core.clock import now
from app.core.db import WriteSession, make_engine
from app.features.dispatch.models import Dispatch
from app.features.issues.models import Issue, IssueEvent
from app.features.review.models import LookBack
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.server import LiveServer

ROLES = {
    "volunteer": "volunteer",
    "dispatcher": "dispatcher",
    "dispatcher2": "dispatcher",
    "reviewer": "reviewer",
    "reviewer2": "reviewer",
    "line": "line_leader",
}
Case = dict[str, Any]


class Town:
    """A running server with a desk, reviewers and a unit; everybody has a client."""

    def __init__(self, server: LiveServer) -> None:
        self.engine = make_engine(server.database_url)
        with WriteSession(self.engine, expire_on_commit=False) as session, session.begin():
            town = factories.town(session)
            unit = factories.unit(session, town)
            factories.category(session, town, code="K", nature="ordinary")
            people = {name: factories.user(session, town, role) for name, role in ROLES.items()}
            people |= {name: factories.user(session, unit, "liaison") for name in ("liaison", "liaison2")}
            tokens = {name: factories.token(session, person) for name, person in people.items()}
            self.unit_id = str(unit.id)
        self.clients = {
            name: httpx.Client(
                base_url=f"http://127.0.0.1:{server.port}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )
            for name, token in tokens.items()
        }

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.engine.dispose()

    def photo(self, name: str) -> Case:
        photo_id = uuid.uuid4()
        data = pictures.jpeg(64, 48, comment=photo_id.bytes)
        assert put_photo(self.clients[name], photo_id, data).status_code in (200, 201)
        return {"id": str(photo_id), "captured_at": now().isoformat(), "clock_offset_seconds": 0}

    def act(self, name: str, case: Case, action: str, **body: Any) -> httpx.Response:
        return self.clients[name].post(
            f"/api/issues/{case['id']}/actions/{action}",
            json=body,
            headers={"If-Match": f'"{case["version"]}"'},
        )

    def done(self, name: str, case: Case, action: str, **body: Any) -> Case:
        answer = self.act(name, case, action, **body)
        assert answer.status_code == 200, answer.text
        told: Case = answer.json()
        return told

    def filed(self) -> Case:
        body = {
            "action": "submit",
            "category": "K",
            "position": {"lon": factories.HERE[0], "lat": factories.HERE[1], "accuracy_m": 5},
            "captured_at": now().isoformat(),
            "clock_offset_seconds": 0,
            "photos": [{**self.photo("volunteer"), "role": "before"}],
        }
        answer = self.clients["volunteer"].put(f"/api/reports/{uuid.uuid4()}", json=body)
        assert answer.status_code == 201, answer.text
        issue: Case = answer.json()["issue"]
        return issue

    def dispatched(self) -> Case:
        return self.done("dispatcher", self.filed(), "dispatch", unit_id=self.unit_id)

    def in_review(self) -> Case:
        claimed = self.done("liaison", self.dispatched(), "claim")
        return self.done("liaison", claimed, "rectify", measure="清", photos=[self.photo("liaison")])

    def at_once(self, *tries: tuple[str, Case, str, Case]) -> list[httpx.Response]:
        """Ten requests at the same moment, the given ones in turn."""
        with ThreadPoolExecutor(10) as pool:
            started = [
                pool.submit(self.act, name, case, action, **body)
                for name, case, action, body in (tries[n % len(tries)] for n in range(10))
            ]
            return [one.result() for one in started]

    def is_one_step(self, case: Case, answers: list[httpx.Response], state: str) -> None:
        """One of ten was first; the others got 409 with what is so now; the story has one event more."""
        assert Counter(a.status_code for a in answers) == {200: 1, 409: 9}
        late = [a.json() for a in answers if a.status_code == 409]
        assert {p["code"] for p in late} == {"version-conflict"}
        assert all(p["current"] == {"state": state, "version": case["version"] + 1} for p in late)
        with WriteSession(self.engine) as session:
            issue = session.get_one(Issue, uuid.UUID(case["id"]))
            count = sa.select(sa.func.count()).where(IssueEvent.issue_id == issue.id)
            assert (issue.state, issue.version, session.scalar(count)) == (
                state,
                case["version"] + 1,
                case["version"] + 1,
            )

    def count(self, model: Any, case: Case) -> int:
        with WriteSession(self.engine) as session:
            found = sa.select(sa.func.count()).where(model.issue_id == uuid.UUID(case["id"]))
            return session.scalar(found) or 0


@pytest.fixture(scope="module")
def town(server_factory: Callable[..., LiveServer]) -> Any:
    made = Town(server_factory(XUNFANG_JOBS="off"))
    yield made
    made.close()


def test_ten_dispatches_of_two_dispatchers_make_one_order(town: Town) -> None:
    for _ in range(3):
        case, order = town.filed(), {"unit_id": town.unit_id}
        answers = town.at_once(
            ("dispatcher", case, "dispatch", order), ("dispatcher2", case, "dispatch", order)
        )
        town.is_one_step(case, answers, "dispatched")
        assert town.count(Dispatch, case) == 1


def test_ten_claims_of_two_liaisons_are_one(town: Town) -> None:
    for _ in range(3):
        case = town.dispatched()
        answers = town.at_once(("liaison", case, "claim", {}), ("liaison2", case, "claim", {}))
        town.is_one_step(case, answers, "rectifying")


def test_ten_closings_of_two_reviewers_are_one_with_three_look_backs(town: Town) -> None:
    for _ in range(3):
        case = town.in_review()
        match = {"match": [p["id"] for p in case["pairs"]]}
        answers = town.at_once(("reviewer", case, "close", match), ("reviewer2", case, "close", match))
        town.is_one_step(case, answers, "closed")
        assert town.count(LookBack, case) == 3


def test_of_a_close_and_a_return_at_the_same_moment_one_happens(town: Town) -> None:
    for _ in range(3):
        case = town.in_review()
        match = {"match": [p["id"] for p in case["pairs"]]}
        answers = town.at_once(
            ("reviewer", case, "close", match),
            ("reviewer2", case, "return", {"reason_code": "not_solved"}),
            ("liaison", case, "withdraw", {}),
        )
        now_in = next(a for a in answers if a.status_code == 200).json()["state"]
        statuses = Counter(a.status_code for a in answers)
        assert statuses[200] == 1
        assert set(statuses) <= {200, 409}
        assert town.count(IssueEvent, case) == case["version"] + 1
        assert now_in in ("closed", "rectifying")


def test_two_cases_merged_into_each_other_at_the_same_moment_leave_one_master(town: Town) -> None:
    """Two locks taken in either order: no deadlock, no circle."""
    for _ in range(3):
        one, other = town.filed(), town.filed()
        answers = town.at_once(
            ("dispatcher", one, "merge", {"master_id": other["id"]}),
            ("dispatcher2", other, "merge", {"master_id": one["id"]}),
        )
        assert Counter(a.status_code for a in answers) == {200: 1, 409: 9}
        with WriteSession(town.engine) as session:
            states = [session.get_one(Issue, uuid.UUID(c["id"])).state for c in (one, other)]
        assert sorted(states) == ["merged", "submitted"]
