"""The wire at its worst: lines cut at any byte, answers lost, requests sent again, out of order, a month late, by clocks a year off."""

import time
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.core import clock, db
from app.core.storage.files import FileStorage
from app.features.issues.models import Issue
from tests import factories
from tests.faults.load import Phones, assert_exactly_once
from tests.support.cases import World, world
from tests.support.street import Street
from tests.support.wire import FATES, BadLine


def over_a_bad_line(street: Street, *, seed: int, reports: int) -> dict[str, int]:
    """Phones behind a line that does its worst; then everything that ever passed arrives once more, shuffled."""
    line = BadLine(("127.0.0.1", street.server.port), seed)
    try:
        phones = Phones(street, seed, count=2, pause=0.02, port=lambda: line.port).start()
        while phones.acknowledged < reports:
            assert not phones.wrong, phones.wrong
            time.sleep(0.05)
        phones.stop()
        late = line.deliver_late()
    finally:
        line.close()
    statuses = {answer.split(b" ", 2)[1] for answer in late}
    assert statuses == {b"200"}, statuses
    assert_exactly_once(street, phones.items, FileStorage(street.server.folder / "blobs"))
    return line.suffered


def test_over_a_bad_line_every_report_arrives_exactly_once(street: Street) -> None:
    suffered = over_a_bad_line(street, seed=7, reports=12)
    assert set(suffered) == set(FATES)
    assert min(suffered.values()) > 0, suffered


@pytest.fixture
def town(database: Connection, sign_in: object) -> World:
    return world(sign_in)


def test_a_request_that_was_answered_a_month_ago_is_answered_the_same_again(town: World) -> None:
    """Ids are idempotency keys that never expire; by then the phone has signed in anew."""
    report_id, photo = uuid.uuid4(), town.photo()
    body = town.body(photos=[town.shot(photo)])
    first = town.put(body, report_id)
    with clock.frozen(clock.now() + timedelta(days=31)):
        with db.transaction() as session:
            token = factories.token(session, town.people["volunteer"])
        client = town.client("volunteer")
        client.cookies.clear()
        again = client.put(
            f"/api/reports/{report_id}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
    assert (first.status_code, again.status_code) == (201, 200)
    same = ("report_id", "state", "received_at", "photos", "issue", "flags")
    assert {k: again.json()[k] for k in same} == {k: first.json()[k] for k in same}


def test_what_was_seen_a_month_ago_and_sent_now_keeps_its_day_and_is_flagged_late(town: World) -> None:
    seen = clock.now() - timedelta(days=30)
    issue = town.filed(captured_at=seen.isoformat(), clock_offset_seconds=0)
    with db.reading() as session:
        kept = session.get_one(Issue, uuid.UUID(issue["id"]))
        assert abs(kept.found_at - seen) < timedelta(seconds=1)
        assert "late" in kept.flags


def test_clocks_a_year_off_do_not_change_the_order_of_arrival_and_are_flagged(town: World) -> None:
    year = timedelta(days=365)
    told = [
        town.filed(captured_at=(clock.now() + off).isoformat(), clock_offset_seconds=-off.total_seconds())
        for off in (year, -year, timedelta(0))
    ]
    with db.reading() as session:
        kept = [session.get_one(Issue, uuid.UUID(issue["id"])) for issue in told]
        assert [issue.no for issue in kept] == sorted(issue.no or 0 for issue in kept)
        arrived = [issue.received_at for issue in kept]
        assert arrived == sorted(arrived)
        assert [("clock_skew" in issue.flags) for issue in kept] == [True, True, False]
        assert [issue.found_at == issue.received_at for issue in kept] == [True, True, False]
        assert all(abs(issue.received_at - clock.now()) < timedelta(minutes=5) for issue in kept)
