"""出动 (Z34): in a standby period an urgent case calls an emergency team; from then on the clock runs until somebody has arrived.

A case that is held, or a covert finding that is none yet, calls nobody: only what units may know of does.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Invalid, NotFound, VersionConflict
from app.features.identity.viewer import Viewer
from app.features.issues import moves
from app.features.issues.lifecycle import Nature, State
from app.features.issues.models import Issue, IssueEvent
from app.features.issues.photoset import server_time
from app.features.rosters import choosing, periods, policy
from app.features.rosters.call_out_schemas import CallOutIn, CallState, WordIn
from app.features.rosters.errors import CalledOut, CallOutState
from app.features.rosters.models import CallOut, Shift
from app.features.volunteers.models import Team, TeamMember

CALLING = (State.SUBMITTED, State.DISPATCHED, State.RECTIFYING)
"""A case in these states is still to be gone to."""
Told = Callable[[Session, CallOut, int | None], None]
_told: list[Told] = []


def on_called(tell: Told) -> Told:
    """Register a feature above that tells people of a call-out: tell(session, call-out, number of the case)."""
    _told.append(tell)
    return tell


@moves.listen
def call_when_urgent(session: Session, issue: Issue, event: IssueEvent) -> None:
    """An urgent case of the standby period calls a team, once; a case that ended calls it back."""
    if issue.state not in CALLING:
        _end(session, issue, event.at)
    elif issue.nature == Nature.URGENT and not issue.is_held:
        on = periods.today_of(session, issue.town_id, event.at)
        was = select(CallOut.id).where(CallOut.issue_id == issue.id).limit(1)
        if periods.standby_on(session, issue.town_id, on) and session.scalar(was) is None:
            _call(session, issue, event.at, choosing.propose(session, issue, event.at), None)


def _end(session: Session, issue: Issue, at: datetime) -> None:
    found = select(CallOut).where(
        CallOut.issue_id == issue.id, CallOut.done_at.is_(None), CallOut.withdrawn_at.is_(None)
    )
    for row in session.scalars(found):
        if row.arrived_at is None:
            row.withdrawn_at = at
        else:
            row.done_at = max(at, row.arrived_at)
        row.version += 1


def _call(
    session: Session, issue: Issue, at: datetime, team: tuple[uuid.UUID, str] | None, by: uuid.UUID | None
) -> CallOut:
    row = CallOut(
        town_id=issue.town_id, issue_id=issue.id, team_id=team[0] if team else None,
        why=team[1] if team else None, called_at=at, called_by_id=by,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _tell(session, row, issue.no)
    return row


def _tell(session: Session, row: CallOut, no: int | None) -> None:
    for tell in _told:
        tell(session, row, no)


def team_to_call(session: Session, row: CallOut) -> Sequence[uuid.UUID]:
    """Those of the team who are on duty; where nobody is, all of it."""
    there = select(Shift.user_id).where(
        Shift.team_id == row.team_id, Shift.checked_in_at.is_not(None), Shift.checked_out_at.is_(None),
        Shift.ends_at > row.called_at,
    )  # fmt: skip
    members = select(TeamMember.user_id).where(TeamMember.team_id == row.team_id)
    return session.scalars(there.distinct()).all() or session.scalars(members).all()


def state_of(row: CallOut) -> CallState:
    """Where a call-out stands."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.done_at is not None:
        return "done"
    return "called" if row.arrived_at is None else "arrived"


def call(session: Session, viewer: Viewer, body: CallOutIn) -> CallOut:
    """The office calls a team to a case, urgent or not. Raises NotFound, Forbidden, CalledOut, Invalid."""
    issue = moves.lock_visible(session, viewer, body.issue_id)
    policy.require(session, viewer, issue.town_id, *policy.CALLERS)
    if issue.state not in CALLING or issue.is_held:
        raise Invalid(fields=[{"at": ["body", "issue_id"], "why": "not-open"}])
    running = select(CallOut.id).where(
        CallOut.issue_id == issue.id, CallOut.done_at.is_(None), CallOut.withdrawn_at.is_(None)
    )
    if session.scalar(running) is not None:
        raise CalledOut()
    at = now()
    picked = (body.team_id, "picked") if body.team_id else None
    if body.team_id is not None:
        _check_team(session, issue.town_id, body.team_id)
    row = _call(session, issue, at, picked or choosing.propose(session, issue, at), viewer.user_id)
    _log(session, viewer, row, "called")
    return row


def _check_team(session: Session, town_id: uuid.UUID, team_id: uuid.UUID) -> None:
    fits = Team.town_id == town_id, Team.is_emergency, Team.is_active
    if session.scalar(select(Team.id).where(Team.id == team_id, *fits)) is None:
        raise Invalid(fields=[{"at": ["body", "team_id"], "why": "unknown"}])


def find(session: Session, viewer: Viewer, call_out_id: uuid.UUID) -> CallOut:
    """A call-out the viewer may know of, locked. Raises NotFound."""
    found = select(CallOut).where(CallOut.id == call_out_id, policy.visible_call_outs(viewer))
    row = session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _led(session: Session, viewer: Viewer, call_out_id: uuid.UUID, base: int) -> CallOut:
    row = find(session, viewer, call_out_id)
    policy.require(session, viewer, row.town_id, *policy.CALLERS)
    if row.version != base:
        raise VersionConflict(version=row.version)
    if state_of(row) != "called":
        raise CallOutState(state=state_of(row))
    return row


def pick(session: Session, viewer: Viewer, call_out_id: uuid.UUID, team_id: uuid.UUID, base: int) -> CallOut:
    """Another team, until one has arrived; the clock goes on from the first call. Raises as `withdraw`, and Invalid."""
    row = _led(session, viewer, call_out_id, base)
    _check_team(session, row.town_id, team_id)
    row.team_id, row.why, row.version = team_id, "picked", row.version + 1
    session.flush()
    _tell(session, row, session.scalar(select(Issue.no).where(Issue.id == row.issue_id)))
    _log(session, viewer, row, "picked")
    return row


def withdraw(session: Session, viewer: Viewer, call_out_id: uuid.UUID, base: int) -> CallOut:
    """Nobody need go. Raises NotFound, Forbidden, VersionConflict, CallOutState."""
    row = _led(session, viewer, call_out_id, base)
    row.withdrawn_at, row.version = now(), row.version + 1
    session.flush()
    _log(session, viewer, row, "withdrawn")
    return row


def _of_team(session: Session, viewer: Viewer, call_out_id: uuid.UUID) -> CallOut:
    """The team's own word; who only reads it is refused. Raises NotFound, CallOutState."""
    row = find(session, viewer, call_out_id)
    mine = select(TeamMember.user_id).where(
        TeamMember.team_id == row.team_id, TeamMember.user_id == viewer.user_id
    )
    if session.scalar(mine) is None:
        raise NotFound()
    return row


def arrive(session: Session, viewer: Viewer, call_out_id: uuid.UUID, body: WordIn) -> tuple[CallOut, bool]:
    """到场, by the first of the team who says so; True: this was the word that counts. Raises NotFound, CallOutState."""
    row = _of_team(session, viewer, call_out_id)
    if row.arrived_at is not None:
        return row, False
    if row.withdrawn_at is not None:
        raise CallOutState(state="withdrawn")
    row.arrived_at, row.arrived_by_id = _moment(body, row.called_at), viewer.user_id
    row.version += 1
    session.flush()
    return row, True


def finish(session: Session, viewer: Viewer, call_out_id: uuid.UUID, body: WordIn) -> tuple[CallOut, bool]:
    """处置完毕: what was done. Whoever says so has been there. Raises NotFound, CallOutState."""
    row = _of_team(session, viewer, call_out_id)
    if row.done_by_id is not None:
        return row, False
    if row.withdrawn_at is not None:
        raise CallOutState(state="withdrawn")
    at = _moment(body, row.arrived_at or row.called_at)
    if row.arrived_at is None:
        row.arrived_at, row.arrived_by_id = at, viewer.user_id
    # The case may have ended it before: then only the words are new.
    row.done_at, row.done_by_id, row.note = row.done_at or at, viewer.user_id, body.note
    row.version += 1
    session.flush()
    return row, True


def _moment(body: WordIn, not_before: datetime) -> datetime:
    at = server_time(body.at, body.clock_offset_seconds, now())[0].astimezone(UTC)
    return max(at, not_before)


def _log(session: Session, viewer: Viewer, row: CallOut, what: str) -> None:
    audit.record(
        session, f"call_out.{what}", actor_id=viewer.user_id, subject_kind="call_out", subject_id=row.id,
        detail={"team_id": str(row.team_id) if row.team_id else None},
    )  # fmt: skip
