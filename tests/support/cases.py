"""A town with people in their roles, and phones that report from it: what tests of cases begin with."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select
from starlette.testclient import TestClient

from app.core import db
from app.core.clock import now
from app.features.identity.models import Unit, User
from app.features.issues.models import Issue
from app.features.photos import service as photos
from app.features.photos.service import Kept
from app.features.places.models import Point
from app.features.standards.models import Category
from tests import factories

LON, LAT = factories.HERE


@dataclass
class World:
    """汀兰镇: the desk, two reviewers, leaders, one unit with a liaison and a rectifier, a point, volunteers."""

    town: Unit
    office: Unit
    unit: Unit
    other_unit: Unit
    point: Point
    category: Category
    people: dict[str, User]
    sign_in: Any
    clients: dict[str, TestClient] = field(default_factory=dict)
    stock: dict[str, str] = field(default_factory=dict)
    """Cases that stand ready, by their state: see `states.stocked`."""

    def client(self, name: str) -> TestClient:
        """The client of one of `people`, signed in once."""
        if name not in self.clients:
            self.clients[name] = self.sign_in(self.people[name])
        return self.clients[name]

    # ---- phones ----
    def photo(self, name: str = "volunteer", client_id: uuid.UUID | None = None, seed: str = "") -> uuid.UUID:
        """A photo of this person that has arrived, without its bytes; the phone's id."""
        client_id = client_id or uuid.uuid4()
        sha256 = hashlib.sha256((seed or str(client_id)).encode()).hexdigest()
        kept = Kept(uuid.uuid4(), sha256, 1000, "image/jpeg", 640, 480)
        with db.transaction() as session:
            photos.record(session, owner_id=self.people[name].id, client_id=client_id, kept=kept)
        return client_id

    def body(self, **changes: Any) -> dict[str, Any]:
        """A report of something beside the point, seen a minute ago, without photos."""
        return {
            "action": "submit",
            "category": self.category.code,
            "description": "两只垃圾桶旁堆了袋装垃圾",
            "position": {"lon": LON, "lat": LAT, "accuracy_m": 8, "source": "gps"},
            "captured_at": (now() - timedelta(minutes=1)).isoformat(),
            "clock_offset_seconds": 0,
            "photos": [],
            **changes,
        }

    def shot(self, photo_id: uuid.UUID, role: str = "before", **changes: Any) -> dict[str, Any]:
        """How a report names a photo taken here a minute ago."""
        minutes = {"before": 2, "after": 1, "site": 1}[role]
        at = (now() - timedelta(minutes=minutes)).isoformat()
        return {
            "id": str(photo_id),
            "role": role,
            "captured_at": at,
            "lon": LON,
            "lat": LAT,
            "accuracy_m": 8,
            **changes,
        }

    def put(
        self, body: dict[str, Any], report_id: uuid.UUID | None = None, name: str = "volunteer"
    ) -> httpx.Response:
        """PUT a report."""
        answer: httpx.Response = self.client(name).put(f"/api/reports/{report_id or uuid.uuid4()}", json=body)
        return answer

    def report(self, name: str = "volunteer", **changes: Any) -> dict[str, Any]:
        """A complete report with one before photo; its receipt."""
        if "photos" not in changes:
            changes["photos"] = [self.shot(self.photo(name))]
        answer = self.put(self.body(**changes), name=name)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def filed(self, name: str = "volunteer", **changes: Any) -> dict[str, Any]:
        """The case of a new complete report: id, no, state, version."""
        issue: dict[str, Any] = self.report(name, **changes)["issue"]
        return issue

    # ---- desks ----
    def act(
        self, name: str, issue_id: str, action: str, version: int | None = None, **body: Any
    ) -> httpx.Response:
        """Do something with a case; without a version: on its present one."""
        client = self.client(name)
        if version is None:
            version = version_of(issue_id)
        answer: httpx.Response = client.post(
            f"/api/issues/{issue_id}/actions/{action}", json=body, headers={"If-Match": f'"{version}"'}
        )
        return answer

    def done(self, name: str, issue_id: str, action: str, **body: Any) -> dict[str, Any]:
        """The same, which must succeed; the case afterwards."""
        answer = self.act(name, issue_id, action, **body)
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def case(self, issue_id: str, name: str = "auditor") -> dict[str, Any]:
        """The case as this person sees it."""
        answer = self.client(name).get(f"/api/issues/{issue_id}")
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def dispatched(self, **changes: Any) -> dict[str, Any]:
        """A case sent to the unit."""
        return self.done("dispatcher", self.filed(**changes)["id"], "dispatch", unit_id=str(self.unit.id))

    def rectifying(self, **changes: Any) -> dict[str, Any]:
        """A case the unit has claimed."""
        return self.done("liaison", self.dispatched(**changes)["id"], "claim")

    def in_review(self, **changes: Any) -> dict[str, Any]:
        """A case the unit says it has fixed."""
        case = self.rectifying(**changes)
        after = {k: v for k, v in self.shot(self.photo("liaison"), "after").items() if k != "role"}
        return self.done("liaison", case["id"], "rectify", measure="已清运", photos=[after])


ROLES = {
    "dispatcher": "dispatcher",
    "dispatcher2": "dispatcher",
    "admin": "office_admin",
    "reviewer": "reviewer",
    "reviewer2": "reviewer",
    "inspector": "inspector",
    "line": "line_leader",
    "principal": "principal_leader",
    "auditor": "auditor",
    "district": "district_inspector",
}


def version_of(issue_id: str) -> int:
    """Looked up, not asked for: a look at a case costs as much as the move that is to be made."""
    with db.reading() as session:
        return session.scalars(select(Issue.version).where(Issue.id == uuid.UUID(issue_id))).one()


def world(sign_in: Any) -> World:
    """Make the town. Office roles are held at the town; volunteers belong to its own unit of volunteers."""
    with db.transaction() as session:
        town = factories.town(session)
        office = factories.unit(session, town, kind="office")
        unit = factories.unit(session, town, name_zh="汀兰物业")
        other = factories.unit(session, town, name_zh="城管中队")
        people = {name: factories.user(session, town, role) for name, role in ROLES.items()}
        for person in people.values():
            person.unit_id = office.id
        people |= {
            "liaison": factories.user(session, unit, "liaison"),
            "rectifier": factories.user(session, unit, "rectifier"),
            "other_liaison": factories.user(session, other, "liaison"),
            "volunteer": factories.user(session, town, "volunteer"),
            "volunteer2": factories.user(session, town, "volunteer"),
            "patroller": factories.user(session, town, "patroller"),
            "pending": factories.user(session, town, "volunteer", status="pending"),
            "stranger": factories.user(session, factories.town(session), "dispatcher", "volunteer"),
        }
        point = factories.point(session, town, name_zh="兰溪苑", responsible_unit_id=unit.id)
        category = factories.category(session, town, name_zh="暴露垃圾", nature="ordinary")
    return World(town, office, unit, other, point, category, people, sign_in)
