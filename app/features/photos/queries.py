"""Reads of photos. What somebody may see beyond the own photos, features above register in service.py."""

import uuid
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, null, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app.core import db
from app.features.photos import naming
from app.features.photos.models import Clearing, Photo, PhotoState, Rendition, RenditionKind


def system_by_client_ids(
    session: Session, owner_id: uuid.UUID, client_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Photo]:
    """The owner's photos under these ids, deleted ones included."""
    # What this very transaction has put in nobody else can have changed.
    put: dict[tuple[uuid.UUID, uuid.UUID], Photo] = session.info.get(_PUT, {})
    found = {c: photo for c in client_ids if (photo := put.get((owner_id, c))) is not None}
    if others := [c for c in client_ids if c not in found]:
        rows = session.scalars(_BY_CLIENT_IDS, {"owner": owner_id, "ids": others})
        found |= {photo.client_id: photo for photo in rows}
    return found


def system_is_known(session: Session, owner_id: uuid.UUID, client_id: uuid.UUID) -> bool:
    """Whether the owner has a photo under this id, deleted or not."""
    return bool(db.rows(session, _IS_KNOWN, {"owner": owner_id, "client": client_id}))


_PUT = "photos put"
_IS_KNOWN = select(Photo.id).where(
    Photo.owner_id == bindparam("owner"), Photo.client_id == bindparam("client")
)


_BY_CLIENT_IDS = select(Photo).where(
    Photo.owner_id == bindparam("owner"), Photo.client_id.in_(bindparam("ids", expanding=True))
)


def system_put(session: Session, photo: Photo) -> bool:
    """Insert a photo, unless its owner has one under its id already; then False, whoever came first.

    In one statement, without savepoint and unit of work. `photo` belongs to the session afterwards, as if it had been read.
    """
    session.flush()
    values = {name: value for name, value in vars(photo).items() if name != "_sa_instance_state"}
    if session.connection().execute(_new(db.has_all(session)), values).first() is None:
        return False
    for name in ("failure", "watermark", "deleted_at"):
        set_committed_value(photo, name, None)
    make_transient_to_detached(photo)
    session.add(photo)
    session.info.setdefault(_PUT, {})[photo.owner_id, photo.client_id] = photo
    return True


@cache
def _new(is_sqlite: bool) -> Any:
    made = (sqlite if is_sqlite else postgresql).insert(Photo)
    return made.on_conflict_do_nothing(index_elements=["owner_id", "client_id"]).returning(Photo.id)


def system_keep(session: Session, row: Rendition) -> None:
    """A copy in the place of the one of its kind before it, if there is one."""
    session.flush()
    values = {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}
    session.connection().execute(_kept(db.has_all(session)), values)


@cache
def _kept(is_sqlite: bool) -> Any:
    made = (sqlite if is_sqlite else postgresql).insert(Rendition)
    replaced = ("storage_key", "sha256", "size", "width", "height")
    return made.on_conflict_do_update(
        index_elements=["photo_id", "kind"], set_={name: made.excluded[name] for name in replaced}
    )


def system_locked(session: Session, photo_id: uuid.UUID) -> Photo:
    """A photo as it is now, and nobody else's until the end of the transaction."""
    if db.has_all(session):
        return session.get_one(Photo, photo_id)
    return session.get_one(Photo, photo_id, with_for_update=True, populate_existing=True)


def system_rendition(session: Session, photo_id: uuid.UUID, kind: RenditionKind) -> Rendition | None:
    """One derived copy, if it has been made."""
    return session.get(Rendition, (photo_id, kind))


def system_referenced(session: Session, keys: Collection[str], *, deleted_after: datetime) -> set[str]:
    """Those of `keys` that a photo, a rendition or a finding names; a photo deleted before that moment names nothing."""
    is_kept = or_(Photo.deleted_at.is_(None), Photo.deleted_at >= deleted_after)
    originals = select(Photo.storage_key).where(Photo.storage_key.in_(keys), is_kept)
    renditions = (
        select(Rendition.storage_key)
        .join(Photo, Photo.id == Rendition.photo_id)
        .where(Rendition.storage_key.in_(keys), is_kept)
    )
    found = set(session.scalars(originals)) | set(session.scalars(renditions))
    living = select(Photo.id).where(is_kept)
    return found | naming.named_elsewhere(session, keys, living)


def system_unfinished(session: Session, before: datetime, limit: int) -> list[uuid.UUID]:
    """Photos received before a moment and still without renditions, oldest first."""
    waiting = select(Photo.id).where(
        Photo.state == PhotoState.RECEIVED, Photo.received_at < before, Photo.deleted_at.is_(None)
    )
    return list(session.scalars(waiting.order_by(Photo.received_at).limit(limit)))


def system_unmarked(session: Session, limit: int) -> list[uuid.UUID]:
    """Photos that are to carry a watermark and have no watermarked copy yet."""
    marked = exists().where(Rendition.photo_id == Photo.id, Rendition.kind == RenditionKind.WATERMARKED)
    wanted = select(Photo.id).where(
        Photo.watermark.is_not(null()), Photo.state == PhotoState.READY, Photo.deleted_at.is_(None), ~marked
    )
    return list(session.scalars(wanted.limit(limit)))


def system_not_veiled(session: Session, limit: int) -> list[uuid.UUID]:
    """Photos that were cleared and have no cleared copy."""
    veiled = exists().where(Rendition.photo_id == Photo.id, Rendition.kind == RenditionKind.CLEARED)
    wanted = (
        select(Photo.id)
        .join(Clearing, Clearing.photo_id == Photo.id)
        .where(Photo.state == PhotoState.READY, Photo.deleted_at.is_(None), ~veiled)
    )
    return list(session.scalars(wanted.limit(limit)))


def system_cleared(session: Session, photo_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these photos whose cleared copy is made."""
    if not photo_ids:
        return set()
    made = select(Rendition.photo_id).where(
        Rendition.photo_id.in_(photo_ids), Rendition.kind == RenditionKind.CLEARED
    )
    return set(session.scalars(made))
