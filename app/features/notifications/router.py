"""HTTP of the inbox."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.core.db import Read, Tx
from app.core.errors import BadRequest, Unauthenticated, problems
from app.core.paging import Cursor, Limit, Page, cursor_of, cut, keys_of
from app.core.routes import Routes
from app.features.identity.viewer import CurrentViewer
from app.features.notifications import queries, retention, service

router = Routes(tags=["inbox"])
REGISTERED = (retention,)


class InboxOut(BaseModel):
    """One message. `kind` is a code; `issue_*` are null once the case is no longer the viewer's to see."""

    id: uuid.UUID
    kind: str
    at: datetime
    read_at: datetime | None
    issue_id: uuid.UUID | None
    no: int | None
    state: str | None
    category_zh: str | None
    category_en: str | None
    point_zh: str | None
    params: dict[str, Any]


class UnreadOut(BaseModel):
    unread: int


class ReadIn(BaseModel):
    """Which messages: `ids`, or all up to `until`."""

    model_config = ConfigDict(extra="forbid")

    ids: list[uuid.UUID] | None = Field(None, max_length=200)
    until: AwareDatetime | None = None


@router.get("/inbox", responses=problems(Unauthenticated))
def list_inbox(
    session: Read, viewer: CurrentViewer, limit: Limit = 50, cursor: Cursor = None
) -> Page[InboxOut]:
    """The viewer's messages, newest first."""
    rows = queries.inbox(session, viewer, limit=limit + 1, after=_after(cursor))
    shown, more = cut(rows, limit)
    items = [_out(*row) for row in shown]
    return Page(items=items, next=cursor_of(items[-1].at.isoformat(), str(items[-1].id)) if more else None)


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    if cursor is None:
        return None
    at, item_id = keys_of(cursor, 2)
    try:
        return datetime.fromisoformat(at), uuid.UUID(item_id)
    except (TypeError, ValueError) as exc:
        raise BadRequest("This cursor is not one of ours.") from exc


def _out(
    item: Any, no: int | None, state: str | None, zh: str | None, en: str | None, point: str | None
) -> InboxOut:
    return InboxOut(
        id=item.id,
        kind=item.kind,
        at=item.at,
        read_at=item.read_at,
        issue_id=item.issue_id if state is not None else None,
        no=no,
        state=state,
        category_zh=zh,
        category_en=en,
        point_zh=point,
        params=item.params if state is not None or item.issue_id is None else {},
    )


@router.get("/inbox/count", responses=problems(Unauthenticated))
def count_inbox(session: Read, viewer: CurrentViewer) -> UnreadOut:
    """The badge."""
    return UnreadOut(unread=queries.unread(session, viewer))


@router.post("/inbox/read", responses=problems(Unauthenticated))
def read_inbox(session: Tx, viewer: CurrentViewer, body: ReadIn) -> UnreadOut:
    """Mark messages read; answers with what is left."""
    service.mark_read(session, viewer, body.ids, body.until)
    return UnreadOut(unread=queries.unread(session, viewer))
