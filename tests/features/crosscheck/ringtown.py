"""A town whose neighbourhoods inspect each other: what tests of rounds begin with."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import update

from app.core import clock, db
from app.features.identity.models import SessionRow, Unit, User
from app.features.photos import service as photos
from app.features.photos.models import Rendition
from app.features.photos.service import Kept
from app.features.places.models import Point
from app.features.standards.models import CheckItem
from tests import factories

DAY = datetime.fromisoformat("2026-05-11T00:00:00+08:00")
"""A day of its own, so that no test depends on the hour it runs at."""
MORNING, REVEAL, START = (DAY + timedelta(hours=h) for h in (8.5, 9.5, 10))
ITEMS = ("I1", "I2")
LON, LAT = factories.HERE


@dataclass
class RingTown:
    """Neighbourhoods A, B, C, D …, each with a captain, a member, a liaison, a volunteer and two points; an office; an auditor."""

    town: Unit
    units: dict[str, Unit]
    points: dict[str, list[Point]]
    people: dict[str, User]
    categories: dict[str, str]
    sign_in: Any
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        """One of `people`, signed in once: captain:A, member:A, liaison:A, volunteer:A, office, office2, auditor …"""
        if name not in self.clients:
            self.clients[name] = self.sign_in(self.people[name])
        return self.clients[name]

    def step_up(self, name: str = "office") -> None:
        """A fresh second factor for all sessions of a person."""
        self.client(name)
        with db.transaction() as session:
            of = SessionRow.user_id == self.people[name].id
            session.execute(update(SessionRow).where(of).values(second_factor_at=clock.now()))

    # ---- the office ----
    def post(self, path: str, body: Any = None, name: str = "office", expect: int = 200) -> Any:
        answer = self.client(name).post(f"/api/cross/{path}", json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def get(self, path: str, name: str = "office", expect: int = 200) -> Any:
        answer = self.client(name).get(f"/api/cross/{path}")
        assert answer.status_code == expect, answer.text
        return answer.json()

    def plan(self, **changes: Any) -> dict[str, Any]:
        """A drawn round of all units on the day."""
        self.step_up()
        body = {
            "code": "TB-1",
            "unit_ids": [str(u.id) for u in self.units.values()],
            "start_at": START.isoformat(),
            "reveal_minutes": 30,
            "point_types": ["RES"],
            **changes,
        }
        body = {k: v for k, v in body.items() if v is not None}
        made: dict[str, Any] = self.post("rounds", body, expect=201)
        return made

    def plan_table(self, **changes: Any) -> dict[str, Any]:
        """A round planned by table in the order of the letters: A inspects B, B inspects C …"""
        return self.plan(pairing="planned", **changes)

    def reveal(self, round_id: str) -> dict[str, Any]:
        self.step_up()
        told: dict[str, Any] = self.post(f"rounds/{round_id}/reveal")
        return told

    def nonce(self, letter: str, nonce: str | None = None, day: str = "2026-05-11") -> httpx.Response:
        """This captain opens the envelope and sends a nonce."""
        captain = self.client(f"captain:{letter}")
        assert captain.get("/api/cross/envelope").status_code == 200
        answer: httpx.Response = captain.put(
            f"/api/cross/nonces/{day}", json={"nonce": nonce or secrets.token_hex(32)}
        )
        return answer

    # ---- a team ----
    def task(self, letter: str, who: str = "captain") -> dict[str, Any]:
        """The team's one task."""
        (task,) = self.get("mine", f"{who}:{letter}")["items"]
        found: dict[str, Any] = task
        return found

    def send(
        self, who: str, record: str, task: dict[str, Any], record_id: uuid.UUID | None = None, /, **body: Any
    ) -> httpx.Response:
        """One record of a team member, `who` as in `people`."""
        answer: httpx.Response = self.client(who).put(
            f"/api/cross/{record}s/{record_id or uuid.uuid4()}", json={"assignment_id": task["id"], **body}
        )
        return answer

    def sent(self, who: str, record: str, task: dict[str, Any], /, **body: Any) -> str:
        """The same, which must be new and kept; the phone's id."""
        answer = self.send(who, record, task, **body)
        assert answer.status_code == 201, answer.text
        kept: str = answer.json()["id"]
        return kept

    def photo(self, who: str, photo_id: uuid.UUID | None = None) -> dict[str, Any]:
        """A photo of this person that has arrived, as a record names it."""
        photo_id = photo_id or uuid.uuid4()
        sha256, stored = hashlib.sha256(photo_id.bytes).hexdigest(), uuid.uuid4()
        thumb = Rendition(
            photo_id=stored, kind="thumb", storage_key=f"renditions/{stored}", sha256=sha256, size=1, width=32, height=24
        )  # fmt: skip
        kept = Kept(stored, sha256, 1000, "image/jpeg", 640, 480, renditions=(thumb,))
        with db.transaction() as session:
            photos.record(session, owner_id=self.people[who].id, client_id=photo_id, kept=kept)
        return {"id": str(photo_id), "captured_at": clock.now().isoformat(), "clock_offset_seconds": 0}

    def visit(
        self, who: str, task: dict[str, Any], number: int = 0, result: str = "pass", **body: Any
    ) -> str:
        """A point of the package, every item answered alike."""
        point = task["package"]["points"][number]
        results = [{"item": item, "result": result} for item in point["items"]]
        said = {"point_id": point["id"], "arrived_at": clock.now().isoformat(), "results": results}
        return self.sent(who, "visit", task, **{**said, **body})

    def finding(self, who: str, task: dict[str, Any], category: str = "ORD-02", **body: Any) -> str:
        """Something wrong at the first point, with a photo."""
        said = {
            "point_id": task["package"]["points"][0]["id"],
            "category": category,
            "description": "楼下停满非机动车",
            "captured_at": clock.now().astimezone(DAY.tzinfo).isoformat(),
            "clock_offset_seconds": 0,
            "photos": [self.photo(who)],
        }
        return self.sent(who, "finding", task, **{**said, **body})

    def five_questions(self, who: str, task: dict[str, Any]) -> None:
        self.sent(who, "interview", task, question=1, answer="yes")
        self.sent(who, "interview", task, question=2, answer="satisfied")
        self.sent(
            who, "interview", task, question=3, answer="yes", text="我们也划停车线", due_on="2026-05-20"
        )
        self.sent(who, "interview", task, question=4, text="每周三集中清理", category="ORD-02")
        self.sent(who, "interview", task, question=5, text="请协调增设车棚")

    def complete(self, letter: str, *, result: str = "pass") -> dict[str, Any]:
        """Everything a captain needs before submitting; the task."""
        task, who = self.task(letter), f"captain:{letter}"
        for number in range(len(task["package"]["points"])):
            self.visit(who, task, number, result)
        self.five_questions(who, task)
        for category in {
            r["body"]["category"] for r in self.task(letter)["records"] if r["kind"] == "finding"
        }:
            self.sent(who, "mirror", task, category=category, own_state="none")
        for row in task["package"]["to_verify"]:
            self.sent(who, "verification", task, finding_id=row["finding_id"], result="solved")
        self.sent(who, "rating", task, items=[{"item": "environment", "result": "pass"}])
        self.sent(who, "lesson", task, text="宣传栏做得好")
        return task

    def submit(self, letter: str, record_id: uuid.UUID | None = None, **body: Any) -> httpx.Response:
        """The captain signs."""
        task = self.task(letter)
        said = {"unsent_drafts": 0, "is_complete": True, "signed_at": clock.now().isoformat()}
        return self.send(f"captain:{letter}", "submission", task, record_id, **{**said, **body})

    def all_submitted(self) -> None:
        for letter in self.units:
            self.complete(letter)
            answer = self.submit(letter)
            assert answer.status_code == 201, answer.text


def ring_town(sign_in: Any, letters: str = "ABC") -> RingTown:
    """Make the town."""
    with db.transaction() as session:
        town = factories.town(session, name_zh="汀兰镇")
        office = factories.unit(session, town, kind="office")
        units = {
            letter: factories.unit(
                session, town, kind="community", name_zh=f"{letter}居民区", code=f"C-{letter}"
            )
            for letter in letters
        }
        people = {"office": "office_admin", "office2": "office_admin", "dispatcher": "dispatcher"}
        people |= {"reviewer": "reviewer", "leader": "line_leader", "auditor": "auditor", "sysadmin": "admin"}
        held = {name: factories.user(session, town, role) for name, role in people.items()}
        for person in held.values():
            person.unit_id = office.id
        for letter, unit in units.items():
            held[f"captain:{letter}"] = factories.user(session, unit, "cross_captain", "unit_principal")
            held[f"member:{letter}"] = factories.user(session, unit, "cross_member")
            held[f"liaison:{letter}"] = factories.user(session, unit, "liaison")
            held[f"volunteer:{letter}"] = factories.user(session, unit, "volunteer")
        categories = _standard(session, town)
        points = {letter: _points(session, town, unit, n) for n, (letter, unit) in enumerate(units.items())}
    return RingTown(town, units, points, held, categories, sign_in)


def _standard(session: Any, town: Unit) -> dict[str, str]:
    named = {"ORD-02": "非机动车乱停放", "ENV-02": "绿化带有垃圾", "RES-01": "楼道堆物", "ENV-03": "沿街垃圾"}
    for code, name in named.items():
        factories.category(session, town, code=code, name_zh=name, nature="ordinary")
    factories.point_type(session, town, code="RES", check_item_codes=list(ITEMS))
    for code in ITEMS:
        session.add(
            CheckItem(
                town_id=town.id, code=code, name_zh=f"检查项{code}", theme="order", method="look",
                category_codes=["ORD-02"],
            )
        )  # fmt: skip
    session.flush()
    return named


def _points(session: Any, town: Unit, unit: Unit, number: int) -> list[Point]:
    return [
        factories.point(
            session, town, lon=LON + number * 0.01 + n * 0.002, lat=LAT, name_zh=f"{unit.name_zh}{n}号点",
            type_code="RES", territory_id=unit.id,
        )
        for n in range(2)
    ]  # fmt: skip
