"""A running server and the people of one town, each with a token: what tests over real sockets begin with."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.models import User
from tests import factories
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support.server import LiveServer


@dataclass
class Street:
    """A town with a desk, a unit and volunteers."""

    server: LiveServer
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    unit_id: str = ""

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.server.session() as session:
            yield session

    def client(self, name: str, port: int | None = None) -> httpx.Client:
        """A client of one of `people`; `port`: through something that stands before the server."""
        headers = {"Authorization": f"Bearer {self.tokens[name]}"}
        url = f"http://127.0.0.1:{port or self.server.port}"
        # No certificates are read: there are none, and it takes as long as ten requests.
        return httpx.Client(base_url=url, headers=headers, timeout=60, verify=False)

    def body(self, photos: list[uuid.UUID], **changes: Any) -> dict[str, Any]:
        return {
            "action": "submit",
            "category": "K",
            "position": {"lon": factories.HERE[0], "lat": factories.HERE[1], "accuracy_m": 5},
            "captured_at": now().isoformat(),
            "clock_offset_seconds": 0,
            "photos": [{"id": str(i), "role": "before"} for i in photos],
            **changes,
        }

    def filed(self, client: httpx.Client) -> dict[str, Any]:
        photo_id = uuid.uuid4()
        assert put_photo(client, photo_id, pictures.jpeg(64, 48)).status_code in (200, 201)
        answer = client.put(f"/api/reports/{uuid.uuid4()}", json=self.body([photo_id]))
        assert answer.status_code == 201, answer.text
        issue: dict[str, Any] = answer.json()["issue"]
        return issue


def street_of(server: LiveServer, volunteers: int = 2) -> Street:
    """The people are written beside the server: volunteer, volunteer2, …, dispatcher, liaison."""
    street = Street(server)
    with server.session() as session:
        town = factories.town(session)
        unit = factories.unit(session, town)
        factories.category(session, town, code="K", nature="ordinary")
        names = ["volunteer", *(f"volunteer{n}" for n in range(2, volunteers + 1))]
        street.people = {name: factories.user(session, town, "volunteer") for name in names}
        street.people["dispatcher"] = factories.user(session, town, "dispatcher")
        street.people["liaison"] = factories.user(session, unit, "liaison")
        street.tokens = {name: factories.token(session, person) for name, person in street.people.items()}
        street.unit_id = str(unit.id)
    return street


def at_once(count: int, do: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """`do(0)`, `do(1)`, … in as many threads."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))
