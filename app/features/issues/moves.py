"""The engine of the lifecycle: lock, role, version, table, guards, effect, event: in this order, in one transaction."""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core import changes, db
from app.core.clock import now
from app.core.errors import Forbidden, NotFound, VersionConflict
from app.core.ids import public_id
from app.features.identity.viewer import Viewer
from app.features.issues import policy, reasons
from app.features.issues.errors import MoveNotAllowed, VersionNeeded
from app.features.issues.lifecycle import MOVES, Action, Move, State, Who, moves_from
from app.features.issues.models import EventText, Issue, IssueEvent
from app.features.issues.policy import Standing

GENESIS = "0" * 64


@dataclass
class Moving:
    """One action under way. Effects change `issue` and fill in what the event shall say; `to` must be one the table allows."""

    session: Session
    viewer: Viewer | None
    """None: the system itself (a clock)."""
    issue: Issue
    action: Action
    body: Any
    at: datetime
    to: State
    device_at: datetime | None = None
    role: str | None = None
    reason_code: str | None = None
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    photo_sha256: list[str] = field(default_factory=list)
    photos_of: uuid.UUID | None = None
    """Whose phone took the photos of the body, where it is not the actor's."""

    @property
    def actor_id(self) -> uuid.UUID | None:
        return self.viewer.user_id if self.viewer else None


Effect = Callable[[Moving], None]
Guard = Callable[[Moving], None]
Listener = Callable[[Session, Issue, IssueEvent], None]


@dataclass(frozen=True)
class Spec:
    """One action on an existing case: what its body looks like and what it does."""

    action: Action
    body: type[BaseModel]
    effect: Effect


SPECS: dict[Action, Spec] = {}
GUARDS: dict[str, Guard] = {}
LISTENERS: list[Listener] = []


def effect(action: Action, body: type[BaseModel]) -> Callable[[Effect], Effect]:
    """Register what `action` does. Features above `issues` (dispatch, review) register theirs on import."""

    def keep(fn: Effect) -> Effect:
        SPECS[action] = Spec(action, body, fn)
        return fn

    return keep


def guard(fn: Guard) -> Guard:
    """Register a guard under its function's name, which MOVES refers to."""
    GUARDS[fn.__name__] = fn
    return fn


def listen(fn: Listener) -> Listener:
    """Call `fn` inside the transaction of every event. For features above (notifications, review)."""
    LISTENERS.append(fn)
    return fn


def lock_visible(
    session: Session, viewer: Viewer, issue_id: uuid.UUID, other_id: uuid.UUID | None = None
) -> Issue:
    """The case, locked and re-read, with its master or `other_id`; NotFound where it is not there or not the viewer's to see."""
    seen = session.execute(
        select(Issue.master_id).where(Issue.id == issue_id, policy.visible(viewer))
    ).one_or_none()
    if seen is None:
        raise NotFound()
    if partner := other_id or seen.master_id:
        # Always in the same order: of two cases merged into each other at once neither may wait for the other.
        both = select(Issue.id).where(Issue.id.in_([issue_id, partner]))
        session.execute(both.order_by(Issue.id).with_for_update())
    return lock(session, issue_id)


def lock(session: Session, issue_id: uuid.UUID) -> Issue:
    """Lock and re-read one case. populate_existing: a row the session still holds would be locked but not re-read."""
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue is None:
        raise NotFound()
    return issue


def perform(
    session: Session,
    viewer: Viewer,
    issue_id: uuid.UUID,
    action: Action,
    body: BaseModel,
    *,
    base_version: int | None,
    device_at: datetime | None = None,
    photos_of: uuid.UUID | None = None,
) -> Issue:
    """Carry out `action` on a case as `viewer`, with photos of their own or of `photos_of`.

    Raises NotFound (not visible), Forbidden (not the role), VersionNeeded, VersionConflict (somebody was first; `current`
    has state and version), MoveNotAllowed (the table has no such row), GuardFailed and its kin.
    """
    issue = lock_visible(session, viewer, issue_id, getattr(body, "master_id", None))
    st = policy.standing(session, viewer)
    who = next((m.who for (_, a), m in MOVES.items() if a == action))
    if not st.stands(who, issue):
        raise Forbidden()
    if base_version is None:
        raise VersionNeeded()
    if base_version != issue.version:
        raise VersionConflict(current={"state": issue.state, "version": issue.version})
    return _carry_out(session, viewer, issue, action, body, device_at, st.role_for(who, issue), photos_of)


def perform_as_system(session: Session, issue: Issue, action: Action, body: BaseModel) -> Issue:
    """The clock's own moves (resume at resume_at). The case must be locked by the caller."""
    return _carry_out(session, None, issue, action, body, None, None)


def _carry_out(
    session: Session,
    viewer: Viewer | None,
    issue: Issue,
    action: Action,
    body: BaseModel,
    device_at: datetime | None,
    role: str | None,
    photos_of: uuid.UUID | None = None,
) -> Issue:
    state = State(issue.state)
    move = MOVES.get((state, action))
    if move is None:
        raise MoveNotAllowed(state=state, allowed=moves_from(state))
    moving = Moving(
        session,
        viewer,
        issue,
        action,
        body,
        now(),
        move.to[0],
        device_at=device_at,
        role=role,
        photos_of=photos_of,
    )
    for name in move.guards:
        GUARDS[name](moving)
    before = _holders(issue)
    SPECS[action].effect(moving)
    finish(moving, state, move)
    _tell_who_lost_it(session, issue, before)
    return issue


def _holders(issue: Issue) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The unit and the person who see the case because it is theirs to do."""
    passed_on = issue.state not in reasons.HELD_BACK_FROM_UNITS
    return (issue.responsible_unit_id, issue.assignee_id) if passed_on else (None, None)


def _tell_who_lost_it(
    session: Session, issue: Issue, before: tuple[uuid.UUID | None, uuid.UUID | None]
) -> None:
    """Whoever had the case and has it no longer is not told of changes to it: they hear that their lists changed."""
    for kind, had, has in zip(("unit_lost", "person_lost"), before, _holders(issue), strict=True):
        if had is not None and had != has:
            changes.note(session, issue.town_id, kind, had)


def finish(moving: Moving, came_from: State | None, move: Move) -> IssueEvent:
    """Set the state, count the version, write the event and tell the listeners."""
    if moving.to not in move.to:
        raise AssertionError(f"{moving.action} led to {moving.to}, the table says {move.to}")
    issue = moving.issue
    issue.state = moving.to
    issue.updated_at = moving.at
    session = moving.session
    session.add(issue)
    event = _append(moving, came_from)
    if moving.text:
        db.put(session, EventText(event_id=event.id, body=moving.text))
    changes.note(session, issue.town_id, "issue", str(issue.id))
    for tell in LISTENERS:
        tell(session, issue, event)
    session.flush()
    return event


_LAST = (
    select(IssueEvent.seq, IssueEvent.hash)
    .where(IssueEvent.issue_id == bindparam("case"))
    .order_by(IssueEvent.seq.desc())
    .limit(1)
)


def _append(moving: Moving, came_from: State | None) -> IssueEvent:
    issue, session = moving.issue, moving.session
    last = None
    if came_from is not None:
        with session.no_autoflush:  # the case is written once, with its new version
            last = session.execute(_LAST, {"case": issue.id}).first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    issue.version = seq
    event = IssueEvent(
        id=public_id(),
        issue_id=issue.id,
        seq=seq,
        action=moving.action,
        actor_id=moving.actor_id,
        role=moving.role,
        at=moving.at,
        device_at=moving.device_at,
        from_state=came_from,
        to_state=moving.to,
        reason_code=moving.reason_code,
        data=moving.data,
        photo_sha256=moving.photo_sha256,
        prev_hash=prev,
        hash="",
    )
    event.hash = event_hash(event)
    db.put(session, event)
    return event


def event_hash(event: IssueEvent) -> str:
    """SHA-256 over the canonical JSON of everything the event says and the hash before it."""
    said = {
        "id": str(event.id),
        "issue": str(event.issue_id),
        "seq": event.seq,
        "action": str(event.action),
        "actor": str(event.actor_id) if event.actor_id else None,
        "role": event.role,
        "at": event.at.isoformat(),
        # As it will be read back: a phone may have sent it with the offset of its own zone.
        "device_at": event.device_at.astimezone(UTC).isoformat() if event.device_at else None,
        "from": str(event.from_state) if event.from_state else None,
        "to": str(event.to_state),
        "reason": event.reason_code,
        "data": event.data,
        "photos": event.photo_sha256,
        "prev": event.prev_hash,
    }
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def allowed_actions(st: Standing, issue: Issue) -> list[Action]:
    """Actions the table and the viewer's standing allow now; worked out once for all cases that are alike. Guards that need data are applied on top for a single case."""
    alike = st.alike(issue)
    if (known := st.asked.get(alike)) is None:
        state, stands = State(issue.state), _StandsOnce(st, issue)
        known = [a for a in moves_from(state) if a in SPECS and stands[MOVES[state, a].who]]
        st.asked[alike] = known
    return list(known)


class _StandsOnce(dict[Who, bool]):
    """A dozen actions ask for half as many relations."""

    def __init__(self, st: Standing, issue: Issue) -> None:
        self.st, self.issue = st, issue

    def __missing__(self, who: Who) -> bool:
        self[who] = self.st.stands(who, self.issue)
        return self[who]
