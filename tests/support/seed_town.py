"""A small demo town for browser tests: all its people and places, and two cases of every state, with drawn pictures.

Made once a run, in a process of its own; each file's server begins with a copy. Every job has been done.

It lies where it is early afternoon, whenever the tests run: at night the youngest orders of a town would be overdue,
and a test would pass or fail by the hour.
"""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import cast

from app.core import clock, db, jobs
from app.demo import scenes
from app.demo.casebook import CasePlan, PhotoPlan
from app.demo.load import PASSWORD, _key, _Story
from app.demo.plan import make_plan, timeline
from app.demo.settle import settle
from app.demo.town import read_data
from app.features.photos.service import Kept
from app.features.photos.trusted import keep_trusted
from tests.support.town import VOLUNTEER

OF_EACH_STATE = 2
IN_REVIEW = 4  # some tests close one, and then go from one to the next
UNIT = "P01"
HOUR = 14
SIZE = (640, 480)


def chosen(plan: list[CasePlan]) -> list[CasePlan]:
    """The youngest cases of every state, of some states for one unit, of one volunteer; and their masters."""
    seen: Counter[str] = Counter()
    wanted: dict[int, CasePlan] = {}
    by_ref = {case.ref: case for case in plan}
    for case in reversed(plan):
        is_orders = case.state in ("dispatched", "rectifying") and case.unit == UNIT
        kinds = [f"{case.state} {UNIT}" if is_orders else case.state]
        if case.steps[0].actor == VOLUNTEER:
            kinds.append(VOLUNTEER)
        most = IN_REVIEW if case.state == "in_review" else OF_EACH_STATE
        if any(seen[kind] < most for kind in kinds):
            seen.update(kinds)
            wanted[case.ref] = case
    for case in list(wanted.values()):
        masters = (by_ref[step.data["master"]] for step in case.steps if "master" in step.data)
        wanted.update((master.ref, master) for master in masters)
    return [_alone(wanted[ref], set(wanted)) for ref in sorted(wanted)]


def _alone(case: CasePlan, told: set[int]) -> CasePlan:
    steps = tuple(s for s in case.steps if s.data.get("master", case.ref) in told)
    return replace(case, steps=steps)


def picture(photo: PhotoPlan) -> tuple[str, Kept]:
    data = scenes.photograph(photo.shot, SIZE)
    sha256 = hashlib.sha256(data).hexdigest()
    return sha256, keep_trusted(data, sha256=sha256)


def zone_where_it_is(hour: int, at: datetime) -> str:
    """A zone without summer time in which it is that hour of the day at `at`."""
    ahead = hour - at.hour  # UTC-9 to UTC+14
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts westwards


def main() -> None:
    at = clock.now()
    cast("dict[str, object]", read_data("demo.yaml"))["timezone"] = zone_where_it_is(HOUR, at)
    steps = list(timeline(chosen(make_plan(at))))
    kept = {_key(p, n): picture(p) for n, (_, step) in enumerate(steps) for p in step.data.get("photos", ())}
    with db.transaction() as session:
        with clock.frozen(at):
            settled = settle(session, at, PASSWORD)
        _Story(session, settled, kept).tell(steps, lambda *_: None)
    jobs.drain()
