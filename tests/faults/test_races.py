"""The same report twenty times at once, for many ids: one each; under its id no other body. The long form: test_soak.py."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import sqlalchemy as sa

from app.features.identity.models import Unit
from app.features.issues.models import Issue, Report
from app.features.standards.models import ListTag, touch
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.street import Street, at_once

AT_ONCE = 20


def twenty_at_once(street: Street, times: int) -> None:
    """For each of `times` ids: twenty equal reports are one, with one case; another body is refused and told the stored one."""
    before, ids = _cases(street), [uuid.uuid4() for _ in range(times)]
    with street.client("volunteer") as client:
        for number, report_id in enumerate(ids):
            photo_id = uuid.uuid4()
            assert put_photo(client, photo_id, pictures.jpeg(64, 48)).status_code == 201
            body = street.body([photo_id], description=f"{number}")
            path = f"/api/reports/{report_id}"
            answers = at_once(AT_ONCE, lambda _, path=path, body=body: client.put(path, json=body))  # type: ignore[misc]
            assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
            assert len({answer.json()["issue"]["id"] for answer in answers}) == 1
            other = client.put(path, json={**body, "description": "something else"})
            assert (other.status_code, other.json()["code"]) == (409, "same-id-other-body")
            assert other.json()["stored"]["description"] == f"{number}"
    with street.session() as session:
        kept = session.scalars(sa.select(Report.client_id).where(Report.client_id.in_(ids))).all()
        assert Counter(kept) == Counter(ids)
    assert _cases(street) == before + times


def _cases(street: Street) -> int:
    with street.session() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Issue)) or 0


def test_twenty_equal_reports_at_once_are_one_and_another_body_is_refused(street: Street) -> None:
    twenty_at_once(street, times=4)


def test_twenty_different_bodies_at_once_under_one_id_are_one_report_and_nineteen_conflicts(
    street: Street,
) -> None:
    report_id = uuid.uuid4()
    with street.client("volunteer") as client:
        bodies = [street.body([], description=f"{number}") for number in range(AT_ONCE)]
        answers = at_once(AT_ONCE, lambda n: client.put(f"/api/reports/{report_id}", json=bodies[n]))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: AT_ONCE - 1}
    (first,) = (n for n, answer in enumerate(answers) if answer.status_code == 201)
    told = {answer.json()["stored"]["description"] for answer in answers if answer.status_code == 409}
    assert told == {f"{first}"}


def test_the_database_itself_refuses_a_second_row_under_an_id_made_on_a_phone(street: Street) -> None:
    """Not only the code's own look-up: where two servers ask at once, the key is what decides."""
    with street.session() as session:
        look = sa.inspect(session.get_bind())
        keyed = {
            table: {column["name"] for column in look.get_columns(table)} & {"user_id", "owner_id"}
            for table in look.get_table_names()
            if "client_id" in {column["name"] for column in look.get_columns(table)}
        }
        assert keyed.keys() > {"reports", "photos", "commands", "patrols", "visits", "cross_findings"}
        for table, owner in keyed.items():
            keys = [set(key["column_names"]) for key in look.get_unique_constraints(table)]
            assert {*owner, "client_id"} in keys, (table, keys)


def test_a_towns_first_points_may_come_at_once(street: Street) -> None:
    """Each marks the town's list of points as changed; the mark is a row that all of them may be the first to make."""
    with street.session() as session:
        session.execute(sa.delete(ListTag))
        town = session.get_one(Unit, street.people["dispatcher"].unit_id)
        session.expunge(town)
    together = Barrier(8)

    def add(_: int) -> None:
        together.wait()
        with street.session() as session:
            touch(session, town.id, "points")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    marks = sa.select(sa.func.count()).where(ListTag.town_id == town.id, ListTag.name == "points")
    with street.session() as session:
        assert session.scalar(marks) == 1
