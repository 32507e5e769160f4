"""Lines between desk, unit and reporter on a case: who may write to whom, who reads what."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.core import changes
from app.core.errors import Forbidden, NotFound
from app.features.identity.viewer import Viewer
from app.features.issues import policy
from app.features.issues.bodies import CommentIn
from app.features.issues.models import Comment, Issue
from app.features.issues.people import Names, is_office, is_unit
from app.features.issues.schemas import CommentOut

CommentListener = Callable[[Session, Issue, Comment], None]
LISTENERS: list[CommentListener] = []
"""Told, inside the transaction, of each new line. For notifications."""


def audiences(office: bool, unit: bool, viewer: Viewer, issue: Issue) -> list[str]:
    """To whom this viewer may write: the office to all, the unit to office and reporter, the reporter to all three."""
    if office:
        return ["office", "unit", "reporter"]
    if unit:
        return ["unit", "reporter"]
    return ["reporter"] if issue.reporter_id == viewer.user_id and not viewer.is_pending else []


def readable(
    rows: Sequence[Comment], office: bool, unit: bool, viewer: Viewer, issue: Issue
) -> list[Comment]:
    """The lines this viewer may read: own ones, and those whose audience includes them."""
    meant = {"office", "unit", "reporter"} if office else set(audiences(office, unit, viewer, issue))
    return [row for row in rows if row.audience in meant or row.author_id == viewer.user_id]


def write(session: Session, viewer: Viewer, issue: Issue | None, body: CommentIn) -> CommentOut:
    """Add a line. NotFound for a case out of sight, Forbidden for an audience that is not the viewer's to address."""
    if issue is None:
        raise NotFound()
    st = policy.standing(session, viewer)
    if body.audience not in audiences(is_office(st, issue), is_unit(st, issue), viewer, issue):
        raise Forbidden()
    row = Comment(issue_id=issue.id, author_id=viewer.user_id, audience=body.audience, body=body.body)
    session.add(row)
    session.flush()
    changes.note(session, issue.town_id, "issue", issue.id)
    for tell in LISTENERS:
        tell(session, issue, row)
    author = Names(session, st, issue, [viewer.user_id]).person(viewer.user_id)
    return CommentOut(id=row.id, author=author, audience=row.audience, body=row.body, at=row.at, is_mine=True)
