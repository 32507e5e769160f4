"""培训: who was trained in what, and the gate before the first duty (Z24)."""

import uuid
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Invalid
from app.features.identity.models import User
from app.features.identity.viewer import Viewer
from app.features.rosters import policy
from app.features.rosters.models import Training, TrainingAttendee
from app.features.rosters.muster_schemas import TopicOut, TrainingIn, TrainingList, TrainingOut
from app.features.standards import service as standards


def required(session: Session, town_id: uuid.UUID) -> list[str]:
    """What the town asks for before a first duty; nothing: the gate is open."""
    campaign = standards.active_campaign(session, town_id)
    asked: list[str] = standards.setting(campaign, "duty_training") if campaign else []
    return asked


def missing(session: Session, town_id: uuid.UUID, user_id: uuid.UUID) -> list[str]:
    """Topics the town asks for before a duty that the person was not trained in."""
    asked = required(session, town_id)
    if not asked:
        return []
    held = (
        select(Training.topic)
        .join(TrainingAttendee, TrainingAttendee.training_id == Training.id)
        .where(TrainingAttendee.user_id == user_id, Training.town_id == town_id)
    )
    known = set(session.scalars(held))
    return [topic for topic in asked if topic not in known]


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID, since: date | None) -> TrainingList:
    """The sessions since a day, the latest first, and how many people each topic reached. Raises Forbidden."""
    policy.require(session, viewer, town_id, *policy.READERS)
    of = [Training.town_id == town_id, *([Training.held_on >= since] if since else [])]
    joined = select(Training).outerjoin(TrainingAttendee, TrainingAttendee.training_id == Training.id)
    sessions = joined.where(*of).add_columns(func.count(TrainingAttendee.user_id)).group_by(Training.id)
    rows = session.execute(sessions.order_by(Training.held_on.desc(), Training.topic).limit(500)).all()
    people = (
        select(Training.topic, func.count(func.distinct(TrainingAttendee.user_id)))
        .join(TrainingAttendee, TrainingAttendee.training_id == Training.id)
        .where(*of)
        .group_by(Training.topic)
    )
    reached = dict(session.execute(people).all())
    asked = required(session, town_id)
    return TrainingList(
        items=[
            TrainingOut(id=one.id, topic=one.topic, held_on=one.held_on, attendees=count)
            for one, count in rows
        ],
        topics=[
            TopicOut(topic=topic, people=reached.get(topic, 0), is_required=topic in asked)
            for topic in sorted({*asked, *reached})
        ],
        attendances=sum(count for _, count in rows),
        may_record=viewer.reaches(session, town_id, *policy.OFFICE),
    )


def record(session: Session, viewer: Viewer, town_id: uuid.UUID, body: TrainingIn) -> TrainingOut:
    """These people were trained in this on that day. Raises Forbidden, Invalid."""
    policy.require(session, viewer, town_id, *policy.OFFICE)
    mine = select(User.id).where(User.id.in_(body.user_ids), policy.plannable_people(viewer))
    if set(body.user_ids) - set(session.scalars(mine)):
        raise Invalid(fields=[{"at": ["body", "user_ids"], "why": "unknown"}])
    row, _ = put(session, town_id, body.topic, body.held_on, body.user_ids, viewer.user_id)
    audit.record(
        session, "training.recorded", actor_id=viewer.user_id, subject_kind="training", subject_id=row.id,
        detail={"people": len(set(body.user_ids))},
    )  # fmt: skip
    count = select(func.count()).where(TrainingAttendee.training_id == row.id)
    return TrainingOut(id=row.id, topic=row.topic, held_on=row.held_on, attendees=session.scalar(count) or 0)


def put(
    session: Session, town_id: uuid.UUID, topic: str, held_on: date, people: Iterable[uuid.UUID],
    by: uuid.UUID | None,
) -> tuple[Training, int]:  # fmt: skip
    """The session of this topic and day with these people among those who took part, and how many of them are new."""
    of = Training.town_id == town_id, Training.topic == topic, Training.held_on == held_on
    row = session.scalar(select(Training).where(*of).with_for_update())
    if row is None:
        row = Training(town_id=town_id, topic=topic, held_on=held_on, recorded_by_id=by)
        session.add(row)
        session.flush()
    known = set(
        session.scalars(select(TrainingAttendee.user_id).where(TrainingAttendee.training_id == row.id))
    )
    new = set(people) - known
    session.add_all(TrainingAttendee(training_id=row.id, user_id=one) for one in new)
    session.flush()
    return row, len(new)
