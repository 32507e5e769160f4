"""Documents as they are read."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.features.documents import content, service
from app.features.documents.models import Document, DocumentUnit, Series
from app.features.documents.policy import DRAFTERS, READERS, SIGNERS, WITHDRAWERS, visible
from app.features.documents.schemas import (
    Content,
    DocumentAction,
    DocumentItem,
    DocumentList,
    DocumentOut,
    DocumentReceipt,
)
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.issues.policy import unit_reach
from app.features.issues.schemas import Named
from app.features.standards import service as standards
from app.features.standards.models import Campaign

_PLAIN = (
    "id",
    "series",
    "no",
    "state",
    "title",
    "start_on",
    "until_on",
    "drafted_at",
    "signed_at",
    "withdrawn_at",
    "version",
)
_WORDS = ("practice", "next_steps", "withdrawn_reason")


def listed(session: Session, viewer: Viewer, series: Series | None, limit: int) -> DocumentList:
    """Drafts first, then the latest first."""
    found = select(Document).where(visible(viewer))
    if series is not None:
        found = found.where(Document.series == series)
    is_draft = Document.state != "draft"
    found = found.order_by(
        is_draft, func.coalesce(Document.signed_at, Document.drafted_at).desc(), Document.id
    )
    rows = session.scalars(found.limit(limit)).all()
    campaign = standards.active_campaign(session, viewer.town_id) if viewer.town_id else None
    town_id = viewer.town_id
    numbers = None
    if campaign is not None and viewer.reaches(session, town_id, *DRAFTERS, *SIGNERS):
        numbers = {one: service.next_no(session, campaign, one) for one in Series}
    return DocumentList(
        items=_items(session, viewer, rows),
        may_draft=campaign is not None and viewer.reaches(session, town_id, *DRAFTERS),
        next_no=numbers,
    )


def _items(session: Session, viewer: Viewer, rows: Sequence[Document]) -> list[DocumentItem]:
    ids = [row.id for row in rows]
    names = _people(session, [row.signed_by_id for row in rows])
    sent = _sent(session, viewer, ids)
    return [DocumentItem(**_plain(row, names), **sent.get(row.id, {"units": 0, "opened": 0})) for row in rows]


def _plain(row: Document, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _PLAIN} | {
        "signed_by": names.get(row.signed_by_id) if row.signed_by_id else None
    }


def _people(session: Session, ids: Sequence[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    found = select(User.id, User.name_zh).where(User.id.in_({one for one in ids if one}))
    return {row.id: row.name_zh for row in session.execute(found)}


def _mine(viewer: Viewer) -> Any:
    """Receipts the viewer reads: all of them, or those of the own units."""
    return True if viewer.has(*READERS) else DocumentUnit.unit_id.in_(unit_reach(viewer))


def _sent(session: Session, viewer: Viewer, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    counted = (
        select(DocumentUnit.document_id, func.count().label("units"), func.count(DocumentUnit.opened_at).label("opened"))
        .where(DocumentUnit.document_id.in_(ids), _mine(viewer))
        .group_by(DocumentUnit.document_id)
    )  # fmt: skip
    return {row.document_id: {"units": row.units, "opened": row.opened} for row in session.execute(counted)}


# ---- one document ----
def show(session: Session, viewer: Viewer, document: Document) -> DocumentOut:
    """A draft with its figures as they are now; a signed one with those it was signed with."""
    (item,) = _items(session, viewer, [document])
    allowed = _allowed(session, viewer, document)
    is_draft = document.state == "draft"
    receipts = _receipts(session, viewer, document)
    works_for = set(session.scalars(unit_reach(viewer))) if receipts and not is_draft else set()
    town = session.get_one(Unit, document.town_id)
    campaign = session.get_one(Campaign, document.campaign_id)
    choices = []
    if "edit" in allowed:
        choices = content.choices(session, viewer, document.start_on, document.until_on)
    return DocumentOut(
        **item.model_dump(),
        **{name: getattr(document, name) for name in _WORDS},
        town=Named(id=town.id, zh=town.name_zh, en=town.name_en),
        content=content.count(session, viewer, document) if is_draft else _kept(session, document),
        receipts=receipts,
        may_receive=any(one.at is None and one.unit.id in works_for for one in receipts),
        allowed=allowed,
        next_no=service.next_no(session, campaign, document.series) if is_draft else None,
        pair_choices=choices,
    )


def _kept(session: Session, document: Document) -> Content:
    said = Content.model_validate(document.content)
    return said.model_copy(update={"pairs": content.with_links(session, said.pairs)})


def _allowed(session: Session, viewer: Viewer, document: Document) -> list[DocumentAction]:
    """What the viewer may do with it now."""

    def may(*roles: Any) -> bool:
        return viewer.reaches(session, document.town_id, *roles)

    if document.state == "signed":
        return ["withdraw"] if may(*WITHDRAWERS) else []
    if document.state == "withdrawn":
        return []
    written: list[DocumentAction] = ["edit", "discard"] if may(*DRAFTERS) else []
    signed: list[DocumentAction] = ["sign"] if may(*SIGNERS) else []
    return written + signed


def _receipts(session: Session, viewer: Viewer, document: Document) -> list[DocumentReceipt]:
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en, DocumentUnit.opened_at, User.name_zh.label("by"))
        .join(Unit, Unit.id == DocumentUnit.unit_id)
        .outerjoin(User, User.id == DocumentUnit.opened_by_id)
        .where(DocumentUnit.document_id == document.id, _mine(viewer))
        .order_by(Unit.code)
    )
    with_names = service.is_desk(viewer)
    return [
        DocumentReceipt(
            unit=Named(id=row.id, zh=row.name_zh, en=row.name_en),
            at=row.opened_at,
            by=row.by if with_names else None,
        )
        for row in rows
    ]
