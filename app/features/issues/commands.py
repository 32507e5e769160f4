"""What phones do beside reporting, also offline: each command once, its answer kept and given again; a stale fix is evidence."""

import uuid
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import changes
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, Problem, VersionConflict
from app.features.identity.viewer import Viewer
from app.features.issues import comments, moves, photoset, policy, queries
from app.features.issues.bodies import BulkIn, CommandIn, CommentIn
from app.features.issues.errors import PhotosMissing, SameIdOtherBody
from app.features.issues.intake import fingerprint, queue_up, told
from app.features.issues.lifecycle import Action, State
from app.features.issues.models import Command, Issue, IssueEvent
from app.features.issues.receipts import BulkResult, CommandOut

HARMLESS = frozenset({Action.ADD_WITNESS, Action.ORDER_SITE_CHECK, Action.ANSWER_SITE_CHECK})
"""Events that leave state, unit, deadline and evidence of the fix as they were."""
COMMENT = "comment"
"""A line beside the story of a case: no move, so no version and no event."""
KEPT = "kept_evidence"
"""Flag of a case that holds a rectification which came too late."""


def body_of(action: str, body: dict[str, Any]) -> BaseModel:
    """The action's own body, checked; Invalid names the fields."""
    spec = moves.SPECS.get(Action(action)) if action != COMMENT else None
    if spec is None and action != COMMENT:
        raise Invalid(fields=[{"at": ["body", "action"], "why": "not_an_action"}])
    try:
        return (spec.body if spec else CommentIn).model_validate(body)
    except ValidationError as exc:
        fields = [
            {"at": ["body", "body", *map(str, e["loc"])], "why": e["type"], "message": e["msg"]}
            for e in exc.errors()[:50]
        ]
        raise Invalid(fields=fields) from exc


def perform(session: Session, viewer: Viewer, command_id: uuid.UUID, sent: CommandIn) -> tuple[Command, bool]:
    """Carry out a command, or find the answer it got before; True: it is new. Read the outcome from its `status`.

    What the domain refuses (4xx) is kept and answered again. Not kept: PhotosMissing (the phone sends them, then
    this again), Invalid bodies, and faults of ours.
    """
    queue_up(session, viewer.user_id)
    said = sent.model_dump(mode="json")
    known = session.scalar(
        select(Command).where(Command.user_id == viewer.user_id, Command.client_id == command_id)
    )
    if known is not None:
        if known.body_sha256 != fingerprint(said):
            raise SameIdOtherBody(stored=known.body)
        return known, False
    command = Command(
        client_id=command_id,
        user_id=viewer.user_id,
        action=sent.action,
        target_id=sent.target,
        body=said,
        body_sha256=fingerprint(said),
        received_at=now(),
    )
    _carry_out(session, viewer, command, sent, body_of(sent.action, sent.body))
    session.add(command)
    session.flush()
    return command, True


def _carry_out(session: Session, viewer: Viewer, command: Command, sent: CommandIn, body: BaseModel) -> None:
    try:
        with session.begin_nested():
            issue = _do(session, viewer, sent, body)
    except PhotosMissing:
        raise
    except Problem as refused:
        if refused.status >= 500:
            raise
        command.is_kept_evidence = sent.action == Action.RECTIFY and _keep(
            session, viewer, sent.target, body, refused
        )
        said = (
            VersionConflict(current=None) if command.is_kept_evidence and refused.status != 409 else refused
        )
        kept = {"is_kept_evidence": True} if command.is_kept_evidence else {}
        command.status, command.answer = said.status, {"problem": said.body() | kept}
    else:
        command.status, command.answer = 200, {"issue": told(issue).model_dump(mode="json")}


def _do(session: Session, viewer: Viewer, sent: CommandIn, body: BaseModel) -> Issue:
    if isinstance(body, CommentIn):
        comments.write(session, viewer, queries.find_visible(session, viewer, sent.target), body)
        return session.get_one(Issue, sent.target)
    return moves.perform(
        session,
        viewer,
        sent.target,
        Action(sent.action),
        body,
        base_version=_base(session, sent),
        device_at=sent.device_at,
    )


def _base(session: Session, sent: CommandIn) -> int | None:
    """The version the command stands on: what happened since and changes nothing for it is forgiven.

    A volunteer's "also this" must not turn the fix that a unit took offline into a late one.
    """
    if sent.base_version is None:
        return None
    later = session.execute(
        select(IssueEvent.action, IssueEvent.seq)
        .where(IssueEvent.issue_id == sent.target, IssueEvent.seq > sent.base_version)
        .order_by(IssueEvent.seq)
    ).all()
    return later[-1].seq if later and all(event.action in HARMLESS for event in later) else sent.base_version


def _keep(session: Session, viewer: Viewer, issue_id: uuid.UUID, body: Any, refused: Problem) -> bool:
    """A fix that came too late: its photos go into the case as `other`, flagged for the desk. True: kept."""
    if not isinstance(refused, VersionConflict | NotFound | Forbidden):
        return False
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    if issue is None or not (isinstance(refused, VersionConflict) or _was_theirs(session, viewer, issue)):
        return False
    photoset.attach(session, issue, owner_id=viewer.user_id, items=body.photos, kind="other")
    issue.flags = sorted({*issue.flags, KEPT})
    changes.note(session, issue.town_id, "issue", issue.id)
    return True


def _was_theirs(session: Session, viewer: Viewer, issue: Issue) -> bool:
    """An order for the case once went to a unit the person works for."""
    sent = select(IssueEvent.data).where(
        IssueEvent.issue_id == issue.id,
        IssueEvent.action.in_([Action.DISPATCH, Action.REASSIGN, Action.APPROVE_PLAN]),
    )
    units = {str(data.get("unit")) for data in session.scalars(sent)}
    mine = {str(unit_id) for unit_id in session.scalars(policy.unit_reach(viewer))}
    return not units.isdisjoint(mine)


def answer(command: Command) -> CommandOut:
    """What the phone is told, at first and each time again."""
    return CommandOut(
        command_id=command.client_id,
        action=command.action,
        status=command.status,
        received_at=command.received_at,
        issue=command.answer.get("issue"),
        problem=command.answer.get("problem"),
        is_kept_evidence=command.is_kept_evidence,
    )


def bulk(session: Session, viewer: Viewer, action: Action, sent: BulkIn) -> list[BulkResult]:
    """The same action on several cases, each in a savepoint of its own, locked in one order; results as they were named."""
    body = body_of(action, sent.body)
    done = {}
    for item in sorted(sent.items, key=lambda one: one.id):
        try:
            with session.begin_nested():
                issue = moves.perform(session, viewer, item.id, action, body, base_version=item.version)
        except Problem as refused:
            if refused.status >= 500:
                raise
            done[item.id] = BulkResult(id=item.id, status=refused.status, problem=refused.body())
        else:
            done[item.id] = BulkResult(
                id=item.id, status=200, state=State(issue.state), version=issue.version
            )
    return [done[item.id] for item in sent.items]
