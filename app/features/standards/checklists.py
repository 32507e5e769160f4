"""Checklists by point type, as they are and as they were: what a visit was measured by stays readable after an edit.

A town's checklists have one version: the moment of the last edit of a check item or a point type. Every revision says
until when it was in force, so a version names exactly the texts that were.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import NotFound
from app.features.standards.models import CheckItem, PointType
from app.features.standards.schemas import CheckItemOut, ChecklistOut, PointTypeOut

FIRST = "0"
"""Before any edit."""
_FORM = "%Y%m%dT%H%M%S%fZ"
Kind = TypeVar("Kind", CheckItem, PointType)


def version_of(session: Session, town_id: uuid.UUID) -> str:
    """The version in force of a town's checklists: 20211122T081500000123Z, or "0". A visit keeps it."""
    last = _last_edit(session, town_id)
    return last.astimezone(UTC).strftime(_FORM) if last else FIRST


def _last_edit(session: Session, town_id: uuid.UUID) -> datetime | None:
    ends = (
        select(kind.superseded_at).where(kind.town_id == town_id, kind.superseded_at.is_not(None))
        for kind in (CheckItem, PointType)
    )
    either = union_all(*ends).subquery()
    return session.scalar(select(either.c.superseded_at).order_by(either.c.superseded_at.desc()).limit(1))


def edit_time(session: Session, town_id: uuid.UUID) -> datetime:
    """Now, but never at or before the last edit, whatever the clock says: versions do not repeat."""
    last = _last_edit(session, town_id)
    return max(now(), last + timedelta(microseconds=1)) if last else now()


def checklist(
    session: Session, town_id: uuid.UUID, type_code: str, version: str | None = None
) -> ChecklistOut:
    """The items of a point type in force, or those of an earlier version; NotFound where the type was not there."""
    wanted = version or version_of(session, town_id)
    kind = _as_of(session, PointType, town_id, [type_code], wanted).get(type_code)
    if kind is None:
        raise NotFound()
    items = _as_of(session, CheckItem, town_id, kind.check_item_codes, wanted)
    shown = [items[code] for code in kind.check_item_codes if code in items and items[code].is_active]
    return ChecklistOut(
        version=wanted,
        point_type=PointTypeOut.model_validate(kind),
        items=[CheckItemOut.model_validate(item) for item in shown],
    )


def _as_of(
    session: Session, kind: type[Kind], town_id: uuid.UUID, codes: Iterable[str], version: str
) -> dict[str, Kind]:
    """The revision of each code that a version names: the first that had not ended by then."""
    wanted = select(kind).where(kind.town_id == town_id, kind.code.in_(list(codes)))
    if version != FIRST:  # at first, every first revision was in force
        wanted = wanted.where(or_(kind.superseded_at.is_(None), kind.superseded_at > _moment(version)))
    found: dict[str, Kind] = {}
    for row in session.scalars(wanted.order_by(kind.code, kind.revision)):
        found.setdefault(row.code, row)
    return found


def _moment(version: str) -> datetime:
    try:
        return datetime.strptime(version, _FORM).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound() from None
