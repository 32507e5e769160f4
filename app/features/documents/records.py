"""约谈、表扬、批评、责任追究: who keeps the register (DOMAIN.md §3, row "talk, reward, notice"), and whom the rules propose."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.dispatch.models import Dispatch
from app.features.documents.models import UnitRecord, UnitRecordIssue
from app.features.documents.policy import require
from app.features.documents.record_schemas import (
    Candidate,
    CandidateList,
    RecordOutcomeIn,
    UnitRecordIn,
    UnitRecordOut,
)
from app.features.figures.metrics import rounded
from app.features.figures.sources import of_metrics
from app.features.identity.models import Role, RoleHold, Unit, User, UserStatus
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import Viewer
from app.features.issues.errors import NoCampaign
from app.features.issues.lifecycle import State
from app.features.issues.models import Issue
from app.features.issues.policy import visible as visible_cases
from app.features.issues.schemas import Link, Named
from app.features.standards import service as standards

RECORDERS = (Role.OFFICE_ADMIN, Role.PRINCIPAL_LEADER, Role.LINE_LEADER)
UNCLAIMED = timedelta(days=3)
MOST_RETURNS = 1


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """All of the town for those who keep it; of the own unit for its principal. Raises Forbidden."""
    shown: list[ColumnElement[bool]] = []
    if viewer.has(*RECORDERS):
        shown.append(UnitRecord.town_id.in_(viewer.reach(*RECORDERS)))
    if viewer.has(Role.UNIT_PRINCIPAL):
        shown.append(UnitRecord.unit_id.in_(viewer.reach(Role.UNIT_PRINCIPAL)))
    if not shown:
        raise Forbidden()
    return or_(*shown)


def listed(session: Session, viewer: Viewer) -> list[UnitRecordOut]:
    """The latest first."""
    found = select(UnitRecord).where(visible(viewer)).order_by(UnitRecord.held_on.desc(), UnitRecord.id)
    return show(session, viewer, session.scalars(found.limit(500)).all())


def may_record(session: Session, viewer: Viewer) -> bool:
    """Whether the viewer writes into the register of the own town."""
    return viewer.reaches(session, viewer.town_id, *RECORDERS)


# ---- writing ----
def add(session: Session, viewer: Viewer, town_id: uuid.UUID, body: UnitRecordIn) -> UnitRecord:
    """One more. Raises Forbidden, Invalid."""
    require(session, viewer, town_id, *RECORDERS)
    _check(session, viewer, town_id, body)
    plain = body.model_dump(exclude={"issue_ids"})
    row = UnitRecord(town_id=town_id, recorded_by_id=viewer.user_id, **plain)
    session.add(row)
    session.flush()
    session.add_all(UnitRecordIssue(record_id=row.id, issue_id=one) for one in dict.fromkeys(body.issue_ids))
    session.flush()
    _recorded(session, viewer, row, "added")
    return row


def _check(session: Session, viewer: Viewer, town_id: uuid.UUID, body: UnitRecordIn) -> None:
    """The unit is of the town, a talk is with its principal, the cases are ones the viewer sees."""
    wrong = []
    if session.scalar(select(Unit.id).where(Unit.id == body.unit_id, Unit.town_id == town_id)) is None:
        wrong.append("unit_id")
    elif body.person_id is not None and not _answers(session, body):
        wrong.append("person_id")
    cases = select(Issue.id).where(Issue.id.in_(body.issue_ids), visible_cases(viewer))
    if set(body.issue_ids) - set(session.scalars(cases)):
        wrong.append("issue_ids")
    if wrong:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown"} for name in wrong])


def _answers(session: Session, body: UnitRecordIn) -> bool:
    """A talk is with a principal of the unit; anything else may be about anybody who belongs to it."""
    if body.kind == "talk":
        return body.person_id in {one.id for one in principals(session, [body.unit_id]).get(body.unit_id, [])}
    return (
        session.scalar(select(User.id).where(User.id == body.person_id, User.unit_id == body.unit_id))
        is not None
    )


def follow_up(
    session: Session, viewer: Viewer, record_id: uuid.UUID, body: RecordOutcomeIn, base: int
) -> UnitRecord:
    """What came of it, as it is now. Raises NotFound, Forbidden, VersionConflict."""
    found = select(UnitRecord).where(UnitRecord.id == record_id, visible(viewer)).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    require(session, viewer, row.town_id, *RECORDERS)
    if row.version != base:
        raise VersionConflict(current_version=row.version)
    row.outcome, row.outcome_on, row.version = body.outcome, body.outcome_on, row.version + 1
    session.flush()
    _recorded(session, viewer, row, "followed_up")
    return row


def _recorded(session: Session, viewer: Viewer, row: UnitRecord, what: str) -> None:
    audit.record(
        session,
        f"unit_record.{what}",
        actor_id=viewer.user_id,
        subject_kind="unit_record",
        subject_id=row.id,
        detail={"kind": row.kind, "unit_id": str(row.unit_id)},
    )


# ---- as they are read ----
def show(session: Session, viewer: Viewer, rows: Sequence[UnitRecord]) -> list[UnitRecordOut]:
    """The same in the same order; their cases as far as the viewer sees them."""
    units = _units(session, {row.unit_id for row in rows})
    people = select(User.id, User.name_zh).where(
        User.id.in_({row.person_id for row in rows if row.person_id})
    )
    names = {row.id: row.name_zh for row in session.execute(people)}
    cases = session.execute(
        select(UnitRecordIssue.record_id, Issue.id, Issue.no, Issue.state)
        .join(Issue, Issue.id == UnitRecordIssue.issue_id)
        .where(UnitRecordIssue.record_id.in_([row.id for row in rows]), visible_cases(viewer))
        .order_by(Issue.no)
    ).all()
    plain = (
        "id", "kind", "ground", "held_on", "reason", "commitments", "due_on", "outcome", "outcome_on", "recorded_at", "version",
    )  # fmt: skip
    return [
        UnitRecordOut(
            **{name: getattr(row, name) for name in plain},
            unit=units[row.unit_id],
            person=names.get(row.person_id) if row.person_id else None,
            is_open=row.due_on is not None and row.outcome_on is None,
            issues=[Link(id=c.id, no=c.no, state=c.state) for c in cases if c.record_id == row.id],
        )
        for row in rows
    ]


def _units(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Named]:
    rows = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(ids)))
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def principals(session: Session, units: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Named]]:
    """Who holds 主要负责人 at each of these units today."""
    today = now().date()
    rows = session.execute(
        select(RoleHold.unit_id, User.id, User.name_zh)
        .join(User, User.id == RoleHold.user_id)
        .where(RoleHold.unit_id.in_(units), RoleHold.role == Role.UNIT_PRINCIPAL)
        .where(or_(RoleHold.until_on.is_(None), RoleHold.until_on >= today), User.status == UserStatus.ACTIVE)
        .order_by(User.name_zh)
    )
    told: dict[uuid.UUID, list[Named]] = {}
    for row in rows:
        told.setdefault(row.unit_id, []).append(Named(id=row.id, zh=row.name_zh, en=""))
    return told


# ---- whom the rules propose ----
def candidates(session: Session, viewer: Viewer, days: int) -> CandidateList:
    """Units over a limit of the town in these days, by four plain rules; a person decides. Raises Forbidden, NoCampaign."""
    town_id = viewer.town_id
    if town_id is None or not may_record(session, viewer):
        raise Forbidden()
    campaign = standards.active_campaign(session, town_id)
    if campaign is None:
        raise NoCampaign()
    start = local_midnight(session, viewer) - timedelta(days=days - 1)
    source, _ = of_metrics(session, viewer, days, None, (), "unit")
    counted = source.cases({}, "unit")
    extra = _late_and_returned(session, town_id, start)
    limits = {
        name: standards.setting(campaign, f"talk_{name}")
        for name in ("on_time_percent", "relapse_percent", "at_least")
    }
    found = [
        (unit, one)
        for unit, of in counted.items()
        if unit is not None
        for one in _over({**of, **extra.get(unit, {})}, limits)
    ]
    units = _units(session, {unit for unit, _ in found})
    heads = principals(session, set(units))
    items = [
        Candidate(unit=units[unit], principals=heads.get(unit, []), percent=rounded(one["n"], one["d"], times=100), **one)
        for unit, one in sorted(found, key=lambda pair: (units[pair[0]].zh, pair[1]["rule"]))
    ]  # fmt: skip
    return CandidateList(as_of=source.period.at, days=days, items=items)


def _over(of: dict[str, float], limits: dict[str, int]) -> Iterator[dict[str, Any]]:
    """The rules of DOMAIN.md §9. Of fewer than `at_least` a percentage says nothing."""

    def told(rule: str, ground: str, n: str, d: str, limit: int) -> dict[str, Any]:
        return {
            "rule": rule,
            "ground": ground,
            "n": int(of.get(n, 0)),
            "d": int(of.get(d, 0)),
            "limit": limit,
        }

    least = limits["at_least"]
    due, looked = of.get("due", 0), of.get("looked_back", 0)
    if due >= least and of.get("on_time", 0) * 100 < limits["on_time_percent"] * due:
        yield told("on_time", "progress", "on_time", "due", limits["on_time_percent"])
    if looked >= least and of.get("relapsed_then", 0) * 100 > limits["relapse_percent"] * looked:
        yield told("relapse", "results", "relapsed_then", "looked_back", limits["relapse_percent"])
    if of.get("unclaimed", 0) and of.get("orders", 0):
        yield told("unclaimed", "attention", "unclaimed", "orders", 0)
    if of.get("returned_twice", 0) and of.get("found", 0):
        yield told("returned", "measures", "returned_twice", "found", 0)


def _late_and_returned(session: Session, town_id: uuid.UUID, start: Any) -> dict[uuid.UUID, dict[str, float]]:
    """By unit: orders nobody claimed for three days, and cases sent back more than once."""
    cases = (
        select(Issue.responsible_unit_id, func.count())
        .where(Issue.town_id == town_id, Issue.found_at >= start, Issue.is_held.is_(False))
        .group_by(Issue.responsible_unit_id)
    )
    waiting = cases.where(
        Issue.state == State.DISPATCHED,
        select(1)
        .where(
            Dispatch.issue_id == Issue.id,
            Dispatch.claimed_at.is_(None),
            Dispatch.bounced_at.is_(None),
            Dispatch.sent_at < now() - UNCLAIMED,
        )
        .exists(),
    )
    told: dict[uuid.UUID, dict[str, float]] = {}
    for name, rows in (
        ("unclaimed", waiting),
        ("returned_twice", cases.where(Issue.rework_count > MOST_RETURNS)),
    ):
        for unit, count in session.execute(rows):
            if unit is not None:
                told.setdefault(unit, {})[name] = count
    return told
