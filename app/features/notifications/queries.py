"""Reads of the inbox."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.features.identity.viewer import Viewer
from app.features.issues.models import Issue
from app.features.issues.policy import visible
from app.features.notifications.models import InboxItem
from app.features.places.models import Point
from app.features.standards.models import Category


def inbox(
    session: Session, viewer: Viewer, *, limit: int, after: tuple[datetime, uuid.UUID] | None
) -> list[tuple[Any, ...]]:
    """The viewer's messages, newest first, with the words of the case where it is still visible to the viewer."""
    found = (
        select(InboxItem, Issue.no, Issue.state, Category.name_zh, Category.name_en, Point.name_zh)
        .select_from(InboxItem)
        .outerjoin(Issue, (Issue.id == InboxItem.issue_id) & visible(viewer))
        .outerjoin(Category, Category.id == Issue.category_id)
        .outerjoin(Point, Point.id == Issue.point_id)
        .where(InboxItem.user_id == viewer.user_id)
        .order_by(InboxItem.at.desc(), InboxItem.id.desc())
        .limit(limit)
    )
    if after is not None:
        found = found.where(tuple_(InboxItem.at, InboxItem.id) < after)
    return [tuple(row) for row in session.execute(found)]


def unread(session: Session, viewer: Viewer) -> int:
    """How many messages wait."""
    waiting = select(func.count()).where(InboxItem.user_id == viewer.user_id, InboxItem.read_at.is_(None))
    return session.scalar(waiting) or 0
