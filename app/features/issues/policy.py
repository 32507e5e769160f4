"""Who may see a case and who stands in which relation to it. One policy, as SQL for reads and as sets for guards."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Uuid,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from app.core import db
from app.features.identity.models import Role, RoleHold, Unit, UnitKind, UnitReach
from app.features.identity.viewer import Viewer
from app.features.issues.lifecycle import Nature, State, Who
from app.features.issues.models import Issue, SiteCheck
from app.features.issues.reasons import Few, Reason, ids
from app.features.places.models import Grid, Point, Responsibility

SEERS = (
    Role.OFFICE_ADMIN, Role.DISPATCHER, Role.REVIEWER, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.INSPECTOR,
    Role.DISTRICT_INSPECTOR, Role.AUDITOR,
)  # fmt: skip
"""See every case of the units they reach (DOMAIN.md §3, row "see issues", ●)."""
UNIT_ROLES = (Role.LIAISON, Role.UNIT_PRINCIPAL, Role.RECTIFIER)
FILERS = (
    Role.OFFICE_ADMIN, Role.DISPATCHER, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.LEADER, Role.POINT_CHIEF, Role.LIAISON,
    Role.UNIT_PRINCIPAL, Role.RECTIFIER, Role.INSPECTOR, Role.PATROLLER, Role.VOLUNTEER, Role.BUILDING_LEADER,
    Role.GRID_OFFICER, Role.CROSS_CAPTAIN, Role.CROSS_MEMBER, Role.THIRD_PARTY, Role.DISTRICT_INSPECTOR, Role.EMERGENCY_MEMBER,
)  # fmt: skip
FAST_CLOSERS = (
    Role.INSPECTOR, Role.OFFICE_ADMIN, Role.DISPATCHER, Role.LEADER, Role.LINE_LEADER, Role.PRINCIPAL_LEADER,
)  # fmt: skip
DESK = (Role.DISPATCHER, Role.OFFICE_ADMIN)
DISPATCHERS = (*DESK, Role.PRINCIPAL_LEADER, Role.LINE_LEADER)
REVIEWERS = (Role.REVIEWER, Role.OFFICE_ADMIN, Role.PRINCIPAL_LEADER, Role.LINE_LEADER)
RoundPoints = Callable[[Viewer], Select[uuid.UUID]]
_ROUNDS: list[RoundPoints] = []


def on_round(points: RoundPoints) -> RoundPoints:
    """Register a selection of the points a viewer's present round leads to.

    Closed cases there are theirs to see and to look back at, though their roles reach none of them.
    """
    _ROUNDS.append(points)
    return points


def my_points(viewer: Viewer) -> CompoundSelect[uuid.UUID]:
    """Ids of the points the viewer answers for: as point chief, or by 包干."""
    answered = select(Responsibility.point_id).where(
        Responsibility.user_id == viewer.user_id, Responsibility.point_id.is_not(None)
    )
    # Two questions, each with an index of its own: joined by OR they would read every point.
    return union(select(Point.id).where(Point.point_chief_id == viewer.user_id), answered)


def as_whom(viewer: Viewer) -> tuple[uuid.UUID, ...]:
    """The viewer, and the people they stand in for while these are away."""
    return (viewer.user_id, *viewer.stands_in_for)


def unit_reach(viewer: Viewer) -> Select[uuid.UUID]:
    """Units for which the viewer works: by a unit role of their own, or of somebody they stand in for."""
    lent = select(RoleHold.unit_id).where(
        RoleHold.user_id.in_(viewer.stands_in_for), RoleHold.role.in_(UNIT_ROLES), RoleHold.until_on.is_(None)
    )
    held = UnitReach.ancestor_id.in_(viewer.held_at(*UNIT_ROLES))
    return select(UnitReach.unit_id).where(
        or_(held, UnitReach.ancestor_id.in_(lent)) if viewer.stands_in_for else held
    )


def works_for_unit(viewer: Viewer) -> bool:
    """Whether `unit_reach` may hold anything."""
    return viewer.has(*UNIT_ROLES) or bool(viewer.stands_in_for)


def sees_own_town_whole(viewer: Viewer) -> bool:
    """Whether the viewer sees every case of the own town, and none of another."""
    if viewer.is_pending or viewer.town_id is None or _held_above(viewer):
        return False
    return any(
        h.role in SEERS and h.unit_kind == UnitKind.TOWN and h.town_id == viewer.town_id for h in viewer.holds
    )


def sees_own_town_in_part(viewer: Viewer) -> bool:
    """Whether `reasons` is all that the viewer has: no town is seen whole."""
    return viewer.town_id is not None and not sees_own_town_whole(viewer) and not _held_above(viewer)


def towns_above(viewer: Viewer, *roles: str) -> Select[uuid.UUID] | None:
    """Towns below the units above all towns at which one of `roles` is held (none given: any); None: nothing is held there."""
    held = [] if viewer.is_pending else _held_above(viewer, *roles)
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(held))
    return select(Unit.id).where(Unit.kind == UnitKind.TOWN, Unit.id.in_(below)) if held else None


def reasons_in_part(viewer: Viewer) -> Iterator[Reason]:
    """All that the viewer has to see cases of towns that are not seen whole."""
    return iter([Reason("reporter", (viewer.user_id,))]) if _held_above(viewer, *SEERS) else reasons(viewer)


def _held_above(viewer: Viewer, *roles: str) -> list[uuid.UUID]:
    """Units above the towns at which a role is held."""
    return [
        h.unit_id for h in viewer.holds if h.unit_kind == UnitKind.DISTRICT and (not roles or h.role in roles)
    ]


def visible(viewer: Viewer, few: Few = None) -> ColumnElement[bool]:
    """The one scope filter of cases, as SQL. Deny by default. Of a `few` by their ids: that asks for less than all that one sees."""
    if sees_own_town_whole(viewer):
        # All else that such a person may see lies within it; one plain condition lets the indexes work.
        return Issue.town_id == viewer.town_id
    if above := _held_above(viewer, *SEERS):
        towns = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(above))
        return or_(Issue.town_id.in_(towns), and_(Issue.reporter_id == viewer.user_id, same_town(viewer)))
    # One question for each reason to see a case, each with an index of its own; OR would read every case of the town.
    return and_(Issue.id.in_(union(*(ids(one, few) for one in reasons(viewer)))), same_town(viewer))


def seen_of(session: Session, viewer: Viewer, few: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Which of a few cases the viewer sees."""
    return set(session.scalars(select(Issue.id).where(Issue.id.in_(few), visible(viewer, few))))


S = TypeVar("S", bound=Select[*tuple[Any, ...]])


def scoped(build: Callable[[ColumnElement[bool]], S], few: Few = None) -> Callable[[Viewer], S]:
    """A statement of what a viewer may see. Built once a town for those who see it whole: building costs more than asking."""
    of_town = lru_cache(maxsize=64)(lambda town_id: build(Issue.town_id == town_id))

    def of(viewer: Viewer) -> S:
        return of_town(viewer.town_id) if sees_own_town_whole(viewer) else build(visible(viewer, few))

    return of


def reasons(viewer: Viewer) -> Iterator[Reason]:
    """All that the viewer has to see cases of the own town, of who sees it in part only."""
    me = (viewer.user_id,)
    yield Reason("reporter", me)
    if viewer.is_pending:
        return
    yield Reason("witness", me)
    yield Reason("site_check", as_whom(viewer))
    yield Reason("assignee", as_whom(viewer), passed_on=True)
    if held := viewer.held_at(*SEERS):
        reached = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(held))
        yield Reason("unit", reached)
        yield Reason("territory", reached)
    if works_for_unit(viewer):
        yield Reason("unit", unit_reach(viewer), passed_on=True)
        yield Reason("helper", unit_reach(viewer), passed_on=True)
    if viewer.has(Role.LEADER, Role.POINT_CHIEF, Role.PATROLLER, Role.VOLUNTEER, Role.BUILDING_LEADER):
        yield Reason("point", my_points(viewer), known=True)
    for points in _ROUNDS:
        yield Reason("point", points(viewer), known=True, closed=True)
    if viewer.has(Role.GRID_OFFICER):
        yield Reason("grid", select(Grid.id).where(Grid.officer_id == viewer.user_id), known=True)


def same_town(viewer: Viewer, town: Any = Issue.town_id) -> ColumnElement[bool]:
    """Nothing is visible across towns but by a role held above both."""
    held = _held_above(viewer)
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(held))
    same: ColumnElement[bool] = town.in_(below) if held else town == viewer.town_id
    return same


@dataclass(frozen=True)
class Standing:
    """What the relations of `Who` need to know of a viewer, loaded once a request: reached units by role, own points, own tasks."""

    viewer: Viewer
    units: dict[str, frozenset[uuid.UUID]]
    points: frozenset[uuid.UUID]
    site_checks: frozenset[uuid.UUID]
    """Cases with an open site check for the viewer."""
    session: Session = field(compare=False, repr=False)
    asked: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was found out for cases `alike`."""
    _reached: dict[tuple[str, ...], frozenset[uuid.UUID]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def _units(self, roles: tuple[str, ...]) -> frozenset[uuid.UUID]:
        """Units reached by any of `roles`, put together once: a list asks the same for each of its cases."""
        if roles not in self._reached:
            self._reached[roles] = frozenset().union(*(self.units.get(role, frozenset()) for role in roles))
        return self._reached[roles]

    def alike(self, issue: Issue) -> tuple[Any, ...]:
        """All that a relation asks of a case: the viewer stands in the same to two cases of which it is equal."""
        mine = self._units(tuple(self.units))
        unit, area, point = issue.responsible_unit_id, issue.territory_id, issue.point_id
        is_asked = point in self.points
        if issue.state == State.CLOSED and not is_asked and not _looks_back(self, issue):
            is_asked = self.is_on_round(issue)
        places = (
            issue.town_id,
            unit if unit in mine else None,
            area if area in mine else None,
            point if is_asked else None,
        )
        own = (
            issue.reporter_id == self.viewer.user_id,
            issue.assignee_id in as_whom(self.viewer),
            issue.id in self.site_checks,
        )
        return issue.state, issue.nature, *places, *own

    def over(self, issue: Issue, *roles: str) -> bool:
        """One of `roles` reaches the case: its town, or its responsible or territorial unit."""
        units = self._units(roles)
        return issue.town_id in units or issue.responsible_unit_id in units or issue.territory_id in units

    def for_unit(self, issue: Issue, *roles: str) -> bool:
        """One of `roles` is held at, or above, the responsible unit."""
        return issue.responsible_unit_id in self._units(roles)

    def is_on_round(self, issue: Issue) -> bool:
        """The viewer's present round leads to the point of the case. Asked of the database once, where it may matter."""
        if issue.point_id is None or self.viewer.is_pending or not _ROUNDS:
            return False
        if "rounds" not in self.asked:
            self.asked["rounds"] = set(
                self.session.scalars(union(*(points(self.viewer) for points in _ROUNDS)))
            )
        return issue.point_id in self.asked["rounds"]

    def stands(self, who: Who, issue: Issue) -> bool:
        """Whether the viewer stands in relation `who` to the case."""
        return not self.viewer.is_pending and RELATIONS[who](self, issue)

    def role_for(self, who: Who, issue: Issue) -> str | None:
        """The role through which the viewer stands in relation `who`; None where it is not a role (the reporter, say)."""
        for role in sorted(self.viewer.roles):
            holds = tuple(h for h in self.viewer.holds if h.role == role)
            alone = replace(self, viewer=replace(self.viewer, holds=holds), units={role: self.units[role]})
            if alone.stands(who, issue):
                return role
        return None


def standing(session: Session, viewer: Viewer) -> Standing:
    """Load a viewer's Standing, in one statement."""
    asked = {
        # A role of the office at the town reaches each of its cases by the town itself: its units, a hundred, say no more.
        "held": [h.unit_id for h in viewer.holds if h.unit_kind != UnitKind.TOWN or h.role in UNIT_ROLES],
        "as_whom": as_whom(viewer),
        "me": viewer.user_id,
    }
    below: dict[uuid.UUID, set[uuid.UUID]] = {}
    own: dict[str, set[uuid.UUID]] = {"check": set(), "point": set()}
    for kind, ancestor, thing in db.rows(session, _WHAT_STANDS, asked):
        if kind == "unit":
            below.setdefault(ancestor, {ancestor}).add(thing)
        else:
            own[kind].add(thing)
    units: dict[str, set[uuid.UUID]] = {}
    for hold in viewer.holds:
        units.setdefault(hold.role, set()).update(below.get(hold.unit_id, {hold.unit_id}))
    if viewer.stands_in_for:
        for role, unit_id in db.rows(session, _lent(viewer)):
            units.setdefault(role, set()).add(unit_id)
    return Standing(
        viewer=viewer,
        units={role: frozenset(ids) for role, ids in units.items()},
        points=frozenset(own["point"]),
        site_checks=frozenset(own["check"]),
        session=session,
    )


_me: BindParameter[uuid.UUID] = bindparam("me", type_=Uuid())
_own_points = union(
    select(Point.id).where(Point.point_chief_id == _me),
    select(Responsibility.point_id).where(
        Responsibility.user_id == _me, Responsibility.point_id.is_not(None)
    ),
).subquery()
_WHAT_STANDS = union_all(
    select(literal("unit"), UnitReach.ancestor_id, UnitReach.unit_id).where(
        UnitReach.ancestor_id.in_(bindparam("held", expanding=True))
    ),
    select(literal("check"), SiteCheck.assignee_id, SiteCheck.issue_id).where(
        SiteCheck.assignee_id.in_(bindparam("as_whom", expanding=True)), SiteCheck.done_at.is_(None)
    ),
    select(literal("point"), _own_points.c.id, _own_points.c.id),
)
"""Units below those where a role is held, own open site checks, own points. Made once: building it costs more than asking."""


def _lent(viewer: Viewer) -> Select[str, uuid.UUID]:
    """Unit roles of those the viewer stands in for, with every unit they reach. Roles of the office are not lent."""
    return (
        select(RoleHold.role, UnitReach.unit_id)
        .join(UnitReach, UnitReach.ancestor_id == RoleHold.unit_id)
        .where(
            RoleHold.user_id.in_(viewer.stands_in_for),
            RoleHold.role.in_(UNIT_ROLES),
            RoleHold.until_on.is_(None),
        )
    )


def _liaison(st: Standing, issue: Issue) -> bool:
    called_out = Role.EMERGENCY_MEMBER in st.viewer.roles and issue.assignee_id in as_whom(st.viewer)
    return st.for_unit(issue, Role.LIAISON, Role.UNIT_PRINCIPAL) or called_out


def _fixer(st: Standing, issue: Issue) -> bool:
    chief = Role.POINT_CHIEF in st.viewer.roles and issue.point_id in st.points
    return (
        _liaison(st, issue)
        or st.for_unit(issue, Role.RECTIFIER)
        or chief
        or issue.assignee_id in as_whom(st.viewer)
    )


def _area_leader(st: Standing, issue: Issue) -> bool:
    return Role.LEADER in st.viewer.roles and issue.point_id in st.points


def _reviewer(st: Standing, issue: Issue) -> bool:
    return st.over(issue, *REVIEWERS) or _area_leader(st, issue)


def _second(st: Standing, issue: Issue) -> bool:
    role = Role.PRINCIPAL_LEADER if issue.nature == Nature.DIFFICULT else Role.LINE_LEADER
    return st.over(issue, role)


def _roles(*roles: Role) -> Callable[[Standing, Issue], bool]:
    return lambda st, issue: st.over(issue, *roles)


def _looks_back(st: Standing, issue: Issue) -> bool:
    roles = (
        *REVIEWERS,
        Role.DISPATCHER,
        Role.LEADER,
        Role.INSPECTOR,
        Role.THIRD_PARTY,
        Role.DISTRICT_INSPECTOR,
    )
    return st.over(issue, *roles) or issue.point_id in st.points


RELATIONS: dict[Who, Callable[[Standing, Issue], bool]] = {
    Who.REPORTER_ROLE: lambda st, _: st.viewer.has(*FILERS),
    Who.FAST_CLOSER: lambda st, _: st.viewer.has(*FAST_CLOSERS),
    Who.DESK: _roles(*DESK),
    Who.DISPATCHER: _roles(*DISPATCHERS),
    Who.REVIEWER: _reviewer,
    Who.DESK_OR_REVIEWER: lambda st, i: st.over(i, *DESK) or _reviewer(st, i),
    Who.LIAISON: _liaison,
    Who.FIXER: _fixer,
    Who.PROPOSER: lambda st, i: (
        _fixer(st, i) or st.over(i, Role.PATROLLER, Role.LEADER) or i.reporter_id == st.viewer.user_id
    ),
    Who.LINE_LEADER: _roles(Role.LINE_LEADER),
    Who.PRINCIPAL: _roles(Role.PRINCIPAL_LEADER),
    Who.ESCALATOR: _roles(*DISPATCHERS),
    Who.SECOND_APPROVER: _second,
    Who.REPORTER: lambda st, i: i.reporter_id == st.viewer.user_id,
    Who.REPORTER_OR_PUBLIC: lambda st, i: i.reporter_id == st.viewer.user_id or st.viewer.has(Role.PUBLIC),
    Who.SITE_CHECKER: lambda st, i: i.id in st.site_checks,
    Who.LOOKBACK: lambda st, i: _looks_back(st, i) or i.id in st.site_checks or st.is_on_round(i),
    Who.RELAPSER: lambda st, i: _looks_back(st, i) or st.is_on_round(i),
    Who.OFFICE_ADMIN: _roles(Role.OFFICE_ADMIN),
    Who.REOPEN_PROPOSER: _roles(Role.AUDITOR),
    Who.VOID_SECOND: _roles(Role.OFFICE_ADMIN, Role.REVIEWER),
    Who.REQUEST_DECIDER: _roles(
        Role.LINE_LEADER, Role.PRINCIPAL_LEADER, Role.OFFICE_ADMIN, Role.REVIEWER, Role.DISPATCHER
    ),
    Who.RESUMER: _roles(*DESK),
    Who.ANY_VIEWER: lambda st, _: st.viewer.has(*FILERS),
}
