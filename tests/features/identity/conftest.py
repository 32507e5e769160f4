"""A small town, its people, and the way they sign in."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection
from starlette.testclient import TestClient

from app.core.db import transaction
from app.features.identity.models import Unit, User
from tests import factories

PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""What a hash costs stands in it: this one next to nothing. What the product's own cost is a test's business."""


@dataclass
class Town:
    """A town with an office, two neighbourhood committees, and one person of each kind."""

    town: Unit
    office: Unit
    east: Unit
    west: Unit
    admin: User
    clerk: User
    liaison: User
    fixer: User
    volunteer: User


@pytest.fixture
def town(database: Connection) -> Town:
    with transaction() as session:
        top = factories.town(session)
        office = factories.unit(session, top, kind="office")
        east = factories.unit(session, top, kind="community")
        west = factories.unit(session, top, kind="community")
        clerk = factories.user(session, office, login="clerk", password_hash=HASH)
        factories.hold(session, clerk, "office_admin", top)
        admin = factories.user(session, top, "admin", login="root", password_hash=HASH)
        # A second administrator, so that the first may leave.
        factories.user(session, top, "admin", login="root2", password_hash=HASH)
        return Town(
            town=top,
            office=office,
            east=east,
            west=west,
            admin=admin,
            clerk=clerk,
            liaison=factories.user(session, east, "liaison", login="east", password_hash=HASH),
            fixer=factories.user(session, east, "rectifier", login="fixer", phone="13812345678"),
            volunteer=factories.user(session, east, "volunteer", login=None),
        )


@pytest.fixture
def enter(make_client: Callable[[], TestClient]) -> Callable[..., TestClient]:
    """`enter("root")`: a client of their own that signed in with the password."""

    def sign_in(login: str, password: str = PASSWORD) -> TestClient:
        client = make_client()
        answer = client.post("/api/session", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        assert answer.json()["session"], answer.text
        return client

    return sign_in
