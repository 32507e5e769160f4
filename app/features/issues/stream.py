"""Live updates: which of the town's changes a viewer is told of, as server-sent events without ids or counts."""

import json
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import changes
from app.core.changes import Note
from app.core.errors import Unauthenticated
from app.features.identity.models import UnitReach
from app.features.identity.viewer import Viewer, viewer_of_token
from app.features.issues import policy
from app.features.issues.models import Issue

TOPICS = {"issue": ("issues", "review", "orders")}
"""Kinds of changes and the lists of the PWA they concern. `inbox`, `person_lost` and `unit_lost` concern that person or unit alone."""


@dataclass(frozen=True)
class Message:
    """What one event says: lists to load anew, and which case changed."""

    topics: tuple[str, ...]
    id: str | None = None

    def line(self) -> str:
        said = {"topics": list(self.topics)} | ({"id": self.id} if self.id else {})
        return f"data: {json.dumps(said)}\n\n"


async def events(token: str | None) -> AsyncIterator[str]:
    """The stream of whoever holds `token`; it ends when the session does."""
    yield "retry: 3000\n\n"

    def pick(session: Session, notes: Sequence[Note]) -> Sequence[Message]:
        return picked(session, token, notes)

    try:
        async for told in changes.subscribe(pick):
            if told.reload:
                yield Message(("issues", "inbox", "review", "orders", "figures")).line()
            for message in told.items:
                yield message.line()
            if not told.items and not told.reload:
                yield ": ping\n\n"
    except Unauthenticated:
        return


def _lost_one(session: Session, viewer: Viewer, notes: Sequence[Note]) -> bool:
    """A case was taken from the viewer or a unit they work for: they may not know which, but their lists are stale."""
    people = {n.subject_id for n in notes if n.kind == "person_lost"}
    units = [uuid.UUID(n.subject_id) for n in notes if n.kind == "unit_lost"]
    if any(str(person) in people for person in policy.as_whom(viewer)):
        return True
    if not units or viewer.is_pending:
        return False
    mine = policy.unit_reach(viewer).where(UnitReach.unit_id.in_(units))
    return session.scalar(mine.limit(1)) is not None


def picked(session: Session, token: str | None, notes: Sequence[Note]) -> Sequence[Message]:
    """Of these changes, those the viewer may see now. Raises Unauthenticated when the session has ended."""
    viewer = viewer_of_token(session, token)
    if viewer is None:
        raise Unauthenticated()
    ids = [uuid.UUID(n.subject_id) for n in notes if n.kind == "issue"]
    seen = (
        set(session.scalars(select(Issue.id).where(Issue.id.in_(ids), policy.visible(viewer))))
        if ids
        else set()
    )
    told = [Message(TOPICS["issue"], str(issue_id)) for issue_id in dict.fromkeys(ids) if issue_id in seen]
    if _lost_one(session, viewer, notes):
        told.append(Message(TOPICS["issue"]))
    if any(n.kind == "inbox" and n.subject_id == str(viewer.user_id) for n in notes):
        told.append(Message(("inbox",)))
    return told
