"""现场办公 (Z08): who was called to the scene, what was decided there, about which cases. Sent by the phone like a visit."""

import uuid
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid
from app.core.instance import durability
from app.features.identity.models import Role, Unit
from app.features.identity.viewer import Viewer
from app.features.issues.detail import section
from app.features.issues.intake import fingerprint, queue_up
from app.features.issues.models import Issue
from app.features.issues.policy import Standing, visible
from app.features.issues.receipts import ReportPhotos
from app.features.patrols.checking import server_time
from app.features.patrols.errors import SameIdOtherBody
from app.features.patrols.models import OnSiteIssue, OnSitePhoto, OnSiteSession, OnSiteUnit
from app.features.patrols.policy import OVERSEERS
from app.features.patrols.watch_schemas import OnSiteIn, OnSiteReceipt
from app.features.photos import service as photos
from app.features.photos.models import Photo, RenditionKind

HOLDERS = (*(role for role in OVERSEERS if role != Role.AUDITOR), Role.PATROLLER, Role.POINT_CHIEF)
"""Captains of patrols and those above them."""


def receive(
    session: Session, viewer: Viewer, client_id: uuid.UUID, body: OnSiteIn
) -> tuple[OnSiteSession, bool]:
    """Keep a session; True: it is new. Raises SameIdOtherBody; Invalid where a case or unit is not to be seen."""
    if not viewer.has(*HOLDERS) or viewer.town_id is None:
        raise Forbidden()
    queue_up(session, viewer.user_id)
    said = body.model_dump(mode="json")
    known = session.scalar(
        select(OnSiteSession).where(
            OnSiteSession.user_id == viewer.user_id, OnSiteSession.client_id == client_id
        )
    )
    if known is not None:
        if known.body_sha256 != fingerprint(said):
            raise SameIdOtherBody(stored=known.body)
        return known, False
    issue_ids, unit_ids = set(body.issue_ids), set(body.unit_ids)
    seen = set(session.scalars(select(Issue.id).where(Issue.id.in_(issue_ids), visible(viewer))))
    there = set(session.scalars(select(Unit.id).where(Unit.id.in_(unit_ids), Unit.town_id == viewer.town_id)))
    for name, missing in (("issue_ids", issue_ids - seen), ("unit_ids", unit_ids - there)):
        if missing:
            raise Invalid(fields=[{"at": ["body", name], "why": "unknown"}])
    received = now()
    held, _ = server_time(body.held_at, body.clock_offset_seconds, received)
    row = OnSiteSession(
        client_id=client_id, user_id=viewer.user_id, town_id=viewer.town_id, held_at=held, decision=body.decision,
        body=said, body_sha256=fingerprint(said), received_at=received,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(OnSiteIssue(session_id=row.id, issue_id=one) for one in seen)
    session.add_all(OnSiteUnit(session_id=row.id, unit_id=one) for one in there)
    _name_photos(session, row, body)
    return row, True


def _name_photos(session: Session, row: OnSiteSession, body: OnSiteIn) -> None:
    here = photos.owned(session, row.user_id, body.photo_ids)
    for client_id in dict.fromkeys(body.photo_ids):
        photo = here.get(client_id)
        session.add(
            OnSitePhoto(session_id=row.id, client_photo_id=client_id, photo_id=photo.id if photo else None)
        )
    session.flush()


_mine = select(OnSiteSession.id).where(OnSiteSession.user_id == bindparam("owner"))
_ARRIVED = (
    update(OnSitePhoto)
    .where(OnSitePhoto.client_photo_id == bindparam("client"), OnSitePhoto.session_id.in_(_mine))
    .values(photo_id=bindparam("photo"))
)


@photos.on_received
def photo_arrived(session: Session, photo: Photo) -> None:
    """A photo that a session has named."""
    arrived = {"photo": photo.id, "client": photo.client_id, "owner": photo.owner_id}
    session.connection().execute(_ARRIVED, arrived)


def receipt(session: Session, row: OnSiteSession) -> OnSiteReceipt:
    """What the phone is told of it."""
    epoch, through = durability(session)
    named: Any = session.execute(
        select(OnSitePhoto.client_photo_id, OnSitePhoto.photo_id).where(OnSitePhoto.session_id == row.id)
    ).all()
    missing = [one.client_photo_id for one in named if one.photo_id is None]
    issues = session.scalars(select(OnSiteIssue.issue_id).where(OnSiteIssue.session_id == row.id)).all()
    return OnSiteReceipt(
        id=row.client_id, held_at=row.held_at, received_at=row.received_at, issues=len(issues),
        photos=ReportPhotos(expected=len(named), received=len(named) - len(missing), missing=missing),
        restore_epoch=epoch, durable_through=through,
    )  # fmt: skip


@section("on_site", OnSiteIssue)
def of_case(session: Session, viewer: Viewer, standing: Standing, issue: Issue) -> list[dict[str, Any]]:
    """The sessions a case was dealt with in: when, which units stood there, what was decided."""
    rows = session.scalars(
        select(OnSiteSession)
        .join(OnSiteIssue, OnSiteIssue.session_id == OnSiteSession.id)
        .where(OnSiteIssue.issue_id == issue.id)
        .order_by(OnSiteSession.held_at)
    ).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    units = session.execute(
        select(OnSiteUnit.session_id, Unit.id, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == OnSiteUnit.unit_id)
        .where(OnSiteUnit.session_id.in_(ids))
        .order_by(Unit.code)
    ).all()
    pictures = session.execute(
        select(OnSitePhoto.session_id, OnSitePhoto.photo_id).where(
            OnSitePhoto.session_id.in_(ids), OnSitePhoto.photo_id.is_not(None)
        )
    ).all()
    return [
        {
            "id": str(row.id),
            "held_at": row.held_at.isoformat(),
            "decision": row.decision,
            "units": [
                {"id": str(u.id), "zh": u.name_zh, "en": u.name_en} for u in units if u.session_id == row.id
            ],
            "photos": [_picture(p.photo_id) for p in pictures if p.session_id == row.id],
        }
        for row in rows
    ]


def _picture(photo_id: uuid.UUID) -> dict[str, str]:
    return {
        "id": str(photo_id),
        "thumb_url": photos.sign_media(photo_id, RenditionKind.THUMB),
        "large_url": photos.sign_media(photo_id, RenditionKind.LARGE),
    }
