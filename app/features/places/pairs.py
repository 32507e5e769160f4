"""结对共创: which unit is paired with which for the active campaign. Each unit is in one pair at most."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid
from app.features.identity.models import Unit, UnitKind
from app.features.identity.viewer import Viewer
from app.features.places import queries
from app.features.places.duty_schemas import UnitPairIn, UnitPairOut, UnitPairs
from app.features.places.errors import NoActiveCampaign
from app.features.places.models import UnitPair
from app.features.places.schemas import Named
from app.features.standards import service as standards

MEANT = (UnitKind.COMMUNITY, UnitKind.VILLAGE)
"""Kinds that usually have a partner: the list tells which of them has none."""


def listed(session: Session, town_id: uuid.UUID) -> UnitPairs:
    """The pairs of the active campaign, and the villages and communities without one."""
    campaign = standards.active_campaign(session, town_id)
    if campaign is None:
        return UnitPairs(campaign_id=None, items=[], unpaired=[])
    found = select(UnitPair).where(UnitPair.campaign_id == campaign.id)
    partner = {row.unit_id: row.partner_id for row in session.scalars(found)}
    units = session.execute(
        select(Unit.id, Unit.code, Unit.kind, Unit.name_zh, Unit.name_en)
        .where(Unit.town_id == town_id, Unit.is_active)
        .order_by(Unit.code)
    ).all()
    names = queries.system_names(session, Unit, partner)
    seen: set[uuid.UUID] = set()
    items = []
    for one in sorted(partner, key=lambda unit_id: _order(units, unit_id)):
        if one not in seen:
            seen |= {one, partner[one]}
            items.append(
                UnitPairOut(a=Named.model_validate(names[one]), b=Named.model_validate(names[partner[one]]))
            )
    alone = [Named.model_validate(u) for u in units if u.kind in MEANT and u.id not in partner]
    return UnitPairs(campaign_id=campaign.id, items=items, unpaired=alone)


def _order(units: Sequence[Any], unit_id: uuid.UUID) -> int:
    return next((n for n, unit in enumerate(units) if unit.id == unit_id), len(units))


def put(session: Session, viewer: Viewer, town_id: uuid.UUID, pairs: Sequence[UnitPairIn]) -> UnitPairs:
    """These pairs and no others from now on, for the active campaign."""
    standards.require_configurer(session, viewer, town_id)
    campaign = standards.active_campaign(session, town_id)
    if campaign is None:
        raise NoActiveCampaign()
    _check(session, town_id, pairs)
    session.execute(delete(UnitPair).where(UnitPair.campaign_id == campaign.id))
    for pair in pairs:
        for one, other in ((pair.a_id, pair.b_id), (pair.b_id, pair.a_id)):
            session.add(UnitPair(campaign_id=campaign.id, unit_id=one, partner_id=other))
    session.flush()
    audit.record(
        session,
        "pairs.changed",
        actor_id=viewer.user_id,
        subject_kind="campaign",
        subject_id=campaign.id,
        detail={"pairs": len(pairs)},
    )
    return listed(session, town_id)


def _check(session: Session, town_id: uuid.UUID, pairs: Sequence[UnitPairIn]) -> None:
    named = {one for pair in pairs for one in (pair.a_id, pair.b_id)}
    known = queries.system_belonging(session, Unit, town_id, named)
    seen: set[uuid.UUID] = set()
    wrong = []
    for number, pair in enumerate(pairs):
        for field, one in (("a_id", pair.a_id), ("b_id", pair.b_id)):
            why = "unknown-id" if one not in known else "twice" if one in seen else None
            seen.add(one)
            if why:
                wrong.append({"at": ["body", "pairs", str(number), field], "why": why})
    if wrong:
        raise Invalid(fields=wrong)


def partners_of(session: Session, town_id: uuid.UUID, unit_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The partners of units in the active campaign."""
    campaign = standards.active_campaign(session, town_id)
    if campaign is None or not unit_ids:
        return []
    found = select(UnitPair.partner_id).where(
        UnitPair.campaign_id == campaign.id, UnitPair.unit_id.in_(unit_ids)
    )
    return list(session.scalars(found.order_by(UnitPair.partner_id)))
