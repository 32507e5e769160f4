"""重点任务 (J01): the office names them with owner and day, owners say how far they are, the office says when one is done."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.models import User, UserStatus
from app.features.identity.towns import local_midnight
from app.features.identity.viewer import Viewer
from app.features.issues.errors import NoCampaign
from app.features.issues.policy import as_whom, unit_reach
from app.features.issues.schemas import Named
from app.features.ledgers import policy
from app.features.ledgers.models import KeyTask, TaskProgress
from app.features.ledgers.schemas import KeyTaskIn, KeyTaskOut, KeyTaskPut, ProgressIn, ProgressOut
from app.features.standards import service as standards
from app.features.standards.models import Campaign

MOST = 200
SHOWN = 10
"""So many of the latest words on each task."""


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The town's for those who read it whole; else those that the viewer or a unit of theirs answers for."""
    if viewer.is_pending:
        raise Forbidden()
    mine = or_(KeyTask.person_id.in_(as_whom(viewer)), KeyTask.unit_id.in_(unit_reach(viewer)))
    return or_(policy.reads_town(viewer, KeyTask.town_id), mine)


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID) -> list[KeyTaskOut]:
    """Those of the active campaign, by number."""
    campaign = standards.active_campaign(session, town_id)
    of = KeyTask.campaign_id == (campaign.id if campaign else None)
    found = select(KeyTask).where(of, visible(viewer)).order_by(KeyTask.no).limit(MOST)
    return show(session, viewer, session.scalars(found).all())


# ---- the office ----
def add(session: Session, viewer: Viewer, town_id: uuid.UUID, body: KeyTaskIn) -> KeyTask:
    """The next number of the active campaign. Raises Forbidden, NoCampaign, Invalid."""
    policy.require_keeper(session, viewer, town_id)
    active = standards.active_campaign(session, town_id)
    if active is None:
        raise NoCampaign()
    _check(session, town_id, body)
    # Two of the office add one after the other: the campaign's row is what they wait for.
    campaign = session.get_one(Campaign, active.id, with_for_update=True, populate_existing=True)
    last = session.scalar(select(func.max(KeyTask.no)).where(KeyTask.campaign_id == campaign.id))
    row = KeyTask(town_id=town_id, campaign_id=campaign.id, no=(last or 0) + 1, **body.model_dump())
    session.add(row)
    session.flush()
    policy.recorded(session, viewer, "key_task", row.id, "added")
    return row


def change(session: Session, viewer: Viewer, task_id: uuid.UUID, body: KeyTaskPut, base: int) -> KeyTask:
    """All of it as it is now. Raises NotFound, Forbidden, Invalid, VersionConflict."""
    row = _locked(session, viewer, task_id)
    policy.require_keeper(session, viewer, row.town_id)
    if row.version != base:
        raise VersionConflict(current_version=row.version)
    _check(session, row.town_id, body)
    said = body.model_dump()
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    if "state" in changed:
        row.ended_on = None if body.state == "open" else local_midnight(session, viewer).date()
    for name in changed:
        setattr(row, name, said[name])
    row.version += bool(changed)
    session.flush()
    if changed:
        policy.recorded(session, viewer, "key_task", row.id, "changed", changed)
    return row


def _check(session: Session, town_id: uuid.UUID, body: KeyTaskIn) -> None:
    """The unit is of the town, the person of the unit."""
    policy.require_units(session, town_id, "unit_id", {body.unit_id})
    if body.person_id is None:
        return
    of_unit = User.id == body.person_id, User.unit_id == body.unit_id, User.status == UserStatus.ACTIVE
    if session.scalar(select(User.id).where(*of_unit)) is None:
        raise Invalid(fields=[{"at": ["body", "person_id"], "why": "unknown"}])


# ---- its owner ----
def report(session: Session, viewer: Viewer, task_id: uuid.UUID, body: ProgressIn) -> KeyTask:
    """How far it is, in words and percent. Raises NotFound, Forbidden, Invalid where the task has ended."""
    row = _locked(session, viewer, task_id)
    if not _may_report(session, viewer, row, policy.own_units(session, viewer)):
        raise Forbidden()
    if row.state != "open":
        raise Invalid(fields=[{"at": ["path", "task_id"], "why": "ended"}])
    session.add(
        TaskProgress(
            task_id=row.id, percent=body.percent, text=body.text, by_id=viewer.user_id, at=now()
        )
    )  # fmt: skip
    row.percent = body.percent
    row.version += 1
    session.flush()
    policy.recorded(session, viewer, "key_task", row.id, "progressed")
    return row


def _locked(session: Session, viewer: Viewer, task_id: uuid.UUID) -> KeyTask:
    found = select(KeyTask).where(KeyTask.id == task_id, visible(viewer)).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _may_report(session: Session, viewer: Viewer, row: KeyTask, own: set[uuid.UUID]) -> bool:
    return (
        row.person_id in as_whom(viewer)
        or row.unit_id in own
        or policy.keeps(session, viewer, row.town_id)
    )  # fmt: skip


# ---- as they are read ----
def show(session: Session, viewer: Viewer, rows: Sequence[KeyTask]) -> list[KeyTaskOut]:
    """The same in the same order, each with the latest words on it."""
    today = local_midnight(session, viewer).date()
    told = _progress(session, [row.id for row in rows])
    units = policy.unit_names(session, [row.unit_id for row in rows])
    people = policy.people_names(
        session, [row.person_id for row in rows] + [one.by_id for of in told.values() for one in of]
    )
    own = policy.own_units(session, viewer)
    plain = ("id", "no", "title", "measure", "due_on", "percent", "state", "ended_on", "version")
    return [
        KeyTaskOut(
            **{name: getattr(row, name) for name in plain},
            unit=units[row.unit_id],
            person=Named(id=row.person_id, zh=people[row.person_id], en="") if row.person_id else None,
            is_late=row.state == "open" and row.due_on < today,
            waits=row.state == "open" and row.percent == 100,
            may_change=policy.keeps(session, viewer, row.town_id),
            may_report=row.state == "open" and _may_report(session, viewer, row, own),
            progress=[
                ProgressOut(percent=one.percent, text=one.text, by=people.get(one.by_id), at=one.at)
                for one in told.get(row.id, [])
            ],
        )
        for row in rows
    ]


def _progress(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[TaskProgress]]:
    newest = func.row_number().over(
        partition_by=TaskProgress.task_id, order_by=(TaskProgress.at.desc(), TaskProgress.id.desc())
    )
    of = select(TaskProgress.id, newest.label("rank")).where(TaskProgress.task_id.in_(ids)).subquery()
    found = (
        select(TaskProgress)
        .join(of, of.c.id == TaskProgress.id)
        .where(of.c.rank <= SHOWN)
        .order_by(of.c.rank)
    )
    told: dict[uuid.UUID, list[TaskProgress]] = {}
    for one in session.scalars(found):
        told.setdefault(one.task_id, []).append(one)
    return told
