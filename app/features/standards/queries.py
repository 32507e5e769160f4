"""Reads of campaigns and standards. Nothing of one town shows in another, but to a role held above both."""

import uuid
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.features.identity.models import Unit, UnitReach
from app.features.identity.viewer import Viewer
from app.features.standards.models import Campaign, Category, CheckItem, ListTag, PointType, Standard

Revisioned = TypeVar("Revisioned", Category, CheckItem, PointType)


def visible_towns(viewer: Viewer) -> Select[uuid.UUID]:
    """Ids of the towns `viewer` sees anything of: the own one, those of the roles, those below a district role."""
    own = {viewer.town_id} | {hold.town_id for hold in viewer.holds}
    above = [hold.unit_id for hold in viewer.holds if hold.town_id is None]
    towns = select(Unit.id).where(Unit.id == Unit.town_id)
    below = select(UnitReach.unit_id).where(UnitReach.ancestor_id.in_(above))
    in_reach = Unit.id.in_(below) if above else False
    return towns.where(Unit.id.in_(own - {None}) | in_reach)


def sees_town(session: Session, viewer: Viewer, town_id: uuid.UUID) -> bool:
    """Whether anything of the town may be shown to `viewer`."""
    return session.scalar(visible_towns(viewer).where(Unit.id == town_id)) is not None


def system_list_tag(session: Session, town_id: uuid.UUID, name: str) -> str:
    """The tag of a town's list `name`; "0" where it never changed."""
    return session.scalar(select(ListTag.tag).where(ListTag.town_id == town_id, ListTag.name == name)) or "0"


def system_current(session: Session, model: type[Revisioned], town_id: uuid.UUID) -> Sequence[Revisioned]:
    """All entries in force, switched-off ones included (old cases still name them), by code."""
    found = select(model).where(model.town_id == town_id, model.superseded_at.is_(None)).order_by(model.code)
    return session.scalars(found).all()


def system_by_code(
    session: Session, model: type[Revisioned], town_id: uuid.UUID, code: str
) -> Revisioned | None:
    """The revision of `code` in force."""
    found = select(model).where(model.town_id == town_id, model.code == code, model.superseded_at.is_(None))
    return session.scalar(found)


def system_standard(session: Session, town_id: uuid.UUID) -> Standard | None:
    """The standard in force in a town."""
    return session.scalar(select(Standard).where(Standard.town_id == town_id, Standard.is_current))


def visible_campaigns(viewer: Viewer, town_id: uuid.UUID) -> Select[Campaign]:
    """A town's campaigns, newest first."""
    mine = select(Campaign).where(Campaign.town_id.in_(visible_towns(viewer)), Campaign.town_id == town_id)
    return mine.order_by(Campaign.start_on.desc(), Campaign.id)
