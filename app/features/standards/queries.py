"""Reads of campaigns and standards. Nothing of one town shows in another, but to a role held above both."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, case, select
from sqlalchemy.orm import Session

from app.core import db
from app.features.identity.viewer import Viewer
from app.features.standards.models import Campaign, Category, CheckItem, ListTag, PointType, Standard
from app.features.standards.town import visible_towns

CATCH_ALL = "other"
Revisioned = TypeVar("Revisioned", Category, CheckItem, PointType)


def system_list_tag(session: Session, town_id: uuid.UUID, name: str) -> str:
    """The tag of a town's list `name`; "0" where it never changed."""
    found = db.rows(session, _TAG, {"town": town_id, "name": name})
    return found[0].tag if found else "0"


_TAG = select(ListTag.tag).where(ListTag.town_id == bindparam("town"), ListTag.name == bindparam("name"))


def system_current(session: Session, model: type[Revisioned], town_id: uuid.UUID) -> Sequence[Revisioned]:
    """All entries in force, switched-off ones included (old cases still name them), by code."""
    found = select(model).where(model.town_id == town_id, model.superseded_at.is_(None)).order_by(model.code)
    return session.scalars(found).all()


def system_by_code(
    session: Session, model: type[Revisioned], town_id: uuid.UUID, code: str
) -> Revisioned | None:
    """The revision of `code` in force."""
    return session.scalars(_by_code(model), {"town": town_id, "code": code}).first()


@cache
def _by_code(model: type[Any]) -> Select[Any]:
    named = model.town_id == bindparam("town"), model.code == bindparam("code")
    return select(model).where(*named, model.superseded_at.is_(None))


def system_catch_all(session: Session, town_id: uuid.UUID) -> Category | None:
    """The town's category of theme "other"; where it has none, the last by code."""
    is_other = case((Category.theme == CATCH_ALL, 1), else_=0)
    found = select(Category).where(
        Category.town_id == town_id, Category.superseded_at.is_(None), Category.is_active
    )
    return session.scalar(found.order_by(is_other.desc(), Category.code.desc()).limit(1))


def system_standard(session: Session, town_id: uuid.UUID) -> Standard | None:
    """The standard in force in a town."""
    return session.scalar(select(Standard).where(Standard.town_id == town_id, Standard.is_current))


def visible_campaigns(viewer: Viewer, town_id: uuid.UUID) -> Select[Campaign]:
    """A town's campaigns, newest first."""
    mine = select(Campaign).where(Campaign.town_id.in_(visible_towns(viewer)), Campaign.town_id == town_id)
    return mine.order_by(Campaign.start_on.desc(), Campaign.id)
