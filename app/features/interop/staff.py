"""Importers of units and people."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints
from sqlalchemy import select

from app.core.errors import Problem
from app.features.identity import service as identity
from app.features.identity.invites import check_age
from app.features.identity.models import Role, RoleHold, Unit, UnitKind, User
from app.features.identity.people import Grant, change_person, create_person, grant_role
from app.features.identity.roles import are_separate
from app.features.identity.schemas import LongText, Name, PersonIn, PersonPatch, UnitCode
from app.features.interop import values
from app.features.interop.importers import Parser, RowRefused, Target, checked, parsed, refusals
from app.features.interop.reading import Cell, Row
from app.features.interop.schemas import Fault
from app.features.interop.values import BadCell

_KINDS = {
    "指挥部": UnitKind.HQ,
    "办公室": UnitKind.OFFICE,
    "创文办": UnitKind.OFFICE,
    "部门": UnitKind.DEPARTMENT,
    "职能部门": UnitKind.DEPARTMENT,
    "社区": UnitKind.COMMUNITY,
    "居委会": UnitKind.COMMUNITY,
    "居民区": UnitKind.COMMUNITY,
    "村": UnitKind.VILLAGE,
    "村委会": UnitKind.VILLAGE,
    "物业": UnitKind.PROPERTY,
    "企业": UnitKind.ENTERPRISE,
    "公司": UnitKind.ENTERPRISE,
    "第三方": UnitKind.THIRD_PARTY,
}
_ROLES = {
    "管理员": Role.ADMIN,
    "创文办管理员": Role.OFFICE_ADMIN,
    "派单员": Role.DISPATCHER,
    "复核员": Role.REVIEWER,
    "主要领导": Role.PRINCIPAL_LEADER,
    "分管领导": Role.LINE_LEADER,
    "班子成员": Role.LEADER,
    "领导": Role.LEADER,
    "点位长": Role.POINT_CHIEF,
    "联络员": Role.LIAISON,
    "单位负责人": Role.UNIT_PRINCIPAL,
    "整改人员": Role.RECTIFIER,
    "督查员": Role.INSPECTOR,
    "巡查员": Role.PATROLLER,
    "志愿者": Role.VOLUNTEER,
    "楼组长": Role.BUILDING_LEADER,
    "网格员": Role.GRID_OFFICER,
    "互查队长": Role.CROSS_CAPTAIN,
    "互查队员": Role.CROSS_MEMBER,
    "第三方": Role.THIRD_PARTY,
    "应急队员": Role.EMERGENCY_MEMBER,
    "市民": Role.PUBLIC,
    "审计员": Role.AUDITOR,
}


def _unit_kind(text: str) -> str:
    kind = _KINDS.get(text, text.lower())
    if kind not in set(UnitKind) or kind in (UnitKind.TOWN, UnitKind.DISTRICT):
        raise BadCell("unknown-code")
    return str(kind)


class _UnitRow(BaseModel):
    code: UnitCode
    name_zh: Name
    name_en: LongText = ""
    kind: str
    tags: list[Annotated[str, StringConstraints(max_length=40)]] = []


class Units:
    """The unit tree below the town, by code. Rows may come in any order."""

    parsers: dict[str, Parser] = {"kind": _unit_kind, "tags": values.parts}

    def __init__(self, target: Target) -> None:
        self.target = target
        self.town = target.session.get_one(Unit, target.town_id)
        of_town = target.session.scalars(select(Unit).where(Unit.town_id == target.town_id))
        self.known = {unit.code: unit for unit in of_town}
        self.has_moved = False

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        """Parents first; what hangs in a ring comes last, and is refused because its parent is unknown by then."""
        waiting = {cells.get("code"): (row, cells) for row, cells in reversed(rows)}
        done: dict[int, None] = {}

        def visit(row: Row, cells: dict[str, Cell], above: frozenset[int]) -> None:
            if row.number in done or row.number in above:
                return
            if (parent := waiting.get(cells.get("parent"))) is not None and len(above) < 50:
                visit(*parent, above | {row.number})
            done[row.number] = None

        for row, cells in rows:
            visit(row, cells, frozenset())
        by_number = {row.number: (row, cells) for row, cells in rows}
        return [by_number[number] for number in done]

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = parsed(cells, self.parsers)
        parent = self._parent(found.pop("parent", None))
        old = self.known.get(found["code"])
        if old is None:
            unit = checked(_UnitRow, found)
            self.known[unit.code] = identity.create_unit(
                self.target.session, parent=parent or self.town, **unit.model_dump()
            )
            return "created"
        if old.id == self.town.id:
            raise RowRefused([("code", "is-the-town")])
        kept = {name: getattr(old, name) for name in _UnitRow.model_fields}
        after: dict[str, Any] = checked(_UnitRow, kept | found).model_dump()
        if parent is not None:
            after["parent_id"] = parent.id
            self._refuse_ring(old, parent)
        changes = {name: value for name, value in after.items() if getattr(old, name) != value}
        for name, value in changes.items():
            setattr(old, name, value)
        old.version += bool(changes)
        self.has_moved |= "parent_id" in changes
        return "updated" if changes else "unchanged"

    def _parent(self, code: str | None) -> Unit | None:
        if code is None:
            return None
        if code not in self.known:
            raise RowRefused([("parent", "unknown-code")])
        return self.known[code]

    def _refuse_ring(self, unit: Unit, parent: Unit) -> None:
        by_id = {one.id: one for one in self.known.values()}
        above: Unit | None = parent
        while above is not None:
            if above.id == unit.id:
                raise RowRefused([("parent", "unit-loop")])
            above = by_id.get(above.parent_id) if above.parent_id else None

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        if self.has_moved:
            identity.rebuild_reach(self.target.session, self.target.town_id)
        return [], []


class People:
    """People by login. Roles are added, never taken away; nobody gets a password from a file."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.units = values.units_of(target.session, target.town_id)
        self.parsers: dict[str, Parser] = {"unit": self.units.find, "roles": values.parts}

    def order(self, rows: Sequence[tuple[Row, dict[str, Cell]]]) -> Sequence[tuple[Row, dict[str, Cell]]]:
        return rows

    def put(self, row: Row, cells: dict[str, Cell]) -> str:
        found = parsed(cells, self.parsers)
        found["unit_id"] = found.pop("unit")
        grants = [self._grant(text, found["unit_id"]) for text in found.pop("roles", [])]
        login = str(found["login"]).strip().casefold()
        old = self.target.session.scalar(select(User).where(User.login == login))
        try:
            if old is None:
                self._create(found, grants)
                return "created"
            return self._change(old, found, grants)
        except Problem as problem:
            raise refusals(problem, "roles" if problem.status == 403 else "login") from problem

    def _grant(self, text: str, unit_id: uuid.UUID) -> Grant:
        name, _, at = text.partition("@")
        role = _ROLES.get(name.strip(), name.strip().lower())
        if role not in set(Role):
            raise RowRefused([("roles", "unknown-role")])
        try:
            return Grant(str(role), self.units.find(at) if at.strip() else unit_id)
        except BadCell as bad:
            raise RowRefused([("roles", bad.code)]) from None

    def _create(self, found: dict[str, Any], grants: list[Grant]) -> None:
        session, viewer = self.target.session, self.target.viewer
        fields = checked(PersonIn, found).model_dump(exclude={"roles"})
        if viewer is not None:
            create_person(session, viewer, grants=grants, **fields)
            return
        self._check_roles(fields["unit_id"], grants, fields["birth_on"], set())
        identity.create_user(session, grants=grants, **fields)

    def _change(self, old: User, found: dict[str, Any], grants: list[Grant]) -> str:
        session, viewer = self.target.session, self.target.viewer
        if session.scalar(select(Unit.town_id).where(Unit.id == old.unit_id)) != self.target.town_id:
            raise RowRefused([("login", "login-taken")])
        given = checked(PersonPatch, {k: v for k, v in found.items() if k != "login"})
        wanted = given.model_dump(exclude_unset=True)
        changes = {name: value for name, value in wanted.items() if getattr(old, name) != value}
        held = session.scalars(select(RoleHold).where(RoleHold.user_id == old.id)).all()
        have = {(hold.role, hold.unit_id) for hold in held}
        more = [grant for grant in grants if (grant.role, grant.unit_id) not in have]
        if viewer is not None:
            if changes:
                change_person(session, viewer, old.id, old.version, changes)
            for grant in more:
                grant_role(session, viewer, old.id, grant)
        elif changes or more:
            self._check_roles(old.unit_id, more, old.birth_on, {hold.role for hold in held})
            for name, value in changes.items():
                setattr(old, name, value)
            session.add_all(RoleHold(user_id=old.id, role=g.role, unit_id=g.unit_id) for g in more)
            old.version += 1
            session.flush()
        return "updated" if changes or more else "unchanged"

    def _check_roles(
        self, unit_id: uuid.UUID, grants: list[Grant], birth_on: date | None, held: set[str]
    ) -> None:
        for grant in grants:
            check_age(self.target.session, unit_id, grant.role, birth_on)
            if grant.role == Role.THIRD_PARTY:
                raise RowRefused([("roles", "needs-an-end-date")])
        if not are_separate(held | {grant.role for grant in grants}):
            raise RowRefused([("roles", "roles-conflict")])

    def finish(self) -> tuple[list[Fault], list[Fault]]:
        return [], []
