"""点名: all who are stationed in an area today, and who of them is not there (Z31). The leader ticks; a tick is a check-in by them."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.instance import durability
from app.features.identity.models import Unit, UnitKind
from app.features.identity.viewer import Viewer
from app.features.issues.intake import fingerprint
from app.features.issues.photoset import server_time
from app.features.issues.policy import my_points
from app.features.issues.schemas import Named
from app.features.rosters import attendance, day, periods, policy
from app.features.rosters.errors import SameIdOtherBody
from app.features.rosters.models import Muster, MusterMark, Shift
from app.features.rosters.muster_schemas import MusterIn, MusterReceipt, RollCall

MOST = 500


def _areas(session: Session, viewer: Viewer) -> dict[uuid.UUID, Named]:
    """Units below the town for who leads it; the own units for their heads."""
    units = viewer.reach(*policy.ROLL_CALLERS)
    found = select(Unit).where(Unit.id.in_(units), Unit.is_active, Unit.kind != UnitKind.TOWN)
    rows = session.scalars(found.order_by(Unit.code).limit(MOST))
    return {row.id: Named(id=row.id, zh=row.name_zh, en=row.name_en) for row in rows}


def _area(
    session: Session, viewer: Viewer, unit_id: uuid.UUID | None
) -> tuple[dict[uuid.UUID, Named], ColumnElement[bool]]:
    """The areas, and the shifts of the one named; without a name those at the viewer's own points."""
    if not viewer.has(*policy.ROLL_CALLERS):
        raise Forbidden()
    areas = _areas(session, viewer)
    if unit_id is None:
        return areas, Shift.point_id.in_(my_points(viewer))
    if unit_id not in areas:
        raise NotFound()
    return areas, policy.places_of(policy.below(unit_id))


def roll(session: Session, viewer: Viewer, town_id: uuid.UUID, unit_id: uuid.UUID | None) -> RollCall:
    """Everybody stationed in the area today. Raises Forbidden, NotFound."""
    areas, here = _area(session, viewer, unit_id)
    at = now()
    on = periods.today_of(session, town_id, at)
    found = day.on_day(session, viewer, town_id, on).where(here).order_by(Shift.starts_at, Shift.id)
    rows = session.execute(found.limit(MOST)).all()
    last = _last(session, viewer, town_id, unit_id, periods.day_of(session, town_id, on)[0])
    marks = select(MusterMark.shift_id, MusterMark.is_present).where(
        MusterMark.muster_id == (last.id if last else None)
    )
    return RollCall(
        on=on,
        unit=areas.get(unit_id) if unit_id else None,
        areas=list(areas.values()),
        own_points=session.scalar(select(func.count()).select_from(my_points(viewer).subquery())) or 0,
        items=[day.shift_out(row, at, may_change=False) for row in rows],
        last_held_at=last.held_at if last else None,
        marks={row.shift_id: row.is_present for row in session.execute(marks)} if last else {},
    )


def _last(
    session: Session, viewer: Viewer, town_id: uuid.UUID, unit_id: uuid.UUID | None, since: datetime
) -> Muster | None:
    of = Muster.unit_id == unit_id if unit_id else Muster.unit_id.is_(None)
    found = select(Muster).where(
        Muster.town_id == town_id, Muster.user_id == viewer.user_id, of, Muster.held_at >= since
    )
    return session.scalars(found.order_by(Muster.held_at.desc()).limit(1)).first()


def hold(
    session: Session, viewer: Viewer, client_id: uuid.UUID, town_id: uuid.UUID, body: MusterIn
) -> tuple[Muster, bool]:
    """Keep a roll-call; True: it is new. Who is present and had not checked in has come. Raises SameIdOtherBody."""
    said = fingerprint(body.model_dump(mode="json"))
    known = session.scalar(
        select(Muster).where(Muster.user_id == viewer.user_id, Muster.client_id == client_id)
    )
    if known is not None:
        if known.body_sha256 != said:
            raise SameIdOtherBody()
        return known, False
    _, here = _area(session, viewer, body.unit_id)
    received = now()
    at = server_time(body.held_at, body.clock_offset_seconds, received)[0].astimezone(UTC)
    row = Muster(
        client_id=client_id, user_id=viewer.user_id, town_id=town_id, unit_id=body.unit_id, held_at=at,
        received_at=received, body_sha256=said,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _mark(session, viewer, row, {mark.shift_id: mark.is_present for mark in body.marks}, here)
    return row, True


def _mark(
    session: Session, viewer: Viewer, row: Muster, marks: dict[uuid.UUID, bool], here: ColumnElement[bool]
) -> None:
    asked = Shift.id.in_(marks), here, policy.visible(viewer), Shift.town_id == row.town_id
    found = select(Shift).where(*asked).order_by(Shift.id).with_for_update()
    for shift in session.scalars(found.execution_options(populate_existing=True)):
        is_present = marks[shift.id]
        session.add(MusterMark(muster_id=row.id, shift_id=shift.id, is_present=is_present))
        if is_present and shift.checked_in_at is None and attendance.may_begin(shift, row.held_at):
            shift.checked_in_at, shift.in_by_id = row.held_at, viewer.user_id
            shift.in_received_at, shift.version = row.received_at, shift.version + 1
    session.flush()
    audit.record(
        session, "muster.held", actor_id=viewer.user_id, subject_kind="muster", subject_id=row.id,
        detail={"unit_id": str(row.unit_id) if row.unit_id else None, "marks": len(marks)},
    )  # fmt: skip


def receipt(session: Session, row: Muster, asked: int) -> MusterReceipt:
    """As stored."""
    marks: Any = select(MusterMark.is_present, func.count()).where(MusterMark.muster_id == row.id)
    counted = dict(session.execute(marks.group_by(MusterMark.is_present)).all())
    epoch, through = durability(session)
    return MusterReceipt(
        id=row.client_id,
        received_at=row.received_at,
        held_at=row.held_at,
        present=counted.get(True, 0),
        absent=counted.get(False, 0),
        unknown=asked - sum(counted.values()),
        restore_epoch=epoch,
        durable_through=through,
    )
