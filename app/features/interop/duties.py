"""Rosters (花名册) and trainings from a file: people by login or name, in the thousands if need be (Z29)."""

import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select

from app.core.errors import Problem
from app.features.identity.models import Unit, User, UserStatus
from app.features.interop import values
from app.features.interop.importers import Parser, RowRefused, Target, parsed, refusals
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.interop.values import BadCell
from app.features.rosters import periods, planning, trainings
from app.features.rosters.models import Duty, ShiftKind
from app.features.rosters.schemas import MOST_DAYS
from app.features.volunteers.models import Team

_KINDS = {
    "驻守": ShiftKind.STATIONING, "值守": ShiftKind.STATIONING, "巡查": ShiftKind.PATROL, "巡访": ShiftKind.PATROL,
    "下沉": ShiftKind.SECONDMENT, "志愿服务": ShiftKind.SERVICE, "志愿者": ShiftKind.SERVICE, "应急": ShiftKind.EMERGENCY,
    "应急值守": ShiftKind.EMERGENCY,
}  # fmt: skip
_DUTIES = dict(zip(("巡查", "上报", "保洁", "劝导", "引导", "宣传", "交通", "待命"), Duty, strict=True))
PLACES = ("point_id", "grid_id", "at_unit_id")


def _clock(text: str) -> time:
    """08:00, 8:00, 8：00, 08:00:00."""
    parts = unicodedata.normalize("NFKC", text).strip().rpartition("T")[2].split(":")
    try:
        return time(int(parts[0]), int(parts[1]))
    except (ValueError, IndexError):
        raise BadCell("not-a-time") from None


def _kind(text: str) -> ShiftKind:
    found = _KINDS.get(text.strip(), text.strip().casefold())
    if found not in set(ShiftKind):
        raise BadCell("unknown-code")
    return ShiftKind(found)


def _duties(text: str) -> list[Duty]:
    said = [_DUTIES.get(word, word.casefold()) for word in values.parts(text)]
    if any(word not in set(Duty) for word in said):
        raise BadCell("unknown-code")
    return list(dict.fromkeys(Duty(word) for word in said))


class _People:
    """The town's people by login, by name, and of several with one name by their unit."""

    def __init__(self, target: Target) -> None:
        found = (
            select(User.id, User.login, User.name_zh, User.unit_id)
            .join(Unit, Unit.id == User.unit_id)
            .where(Unit.town_id == target.town_id, User.status != UserStatus.DISABLED)
        )
        self.by_login: dict[str, uuid.UUID] = {}
        self.by_name: dict[str, list[tuple[uuid.UUID, uuid.UUID]]] = defaultdict(list)
        for row in target.session.execute(found):
            if row.login:
                self.by_login[row.login] = row.id
            self.by_name[row.name_zh.strip()].append((row.id, row.unit_id))

    def find(self, said: str, unit_id: uuid.UUID | None) -> uuid.UUID:
        """The one person meant."""
        if (known := self.by_login.get(said.strip().casefold())) is not None:
            return known
        named = self.by_name.get(unicodedata.normalize("NFKC", said).strip(), [])
        fitting = [one for one, unit in named if unit_id in (None, unit)]
        if len(fitting) == 1:
            return fitting[0]
        raise RowRefused([("person", "ambiguous-name" if fitting else "unknown-code")])


class _OfPeople:
    """What both have: a person a row, and the unit that tells namesakes apart."""

    def __init__(self, target: Target, parsers: Mapping[str, Parser]) -> None:
        self.target = target
        self.people = _People(target)
        units: Callable[[str], uuid.UUID] = values.units_of(target.session, target.town_id).find
        self.parsers: dict[str, Parser] = {"unit": units, **parsers}

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def read(self, cells: dict[str, Cell]) -> dict[str, Any]:
        found = parsed(cells, self.parsers)
        found.pop("code", None)
        return found | {"user_id": self.people.find(found.pop("person"), found.pop("unit", None))}

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        return [], []


class Rosters(_OfPeople):
    """Shifts: the same person at the same time again is the same shift, and may be put elsewhere until it was begun."""

    def __init__(self, target: Target) -> None:
        session, town_id = target.session, target.town_id
        teams = select(Team.id, Team.code, Team.name_zh).where(Team.town_id == town_id, Team.is_active)
        named = values.Names((row.id, row.code, row.name_zh) for row in session.execute(teams))
        parsers: dict[str, Parser] = {
            "on": values.day, "until_on": values.day, "starts": _clock, "ends": _clock, "kind": _kind,
            "is_around": values.yes_no, "duties": _duties, "team_id": named.find,
            "point_id": values.points_of(session, town_id).find, "grid_id": values.grids_of(session, town_id).find,
            "at_unit_id": values.units_of(session, town_id).find,
        }  # fmt: skip
        super().__init__(target, parsers)
        self.zone = periods.zone_of_town(session, town_id)

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = self.read(cells)
        given = [name for name in PLACES if found.get(name)]
        if len(given) != 1:
            raise RowRefused([("point_id", "only-one" if given else "missing")])
        if found.get("is_around") and given != ["point_id"]:
            raise RowRefused([("is_around", "only-one")])
        first, last = found.pop("on"), found.pop("until_on", None)
        plain: dict[str, Any] = {
            "team_id": None,
            "is_around": False,
            "duties": [],
            "note": "",
            "kind": ShiftKind.STATIONING,
        }
        starts, ends = found.pop("starts"), found.pop("ends")
        said = dict.fromkeys(PLACES) | plain | found
        did = [self._put(said, on, starts, ends) for on in _days(first, last or first)]
        return next((word for word in ("created", "updated") if word in did), "unchanged")

    def _put(self, said: Mapping[str, Any], on: date, starts: time, ends: time) -> str:
        begins, over = planning.span_of(on, starts, ends, self.zone)
        by = self.target.viewer.user_id if self.target.viewer else None
        try:
            return planning.put_one(
                self.target.session, self.target.town_id, {**said, "starts_at": begins, "ends_at": over}, by
            )
        except Problem as problem:
            raise refusals(problem, "starts") from problem


def _days(first: date, last: date) -> list[date]:
    if not 0 <= (last - first).days < MOST_DAYS:
        raise RowRefused([("until_on", "not-a-date")])
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class Trainings(_OfPeople):
    """Who was trained in what, a person a row."""

    def __init__(self, target: Target) -> None:
        super().__init__(target, {"held_on": values.day})

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = self.read(cells)
        topic = str(found["topic"]).strip()[:40]
        by = self.target.viewer.user_id if self.target.viewer else None
        _, new = trainings.put(
            self.target.session, self.target.town_id, topic, found["held_on"], [found["user_id"]], by
        )
        return "created" if new else "unchanged"
