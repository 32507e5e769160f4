"""包干: the responsibility table of a town on a day, and what of it is covered (M28).

Complete is a 包干 that says four things: the area, the duty, the milestone and the measure.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.features.identity.models import Role, RoleHold, Unit, User, UserStatus
from app.features.identity.presentation import masked_phone
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.duty_schemas import (
    Adoption,
    Coverage,
    Holder,
    ResponsibilityTable,
    Share,
    TableRow,
)
from app.features.places.models import Point, Responsibility
from app.features.places.schemas import Named

Held = Mapping[uuid.UUID, Mapping[str, Sequence[Responsibility]]]
SAID = ("duty", "milestone", "measure")
PersonTimes = Callable[[Session, Viewer, Sequence[Responsibility], date], int]
_person_times: list[PersonTimes] = []


def on_adoption(count: PersonTimes) -> PersonTimes:
    """Register who counts, of some adoptions and up to a day, how often people came to look after what they adopted."""
    _person_times.append(count)
    return count


def table(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date) -> ResponsibilityTable:
    """Every active point with who answers for it on the day. A pending person sees no names of people."""
    points = session.scalars(
        queries.visible_points(viewer)
        .where(Point.town_id == town_id, Point.is_active)
        .order_by(Point.is_key.desc(), Point.code)
    ).all()
    held = _held(session, viewer, town_id, on)
    names = _Names(session, viewer, points, held)
    rows = [_row(point, held.get(point.id, {}), names) for point in points]
    return ResponsibilityTable(
        on=on, coverage=_coverage(session, viewer, town_id, rows, held, on), items=rows
    )


def _held(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date) -> Held:
    found = queries.visible_responsibilities(viewer).where(
        Responsibility.town_id == town_id,
        Responsibility.point_id.is_not(None),
        or_(Responsibility.from_on.is_(None), Responsibility.from_on <= on),
        or_(Responsibility.until_on.is_(None), Responsibility.until_on >= on),
    )
    held: dict[uuid.UUID, dict[str, list[Responsibility]]] = defaultdict(lambda: defaultdict(list))
    for row in session.scalars(found.order_by(Responsibility.id)):
        if row.point_id is not None:
            held[row.point_id][row.role].append(row)
    return held


class _Names:
    """Units and people by id, each read once."""

    def __init__(self, session: Session, viewer: Viewer, points: Sequence[Point], held: Held) -> None:
        given = [row for by_role in held.values() for rows in by_role.values() for row in rows]
        unit_ids = {row.unit_id for row in given}
        for point in points:
            unit_ids |= {point.territory_id, point.responsible_unit_id, point.support_unit_id}
        self.units = queries.system_names(session, Unit, unit_ids)
        ids = {row.user_id for row in given} | {point.point_chief_id for point in points}
        found = select(User.id, User.name_zh, User.name_en, User.phone).where(User.id.in_(ids - {None}))
        self.people = {} if viewer.is_pending else {row.id: row for row in session.execute(found)}

    def unit(self, one: uuid.UUID | None) -> Named | None:
        return Named.model_validate(self.units[one]) if one in self.units else None

    def unit_list(self, ids: Iterable[uuid.UUID | None]) -> list[Named]:
        return [name for one in dict.fromkeys(ids) if (name := self.unit(one)) is not None]

    def person(self, one: uuid.UUID | None) -> Holder | None:
        row: Any = self.people.get(one) if one else None
        if row is None:
            return None
        said = {"id": row.id, "name_zh": row.name_zh, "name_en": row.name_en}
        return Holder(**said, phone_masked=masked_phone(row.phone))


def _row(point: Point, held: Mapping[str, Sequence[Responsibility]], names: _Names) -> TableRow:
    leading = held.get("area_leader", ())
    chiefs = [row.user_id for row in held.get("point_chief", ())]
    leaders = [name for row in leading if (name := names.person(row.user_id)) is not None]
    said = {
        what: "；".join(dict.fromkeys(t for row in leading if (t := getattr(row, what)))) for what in SAID
    }
    supporting = [point.support_unit_id, *(row.unit_id for row in held.get("support", ()))]
    return TableRow(
        **{name: getattr(point, name) for name in _OWN},
        territory=names.unit(point.territory_id),
        leaders=leaders,
        point_chief=names.person(point.point_chief_id or next(iter(chiefs), None)),
        responsible_unit=names.unit(point.responsible_unit_id),
        support_units=names.unit_list(supporting),
        adopters=names.unit_list(row.unit_id for row in held.get("adopter", ())),
        stationed=names.unit_list(row.unit_id for row in held.get("stationed", ())),
        missing=[] if _is_said(leading) else _lacking(leading),
        **said,
    )


_OWN = ("id", "code", "name_zh", "name_en", "type_code", "is_key", "is_point")


def _is_said(leading: Sequence[Responsibility]) -> bool:
    return bool(leading) and all(getattr(row, what) for row in leading for what in SAID)


def _lacking(leading: Sequence[Responsibility]) -> list[str]:
    if not leading:
        return ["leader", *SAID]
    return [what for what in SAID if any(not getattr(row, what) for row in leading)]


def _coverage(
    session: Session, viewer: Viewer, town_id: uuid.UUID, rows: Sequence[TableRow], held: Held, on: date
) -> Coverage:
    key = [row for row in rows if row.is_key]
    led = [row for row in rows if "leader" not in row.missing]
    leaders = [] if viewer.is_pending else _leaders(session, town_id)
    busy = {leader.id for row in rows for leader in row.leaders}
    idle = [Named.model_validate(one) for one in leaders if one.id not in busy]
    loads = sum(len(row.leaders) for row in key)
    return Coverage(
        key_points=Share(n=sum("leader" not in row.missing for row in key), d=len(key)),
        points=Share(n=len(led), d=len(rows)),
        leaders=Share(n=len(leaders) - len(idle), d=len(leaders)),
        idle_leaders=idle,
        mean_load=round(loads / len(leaders), 2) if leaders else None,
        complete=Share(n=sum(not row.missing for row in led), d=len(led)),
        adoption=_adoption(
            rows, lambda adopted: sum(count(session, viewer, adopted, on) for count in _person_times), held
        ),
    )


def _leaders(session: Session, town_id: uuid.UUID) -> Sequence[Any]:
    """Who leads an area of the town by office."""
    found = (
        select(User.id, User.name_zh, User.name_en)
        .join(RoleHold, RoleHold.user_id == User.id)
        .join(Unit, Unit.id == RoleHold.unit_id)
        .where(RoleHold.role == Role.LEADER, Unit.town_id == town_id, User.status == UserStatus.ACTIVE)
        .distinct()
    )
    return session.execute(found.order_by(User.id)).all()


def _adoption(
    rows: Sequence[TableRow], count: Callable[[Sequence[Responsibility]], int], held: Held
) -> list[Adoption]:
    """Of the types of which at least one is adopted."""
    by_type: dict[str, list[TableRow]] = defaultdict(list)
    for row in rows:
        by_type[row.type_code].append(row)
    return [
        Adoption(
            type_code=code,
            points=len(found),
            exactly_one=sum(len(row.adopters) == 1 for row in found),
            none=[row.code for row in found if not row.adopters],
            several=[row.code for row in found if len(row.adopters) > 1],
            person_times=count([one for row in found for one in held.get(row.id, {}).get("adopter", ())]),
        )
        for code, found in sorted(by_type.items())
        if any(row.adopters for row in found)
    ]
