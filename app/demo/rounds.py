"""The demo's 咬尾巴: the ring of eleven neighbourhoods, a forward round that is released, and a reverse round still ahead."""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.demo.casebook import PhotoPlan, Step
from app.demo.catalogue import KINDS_OF, SUBJECTS
from app.demo.scenes import Shot
from app.demo.settle import Settled
from app.demo.town import load_town
from app.features.crosscheck import bodies, consolidating, intake, planning, releasing, revealing
from app.features.crosscheck.models import Assignment, CrossFinding, CrossRound
from app.features.dispatch.schemas import NothingIn, RectifyIn
from app.features.identity.models import User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.issues import moves, photoset
from app.features.issues.lifecycle import Action
from app.features.issues.models import Issue
from app.features.photos import service as photos
from app.features.photos.service import Kept
from app.features.review.schemas import CloseIn

Stored = tuple[str, Kept]
CATEGORIES = ("ORD-02", "ENV-02", "RES-01", "ENV-03")
START = time(10)
MENDED = 7
"""So many of the cases that the forward round brought are closed by now."""
ORGANISER, REVIEWER = "u.office1", "u.review1"


class _Found:
    """One finding of the demo: who found what at which point, and its pictures before and after."""

    def __init__(self, edge: Mapping[str, str], point: Mapping[str, Any], number: int, day: datetime) -> None:
        self.inspector, self.target, self.point = edge["inspector"], edge["target"], point["code"]
        chance = random.Random(number)
        kinds = KINDS_OF[point["type"]]
        fitting = [c for c in CATEGORIES if set(SUBJECTS[c].kinds) & set(kinds)]
        self.category = fitting[number % len(fitting)] if fitting else "ORD-02"
        subject = SUBJECTS[self.category]
        kind = next((k for k in kinds if k in subject.kinds), subject.kinds[0])
        before = Shot(kind, 9000 + number, subject.theme)
        self.at = day + timedelta(minutes=12 + 3 * number)
        where = {"lon": point["lon"], "lat": point["lat"], "accuracy_m": 6.0 + chance.random()}
        self.shots = [PhotoPlan(before, "before", self.at, **where)]
        if number < MENDED:
            after = replace(before, solved=True, stand=1)
            self.shots.append(PhotoPlan(after, "after", self.at + timedelta(hours=26), **where))


def _story(at: datetime) -> tuple[dict[str, Any], datetime, list[_Found]]:
    town = load_town(at)
    forward = next(r for r in town["cross_rounds"] if r["direction"] == "forward")
    start = _start(town, forward)
    point_of: dict[str, Any] = {}
    for point in town["points"]:
        if point["type"] in forward["point_types"]:
            point_of.setdefault(point.get("territory", ""), point)
    return town, start, [
        _Found(edge, point_of[edge["target"]], number, start)
        for number, edge in enumerate(forward["assignments"])
    ]  # fmt: skip


def _start(town: Mapping[str, Any], row: Mapping[str, Any]) -> datetime:
    day = datetime.fromisoformat(row["planned_on"]).date()
    return datetime.combine(day, START, ZoneInfo(town["timezone"]))


def steps(at: datetime) -> list[Step]:
    """The pictures that the round needs, as steps: drawn and stored with those of the cases."""
    return [Step("cross", None, found.at, {"photos": found.shots}) for found in _story(at)[2]]


def hold(session: Session, settled: Settled, at: datetime, kept: Sequence[Sequence[Stored]]) -> None:
    """Tell both rounds through the services, each step at its own time. `kept`: the pictures of `steps`, in their order."""
    town, start, found = _story(at)
    told = _Round(session, settled)
    told.ring(town["rings"][0])
    forward, reverse = town["cross_rounds"]
    with clock.frozen(start - timedelta(hours=18)):
        round_ = told.plan(forward, start)
    with clock.frozen(round_.reveal_at):
        revealing.reveal(session, told.viewer(ORGANISER), round_.id)
    for one, pictures in zip(found, kept, strict=True):
        told.inspect(round_, one, pictures)
    with clock.frozen(start + timedelta(hours=6)):
        told.release(round_)
    for one, pictures in zip(found[:MENDED], kept, strict=False):
        told.mend(one, pictures)
    back = _start(town, reverse)
    while back - timedelta(minutes=30) <= at:
        back += timedelta(days=7)
    with clock.frozen(at):
        told.plan(reverse, back, verifies_id=round_.id)


class _Round:
    def __init__(self, session: Session, settled: Settled) -> None:
        self.session, self.settled = session, settled
        self.issue_of: dict[str, uuid.UUID] = {}

    def viewer(self, login: str) -> Viewer:
        """A person of the demo who has just confirmed the second factor."""
        user = self.session.get_one(User, self.settled.users[login])
        return replace(load_viewer(self.session, user), second_factor_at=clock.now())

    def ring(self, row: Mapping[str, Any]) -> None:
        office = self.viewer(ORGANISER)
        units = [self.settled.units[code] for code in row["units"]]
        body = bodies.RingIn(
            code=row["code"], name_zh="十一居民区环", name_en="Ring of eleven", unit_ids=units
        )
        planning.add_ring(self.session, office, self._town(office), body)

    def _town(self, viewer: Viewer) -> uuid.UUID:
        if viewer.town_id is None:
            raise AssertionError("the demo has one town")
        return viewer.town_id

    def plan(self, row: Mapping[str, Any], start: datetime, **more: Any) -> CrossRound:
        said: dict[str, Any] = {
            "code": row["code"], "direction": row["direction"], "start_at": start, "point_types": row["point_types"],
            "reveal_minutes": row["reveal_minutes_before"], "target_score": row["target_score"], **more,
        }  # fmt: skip
        if not more:
            units = self.settled.units
            table = [
                {"inspector_id": units[a["inspector"]], "target_id": units[a["target"]]}
                for a in row["assignments"]
            ]
            said |= {"pairing": "planned", "edges": table}
        office = self.viewer(ORGANISER)
        return planning.plan(self.session, office, self._town(office), bodies.RoundIn.model_validate(said))

    # ---- the teams ----
    def inspect(self, round_: CrossRound, found: _Found, pictures: Sequence[Stored]) -> None:
        """One team's morning: a finding, all points checked, five questions, what it learnt, the signature."""
        inspector = self.settled.units[found.inspector]
        task = self.session.scalars(
            select(Assignment).where(Assignment.round_id == round_.id, Assignment.inspector_id == inspector)
        ).one()
        captain = self.viewer(f"u.{found.inspector.lower()}.sec")
        with clock.frozen(found.at):
            self._send(captain, task, "finding", **self._said(captain, found, pictures))
            for point in task.package["points"]:
                self._visit(captain, task, point, found)
            for question, answer in ANSWERS.items():
                self._send(captain, task, "interview", question=question, **answer)
            self._send(captain, task, "mirror", category=found.category, own_state="none", note="自查未发现")
            self._send(
                captain,
                task,
                "rating",
                items=[{"item": "environment", "result": "minor"}, {"item": "order", "result": "pass"}],
            )
            self._send(captain, task, "lesson", text="宣传栏更新及时，值得学")
            self._send(captain, task, "practice", kind="strength", text="宣传氛围浓厚")
        with clock.frozen(found.at + timedelta(minutes=50)):
            signed = {
                "unsent_drafts": 0,
                "is_complete": True,
                "signed_at": clock.now(),
                "assignment_id": task.id,
            }
            intake.submit(self.session, captain, uuid.uuid4(), bodies.SubmissionIn.model_validate(signed))

    def _send(self, viewer: Viewer, task: Assignment, record: str, /, **said: Any) -> None:
        known = intake.KINDS[record]
        body = known.body.model_validate({"assignment_id": task.id, **said})
        intake.receive(self.session, viewer, known, uuid.uuid4(), body)

    def _said(self, viewer: Viewer, found: _Found, pictures: Sequence[Stored]) -> dict[str, Any]:
        shot = self._photo(viewer, found.shots[0], pictures[0])
        return {
            "point_id": self.settled.points[found.point], "category": found.category, "captured_at": found.at,
            "clock_offset_seconds": 0.0, "photos": [shot],
            "position": {"lon": shot["lon"], "lat": shot["lat"], "accuracy_m": shot["accuracy_m"]},
        }  # fmt: skip

    def _photo(self, viewer: Viewer, plan: PhotoPlan, stored: Stored) -> dict[str, Any]:
        client_id = uuid.uuid4()
        photos.record(self.session, owner_id=viewer.user_id, client_id=client_id, kept=stored[1])
        return {
            "id": client_id, "captured_at": plan.captured_at, "clock_offset_seconds": 0.0, "lon": plan.lon,
            "lat": plan.lat, "accuracy_m": plan.accuracy_m, "sha256": stored[0],
        }  # fmt: skip

    def _visit(self, viewer: Viewer, task: Assignment, point: Mapping[str, Any], found: _Found) -> None:
        poor = self.settled.points[found.point] == uuid.UUID(point["id"])
        results = [
            {"item": item, "result": "fail" if poor and number == 0 else "pass"}
            for number, item in enumerate(point["items"])
        ]
        self._send(viewer, task, "visit", point_id=point["id"], arrived_at=found.at, results=results)

    # ---- the office and the inspected units ----
    def release(self, round_: CrossRound) -> None:
        office = self.viewer(ORGANISER)
        consolidating.consolidate(self.session, office, round_.id)
        releasing.release(self.session, office, round_.id)
        for task_id in self.session.scalars(
            select(Assignment.id).where(Assignment.round_id == round_.id)
        ).all():
            releasing.release_one(self.session, task_id)
        rows = self.session.execute(
            select(Assignment.target_id, CrossFinding.issue_id)
            .join(Assignment, Assignment.id == CrossFinding.assignment_id)
            .where(Assignment.round_id == round_.id)
        )
        codes = {unit_id: code for code, unit_id in self.settled.units.items()}
        self.issue_of = {codes[row[0]]: row[1] for row in rows if row[1] is not None}

    def mend(self, found: _Found, pictures: Sequence[Stored]) -> None:
        """The inspected unit clears it away and a reviewer closes it, the next day."""
        unit, mended_at = self.viewer(f"u.{found.target.lower()}.lia"), found.shots[1].captured_at
        with clock.frozen(mended_at - timedelta(hours=3)):
            self._act(unit, found, Action.CLAIM, NothingIn())
        with clock.frozen(mended_at + timedelta(minutes=2)):
            shot = self._photo(unit, found.shots[1], pictures[1])
            self._act(
                unit,
                found,
                Action.RECTIFY,
                RectifyIn.model_validate({"measure": "已清理并劝导", "photos": [shot]}),
            )
        with clock.frozen(mended_at + timedelta(hours=2)):
            issue = self.session.get_one(Issue, self.issue_of[found.target])
            pairs = [p.id for p in photoset.pairs_of(self.session, issue) if p.after_id is not None]
            self._act(
                self.viewer(REVIEWER),
                found,
                Action.CLOSE,
                CloseIn(match=pairs, override_reason="看过两张照片"),
            )

    def _act(self, viewer: Viewer, found: _Found, action: Action, body: Any) -> None:
        issue = self.session.get_one(Issue, self.issue_of[found.target])
        moves.perform(self.session, viewer, issue.id, action, body, base_version=issue.version)


ANSWERS: dict[int, dict[str, Any]] = {
    1: {"answer": "yes"},
    2: {"answer": "satisfied"},
    3: {"answer": "no"},
    4: {"text": "每周三集中清理一次", "category": "ORD-02"},
    5: {"is_met": False},
}
