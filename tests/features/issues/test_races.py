"""Against a server process of its own, with real commits: a report and its photos at once, ten people on one case."""

import uuid
from collections import Counter
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from app.features.issues.models import Issue, IssueEvent
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.server import LiveServer
from tests.support.street import Street, at_once, street_of

ROUNDS = 3


@pytest.fixture(scope="module")
def street(server_factory: Callable[..., LiveServer]) -> Street:
    return street_of(server_factory(XUNFANG_JOBS="off"))


def test_a_report_and_its_photos_all_at_once_become_one_case(street: Street) -> None:
    """Neither may miss the other: whoever commits last must see all."""
    for _ in range(ROUNDS):
        _all_at_once(street)


def _all_at_once(street: Street) -> None:
    ids, report_id = [uuid.uuid4() for _ in range(4)], uuid.uuid4()
    body = street.body(ids)
    files = [pictures.jpeg(64, 48, quality=60 + n) for n in range(4)]
    with street.client("volunteer") as client:

        def send(n: int) -> httpx.Response:
            if n < 4:
                return put_photo(client, ids[n], files[n])
            return client.put(f"/api/reports/{report_id}", json=body)

        answers = at_once(6, send)
        assert {a.status_code for a in answers} <= {200, 201}
        told = client.get(f"/api/reports/{report_id}").json()
    assert (told["state"], told["photos"]["received"]) == ("complete", 4)
    with street.session() as session:
        made = (
            sa.select(sa.func.count())
            .select_from(IssueEvent)
            .where(IssueEvent.issue_id == uuid.UUID(told["issue"]["id"]))
        )
        assert session.scalar(made) == 1


def test_numbers_have_no_gap_and_no_double_under_load(street: Street) -> None:
    with street.client("volunteer") as one, street.client("volunteer2") as two:
        issues = at_once(12, lambda n: street.filed(one if n % 2 else two))  # type: ignore[arg-type, return-value]
    numbers = sorted(issue["no"] for issue in issues)  # type: ignore[index]
    assert numbers == list(range(numbers[0], numbers[0] + 12))


def test_ten_threads_on_one_case_make_one_event(street: Street) -> None:
    for _ in range(ROUNDS):
        _ten_on_one(street)


def _ten_on_one(street: Street) -> None:
    with street.client("volunteer") as phone, street.client("dispatcher") as desk:
        issue = street.filed(phone)
        path = f"/api/issues/{issue['id']}/actions/dispatch"
        seen = {"If-Match": f'"{issue["version"]}"'}
        answers = at_once(10, lambda _: desk.post(path, json={"unit_id": street.unit_id}, headers=seen))
    assert Counter(a.status_code for a in answers) == {200: 1, 409: 9}
    late = [a.json() for a in answers if a.status_code == 409]
    assert {p["code"] for p in late} == {"version-conflict"}
    assert all(p["current"] == {"state": "dispatched", "version": issue["version"] + 1} for p in late)
    with street.session() as session:
        story = session.scalars(
            sa.select(IssueEvent.action)
            .where(IssueEvent.issue_id == uuid.UUID(issue["id"]))
            .order_by(IssueEvent.seq)
        ).all()
        state = session.scalar(sa.select(Issue.state).where(Issue.id == uuid.UUID(issue["id"])))
    assert (story, state) == (["submit", "dispatch"], "dispatched")


def test_one_command_sent_ten_times_at_once_is_carried_out_once(street: Street) -> None:
    with (
        street.client("volunteer") as phone,
        street.client("dispatcher") as desk,
        street.client("liaison") as unit,
    ):
        issue = street.filed(phone)
        seen = {"If-Match": f'"{issue["version"]}"'}
        body = {"unit_id": street.unit_id}
        case = desk.post(f"/api/issues/{issue['id']}/actions/dispatch", json=body, headers=seen).json()
        sent = {"action": "claim", "target": issue["id"], "base_version": case["version"], "body": {}}
        command_id = uuid.uuid4()
        answers = at_once(10, lambda _: unit.put(f"/api/commands/{command_id}", json=sent))
        assert Counter(a.status_code for a in answers) == {201: 1, 200: 9}
        assert len({a.content for a in answers}) == 1
        told = unit.get(f"/api/issues/{issue['id']}").json()
    assert (told["state"], told["version"]) == ("rectifying", case["version"] + 1)


def test_a_desk_hears_of_a_new_case(street: Street) -> None:
    with street.client("dispatcher") as desk, street.client("volunteer") as phone:
        with desk.stream("GET", "/api/stream") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            assert next(lines) == "retry: 3000"
            issue = street.filed(phone)
            heard = next(line for line in lines if issue["id"] in line)
    assert heard.startswith('data: {"topics": ["issues"')
