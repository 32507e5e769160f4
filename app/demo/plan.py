"""The demo town's last five weeks: some 320 cases in all ten states, the same ones whatever the day. Pure.

`make_plan(now)` returns them; `timeline(cases)` puts all steps in the order in which the loader replays them.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from app.demo import endings
from app.demo.casebook import CasePlan, Spot, Step, Story, spot_seed
from app.demo.catalogue import DEFERRABLE, DIFFICULT, KINDS_OF, SUBJECTS, Subject
from app.demo.people import People
from app.demo.town import load_town, read_data

SEED = "tinglan"
HOT_POINTS = {"K12": 3, "K13": 3, "K05": 2, "K01": 2, "K02": 2, "N01": 2, "K08": 2, "K09": 2}
"""Where more happens than elsewhere."""
LATEST = timedelta(minutes=3)
"""Nothing in the plan is younger than this."""


@dataclass(frozen=True)
class Recipe:
    """A kind of history: how many cases, how old their last step is (hours), what may be its subject, how it is told."""

    count: int
    age_hours: tuple[float, float]
    tell: Callable[[Story], None]
    state: str
    wants: Callable[[str, dict[str, Any]], bool] = lambda _code, _category: True
    at_point: bool = True
    """False: lies in a grid, at no point."""


def _is(*natures: str) -> Callable[[str, dict[str, Any]], bool]:
    return lambda _code, category: str(category["nature"]) in natures


def _on_spot(_code: str, category: dict[str, Any]) -> bool:
    return bool(category["on_spot_allowed"]) and category["nature"] == "ordinary"


def _slow(_code: str, category: dict[str, Any]) -> bool:
    return category["nature"] == "ordinary" and int(category["deadline_hours"]) >= 24


def _brief(_code: str, category: dict[str, Any]) -> bool:
    return category["nature"] == "ordinary" and 8 <= int(category["deadline_hours"]) <= 24


def _deferrable(code: str, _category: dict[str, Any]) -> bool:
    return code in DEFERRABLE


def _drawn(code: str, category: dict[str, Any]) -> bool:
    return category["nature"] == "ordinary" and SUBJECTS[code].theme is not None


def _unhurried(code: str, category: dict[str, Any]) -> bool:
    return _drawn(code, category) and int(category["deadline_hours"]) >= 12


WEEK = 168.0
RECIPES: list[Recipe] = [
    # Old ones first: cheats look for a picture of an earlier case at the same place.
    Recipe(96, (6, 4.4 * WEEK), endings.closed, "closed", _is("ordinary")),
    Recipe(26, (8, 4.6 * WEEK), endings.closed_on_the_spot, "closed", _on_spot),
    Recipe(8, (8, 4 * WEEK), endings.closed_after_own_fix, "closed", _on_spot),
    Recipe(8, (20, 4 * WEEK), endings.closed, "closed", _is("urgent")),
    Recipe(3, (24, 2.5 * WEEK), endings.closed_by_plan, "closed", _is("difficult")),
    Recipe(6, (20, 3.5 * WEEK), endings.closed_after_return, "closed", _drawn),
    Recipe(4, (20, 1.5 * WEEK), endings.closed_after_relapse, "closed", _brief),
    Recipe(2, (3, 16), endings.closed_not_fixed, "closed", _drawn),
    Recipe(7, (5, 3 * WEEK), endings.rejected, "rejected", _is("ordinary")),
    Recipe(2, (24, 2 * WEEK), endings.rejected_twice, "rejected", _drawn),
    Recipe(4, (10, 3 * WEEK), endings.voided, "voided", _is("ordinary")),
    Recipe(5, (20, 2 * WEEK), endings.deferred, "deferred", _deferrable),
    Recipe(1, (2, 9), endings.deferred, "deferred", _deferrable, at_point=False),
    Recipe(5, (3, 60), endings.coordinating, "coordinating", _is("difficult")),
    Recipe(2, (26, 60), endings.coordinating_from_unit, "coordinating", _slow),
    Recipe(24, (0.5, 15), endings.rectifying, "rectifying", _slow),
    Recipe(4, (0.3, 2.0), endings.rectifying, "rectifying", _is("urgent")),
    Recipe(4, (1, 9), endings.rectifying, "rectifying", _slow, at_point=False),
    Recipe(5, (30, 90), endings.rectifying, "rectifying", _brief),
    Recipe(4, (1, 10), endings.returned, "rectifying", _drawn),
    Recipe(1, (2, 6), endings.withdrawn, "rectifying", _drawn),
    Recipe(2, (2, 10), endings.extended, "rectifying", _slow),
    Recipe(2, (1, 5), endings.extension_asked, "rectifying", _slow),
    Recipe(3, (1, 8), endings.relapsed, "rectifying", _brief),
    Recipe(1, (2, 20), endings.resumed, "rectifying", _deferrable),
    Recipe(22, (0.3, 7), endings.in_review, "in_review", _unhurried),
    Recipe(6, (0.2, 6), endings.fixed_waiting, "in_review", _on_spot),
    Recipe(3, (1, 6), endings.second_approval, "in_review", _is("urgent")),
    Recipe(1, (2, 20), endings.reopened, "in_review", _drawn),
    Recipe(12, (0.1, 3.5), endings.dispatched, "dispatched", _is("ordinary")),
    Recipe(2, (0.1, 0.4), endings.dispatched, "dispatched", _is("urgent")),
    Recipe(3, (5, 20), endings.dispatched, "dispatched", _slow),
    Recipe(1, (0.5, 3), endings.reassigned, "dispatched", _slow),
    Recipe(11, (0.1, 5), endings.submitted, "submitted", _is("ordinary")),
    Recipe(2, (0.05, 0.8), endings.submitted, "submitted", _is("urgent")),
    Recipe(2, (0.4, 5), endings.submitted, "submitted", _is("ordinary"), at_point=False),
    Recipe(2, (0.3, 4), endings.lead_waiting, "submitted", _slow),
    Recipe(1, (0.3, 4), endings.lead_checked, "submitted", _slow),
    Recipe(2, (0.4, 4), endings.bounced, "submitted", _slow),
    Recipe(2, (0.4, 4), endings.bounced_and_ruled, "submitted", _slow),
    Recipe(1, (0.5, 4), endings.appealed, "submitted", _drawn),
]
CHEATS = (
    "other_place",
    "still_there",
    "same_exposure",
    "old_photo",
    "other_place",
    "still_there",
    "same_exposure",
    "old_photo",
)
MERGED = 8
WITNESSED = 14


def make_plan(now: datetime) -> list[CasePlan]:
    """All cases as of `now` (aware), in the order of their reports."""
    plan = _Plan(now.astimezone(UTC))
    for recipe in RECIPES:
        for _ in range(recipe.count):
            plan.tell(recipe)
    for cheat in CHEATS:
        plan.cheat(cheat)
    plan.merge_some(MERGED)
    plan.witness_some(WITNESSED)
    ordered = sorted(plan.cases, key=lambda c: (c.steps[0].at, c.ref))
    renumbered = {case.ref: number for number, case in enumerate(ordered, 1)}
    return [_renumber(case, renumbered) for case in ordered]


def timeline(cases: list[CasePlan]) -> Iterator[tuple[CasePlan, Step]]:
    """Every step of every case in the order of time; steps of one case never overtake each other."""
    steps = [(step.at, case.ref, n, case, step) for case in cases for n, step in enumerate(case.steps)]
    for *_, case, step in sorted(steps, key=lambda s: s[:3]):
        yield case, step


def _renumber(case: CasePlan, numbers: dict[int, int]) -> CasePlan:
    steps = tuple(
        replace(s, data={**s.data, "master": numbers[s.data["master"]]}) if "master" in s.data else s
        for s in case.steps
    )
    return replace(case, ref=numbers[case.ref], steps=steps)


class _Plan:
    """The cases told so far, and what is needed to tell another."""

    def __init__(self, now: datetime) -> None:
        self.now, self.town = now, load_town(now)
        self.zone = ZoneInfo(self.town["timezone"])
        self.people = People(self.town)
        self.texts = read_data("texts.yaml")
        categories = read_data("categories.yaml")["issue_categories"]
        self.categories: dict[str, dict[str, Any]] = {c["code"]: c for c in categories}
        self.grids = {g["code"]: g for g in self.town["grids"]}
        self.cases: list[CasePlan] = []

    def tell(self, recipe: Recipe) -> None:
        """One more case of this recipe."""
        ref = len(self.cases) + 1
        rng = random.Random(f"{SEED} {ref}")
        spot = self._spot(rng, recipe)
        low, high = recipe.age_hours
        # More of the recent past than of the distant one, as in any town that has just begun to look.
        age = low + (high - low) * rng.random() ** 1.25
        self.cases.append(self._told(ref, spot, recipe.tell, recipe.state, age))

    def _told(self, ref: int, spot: Spot, tell: Callable[[Story], None], state: str, age: float) -> CasePlan:
        """Tell it so that its last step lies `age` hours back: once to see how long it takes, then again."""
        goal = self.now - max(LATEST, timedelta(hours=age))
        found = self._daytime(goal - timedelta(hours=1))
        for _ in range(60):
            story = Story(spot, self.people, self.texts, f"{SEED} {ref}", found, self.now, self.zone)
            tell(story)
            over = story.steps[-1].at - goal
            if story.steps[-1].at <= self.now - LATEST and over <= timedelta(hours=max(0.2, age * 0.3)):
                break
            found = self._daytime(found - max(over, timedelta(minutes=20)))
        else:
            raise AssertionError(f"case {ref} does not fit before now")
        return CasePlan(
            ref, state, spot.category, story.nature, spot.point["code"] if spot.point else None, spot.grid["code"],
            story.unit, story.shot, story.pair, tuple(story.steps),
        )  # fmt: skip

    def _daytime(self, at: datetime) -> datetime:
        """The latest moment not after `at` at which people are about: between 6:45 and 19:30."""
        local = at.astimezone(self.zone)
        hour = local.hour + local.minute / 60
        if 6.75 <= hour < 19.5:
            return at
        day = local.date() - timedelta(days=1 if hour < 6.75 else 0)
        evening = datetime(day.year, day.month, day.day, 17, 5, tzinfo=self.zone)
        return (evening + timedelta(minutes=(at.minute * 7 + at.day * 13) % 140)).astimezone(UTC)

    # -- where and what ------------------------------------------------------------------------------------------

    def _spot(self, rng: random.Random, recipe: Recipe) -> Spot:
        if not recipe.at_point:
            return self._spot_in_grid(rng, recipe)
        points = self.town["points"]
        weights = [HOT_POINTS.get(p["code"], 1) for p in points]
        while True:
            point = rng.choices(points, weights)[0]
            kinds = KINDS_OF[point["type"]]
            if choices := self._subjects(recipe, kinds):
                code, subject = rng.choices(choices, [s.weight for _, s in choices])[0]
                kind = rng.choice([k for k in kinds if k in subject.kinds])
                return self._make(rng, code, subject, point, self.grids[point["grid"]], kind, point["code"])

    def _spot_in_grid(self, rng: random.Random, recipe: Recipe) -> Spot:
        grid = rng.choice(self.town["grids"])
        choices = self._subjects(recipe, ("lane", "shops", "road"))
        code, subject = rng.choices(choices, [s.weight for _, s in choices])[0]
        kind = rng.choice([k for k in ("lane", "shops", "road") if k in subject.kinds])
        return self._make(rng, code, subject, None, grid, kind, grid["code"])

    def _subjects(self, recipe: Recipe, kinds: tuple[str, ...]) -> list[tuple[str, Subject]]:
        fitting = ((c, s) for c, s in {**SUBJECTS, **DIFFICULT}.items() if set(s.kinds) & set(kinds))
        return [(c, s) for c, s in fitting if recipe.wants(c, self.categories[c])]

    def _make(
        self,
        rng: random.Random,
        code: str,
        subject: Subject,
        point: dict[str, Any] | None,
        grid: dict[str, Any],
        kind: str,
        at: str,
    ) -> Spot:
        category, variant = self.categories[code], rng.randint(0, 1)
        seed = spot_seed(at, kind, variant)
        where = random.Random(f"where {seed}").choice(self.texts["where"][kind])
        return Spot(
            code, subject, category["nature"], category["deadline_hours"], point, grid, kind, seed, where
        )

    # -- cases about other cases ---------------------------------------------------------------------------------

    def cheat(self, kind: str) -> None:
        """A case in review whose after photo is not what it should be."""
        ref = len(self.cases) + 1
        rng = random.Random(f"{SEED} {ref}")
        age = rng.uniform(0.5, 5)
        if kind != "old_photo":
            recipe = Recipe(1, (0.5, 7), endings.in_review, "in_review", _drawn)
            tell = endings.CHEATING[kind]
            self.cases.append(self._told(ref, self._spot(rng, recipe), tell, "in_review", age))
            return
        older = rng.choice(
            [
                c
                for c in self.cases
                if c.state == "closed" and c.pair == "honest" and c.nature == "ordinary" and c.point
            ]
        )
        used = next(p for s in older.steps for p in s.data.get("photos", []) if p.role == "after")
        again = replace(used.shot, treatment="brightened")
        tell = partial(endings.in_review_with_old_photo, shot=again, taken=used.captured_at)
        self.cases.append(self._told(ref, self._spot_of(older), tell, "in_review", age))

    def _spot_of(self, case: CasePlan) -> Spot:
        """The very corner of another case."""
        if case.shot is None:
            raise AssertionError("only drawn cases have a corner")
        point = next((p for p in self.town["points"] if p["code"] == case.point), None)
        category = self.categories[case.category]
        subject = {**SUBJECTS, **DIFFICULT}[case.category]
        where = random.Random(f"where {case.shot.seed}").choice(self.texts["where"][case.shot.kind])
        return Spot(
            case.category, subject, category["nature"], category["deadline_hours"], point, self.grids[case.grid],
            case.shot.kind, case.shot.seed, where,
        )  # fmt: skip

    def merge_some(self, count: int) -> None:
        """Second reports of a case that was open then, merged into it by the desk."""
        rng = random.Random(f"{SEED} merge")
        masters = [
            c
            for c in self.cases
            if c.state in ("dispatched", "rectifying", "in_review", "closed") and c.shot and c.point
        ]
        rng.shuffle(masters)
        for master in masters:
            if count and (merged := self._second_report(master)):
                self.cases.append(merged)
                count -= 1

    def _second_report(self, master: CasePlan) -> CasePlan | None:
        first, last = master.steps[0].at, _closed_at(master)
        if last - first < timedelta(hours=6) or master.steps[0].action != "submit":
            return None
        ref = len(self.cases) + 1
        found = self._daytime(first + (last - first) * 0.3)
        story = Story(
            self._spot_of(master), self.people, self.texts, f"{SEED} {ref}", found, self.now, self.zone
        )
        origin = master.steps[0].data["position"]
        story.lon, story.lat = (
            origin["lon"] + story.rng.gauss(0, 5e-5),
            origin["lat"] + story.rng.gauss(0, 5e-5),
        )
        story.reporter = self.people.patroller(story.rng, but=master.steps[0].actor)
        endings.merged(story, master.ref)
        if found <= first or story.steps[-1].at >= last or story.steps[-1].at > self.now - LATEST:
            return None
        return CasePlan(
            ref, "merged", master.category, master.nature, master.point, master.grid, master.unit, story.shot, "none",
            tuple(story.steps),
        )  # fmt: skip

    def witness_some(self, count: int) -> None:
        """也是这个: somebody else adds a photo to a case while it is open."""
        rng = random.Random(f"{SEED} witness")
        open_now = [
            n
            for n, c in enumerate(self.cases)
            if c.state in ("submitted", "dispatched", "rectifying") and c.shot and c.point
        ]
        for n in rng.sample(open_now, count):
            case = self.cases[n]
            first = case.steps[0]
            if not first.data["photos"] or any(
                step.action in ("submit_fixed", "reject") for step in case.steps
            ):
                continue
            found = self._daytime(first.at + (self.now - first.at) * 0.4)
            if first.at + timedelta(minutes=5) < found < self.now - timedelta(
                minutes=20
            ) and found < first.at + timedelta(days=5):
                self.cases[n] = replace(case, steps=_with(case.steps, self._witness(case, found)))

    def _witness(self, case: CasePlan, found: datetime) -> Step:
        story = Story(
            self._spot_of(case),
            self.people,
            self.texts,
            f"{SEED} witness {case.ref}",
            found,
            self.now,
            self.zone,
        )
        origin = case.steps[0].data["position"]
        story.lon, story.lat = origin["lon"], origin["lat"]
        story.reporter = self.people.patroller(story.rng, but=case.steps[0].actor)
        photo = story.photo("before", found, story.view())
        at = found + timedelta(minutes=story.rng.uniform(1, 6))
        position = {"lon": photo.lon, "lat": photo.lat, "accuracy_m": photo.accuracy_m, "source": "gps"}
        data = {
            "category": case.category, "description": story.say("witnessed"), "position": position, "point": case.point,
            "captured_at": found, "clock_offset_seconds": 0.0, "photos": [photo], "master": case.ref,
        }  # fmt: skip
        return Step("witness", story.reporter, at, data)


def _closed_at(case: CasePlan) -> datetime:
    """Until when the case was open for certain: its first closing, else its last step."""
    return next((s.at for s in case.steps if s.action in ("close", "submit_closed")), case.steps[-1].at)


def _with(steps: tuple[Step, ...], extra: Step) -> tuple[Step, ...]:
    return tuple(sorted((*steps, extra), key=lambda s: s.at))
