"""Making a roster: by the office for the town, by a unit's head for its own people. What was begun stays as it was."""

import uuid
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.errors import Forbidden, Invalid, NotFound, VersionConflict
from app.features.identity.models import Unit, User, UserStatus
from app.features.identity.viewer import Viewer
from app.features.places.models import Grid, Point
from app.features.rosters import periods, policy
from app.features.rosters.errors import ShiftBegun, ShiftTaken
from app.features.rosters.models import Shift
from app.features.rosters.schemas import PlaceIn, ShiftPatch, ShiftsIn
from app.features.volunteers.models import Team

MOST_SHIFTS = 3000
PLACE = ("point_id", "is_around", "grid_id", "at_unit_id")
SAME = (*PLACE, "team_id", "kind", "ends_at")
"""What two shifts must share to be the same."""


def span_of(on: date, starts: time, ends: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A shift's times on a day of the town, UTC; one that ends before it starts ends on the next day."""
    until = on if ends > starts else on + timedelta(days=1)
    begins, over = datetime.combine(on, starts, zone), datetime.combine(until, ends, zone)
    return begins.astimezone(UTC), over.astimezone(UTC)


def make(session: Session, viewer: Viewer, town_id: uuid.UUID, body: ShiftsIn) -> tuple[int, int]:
    """A shift for each person and day; (made, there already). Raises Forbidden, Invalid, ShiftTaken."""
    if not viewer.has(*policy.OFFICE, *policy.HEADS):
        raise Forbidden()
    days = (body.until_on - body.from_on).days + 1
    people = list(dict.fromkeys(body.user_ids))
    if days * len(people) > MOST_SHIFTS:
        raise Invalid(fields=[{"at": ["body", "user_ids"], "why": "too-many"}])
    _check(session, viewer, town_id, people, body, body.team_id)
    zone = periods.zone_of_town(session, town_id)
    spans = [
        span_of(body.from_on + timedelta(days=n), body.starts, body.ends, zone) for n in range(days)
    ]  # fmt: skip
    said = body.model_dump(include={*PLACE, "team_id", "kind", "duties", "note"})
    wanted = [
        {**said, "user_id": person, "starts_at": begins, "ends_at": over}
        for person in people
        for begins, over in spans
    ]
    made, same = put(session, town_id, wanted, viewer.user_id)
    audit.record(
        session, "shifts.added", actor_id=viewer.user_id, subject_kind="town", subject_id=town_id,
        detail={"shifts": made, "people": len(people), "from_on": body.from_on.isoformat()},
    )  # fmt: skip
    return made, same


def put(
    session: Session, town_id: uuid.UUID, wanted: list[dict[str, Any]], by: uuid.UUID | None
) -> tuple[int, int]:
    """These shifts; those that are there already stay. Raises ShiftTaken where somebody begins another one then."""
    keys = {(one["user_id"], one["starts_at"]) for one in wanted}
    found = select(Shift).where(
        Shift.user_id.in_({user for user, _ in keys}), Shift.starts_at.in_({at for _, at in keys})
    )
    known = {(row.user_id, row.starts_at): row for row in session.scalars(found)}
    taken, same = set(), 0
    for one in wanted:
        old = known.get((one["user_id"], one["starts_at"]))
        if old is None:
            session.add(Shift(town_id=town_id, created_by_id=by, **one))
        elif all(getattr(old, name) == one[name] for name in SAME):
            same += 1
        else:
            taken.add(old.user_id)
    if taken:
        raise ShiftTaken(people=sorted(map(str, taken)))
    session.flush()
    return len(wanted) - same, same


def put_one(session: Session, town_id: uuid.UUID, said: dict[str, Any], by: uuid.UUID | None) -> str:
    """A shift of a file: created, updated or unchanged. Raises ShiftBegun where another one was begun then."""
    mine = Shift.user_id == said["user_id"], Shift.starts_at == said["starts_at"]
    row = session.scalar(select(Shift).where(*mine))
    if row is None:
        session.add(Shift(town_id=town_id, created_by_id=by, **said))
        session.flush()
        return "created"
    changes = {name: value for name, value in said.items() if getattr(row, name) != value}
    if changes and row.checked_in_at is not None:
        raise ShiftBegun()
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += bool(changes)
    return "updated" if changes else "unchanged"


def _check(
    session: Session, viewer: Viewer, town_id: uuid.UUID, people: Collection[uuid.UUID], place: PlaceIn,
    team_id: uuid.UUID | None,
) -> None:  # fmt: skip
    """People the viewer plans for, and a place and a team of the town."""
    mine = select(User.id).where(
        User.id.in_(people), policy.plannable_people(viewer), User.status != UserStatus.DISABLED
    )
    wrong = [] if set(people) == set(session.scalars(mine)) else ["user_ids"]
    wrong += wrong_place(session, town_id, place)
    if team_id is not None and not _in_town(session, Team, team_id, town_id):
        wrong.append("team_id")
    if wrong:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown"} for name in wrong])


def wrong_place(session: Session, town_id: uuid.UUID, place: PlaceIn) -> list[str]:
    """Which of the ids is of nothing in the town."""
    asked: tuple[tuple[str, Any, uuid.UUID | None], ...] = (
        ("point_id", Point, place.point_id), ("grid_id", Grid, place.grid_id), ("at_unit_id", Unit, place.at_unit_id),
    )  # fmt: skip
    return [name for name, table, one in asked if one and not _in_town(session, table, one, town_id)]


def _in_town(session: Session, table: Any, one: uuid.UUID, town_id: uuid.UUID) -> bool:
    return session.scalar(select(table.id).where(table.id == one, table.town_id == town_id)) is not None


def find(session: Session, viewer: Viewer, shift_id: uuid.UUID) -> Shift:
    """A shift the viewer may know of, locked. Raises NotFound."""
    found = select(Shift).where(Shift.id == shift_id, policy.visible(viewer)).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def _planned(session: Session, viewer: Viewer, shift_id: uuid.UUID, base: int) -> Shift:
    row = find(session, viewer, shift_id)
    theirs = select(User.id).where(User.id == row.user_id, policy.plannable_people(viewer))
    if session.scalar(theirs) is None:
        raise Forbidden()
    if row.version != base:
        raise VersionConflict(version=row.version)
    if row.checked_in_at is not None:
        raise ShiftBegun()
    return row


def change(session: Session, viewer: Viewer, shift_id: uuid.UUID, body: ShiftPatch, base: int) -> Shift:
    """Another place, time or other duties. Raises NotFound, Forbidden, VersionConflict, ShiftBegun, ShiftTaken, Invalid."""
    row = _planned(session, viewer, shift_id, base)
    wrong = wrong_place(session, row.town_id, body)
    if body.ends_at <= body.starts_at or body.ends_at - body.starts_at > timedelta(days=1):
        wrong.append("ends_at")
    if wrong:
        raise Invalid(fields=[{"at": ["body", name], "why": "unknown"} for name in wrong])
    begins = body.starts_at.astimezone(UTC)
    other = select(Shift.id).where(
        Shift.user_id == row.user_id, Shift.starts_at == begins, Shift.id != row.id
    )
    if session.scalar(other) is not None:
        raise ShiftTaken(people=[str(row.user_id)])
    for name in (*PLACE, "duties", "note"):
        setattr(row, name, getattr(body, name))
    row.starts_at, row.ends_at, row.version = begins, body.ends_at.astimezone(UTC), row.version + 1
    session.flush()
    _log(session, viewer, row, "changed")
    return row


def remove(session: Session, viewer: Viewer, shift_id: uuid.UUID, base: int) -> None:
    """A shift that was not begun goes. Raises as `change` does."""
    row = _planned(session, viewer, shift_id, base)
    session.delete(row)
    session.flush()
    _log(session, viewer, row, "removed")


def _log(session: Session, viewer: Viewer, row: Shift, what: str) -> None:
    audit.record(
        session, f"shift.{what}", actor_id=viewer.user_id, subject_kind="shift", subject_id=row.id,
        detail={"user_id": str(row.user_id), "starts_at": row.starts_at.isoformat()},
    )  # fmt: skip
