"""Documents from draft to receipt: written by the office, signed and numbered by a leader, opened by units."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.documents import content
from app.features.documents.errors import DocumentState
from app.features.documents.models import Document, DocumentUnit, Series
from app.features.documents.policy import DESK, DRAFTERS, SIGNERS, WITHDRAWERS, require, visible
from app.features.documents.schemas import MOST_DAYS, Content, DraftIn, DraftPatch
from app.features.identity.models import Role, RoleHold, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.errors import NoCampaign
from app.features.issues.policy import unit_reach
from app.features.standards import service as standards
from app.features.standards.models import Campaign

TITLES = {
    Series.BULLETIN: "巩固创文工作简报",
    Series.REPORT: "巡查专报",
    Series.NOTICE: "督查通报",
}
FIRST = {
    Series.BULLETIN: "first_bulletin_no",
    Series.REPORT: "first_report_no",
    Series.NOTICE: "first_notice_no",
}
Told = Callable[[Session, Document, Sequence[uuid.UUID]], None]
_told: list[Told] = []


def on_signed(tell: Told) -> Told:
    """Register a feature above that tells people of a new document: tell(session, document, units it goes to)."""
    _told.append(tell)
    return tell


# ---- finding ----
def find(session: Session, viewer: Viewer, document_id: uuid.UUID) -> Document:
    """A document the viewer may read. Raises NotFound, Forbidden."""
    document = session.scalar(select(Document).where(Document.id == document_id, visible(viewer)))
    if document is None:
        raise NotFound()
    return document


def _held(session: Session, viewer: Viewer, document_id: uuid.UUID, *roles: Role) -> Document:
    """The same, locked, for one of the roles."""
    document = find(session, viewer, document_id)
    require(session, viewer, document.town_id, *roles)
    session.refresh(document, with_for_update=True)
    return document


def _draft(session: Session, viewer: Viewer, document_id: uuid.UUID, base: int, *roles: Role) -> Document:
    document = _held(session, viewer, document_id, *roles)
    if document.state != "draft":
        raise DocumentState(state=document.state)
    if document.version != base:
        raise VersionConflict(current_version=document.version)
    return document


def units_of(session: Session, document: Document) -> Sequence[DocumentUnit]:
    """Where it goes, by unit."""
    found = select(DocumentUnit).join(Unit, Unit.id == DocumentUnit.unit_id)
    return session.scalars(found.where(DocumentUnit.document_id == document.id).order_by(Unit.code)).all()


# ---- drafting ----
def draft(session: Session, viewer: Viewer, town_id: uuid.UUID, body: DraftIn) -> Document:
    """A new draft, to all units that somebody answers for, with the latest pairs."""
    require(session, viewer, town_id, *DRAFTERS)
    campaign = standards.active_campaign(session, town_id)
    if campaign is None:
        raise NoCampaign()
    pairs = content.choices(session, viewer, body.start_on, body.until_on)
    document = Document(
        town_id=town_id,
        campaign_id=campaign.id,
        series=body.series,
        title=TITLES[body.series],
        start_on=body.start_on,
        until_on=body.until_on,
        pair_ids=[str(pair.id) for pair in pairs[: content.FEW_PAIRS]],
        drafted_by_id=viewer.user_id,
    )
    session.add(document)
    session.flush()
    answering = select(RoleHold.unit_id).where(RoleHold.role.in_((Role.LIAISON, Role.UNIT_PRINCIPAL)))
    units = select(Unit.id).where(Unit.town_id == town_id, Unit.is_active, Unit.id.in_(answering))
    _address(session, document, session.scalars(units).all())
    return document


def _address(session: Session, document: Document, units: Iterable[uuid.UUID]) -> None:
    session.execute(delete(DocumentUnit).where(DocumentUnit.document_id == document.id))
    session.add_all(DocumentUnit(document_id=document.id, unit_id=one) for one in dict.fromkeys(units))
    session.flush()


def change(session: Session, viewer: Viewer, document_id: uuid.UUID, body: DraftPatch, base: int) -> Document:
    """Other words, days, units or pairs. Raises NotFound, Forbidden, DocumentState, VersionConflict, Invalid."""
    document = _draft(session, viewer, document_id, base, *DRAFTERS)
    for name in ("title", "start_on", "until_on", "practice", "next_steps"):
        if (value := getattr(body, name)) is not None:
            setattr(document, name, value)
    _check_days(document.start_on, document.until_on)
    if body.pair_ids is not None:
        document.pair_ids = [str(one) for one in dict.fromkeys(body.pair_ids)]
    if body.unit_ids is not None:
        known = select(Unit.id).where(Unit.id.in_(body.unit_ids), Unit.town_id == document.town_id)
        if set(body.unit_ids) - set(session.scalars(known)):
            raise Invalid(fields=[{"at": ["body", "unit_ids"], "why": "unknown"}])
        _address(session, document, body.unit_ids)
    document.version += 1
    session.flush()
    return document


def _check_days(first: date, last: date) -> None:
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(fields=[{"at": ["body", "until_on"], "why": "period"}])


def discard(session: Session, viewer: Viewer, document_id: uuid.UUID) -> None:
    """A draft goes; it never had a number. Raises NotFound, Forbidden, DocumentState."""
    document = _held(session, viewer, document_id, *DRAFTERS)
    if document.state != "draft":
        raise DocumentState(state=document.state)
    _recorded(session, viewer, document, "discarded")
    session.execute(delete(DocumentUnit).where(DocumentUnit.document_id == document.id))
    session.delete(document)
    session.flush()


# ---- signing ----
def next_no(session: Session, campaign: Campaign, series: str) -> int:
    """After the last one of the series in the campaign, withdrawn ones too; the first as the town has set it."""
    last = session.scalar(
        select(func.max(Document.no)).where(Document.campaign_id == campaign.id, Document.series == series)
    )
    first: int = standards.setting(campaign, FIRST[Series(series)])
    return max(first, (last or 0) + 1)


def sign(session: Session, viewer: Viewer, document_id: uuid.UUID, said: Content, base: int) -> Document:
    """The draft at version `base` becomes a document: its number, its figures `said`, and on its way to the units."""
    document = _draft(session, viewer, document_id, base, *SIGNERS)
    # Two leaders sign one after the other: the campaign's row is what they wait for.
    campaign = session.get_one(Campaign, document.campaign_id, with_for_update=True, populate_existing=True)
    document.no = next_no(session, campaign, document.series)
    document.state, document.signed_at, document.signed_by_id = "signed", now(), viewer.user_id
    document.content = said.model_dump(mode="json")
    document.version += 1
    session.flush()
    _recorded(session, viewer, document, "signed")
    units = [one.unit_id for one in units_of(session, document)]
    for tell in _told:
        tell(session, document, units)
    return document


def may_sign(session: Session, viewer: Viewer, document_id: uuid.UUID) -> Document:
    """A draft the viewer may sign, before anything is counted for it."""
    document = find(session, viewer, document_id)
    require(session, viewer, document.town_id, *SIGNERS)
    if document.state != "draft":
        raise DocumentState(state=document.state)
    return document


def withdraw(session: Session, viewer: Viewer, document_id: uuid.UUID, reason: str) -> Document:
    """Signed, and no longer good: it says so, and keeps its number and its words."""
    document = _held(session, viewer, document_id, *WITHDRAWERS)
    if document.state != "signed":
        raise DocumentState(state=document.state)
    document.state, document.withdrawn_at, document.withdrawn_reason = "withdrawn", now(), reason
    document.version += 1
    session.flush()
    _recorded(session, viewer, document, "withdrawn")
    return document


def _recorded(session: Session, viewer: Viewer, document: Document, what: str) -> None:
    audit.record(
        session,
        f"document.{what}",
        actor_id=viewer.user_id,
        subject_kind="document",
        subject_id=document.id,
        detail={"series": document.series, "no": document.no},
    )


# ---- receiving ----
def receive(session: Session, viewer: Viewer, document_id: uuid.UUID) -> Document:
    """Opened, for every unit it went to that the viewer works for; the first one of a unit stays."""
    document = find(session, viewer, document_id)
    mine = DocumentUnit.document_id == document.id, DocumentUnit.unit_id.in_(unit_reach(viewer))
    rows = session.scalars(select(DocumentUnit).where(*mine).with_for_update()).all()
    if not rows or document.state == "draft":
        raise Forbidden()
    for row in rows:
        if row.opened_at is None:
            row.opened_at, row.opened_by_id = now(), viewer.user_id
    session.flush()
    return document


def is_desk(viewer: Viewer) -> bool:
    """Writes or signs somewhere."""
    return viewer.has(*DESK)
