"""Rounds and tasks as they are told: to a team's phones, to the organiser, and after the release to everyone concerned."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit, db
from app.core.clock import now
from app.features.crosscheck import completeness, lifecycle, policy, queries, revealing
from app.features.crosscheck.intake import KINDS
from app.features.crosscheck.lifecycle import RoundAction, RoundState
from app.features.crosscheck.models import (
    Assignment,
    CrossRound,
    CrossVisit,
    Interview,
    RecordPhoto,
    Ring,
    TeamMember,
)
from app.features.crosscheck.schemas import (
    AssignmentOut,
    EdgeOut,
    MemberOut,
    MissingOut,
    NonceUsed,
    Progress,
    RecordOut,
    RingOut,
    RoundOut,
    TeamRound,
)
from app.features.identity.viewer import Viewer
from app.features.issues.schemas import Named
from app.features.photos import service as photos
from app.features.photos.models import PhotoState, RenditionKind

BRIEF = ("id", "code", "direction", "start_at", "revealed_at", "target_score", "method")
SAID = (
    "state", "pairing", "verifies_id", "reveal_at", "point_types", "postponed", "commitment", "seed", "planned_at", "submitted_at",
    "consolidated_at", "release_ordered_at", "released_at", "verified_at", "closed_at", "closed_reason",
)  # fmt: skip
ORGANISER_DOES = frozenset(RoundAction) - {RoundAction.START, RoundAction.SUBMIT, RoundAction.VERIFY}


# ---- teams ----
def mine(viewer: Viewer) -> list[AssignmentOut]:
    """The own tasks with all that is needed offline. Each look is noted: when first seen, and in the audit log."""
    with db.reading() as session:
        shown = [
            assignment_out(session, viewer, round_, task)
            for task, round_ in queries.own_assignments(session, viewer)
        ]
    for task in shown:
        _seen(viewer, task.id)
    return shown


def _seen(viewer: Viewer, assignment_id: uuid.UUID) -> None:
    with db.transaction() as session:
        member = session.get(TeamMember, (assignment_id, viewer.user_id))
        if member is not None and member.seen_at is None:
            member.seen_at = now()
        audit.record(
            session,
            "cross.viewed",
            actor_id=viewer.user_id,
            subject_kind="cross_assignment",
            subject_id=assignment_id,
        )


def assignment_out(session: Session, viewer: Viewer, round_: CrossRound, task: Assignment) -> AssignmentOut:
    """One task as its team sees it. Who inspects the own unit is nowhere in it."""
    names = queries.system_units(session, [task.inspector_id, task.target_id])
    members = [
        MemberOut(id=user.id, name=user.name_zh, title=user.title, is_captain=m.is_captain, seen_at=m.seen_at)
        for m, user in queries.system_members(session, task.id)
    ]
    return AssignmentOut(
        id=task.id,
        round=brief(round_),
        inspector=names[task.inspector_id],
        target=names[task.target_id],
        is_captain=any(m.is_captain and m.id == viewer.user_id for m in members),
        members=members,
        package=_signed(task.package),
        records=records(session, [task.id]),
        thumbs=_thumbs(session, task.id),
        missing=[MissingOut.model_validate(m) for m in completeness.missing(session, task)],
        submitted_at=task.submitted_at,
    )


def brief(round_: CrossRound) -> TeamRound:
    """A round in a line."""
    return TeamRound.model_validate({name: getattr(round_, name) for name in BRIEF})


def _signed(package: dict[str, Any]) -> dict[str, Any]:
    """The package with links to the photos of its cases, good for some minutes: the phone keeps the pictures."""
    return package | {
        name: [_linked(case) for case in package[name]] for name in ("open_issues", "to_verify")
    }


def _linked(case: dict[str, Any]) -> dict[str, Any]:
    photo_id = case["photo_id"]
    url = photos.sign_media(uuid.UUID(photo_id), RenditionKind.THUMB) if photo_id else None
    return case | {"thumb_url": url}


def _thumbs(session: Session, assignment_id: uuid.UUID) -> dict[str, str]:
    """So that one phone of the team sees what the other photographed."""
    named = session.scalars(select(RecordPhoto).where(RecordPhoto.assignment_id == assignment_id)).all()
    here = queries.system_photos(session, {(p.owner_id, p.client_photo_id) for p in named})
    return {
        str(client_id): photos.sign_media(photo.id, RenditionKind.THUMB)
        for (_, client_id), photo in here.items()
        if photo.state == PhotoState.READY
    }


def records(session: Session, assignment_ids: Sequence[uuid.UUID], *kinds: str) -> list[RecordOut]:
    """What was sent for these tasks, oldest first."""
    found = []
    for name, kind in KINDS.items():
        if kinds and name not in kinds:
            continue
        rows = session.scalars(select(kind.model).where(kind.model.assignment_id.in_(assignment_ids)))
        found += [record_out(name, row) for row in rows]
    return sorted(found, key=lambda r: (r.received_at, str(r.id)))


def record_out(kind: str, row: Any) -> RecordOut:
    """A record as it came."""
    return RecordOut(
        id=row.client_id, kind=kind, by_id=row.user_id, received_at=row.received_at, body=row.body
    )


# ---- the office ----
def ring_out(session: Session, ring: Ring) -> RingOut:
    """A ring with its units' names, in order."""
    units = named(session, ring.unit_ids)
    return RingOut(
        id=ring.id,
        code=ring.code,
        name_zh=ring.name_zh,
        name_en=ring.name_en,
        units=units,
        version=ring.version,
    )


def named(session: Session, unit_ids: Iterable[str]) -> list[Named]:
    """Units by the order of their ids."""
    ids = [uuid.UUID(unit) for unit in unit_ids]
    names = queries.system_units(session, ids)
    return [names[unit] for unit in ids if unit in names]


def edges_out(session: Session, edges: Iterable[Sequence[str]]) -> list[EdgeOut]:
    """A table with names."""
    pairs = [(uuid.UUID(a), uuid.UUID(b)) for a, b in edges]
    names = queries.system_units(session, [unit for pair in pairs for unit in pair])
    return [EdgeOut(inspector=names[a], target=names[b]) for a, b in pairs]


def round_out(session: Session, viewer: Viewer, round_: CrossRound) -> RoundOut:
    """All of a round that the viewer may know: who sees a round at all sees its pairing and, once drawn, its draw."""
    units = [uuid.UUID(unit) for unit in round_.unit_ids]
    captains = queries.system_captains(session, units)
    is_open = round_.state == RoundState.PLANNED and round_.pairing == "drawn"
    tasks = queries.assignments_of(session, viewer, round_.id)
    return RoundOut.model_validate(
        {name: getattr(round_, name) for name in (*BRIEF, *SAID)}
        | {
            "units": named(session, round_.unit_ids),
            "edges": edges_out(session, round_.edges),
            "assignments": _progress(session, tasks),
            "nonces": [NonceUsed.model_validate(n) for n in round_.nonces],
            "nonces_so_far": len(revealing.counting(session, round_)) if is_open else 0,
            "without_captain": named(session, [str(u) for u in units if u not in captains])
            if round_.state == RoundState.PLANNED
            else [],
            "allowed_actions": _allowed(viewer, round_),
        }
    )


def _allowed(viewer: Viewer, round_: CrossRound) -> list[RoundAction]:
    if round_.organiser_id != viewer.user_id or not viewer.has(*policy.ORGANISERS):
        return []
    return [a for a in lifecycle.moves_from(RoundState(round_.state)) if a in ORGANISER_DOES]


def _progress(session: Session, tasks: Sequence[Assignment]) -> list[Progress]:
    names = queries.system_units(session, [u for t in tasks for u in (t.inspector_id, t.target_id)])
    ids = [t.id for t in tasks]
    findings = queries.system_found(session, ids)
    questions = _questions(session, ids)
    visits: dict[uuid.UUID, list[CrossVisit]] = {}
    for visit in session.scalars(select(CrossVisit).where(CrossVisit.assignment_id.in_(ids))):
        visits.setdefault(visit.assignment_id, []).append(visit)
    told = []
    for task in tasks:
        seen, excused = completeness.visited(visits.get(task.id, []))
        told.append(
            Progress(
                id=task.id, inspector=names[task.inspector_id], target=names[task.target_id],
                points=len(task.package["points"]), visited=len(seen), excused=len(excused),
                findings=findings.get(task.id, 0), questions=questions.get(task.id, 0),
                submitted_at=task.submitted_at, released_at=task.released_at,
                not_signed_because=(task.submission or {}).get("excused"),
            )
        )  # fmt: skip
    return sorted(told, key=lambda p: str(p.inspector.id))


def _questions(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    asked = select(Interview.assignment_id, func.count(Interview.question.distinct()))
    rows = session.execute(asked.where(Interview.assignment_id.in_(ids)).group_by(Interview.assignment_id))
    return {row[0]: row[1] for row in rows}
