"""Who does what in the demo town: reporters, desk, units, reviewers, leaders. Logins, chosen so that four eyes hold."""

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.demo.casebook import Spot

DESK = ("u.office2", "u.office2", "u.office2", "u.hot1")
REVIEWERS = ("u.review1", "u.review2")
CHECKERS = ("u.office2", "u.video1", "u.review1")
"""Who goes and looks back: an inspector of the office, one of the operation centre, a reviewer."""


class People:
    """The town's people by what they may do."""

    def __init__(self, town: dict[str, Any]) -> None:
        self._unit_of = {u["login"]: u["unit"] for u in town["users"]}
        self._liaison: dict[str, str] = {}
        self._patroller: dict[str, str] = {}
        self._line: list[str] = []
        self._principal: list[str] = []
        self._patrol: list[str] = [u["login"] for u in town["users"] if "TM-PAT" in u.get("teams", [])]
        for user in town["users"]:
            for held in user["roles"]:
                self._note(user["login"], held["role"], held["at"])
        self._officer = {g["code"]: g["officer"] for g in town["grids"]}

    def _note(self, login: str, role: str, at: str) -> None:
        if role == "liaison":
            self._liaison.setdefault(at, login)
        elif role == "patroller" and login.startswith("u.grid"):
            self._patroller.setdefault(at, login)
        elif role == "line_leader":
            self._line.append(login)
        elif role == "principal_leader":
            self._principal.append(login)

    def unit(self, login: str) -> str:
        """The unit a person belongs to."""
        return str(self._unit_of[login])

    def liaison(self, unit: str) -> str:
        """The unit's named contact."""
        return self._liaison[unit]

    def patroller_of(self, unit: str) -> str | None:
        """A grid officer of the unit who may be given the work."""
        return self._patroller.get(unit)

    def patroller(self, rng: random.Random, but: str | None = None) -> str:
        """A member of the citizen patrol group."""
        return rng.choice([p for p in self._patrol if p != but])

    def officer(self, grid: str) -> str:
        """The grid's officer."""
        return str(self._officer[grid])

    def reporter(self, spot: "Spot", rng: random.Random) -> str:
        """Most cases come from the patrol group; the rest from all sides."""
        draw = rng.random()
        community = spot.point["territory"] if spot.point else spot.grid["community"]
        if draw < 0.15:
            return self.officer(spot.grid["code"])
        if draw < 0.24 and community in ("C01", "C02"):
            return "u.vol01" if community == "C01" else "u.vol02"
        if draw < 0.30:
            return self.liaison(community)
        if draw < 0.34:
            return "u.third1"
        if draw < 0.37:
            return "u.district1"
        if draw < 0.40 and spot.point:
            return str(spot.point["leader"]) if "leader" in spot.point else self.patroller(rng)
        return self.patroller(rng)

    def source_of(self, login: str) -> str | None:
        """What a report of this person is filed under; None leaves it to the role."""
        return "patrol" if login in self._patrol else None

    def dispatcher(self, rng: random.Random) -> str:
        """Somebody of the triage desk."""
        return rng.choice(DESK)

    def other_dispatcher(self, login: str) -> str:
        """Somebody else of the desk, to decide an appeal."""
        return "u.office1" if login != "u.office1" else "u.office2"

    def reviewer(self, unit: str, dispatcher: str, rng: random.Random) -> str:
        """A reviewer who neither dispatched the case nor belongs to the responsible unit."""
        return rng.choice([r for r in REVIEWERS if r != dispatcher and self.unit(r) != unit])

    def checker(self, fixer: str | None, rng: random.Random) -> str:
        """Somebody to look back, not the one who fixed it."""
        return rng.choice([c for c in CHECKERS if c != fixer])

    def line_leader(self, point: dict[str, Any] | None, rng: random.Random) -> str:
        """The line leader who approves: the point's own leader if that is one, else any (DECISIONS 9)."""
        own = point.get("leader") if point else None
        return str(own) if own in self._line else rng.choice(self._line)

    def principal(self, rng: random.Random) -> str:
        """One of the two principal leaders."""
        return rng.choice(self._principal)
