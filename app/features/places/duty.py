"""定格认责: support unit, community and officer of a grid each accept its duty, in their own name; and who answers at which level.

An acceptance belongs to whom the grid names. When somebody else is named it ends, and the new one is asked.
"""

import uuid
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.identity.models import Role, Unit, User
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.areas import area_m2
from app.features.places.duty_schemas import DutyPart, DutyRow, DutySummary, DutyTable, Level
from app.features.places.errors import DutyNotGiven
from app.features.places.models import Grid, GridAcceptance
from app.features.places.schemas import Named, ResponseLevels

Part = Literal["support_unit", "community", "officer"]
PARTS: tuple[Part, ...] = ("support_unit", "community", "officer")
COLUMN: Mapping[str, str] = {
    "support_unit": "support_unit_id",
    "community": "community_id",
    "officer": "officer_id",
}
SPEAKERS = (Role.LIAISON, Role.UNIT_PRINCIPAL)
"""Accept for a unit."""


def accept(session: Session, viewer: Viewer, *, grid_id: uuid.UUID, part: Part) -> DutyRow:
    """Accept one part of a grid's duty in one's own name. Accepted already: nothing changes."""
    found = queries.visible_grids(viewer).where(Grid.id == grid_id, Grid.is_active.is_(True))
    grid = session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if grid is None:
        raise NotFound()
    holder: uuid.UUID | None = getattr(grid, COLUMN[part])
    if holder is None:
        raise DutyNotGiven(part=part)
    if not _speaks_for(viewer, part, holder, spoken_units(session, viewer)):
        raise Forbidden()
    held = _current(session, [grid.id])
    if part not in held.get(grid.id, {}):
        at = now()
        whose = {"user_id": holder} if part == "officer" else {"unit_id": holder}
        session.add(
            GridAcceptance(
                town_id=grid.town_id,
                grid_id=grid.id,
                part=part,
                accepted_by_id=viewer.user_id,
                accepted_at=at,
                **whose,
            )
        )
        if set(held.get(grid.id, {})) | {part} == set(PARTS):
            grid.accepted_at = at
        session.flush()
        audit.record(
            session,
            "grid.accepted",
            actor_id=viewer.user_id,
            subject_kind="grids",
            subject_id=grid.id,
            detail={"part": part},
        )
    return _rows(session, viewer, [grid])[0]


def holders_changed(session: Session, grid: Grid, changed: Collection[str]) -> None:
    """Acceptances of whom the grid names no longer end; called by whoever writes a grid."""
    parts = [part for part, column in COLUMN.items() if column in changed]
    if not parts:
        return
    is_held = GridAcceptance.grid_id == grid.id, GridAcceptance.ended_at.is_(None)
    for row in session.scalars(select(GridAcceptance).where(*is_held, GridAcceptance.part.in_(parts))):
        row.ended_at = now()
    grid.accepted_at = None


def spoken_units(session: Session, viewer: Viewer) -> frozenset[uuid.UUID]:
    """The units for which the viewer may accept a duty."""
    return frozenset(session.scalars(viewer.reach(*SPEAKERS))) if viewer.has(*SPEAKERS) else frozenset()


def _speaks_for(viewer: Viewer, part: Part, holder: uuid.UUID, units: frozenset[uuid.UUID]) -> bool:
    if viewer.is_pending:
        return False
    return holder == viewer.user_id if part == "officer" else holder in units


def _current(session: Session, grid_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, GridAcceptance]]:
    found = select(GridAcceptance).where(
        GridAcceptance.grid_id.in_(grid_ids), GridAcceptance.ended_at.is_(None)
    )
    held: dict[uuid.UUID, dict[str, GridAcceptance]] = {}
    for row in session.scalars(found):
        held.setdefault(row.grid_id, {})[row.part] = row
    return held


def table(session: Session, viewer: Viewer, town_id: uuid.UUID, *, is_mine: bool = False) -> DutyTable:
    """网格责任清册: every active grid with its three parts; `is_mine`: those the viewer answers for."""
    found = queries.visible_grids(viewer).where(Grid.town_id == town_id, Grid.is_active.is_(True))
    rows = _rows(session, viewer, session.scalars(found.order_by(Grid.code)).all())
    if is_mine:
        rows = [row for row in rows if any(getattr(row, part).is_mine for part in PARTS)]
    return DutyTable(town_id=town_id, summary=summary(rows), items=rows)


def summary(rows: Collection[DutyRow]) -> DutySummary:
    """How many grids have all three named, and all three accepted (M28)."""
    return DutySummary(
        grids=len(rows),
        full=sum(row.is_full for row in rows),
        named={part: sum(getattr(row, part).subject is not None for row in rows) for part in PARTS},
        accepted={part: sum(getattr(row, part).accepted_at is not None for row in rows) for part in PARTS},
    )


def _rows(session: Session, viewer: Viewer, grids: Collection[Grid]) -> list[DutyRow]:
    """Five queries, however many grids."""
    held = _current(session, [grid.id for grid in grids])
    levels = {grid.id: levels_of(grid) for grid in grids}
    unit_ids = {getattr(g, COLUMN[part]) for g in grids for part in ("support_unit", "community")}
    unit_ids |= {one for given in levels.values() for one in given.department_ids}
    unit_ids |= {grid.town_id for grid in grids}
    people = {grid.officer_id for grid in grids} | {
        row.accepted_by_id for parts in held.values() for row in parts.values()
    }
    names = queries.system_names(session, Unit, unit_ids)
    # A pending person sees no names of people.
    names |= queries.system_names(session, User, [] if viewer.is_pending else people)
    units = spoken_units(session, viewer)
    return [_row(viewer, grid, held.get(grid.id, {}), levels[grid.id], names, units) for grid in grids]


def _row(
    viewer: Viewer,
    grid: Grid,
    held: Mapping[str, GridAcceptance],
    levels: ResponseLevels,
    names: Mapping[uuid.UUID | None, Any],
    units: frozenset[uuid.UUID],
) -> DutyRow:
    def part_of(part: Part) -> DutyPart:
        holder, row = getattr(grid, COLUMN[part]), held.get(part)
        return DutyPart(
            subject=_named(names, holder),
            accepted_at=row.accepted_at if row else None,
            accepted_by=_named(names, row.accepted_by_id) if row else None,
            is_mine=holder is not None and _speaks_for(viewer, part, holder, units),
        )

    parts = {part: part_of(part) for part in PARTS}
    return DutyRow(
        id=grid.id,
        code=grid.code,
        name_zh=grid.name_zh,
        name_en=grid.name_en,
        area_m2=area_m2(grid.geometry),
        version=grid.version,
        levels=list(_levels(grid, levels, partial(_named, names))),
        is_full=all(getattr(grid, COLUMN[part]) is not None and part in held for part in PARTS),
        accepted_at=grid.accepted_at,
        **parts,
    )


def _named(names: Mapping[uuid.UUID | None, Any], one: uuid.UUID | None) -> Named | None:
    return Named.model_validate(names[one]) if one in names else None


def levels_of(grid: Grid) -> ResponseLevels:
    """分级响应 of a grid: as set, else officer → community → town and departments."""
    try:
        return ResponseLevels.model_validate(grid.response_levels)
    except ValidationError:  # free words of before there was a form for them
        return ResponseLevels()


def _levels(grid: Grid, levels: ResponseLevels, named: Any) -> Iterator[Level]:
    """Who answers at each level: 1 an ordinary case, 2 an urgent one, 3 a difficult one."""
    answering: dict[str, list[uuid.UUID | None]] = {
        "officer": [grid.officer_id],
        "support_unit": [grid.support_unit_id],
        "community": [grid.community_id],
        "town": [grid.town_id],
        "departments": [*levels.department_ids],
        "town+departments": [grid.town_id, *levels.department_ids],
    }
    for number, tier in enumerate((levels.l1, levels.l2, levels.l3), 1):
        who = [name for one in answering[tier] if (name := named(one)) is not None]
        yield Level(level=number, tier=tier, who=who)
