"""Coverage as the office asks for it: every measure over one period, narrowed to what the viewer may count."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.models import Unit
from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.schemas import Link, Named
from app.features.patrols import measures, queries, schedule, slots
from app.features.patrols.desk_schemas import (
    BlindOut,
    BlindSpots,
    CompletionRow,
    CoverageOut,
    NotDone,
    NotDoneList,
    RateOut,
    ScoreOut,
    Sweep,
    SweepPoint,
    WeakList,
    WeakOut,
    ZoneRate,
)
from app.features.patrols.models import Kind, Patrol, PatrolPlan, PatrolSlot, SlotTarget, Visit, WatchPeriod
from app.features.patrols.watch_schemas import WatchDay, WatchOut
from app.features.places.models import Grid, Point
from app.features.standards import service as standards
from app.features.standards.models import CheckItem, PointType
from app.features.volunteers.models import Team

DAYS_SHOWN = 7


def _moments(session: Session, town_id: uuid.UUID, first: date, last: date) -> tuple[datetime, datetime]:
    zone = slots.zone_of_town(session, town_id)
    return schedule.midnight(first, zone), schedule.midnight(last + timedelta(days=1), zone)


def today(session: Session, town_id: uuid.UUID) -> date:
    """The town's."""
    return now().astimezone(slots.zone_of_town(session, town_id)).date()


def coverage(
    session: Session,
    viewer: Viewer,
    town_id: uuid.UUID,
    first: date,
    last: date,
    level: int | None,
    kind: Kind | None,
) -> CoverageOut:
    """M24, M25, M26, M29, M30 of the town's days first to last; `level` and `kind` narrow all of them."""
    scope, at = queries.Scope(session, viewer, town_id), now()
    since, until = _moments(session, town_id, first, last)
    wanted = {"level": level, "kind": kind}
    slot_like, visit_like, patrol_like = (
        [getattr(table, name) == value for name, value in wanted.items() if value is not None]
        for table in (PatrolSlot, Visit, Patrol)
    )
    rows = measures.completion(session, town_id, first, last, at, *scope.slots, *slot_like)
    visits = [*scope.visits, *visit_like]
    patrols = [*scope.patrols, *patrol_like]
    points, key_points = (
        measures.point_coverage(
            session, town_id, since, until, points=scope.points, visits=visits, key_only=only
        )
        for only in (False, True)
    )
    zones = measures.zone_coverage(session, town_id, since, until, points=scope.points, visits=visits)
    score = measures.point_scores(session, town_id, until, points=scope.points, visits=visits)
    return CoverageOut(
        at=at, first=first, last=last,
        rows=[CompletionRow.model_validate(row.__dict__) for row in rows],
        slots=RateOut(done=sum(row.done for row in rows), of=sum(row.due for row in rows)),
        watch=RateOut(**measures.watch_completion(rows).__dict__),
        points=RateOut(**points.__dict__), key_points=RateOut(**key_points.__dict__),
        zones=_zones(session, town_id, zones),
        patrols=measures.patrols_made(session, town_id, since, until, *patrols),
        issues=measures.found_on_patrols(session, town_id, since, until, *patrols),
        score=ScoreOut(**score.__dict__),
    )  # fmt: skip


def _zones(session: Session, town_id: uuid.UUID, rates: dict[str, measures.Rate]) -> list[ZoneRate]:
    """In the standard's order, with its names."""
    terms = {term["code"]: term for term in standards.lists_of(session, town_id).get("zones", [])}
    order = [*(code for code in terms if code in rates), *sorted(rates.keys() - terms.keys())]
    unnamed = {"name_zh": "", "name_en": ""}
    return [
        ZoneRate(code=code, zh=term["name_zh"], en=term["name_en"], **rates[code].__dict__)
        for code in order
        for term in [terms.get(code, unnamed)]
    ]


def weak_items(session: Session, viewer: Viewer, town_id: uuid.UUID, first: date, last: date) -> WeakList:
    """短板 of the town's days first to last (J20)."""
    scope = queries.Scope(session, viewer, town_id)
    since, until = _moments(session, town_id, first, last)
    found = measures.weak_items(session, town_id, since, until, points=scope.points, visits=scope.visits)
    names: dict[str, dict[str, Any]] = {}
    for model, codes in (
        (CheckItem, {one.item for one in found}),
        (PointType, {one.type_code for one in found}),
    ):
        in_force = model.town_id == town_id, model.superseded_at.is_(None), model.code.in_(codes)
        rows = session.execute(select(model.code, model.name_zh, model.name_en).where(*in_force))
        names[model.__tablename__] = {row.code: row for row in rows}
    return WeakList(items=[_weak(one, names) for one in found])


def _weak(one: measures.WeakItem, names: dict[str, dict[str, Any]]) -> WeakOut:
    item, kind = names["check_items"].get(one.item), names["point_types"].get(one.type_code)
    return WeakOut(
        item=one.item, zh=item.name_zh if item else one.item, en=item.name_en if item else "",
        type_code=one.type_code, type_zh=kind.name_zh if kind else one.type_code, type_en=kind.name_en if kind else "",
        short=one.short, judged=one.judged,
    )  # fmt: skip


def blind_spots(
    session: Session, viewer: Viewer, town_id: uuid.UUID, days: int, level: int | None
) -> BlindSpots:
    """M27: where nobody looked for `days` days."""
    scope, at = queries.Scope(session, viewer, town_id), now()
    since = at - timedelta(days=days)
    visits = [*scope.visits, *([Visit.level == level] if level is not None else [])]
    points = measures.blind_points(session, town_id, since, at, points=scope.points, visits=visits)
    grids = measures.blind_grids(session, town_id, since, at, grids=scope.grids, visits=visits)
    units = _names(session, {one.unit_id for one in (*points, *grids)})
    all_points = select(func.count()).select_from(Point).where(measures.in_scope(town_id), *scope.points)
    all_grids = (
        select(func.count()).select_from(Grid).where(Grid.town_id == town_id, Grid.is_active, *scope.grids)
    )
    return BlindSpots(
        at=at,
        since=since,
        points=[_blind(one, units) for one in points],
        points_of=session.scalar(all_points) or 0,
        grids=[_blind(one, units) for one in grids],
        grids_of=session.scalar(all_grids) or 0,
    )


def _blind(one: measures.BlindSpot, units: dict[uuid.UUID | None, Named]) -> BlindOut:
    return BlindOut(
        id=one.id, code=one.code, zh=one.name_zh, en=one.name_en, unit=units.get(one.unit_id), is_key=bool(one.is_key),
        last_at=one.last_at,
    )  # fmt: skip


def _names(session: Session, ids: set[uuid.UUID | None]) -> dict[uuid.UUID | None, Named]:
    rows = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(ids - {None})))
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def not_done(session: Session, viewer: Viewer, town_id: uuid.UUID, on: date) -> NotDoneList:
    """Committees without a level-3 patrol on a day, and for how many days on end."""
    scope = queries.Scope(session, viewer, town_id)
    units, of = queries.not_done(session, viewer, town_id, on, scope)
    last = queries.last_done(session, viewer, [unit.id for unit in units], on)
    return NotDoneList(
        on=on,
        items=[
            NotDone(
                unit=Named(id=unit.id, zh=unit.name_zh, en=unit.name_en),
                days=(on - last[unit.id]).days if unit.id in last else None,
            )
            for unit in units
        ],
        of=of,
    )


def sweep(session: Session, plan: PatrolPlan) -> Sweep:
    """Every point of a plan once in its period: which have been looked at, by a round of this plan."""
    of_plan = select(PatrolSlot.id).where(PatrolSlot.plan_id == plan.id)
    looked = (
        select(func.min(Visit.arrived_at))
        .where(Visit.point_id == Point.id, Visit.slot_id.in_(of_plan), measures.was_there())
        .scalar_subquery()
    )
    wanted = select(SlotTarget.point_id).where(
        SlotTarget.slot_id.in_(of_plan), SlotTarget.point_id.is_not(None)
    )
    rows = session.execute(
        select(Point.id, Point.code, Point.name_zh, Point.name_en, looked.label("at"))
        .where(Point.id.in_(wanted))
        .order_by(Point.code)
    ).all()
    points = [
        SweepPoint(id=row.id, code=row.code, zh=row.name_zh, en=row.name_en, visited_at=row.at)
        for row in rows
    ]
    return Sweep(done=sum(one.visited_at is not None for one in points), total=len(points), points=points)


# ---- watches ----
def show_watches(session: Session, found: Sequence[WatchPeriod]) -> list[WatchOut]:
    """Watches with their points and the slots of the last days."""
    points = {
        p.id: p for p in session.scalars(select(Point).where(Point.id.in_({w.point_id for w in found})))
    }
    issues: dict[uuid.UUID | None, Issue] = {
        i.id: i
        for i in session.scalars(select(Issue).where(Issue.id.in_({w.issue_id for w in found} - {None})))
    }
    teams: dict[uuid.UUID | None, Team] = {
        t.id: t for t in session.scalars(select(Team).where(Team.id.in_({w.team_id for w in found} - {None})))
    }
    made = session.scalars(
        select(PatrolSlot)
        .where(PatrolSlot.watch_id.in_([watch.id for watch in found]), PatrolSlot.starts_at <= now())
        .order_by(PatrolSlot.starts_at.desc())
        .limit(len(found) * 3 * DAYS_SHOWN)
    ).all()
    shown = []
    for watch in found:
        point, issue, team = points[watch.point_id], issues.get(watch.issue_id), teams.get(watch.team_id)
        days = _days([slot for slot in made if slot.watch_id == watch.id])
        shown.append(
            WatchOut.model_validate({
                **{name: getattr(watch, name) for name in _WATCH},
                "point": Named(id=point.id, zh=point.name_zh, en=point.name_en),
                "issue": Link(id=issue.id, no=issue.no, state=issue.state) if issue else None,
                "team": Named(id=team.id, zh=team.name_zh, en=team.name_en) if team else None,
                "days": days, "missed": sum(day.slots.count("missed") for day in days),
            })
        )  # fmt: skip
    return shown


_WATCH = (
    "id", "state", "reason", "proposed_at", "opened_at", "ended_at", "clean_days", "needed_days", "volunteers_asked",
)  # fmt: skip


def _days(made: Sequence[PatrolSlot]) -> list[WatchDay]:
    at, days = now(), dict[date, list[str]]()
    for slot in made:
        days.setdefault(slot.local_on, []).insert(0, slots.state_of(slot, at))
    newest = sorted(days, reverse=True)[:DAYS_SHOWN]
    return [WatchDay.model_validate({"local_on": day.isoformat(), "slots": days[day]}) for day in newest]
