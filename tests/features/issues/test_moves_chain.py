"""The story of a case cannot be rewritten: hashes chain, the database refuses change, the state is what the last event says."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from app.core import db
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.moves import GENESIS, event_hash
from tests.features.photos import pictures
from tests.features.photos.conftest import blobs, decoders, put_photo  # noqa: F401 - fixtures
from tests.support.cases import World
from tests.support.states import a_case, peopled


class WithPictures(World):
    """The town, with photos that are really sent."""

    def photo(self, name: str = "volunteer", client_id: uuid.UUID | None = None, seed: str = "") -> uuid.UUID:
        client: TestClient = self.client(name)
        photo_id = client_id or uuid.uuid4()
        answer = put_photo(client, photo_id, pictures.jpeg(64, 48, comment=photo_id.bytes))
        assert answer.status_code == 201, answer.text
        return photo_id


@pytest.fixture
def town(sign_in: Any) -> World:
    made = peopled(sign_in)
    return WithPictures(**vars(made))


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached_with_real_pictures_and_leaves_a_chain_that_holds(
    town: World, state: State
) -> None:
    case = a_case(town, state)
    with db.reading() as session:
        events = session.scalars(
            sa.select(IssueEvent).where(IssueEvent.issue_id == uuid.UUID(case["id"])).order_by(IssueEvent.seq)
        ).all()
        issue = session.get_one(Issue, uuid.UUID(case["id"]))
        assert (issue.state, issue.version) == (events[-1].to_state, len(events)) == (state, len(events))
        before, came_from = GENESIS, None
        for seq, event in enumerate(events, 1):
            assert (event.seq, event.prev_hash, event.from_state) == (seq, before, came_from)
            assert event.hash == event_hash(event)
            before, came_from = event.hash, event.to_state


def test_an_event_that_was_changed_no_longer_fits_its_hash(town: World) -> None:
    case = town.filed()
    with db.reading() as session:
        event = session.scalars(
            sa.select(IssueEvent).where(IssueEvent.issue_id == uuid.UUID(case["id"]))
        ).one()
        session.expunge(event)
    for field, forged in (("action", "close"), ("actor_id", None), ("data", {}), ("to_state", "closed")):
        kept = getattr(event, field)
        setattr(event, field, forged)
        assert event_hash(event) != event.hash, field
        setattr(event, field, kept)
    assert event_hash(event) == event.hash


@pytest.mark.parametrize(
    "statement", ["UPDATE issue_events SET action = 'close'", "DELETE FROM issue_events"]
)
def test_the_database_itself_refuses_to_change_or_remove_an_event(
    town: World, database: Connection, statement: str
) -> None:
    town.filed()
    with pytest.raises(DBAPIError), database.begin_nested():
        database.execute(sa.text(statement))
