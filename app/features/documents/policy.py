"""Who writes, signs and reads documents (DOMAIN.md §3, row "generate / issue documents")."""

import uuid

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.core.errors import Forbidden
from app.features.documents.models import Document, DocumentUnit
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.issues.policy import SEERS, unit_reach, works_for_unit

DRAFTERS = (Role.OFFICE_ADMIN, Role.DISPATCHER)
SIGNERS = (Role.PRINCIPAL_LEADER, Role.LINE_LEADER)
WITHDRAWERS = (Role.OFFICE_ADMIN, *SIGNERS)
DESK = (*DRAFTERS, *SIGNERS)
"""Read drafts, and who opened what."""
READERS = (*SEERS, Role.LEADER)
"""Read what was signed, whoever it went to."""


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """Documents the viewer may read. Raises Forbidden for those who have none to read."""
    if viewer.is_pending:
        raise Forbidden()
    is_signed = Document.state != "draft"
    shown: list[ColumnElement[bool]] = []
    if viewer.has(*DESK):
        shown.append(Document.town_id.in_(viewer.reach(*DESK)))
    if viewer.has(*READERS):
        shown.append((Document.town_id == viewer.town_id) & is_signed)
    if works_for_unit(viewer):
        mine = DocumentUnit.unit_id.in_(unit_reach(viewer))
        shown.append(is_signed & select(1).where(DocumentUnit.document_id == Document.id, mine).exists())
    if not shown:
        raise Forbidden()
    return or_(*shown)


def require(session: Session, viewer: Viewer, town_id: uuid.UUID, *roles: Role) -> None:
    """403 unless one of the roles is held over the town."""
    if not viewer.reaches(session, town_id, *roles):
        raise Forbidden()
