"""HTTP of documents."""

import uuid
from typing import Annotated

from fastapi import Query, Response
from sqlalchemy.orm import Session

from app.core import db
from app.core.db import Read, Tx
from app.core.errors import Forbidden, Invalid, NotFound, Unauthenticated, VersionConflict, problems
from app.core.etag import BaseVersion, VersionNeeded, row_etag
from app.core.routes import Routes
from app.features.documents import content, record_routes, service, showing
from app.features.documents.errors import DocumentState
from app.features.documents.models import Document, Series
from app.features.documents.schemas import DocumentList, DocumentOut, DraftIn, DraftPatch, WithdrawIn
from app.features.identity.viewer import CurrentViewer, Viewer
from app.features.issues.errors import NoCampaign
from app.features.standards.town import ViewedTown

router = Routes()
router.include_router(record_routes.router)
papers = Routes(prefix="/documents", tags=["documents"])
_ONE = problems(Unauthenticated, Forbidden, NotFound)
_CHANGE = problems(Unauthenticated, Forbidden, NotFound, DocumentState, Invalid)
_VERSIONED = _CHANGE | problems(VersionNeeded)


def _shown(session: Session, viewer: Viewer, document: Document, response: Response) -> DocumentOut:
    response.headers["ETag"] = row_etag(document.version)
    return showing.show(session, viewer, document)


@papers.get("", responses=problems(Unauthenticated, Forbidden))
def list_documents(
    session: Read,
    viewer: CurrentViewer,
    series: Series | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> DocumentList:
    """文书: drafts first, then the latest first. A unit sees what was signed and went to it."""
    return showing.listed(session, viewer, series, limit)


@papers.post("", status_code=201, responses=_CHANGE | problems(NoCampaign))
def draft_document(
    body: DraftIn, session: Tx, viewer: CurrentViewer, town_id: ViewedTown, response: Response
) -> DocumentOut:
    """A draft from the data of some days."""
    return _shown(session, viewer, service.draft(session, viewer, town_id, body), response)


@papers.get("/{document_id}", responses=_ONE)
def get_document(
    document_id: uuid.UUID, session: Read, viewer: CurrentViewer, response: Response
) -> DocumentOut:
    """One document; a draft with its figures as they are now."""
    return _shown(session, viewer, service.find(session, viewer, document_id), response)


@papers.patch("/{document_id}", responses=_VERSIONED | problems(VersionConflict, DocumentState))
def change_document(
    document_id: uuid.UUID, body: DraftPatch, session: Tx, viewer: CurrentViewer, base: BaseVersion, response: Response
) -> DocumentOut:  # fmt: skip
    """Other words, days, units or pairs of a draft."""
    return _shown(session, viewer, service.change(session, viewer, document_id, body, base), response)


@papers.delete("/{document_id}", status_code=204, responses=_CHANGE)
def discard_document(document_id: uuid.UUID, session: Tx, viewer: CurrentViewer) -> None:
    """A draft goes. What was signed never does."""
    service.discard(session, viewer, document_id)


@papers.post("/{document_id}/sign", responses=_VERSIONED | problems(VersionConflict, DocumentState))
def sign_document(
    document_id: uuid.UUID, viewer: CurrentViewer, base: BaseVersion, response: Response
) -> DocumentOut:
    """签发: the next number of its series, its figures kept as they are now, and on its way to its units."""
    with db.reading() as session:  # counting takes its time; whoever else writes need not wait for it
        said = content.count(session, viewer, service.may_sign(session, viewer, document_id))
    with db.transaction() as session:
        return _shown(session, viewer, service.sign(session, viewer, document_id, said, base), response)


@papers.post("/{document_id}/withdraw", responses=_CHANGE)
def withdraw_document(
    document_id: uuid.UUID, body: WithdrawIn, session: Tx, viewer: CurrentViewer, response: Response
) -> DocumentOut:
    """撤回, with a reason: number and words stay."""
    return _shown(session, viewer, service.withdraw(session, viewer, document_id, body.reason), response)


@papers.put("/{document_id}/receipt", responses=_ONE)
def receive_document(
    document_id: uuid.UUID, session: Tx, viewer: CurrentViewer, response: Response
) -> DocumentOut:
    """Opened, for the units that the viewer works for. A second time changes nothing."""
    return _shown(session, viewer, service.receive(session, viewer, document_id), response)


router.include_router(papers)
