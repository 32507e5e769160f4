"""Loads the demo town: people and places from demo.yaml, then five weeks of cases through the services, with the clock moved along.

All of it in one transaction: a load that fails leaves nothing behind. It refuses a database that holds a real town.
"""

import hashlib
import multiprocessing
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import app.features.dispatch.router
import app.features.issues.router
import app.features.notifications.service
import app.features.patrols.router
import app.features.review.router  # noqa: F401 - importing these registers what actions do
from app.core import clock, db
from app.core.config import get_settings, override
from app.core.errors import Problem
from app.demo import rounds, scenes, shops
from app.demo.casebook import CasePlan, PhotoPlan, Step
from app.demo.duties import load_duties
from app.demo.ledgers import keep_ledgers
from app.demo.papers import load_papers
from app.demo.patrols import load_patrols
from app.demo.plan import make_plan, timeline
from app.demo.settle import Settled, settle
from app.features.identity.models import Unit, UnitKind, User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.issues import intake, moves, photoset
from app.features.issues.bodies import ReportIn
from app.features.issues.lifecycle import Action
from app.features.issues.models import Issue, Report
from app.features.photos import service as photos
from app.features.photos.service import Kept
from app.features.photos.trusted import keep_trusted

Progress = Callable[[str, int, int], None]
PASSWORD = "tinglan-demo"  # noqa: S105 - printed at every start; the demo signs in nowhere else
LOGINS = (
    ("志愿者 volunteer", "u.vol01"),
    ("巡访员 patroller", "u.pat01"),
    ("责任单位 unit", "u.p01.lia"),
    ("受理派单 dispatcher", "u.office2"),
    ("复核员 reviewer", "u.review1"),
    ("创文办主任 office", "u.office1"),
    ("居委书记 secretary", "u.c01.sec"),
    ("分管领导 line leader", "u.lead03"),
    ("主要领导 leader", "u.lead01"),
    ("系统管理员 admin", "u.admin"),
    ("审计员 auditor", "u.audit"),
)
REPORTS = ("submit", "submit_fixed", "submit_closed", "witness")
FORGET_EVERY = 200
CODED = {"unit": "unit_id", "helpers": "helper_ids", "person": "person_id", "assignee": "assignee_id"}


class RealTownHere(Problem):
    """The demo is recognisable as such and cannot be mixed into a real town."""

    code, status, title = (
        "real-town-here",
        409,
        "This database holds a real town; the demo needs one of its own",
    )


def demo_logins() -> list[tuple[str, str, str]]:
    """(role, login, password) of the people worth signing in as."""
    return [(role, login, PASSWORD) for role, login in LOGINS]


def load_demo(report: Progress) -> bool:
    """Load the demo where it is missing. Returns False where it was there already; raises RealTownHere."""
    with db.reading() as session:
        towns = list(session.scalars(select(Unit).where(Unit.kind == UnitKind.TOWN)))
    if any(not town.settings.get("is_demo") for town in towns):
        raise RealTownHere()
    if towns:
        return False
    at = clock.now()
    plan = make_plan(at)
    steps = list(timeline(plan))
    inspected = rounds.steps(at)
    kept = _pictures([*(step for _, step in steps), *inspected], report)
    with db.transaction() as session:
        with clock.frozen(at):
            settled = settle(session, at, PASSWORD)
            shops.open_shops(session, at)
        _Story(session, settled, kept).tell(steps, report)
        taken = [[kept[_key(p, n)] for p in s.data["photos"]] for n, s in enumerate(inspected, len(steps))]
        rounds.hold(session, settled, at, taken)
        load_patrols(session, settled, at)
        load_papers(session, settled, at)
        load_duties(session, settled, at)
        keep_ledgers(session, settled, at)
    return True


# ---- pictures: drawn and stored by two processes, before the transaction begins ----
def _key(photo: PhotoPlan, number: int) -> str:
    return f"{number}:{photo.role}:{photo.captured_at.isoformat()}"


def _pictures(steps: list[Step], report: Progress) -> dict[str, tuple[str, Kept]]:
    wanted = [(_key(p, n), p) for n, step in enumerate(steps) for p in step.data.get("photos", ())]
    told = get_settings().model_dump(include={"data_dir", "storage"})
    kept: dict[str, tuple[str, Kept]] = {}
    # Not forked: the caller may hold database connections.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn, initializer=_settle_in, initargs=(told,)) as pool:
        made = pool.map(_make, [p for _, p in wanted], chunksize=6)
        for number, ((key, _), (sha256, one)) in enumerate(zip(wanted, made, strict=True), 1):
            kept[key] = sha256, one
            report("照片 pictures", number, len(wanted))
    return kept


def _settle_in(told: dict[str, Any]) -> None:
    override(**told)


def _make(photo: PhotoPlan) -> tuple[str, Kept]:
    data = scenes.photograph(photo.shot)
    if photo.has_exif:
        data = scenes.with_exif(
            data, taken_at=photo.captured_at, lon=photo.lon, lat=photo.lat, make="Demo", model="TL-1"
        )
    sha256 = hashlib.sha256(data).hexdigest()
    return sha256, keep_trusted(data, sha256=sha256)


# ---- cases: every step through the service that a phone or a desk would reach ----
class _Story:
    def __init__(self, session: Session, settled: Settled, kept: dict[str, tuple[str, Kept]]) -> None:
        self.session, self.settled, self.kept = session, settled, kept
        self.issues: dict[int, uuid.UUID] = {}
        self.viewers: dict[str, Viewer] = {}

    def tell(self, steps: list[tuple[CasePlan, Step]], report: Progress) -> None:
        """All steps in order of time, each at its own time."""
        for number, (case, step) in enumerate(steps):
            with clock.frozen(step.at):
                self._take(case, step, number)
            if number % FORGET_EVERY == 0:
                # What is written stays in the transaction; memory need not hold it all.
                self.session.flush()
                self.session.expunge_all()
            report("案件 cases", number + 1, len(steps))

    def _viewer(self, login: str) -> Viewer:
        if login not in self.viewers:
            user = self.session.scalars(select(User).where(User.login == login)).one()
            self.viewers[login] = load_viewer(self.session, user)
        return self.viewers[login]

    def _take(self, case: CasePlan, step: Step, number: int) -> None:
        if step.actor is None:
            spec = moves.SPECS[Action(step.action)]
            moves.perform_as_system(
                self.session, moves.lock(self.session, self.issues[case.ref]), spec.action, spec.body()
            )
            return
        viewer = self._viewer(step.actor)
        named = [self._photo(viewer, p, number) for p in step.data.get("photos", ())]
        if step.action in REPORTS:
            self._file(case, step, viewer, named)
        else:
            self._act(case, step, viewer, named)

    def _photo(self, viewer: Viewer, photo: PhotoPlan, number: int) -> dict[str, Any]:
        sha256, kept = self.kept[_key(photo, number)]
        client_id = uuid.uuid4()
        photos.record(self.session, owner_id=viewer.user_id, client_id=client_id, kept=kept)
        return {
            "id": client_id,
            "role": photo.role,
            "captured_at": photo.captured_at,
            "clock_offset_seconds": 0.0,
            "lon": photo.lon,
            "lat": photo.lat,
            "accuracy_m": photo.accuracy_m,
            "capture": photo.capture,
            "sha256": sha256,
        }

    def _file(self, case: CasePlan, step: Step, viewer: Viewer, named: list[dict[str, Any]]) -> None:
        data = {
            k: v for k, v in step.data.items() if k not in ("photos", "point", "master") and v is not None
        }
        if step.data.get("point"):
            data["point_id"] = self.settled.points[step.data["point"]]
        if step.action == "witness":
            data["issue_id"] = self.issues[step.data["master"]]
        body = ReportIn.model_validate({"action": step.action, "photos": named, **data})
        filed, _ = intake.receive(self.session, viewer, uuid.uuid4(), body)
        self.session.flush()
        if step.action != "witness":
            issue_id = self.session.scalar(select(Report.issue_id).where(Report.id == filed.id))
            if issue_id is None:
                raise AssertionError(f"case {case.ref} was not filed")
            self.issues[case.ref] = issue_id

    def _act(self, case: CasePlan, step: Step, viewer: Viewer, named: list[dict[str, Any]]) -> None:
        session, issue_id = self.session, self.issues[case.ref]
        issue = session.get_one(Issue, issue_id)
        spec = moves.SPECS[Action(step.action)]
        body = spec.body.model_validate(self._body(issue, step, named))
        try:
            moves.perform(session, viewer, issue_id, spec.action, body, base_version=issue.version)
        except Problem as problem:
            told = f"case {case.ref}: {step.actor} {step.action} in {issue.state}: {problem.code} {problem.members}"
            raise AssertionError(told) from problem

    def _body(self, issue: Issue, step: Step, named: list[dict[str, Any]]) -> dict[str, Any]:
        body = {
            k: v
            for k, v in step.data.items()
            if k not in (*CODED, "photos", "master", "match") and v is not None
        }
        for name, field in CODED.items():
            if step.data.get(name) is not None:
                body[field] = self.settled.code(name, step.data[name])
        if step.action == Action.DISPATCH:
            body["frontage_id"] = shops.before(self.session, issue)
        if "photos" in step.data:
            body["photos"] = [{k: v for k, v in p.items() if k != "role"} for p in named]
        if "master" in step.data:
            body["master_id"] = self.issues[step.data["master"]]
        if "match" in step.data:
            body["match"] = [p.id for p in photoset.pairs_of(self.session, issue) if p.after_id is not None]
        return body
