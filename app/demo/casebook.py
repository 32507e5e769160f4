"""One case of the demo, told step by step: who did what when, with which picture. Pure; knows the rules, not the services."""

import math
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from app.demo.catalogue import Subject, unit_for
from app.demo.people import People
from app.demo.scenes import INDOORS, Shot
from app.demo.town import position_in
from app.features.dispatch.deadlines import proposed_due, relapse_due

PairKind = Literal["none", "honest", "other_place", "still_there", "same_exposure", "old_photo"]
"""What the after photo is: an honest one, or in which way it cheats."""


@dataclass(frozen=True)
class PhotoPlan:
    """One photo: what it shows, when and where the phone says it was taken."""

    shot: Shot
    role: Literal["before", "after", "site"]
    captured_at: datetime
    lon: float
    lat: float
    accuracy_m: float
    capture: Literal["camera", "album"] = "camera"
    has_exif: bool = False


@dataclass(frozen=True)
class Step:
    """One action (a verb of the lifecycle, or "witness") as it reaches the server.

    `actor` is a login; None is the clock. `data` has the fields of the action's body, with codes for units and points,
    logins for people, PhotoPlans for photos, and the other case's `ref` where a case is named.
    """

    action: str
    actor: str | None
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CasePlan:
    """One case from report to its present state. Times are UTC, never later than the plan's `now`."""

    ref: int
    state: str
    category: str
    nature: str
    point: str | None
    grid: str
    unit: str
    shot: Shot | None
    pair: PairKind
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Spot:
    """Where and what: everything about a case that does not depend on its time."""

    category: str
    subject: Subject
    nature: str
    deadline_hours: int
    point: dict[str, Any] | None
    grid: dict[str, Any]
    kind: str
    place: int
    """Seed of the drawn place: the same for every case at the same corner."""
    where: str


def spot_seed(code: str, kind: str, variant: int) -> int:
    """The seed of one drawn place, stable for ever."""
    return zlib.crc32(f"{code}/{kind}/{variant}".encode()) % 100_000


class Story:
    """A case being told: a clock that only moves on, in office hours where offices act."""

    def __init__(
        self,
        spot: Spot,
        people: People,
        texts: Mapping[str, Any],
        seed: str,
        found: datetime,
        now: datetime,
        zone: tzinfo,
    ) -> None:
        self.spot, self.people, self.texts = spot, people, texts
        self.rng = random.Random(seed)
        self.zone, self.now, self.found, self.at = zone, now, found, found
        self.steps: list[Step] = []
        self.lon, self.lat = position_in(spot.point, spot.grid, self.rng)
        self.community = spot.point["territory"] if spot.point else spot.grid["community"]
        self.unit = unit_for(spot.subject, spot.point, self.community)
        self.reporter = people.reporter(spot, self.rng)
        self.dispatcher = people.dispatcher(self.rng)
        self.nature = spot.nature
        self.pair: PairKind = "none"
        self.due: datetime | None = None
        self.round_found = found
        self.fixer: str | None = None
        self.shot = (
            Shot(spot.kind, spot.place, spot.subject.theme, light=self.light(found))
            if spot.subject.theme
            else None
        )

    # -- time ----------------------------------------------------------------------------------------------------

    def wait(self, low: float, high: float, *, office: bool = True) -> datetime:
        """Let hours pass; an office does nothing between 20:00 and 8:00, the street nothing between 20:30 and 6:30."""
        at = self.at + timedelta(hours=self.rng.uniform(low, high))
        opens, shuts = (8.0, 20.0) if office else (6.5, 20.5)
        local = at.astimezone(self.zone)
        hour = local.hour + local.minute / 60
        if (hour >= shuts or hour < opens) and (late := self._stay()):
            at = late
        elif hour >= shuts or hour < opens:
            day = local.date() + timedelta(days=1 if hour >= shuts else 0)
            start = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(hours=opens)
            at = (start + timedelta(minutes=self.rng.uniform(3, 55))).astimezone(UTC)
        self.at = at
        return at

    def _stay(self) -> datetime | None:
        """Where the order runs out overnight, somebody does it still this evening."""
        local = self.at.astimezone(self.zone)
        evening = local.replace(hour=20, minute=50, second=0, microsecond=0).astimezone(UTC)
        morning = local.replace(hour=8, minute=0, second=0, microsecond=0).astimezone(UTC) + timedelta(days=1)
        if self.due is None or self.due > morning + timedelta(hours=2):
            return None
        until = min(self.due, evening)
        if until < self.at + timedelta(minutes=15):
            return None
        return self.at + (until - self.at) * self.rng.uniform(0.2, 0.6)

    def hours_left(self) -> float:
        """Until the order is due; never less than a quarter of an hour."""
        return max(0.25, ((self.due or self.at) - self.at).total_seconds() / 3600)

    def light(self, at: datetime) -> str:
        """The weather of that day (the same for everybody) and the hour."""
        local = at.astimezone(self.zone)
        days_ago = (self.now.astimezone(self.zone).date() - local.date()).days
        weather = random.Random(f"weather {days_ago}").random()
        if weather < 0.42:
            return "overcast" if weather < 0.17 else "hazy" if weather < 0.32 else "rain"
        hour = local.hour + local.minute / 60
        return "morning" if hour < 10 else "noon" if hour < 14 else "afternoon" if hour < 16.5 else "late"

    # -- pictures ------------------------------------------------------------------------------------------------

    def photo(
        self,
        role: Literal["before", "after", "site"],
        at: datetime,
        shot: Shot,
        *,
        capture: Literal["camera", "album"] = "camera",
        drift_m: float = 5.0,
        as_is: bool = False,
    ) -> PhotoPlan:
        """A photo taken a few steps from where the case lies; `as_is`: an exposure made before, not a new one."""
        away = drift_m * (0.3 + abs(self.rng.gauss(0, 0.7)))
        turn = self.rng.uniform(0, 2 * math.pi)
        lon = self.lon + away * math.cos(turn) / 95_400
        lat = self.lat + away * math.sin(turn) / 110_900
        indoors = shot.kind in INDOORS
        accuracy = round(self.rng.uniform(14, 38) if indoors else self.rng.uniform(4, 16), 1)
        if not as_is:
            shot = replace(shot, light=self.light(at), width=self._width(at))
        return PhotoPlan(
            shot,
            role,
            at,
            round(lon, 6),
            round(lat, 6),
            accuracy,
            capture,
            capture == "album" or self.rng.random() < 0.25,
        )

    def _width(self, at: datetime) -> int:
        """Older pictures are smaller: fewer people look at them, and a demo should load fast."""
        return 1024 if at > self.now - timedelta(days=3) else 640

    def view(self, *, solved: bool = False, close: bool = False) -> Shot:
        """The problem from a new stand-point."""
        if self.shot is None:
            raise ValueError("a case told in words has no picture")
        return replace(self.shot, solved=solved, close=close, stand=self.rng.randint(1, 9999))

    def looked_at(self, at: datetime, *, solved: bool) -> list[PhotoPlan]:
        """One site photo."""
        shot = (
            self.view(solved=solved)
            if self.shot
            else Shot("front", self.spot.place, stand=self.rng.randint(1, 9999))
        )
        return [self.photo("site", at, shot)]

    # -- words ---------------------------------------------------------------------------------------------------

    def say(self, key: str, sub: str | None = None) -> str:
        """One of the sentences kept under a key of texts.yaml."""
        choices = self.texts[key] if sub is None else self.texts[key][sub]
        return str(choices if isinstance(choices, str) else self.rng.choice(choices))

    def add(self, action: str, actor: str | None, at: datetime, **data: Any) -> None:
        """Write one step down."""
        self.at = at
        self.steps.append(Step(action, actor, at, data))

    # -- filing --------------------------------------------------------------------------------------------------

    def report(
        self,
        action: str = "submit",
        *,
        source: str | None = None,
        with_photos: bool = True,
        prefix: str = "",
        **extra: Any,
    ) -> None:
        """The report: photos taken at `found`, received minutes later, now and then hours later (no network)."""
        photos: list[PhotoPlan] = []
        if self.shot and with_photos:
            photos.append(self.photo("before", self.found, self.view()))
            if self.rng.random() < 0.2 and not self.steps:
                photos.append(self.photo("before", self.found + timedelta(seconds=20), self.view(close=True)))
        offline = action == "submit" and self.rng.random() < 0.05
        delay = self.rng.uniform(1.5, 3.5) * 60 if offline else self.rng.uniform(0.7, 9)
        at = self.found + timedelta(minutes=delay)
        afters = list(extra.pop("afters", []))
        if afters:
            at = max(at, afters[-1].captured_at + timedelta(minutes=self.rng.uniform(0.5, 3)))
        text = prefix + self.spot.where + self.say("seen", self.spot.category)
        position = {
            "lon": round(self.lon, 6),
            "lat": round(self.lat, 6),
            "accuracy_m": round(self.rng.uniform(4, 18), 1),
            "source": "gps",
        }
        point = {"point": self.spot.point["code"]} if self.spot.point else {"no_point": True}
        self.add(
            action, self.reporter, at, category=self.spot.category, description=text, source=source, position=position,
            captured_at=self.found, clock_offset_seconds=0.0, photos=[*photos, *afters], **point, **extra,
        )  # fmt: skip

    def fixed_on_the_spot(self, action: str, fixed_by: str) -> None:
        """submit_fixed or submit_closed: the after photo minutes after the before photo."""
        later = self.found + timedelta(minutes=self.rng.uniform(6, 35))
        self.pair = "honest" if self.shot else "none"
        afters = [self.photo("after", later, self.view(solved=True))] if self.shot else []
        self.report(action, source=self.people.source_of(self.reporter), afters=afters, fixed_by=fixed_by)
        self.fixer = self.reporter if fixed_by == "self" else None

    # -- orders --------------------------------------------------------------------------------------------------

    def dispatch(
        self,
        low: float = 0.2,
        high: float = 3.0,
        *,
        unit: str | None = None,
        by: str | None = None,
        action: str = "dispatch",
        **extra: Any,
    ) -> None:
        """The order, with its person, helpers and deadline as the desk proposes them."""
        at = self.wait(low, high)
        self.unit = unit or self.unit
        helpers = [self.community] if self.unit != self.community and self.rng.random() < 0.35 else []
        self.due = proposed_due(
            found_at=self.round_found, dispatched_at=at, deadline_hours=self.spot.deadline_hours, limit_hours=72,
            is_urgent=self.nature == "urgent",
        )  # fmt: skip
        self.add(
            action, by or self.dispatcher, at, unit=self.unit, person=self.people.liaison(self.unit), helpers=helpers,
            requirement=self.say("asked", self.spot.category[:3]), **extra,
        )  # fmt: skip

    def claim(self, low: float = 0.1, high: float = 2.5) -> None:
        """领单, and now and then the liaison names who does it."""
        high = min(high, max(low, self.hours_left() * 0.2))
        self.add("claim", self.people.liaison(self.unit), self.wait(low, high))
        helper = self.people.patroller_of(self.unit)
        if helper and self.rng.random() < 0.4:
            self.add("assign", self.people.liaison(self.unit), self.at + timedelta(minutes=4), person=helper)
            self.fixer = helper

    def bounce(self, reason: str, ruling: str | None) -> None:
        """退单 by the unit, and the desk's ruling if it has come to it."""
        at = self.wait(0.3, 1.8)
        self.add(
            "bounce", self.people.liaison(self.unit), at, reason_code=reason, note=self.say("bounced", reason)
        )
        if ruling:
            self.add("rule_bounce", self.dispatcher, self.wait(0.2, 1.5), ruling=ruling)

    def rectify(
        self,
        *,
        share: float | None = None,
        kind: PairKind = "honest",
        shot: Shot | None = None,
        taken: datetime | None = None,
        drift_m: float = 7.0,
    ) -> None:
        """整改完成, after a share of the time that is left, in daylight."""
        left = max(0.6, self.hours_left())
        share = self.rng.uniform(0.1, 0.5) if share is None else share
        at = self.wait(left * share * 0.9, left * share, office=False)
        actor = self.fixer or self.people.liaison(self.unit)
        taken = taken or at - timedelta(minutes=self.rng.uniform(2, 25))
        photos: list[PhotoPlan] = []
        if self.shot:
            self.pair = kind
            capture: Literal["camera", "album"] = "camera" if kind in ("honest", "still_there") else "album"
            copied = kind in ("same_exposure", "old_photo")
            seen = shot or self.view(solved=True)
            photos.append(self.photo("after", taken, seen, capture=capture, drift_m=drift_m, as_is=copied))
        self.fixer = actor
        self.add("rectify", actor, at, measure=self.say("done", self.spot.category[:3]), photos=photos)

    # -- review --------------------------------------------------------------------------------------------------

    def send_back(self, reason: str) -> None:
        """退回整改."""
        self.add(
            "return",
            self.people.reviewer(self.unit, self.dispatcher, self.rng),
            self.wait(0.5, 6),
            reason_code=reason,
            comment=self.say("returned", reason),
        )

    def close(self, low: float = 0.3, high: float = 7.0, *, second: bool = True) -> None:
        """Pairs matched and struck off; urgent and difficult cases get their second approval."""
        reviewer = self.people.reviewer(self.unit, self.dispatcher, self.rng)
        if self.due and self.due > self.at:  # the desk looks first at what is due first
            high = min(high, max(low, self.hours_left() * (0.4 if self.nature != "ordinary" else 0.7)))
        self.add("close", reviewer, self.wait(low, high), match="all", comment=self.say("closed"))
        if self.nature != "ordinary" and second:
            leader = (
                self.people.principal(self.rng)
                if self.nature == "difficult"
                else self.people.line_leader(self.spot.point, self.rng)
            )
            self.add("approve_close", leader, self.wait(0.3, 4), note="")

    def look_back(self, days: int) -> bool:
        """回头看 on its day; False where that day has not come yet."""
        self.at = max(self.at, self._closed_at() + timedelta(days=days) - timedelta(hours=3))
        at = self.wait(0.2, 6, office=False)
        if at > self.now - timedelta(minutes=10):
            return False
        checker = self.people.checker(self.fixer, self.rng)
        self.add(
            "lookback_pass", checker, at, photos=self.looked_at(at, solved=True), note=self.say("looked_back")
        )
        return True

    def _closed_at(self) -> datetime:
        return next(
            s.at for s in reversed(self.steps) if s.action in ("close", "approve_close", "submit_closed")
        )

    def relapse(self, low_days: float, high_days: float) -> None:
        """回潮: found again by whoever looks back; the unit has half the time."""
        at = self.wait(low_days * 24, high_days * 24, office=False)
        checker = self.people.checker(self.fixer, self.rng)
        photos = [self.photo("before", at, self.view())]
        self.add("relapse", checker, at, photos=photos, note=self.say("relapsed"))
        self.round_found, self.fixer = at, None
        self.due = relapse_due(found_at=at, deadline_hours=self.spot.deadline_hours)
