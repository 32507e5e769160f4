"""Who sees what of a round. Before its release: the own team its own task, the organiser and the auditor all of it, nobody else anything."""

import uuid

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from app.core import audit
from app.features.crosscheck.models import Assignment, CrossRound, RecordPhoto, TeamMember
from app.features.identity.errors import StepUpNeeded
from app.features.identity.models import Role
from app.features.identity.viewer import Viewer
from app.features.photos import service as photos
from app.features.photos.models import Photo

ORGANISERS = (Role.OFFICE_ADMIN,)
CAPTAIN = (Role.CROSS_CAPTAIN, Role.UNIT_PRINCIPAL)
"""A captain holds both at the unit: a secretary or director leads (S12)."""
ON_CALL = (Role.CROSS_CAPTAIN, Role.CROSS_MEMBER)
READERS = (
    Role.OFFICE_ADMIN, Role.DISPATCHER, Role.REVIEWER, Role.PRINCIPAL_LEADER, Role.LINE_LEADER, Role.LEADER, Role.AUDITOR,
    Role.UNIT_PRINCIPAL, Role.LIAISON, *ON_CALL,
)  # fmt: skip
"""See the whole of a round of their town once it is released."""


def organises(viewer: Viewer) -> ColumnElement[bool]:
    """The round is the viewer's own."""
    return and_(CrossRound.organiser_id == viewer.user_id, CrossRound.town_id.in_(viewer.reach(*ORGANISERS)))


def visible_rounds(viewer: Viewer) -> ColumnElement[bool]:
    """The one scope filter of rounds."""
    if viewer.is_pending:
        return false()
    audited = CrossRound.town_id.in_(viewer.reach(Role.AUDITOR))
    return or_(organises(viewer), audited, released_to(viewer))


def released_to(viewer: Viewer) -> ColumnElement[bool]:
    """Rounds that everyone concerned may read by now."""
    if not viewer.has(*READERS):
        return false()
    return and_(CrossRound.released_at.is_not(None), CrossRound.town_id == viewer.town_id)


def visible_assignments(viewer: Viewer) -> ColumnElement[bool]:
    """Those of visible rounds, and the own: a team's row is made at the reveal and not before."""
    own = select(TeamMember.assignment_id).where(TeamMember.user_id == viewer.user_id)
    rounds = select(CrossRound.id).where(visible_rounds(viewer))
    return or_(Assignment.id.in_(own), Assignment.round_id.in_(rounds))


def require_step_up(viewer: Viewer) -> None:
    """A fresh second factor: to plan and to reveal."""
    if not viewer.has_stepped_up:
        raise StepUpNeeded()


def refuse(session: Session, viewer: Viewer, kind: str, subject_id: uuid.UUID) -> None:
    """Log a try to see what is hidden or is not there: the log does not know which."""
    audit.record_refusal(
        session, "cross.refused", actor_id=viewer.user_id, subject_kind=kind, subject_id=subject_id
    )


def sees_photo(session: Session, viewer: Viewer, photo_id: uuid.UUID) -> bool:
    """Photos of a round are seen by who sees the task they were sent for."""
    named = exists().where(
        RecordPhoto.owner_id == Photo.owner_id,
        RecordPhoto.client_photo_id == Photo.client_id,
        RecordPhoto.assignment_id.in_(select(Assignment.id).where(visible_assignments(viewer))),
    )
    return session.scalar(select(Photo.id).where(Photo.id == photo_id, named)) is not None


photos.register_visibility(sees_photo)
