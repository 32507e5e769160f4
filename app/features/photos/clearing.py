"""Photos for the public's eyes: who cleared one, with what made unrecognisable. What nobody cleared is not public.

A print, a bulletin, an export for others shows the cleared copy or nothing.
"""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.features.identity.models import Role, User
from app.features.identity.viewer import Viewer
from app.features.photos import queries, service
from app.features.photos.errors import RenditionFailed, RenditionNotReady
from app.features.photos.models import Clearing, Photo, PhotoState, Rendition, RenditionKind
from app.features.photos.schemas import Box, ClearingOut

CLEARERS = (Role.OFFICE_ADMIN, Role.DISPATCHER, Role.REVIEWER)


def shown(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> ClearingOut:
    """What was said of a photo, for who may say it."""
    photo = _allowed(session, viewer, photo_id)
    said = session.get(Clearing, photo_id)
    url = cleared_urls(session, [photo_id]).get(photo_id) if said else None
    by = session.get(User, said.cleared_by_id) if said else None
    is_there = photo.state == PhotoState.READY
    return ClearingOut(
        state="ready" if url else "making" if said else "none",
        boxes=[Box(x=x, y=y, width=wide, height=high) for x, y, wide, high in (said.boxes if said else [])],
        cleared_by=by.name_zh if by else None,
        cleared_at=said.cleared_at if said else None,
        large_url=service.sign_media(photo_id, RenditionKind.LARGE) if is_there else None,
        cleared_url=url,
    )


def clear(session: Session, viewer: Viewer, photo_id: uuid.UUID, boxes: Sequence[Sequence[int]]) -> Clearing:
    """The photo may be public once these boxes are veiled; an earlier cleared copy is no longer shown from now on."""
    photo = _locked(session, viewer, photo_id)
    if photo.state == PhotoState.FAILED:
        raise RenditionFailed(reason=photo.failure)
    if photo.state == PhotoState.RECEIVED:
        raise RenditionNotReady()
    said = session.get(Clearing, photo_id) or Clearing(photo_id=photo_id)
    said.boxes, said.cleared_by_id, said.cleared_at = [list(box) for box in boxes], viewer.user_id, now()
    session.add(said)
    _drop_copy(session, photo_id)
    jobs.enqueue(session, "photos.make_cleared", key=str(photo_id), photo_id=str(photo_id))
    audit.record(
        session,
        "photo.cleared",
        actor_id=viewer.user_id,
        subject_kind="photo",
        subject_id=photo_id,
        detail={"sha256": photo.sha256, "boxes": said.boxes},
    )
    return said


def withdraw(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> None:
    """The photo is not public any more."""
    photo = _locked(session, viewer, photo_id)
    said = session.get(Clearing, photo_id)
    if said is None:
        return
    session.delete(said)
    _drop_copy(session, photo_id)
    audit.record(
        session,
        "photo.clearing_withdrawn",
        actor_id=viewer.user_id,
        subject_kind="photo",
        subject_id=photo_id,
        detail={"sha256": photo.sha256},
    )


def cleared_urls(session: Session, photo_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Links to the cleared copies of those photos that have one: all that a print or an export may show of them."""
    return {
        photo_id: service.sign_media(photo_id, RenditionKind.CLEARED)
        for photo_id in queries.system_cleared(session, photo_ids)
    }


def _allowed(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> Photo:
    photo = service.seen(session, viewer, photo_id)
    if photo is None or photo.deleted_at is not None:
        raise NotFound()
    if not viewer.has(*CLEARERS):
        raise Forbidden()
    return photo


def _locked(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> Photo:
    photo = _allowed(session, viewer, photo_id)
    session.refresh(photo, with_for_update=True)
    if photo.deleted_at is not None:
        raise NotFound()
    return photo


def _drop_copy(session: Session, photo_id: uuid.UUID) -> None:
    """Its bytes go with the sweep of what no row names."""
    session.execute(
        delete(Rendition).where(Rendition.photo_id == photo_id, Rendition.kind == RenditionKind.CLEARED)
    )
