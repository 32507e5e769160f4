"""信息报送 (J03): units are asked for information by a day; who handed in nothing is listed."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound
from app.features.identity.models import Role, RoleHold, Unit
from app.features.identity.towns import zone_of
from app.features.identity.viewer import Viewer
from app.features.ledgers import policy
from app.features.ledgers.models import InfoCall, InfoReport
from app.features.ledgers.schemas import InfoCallIn, InfoCallOut, InfoReportIn, InfoReportOut

MOST = 100


def listed(session: Session, viewer: Viewer, town_id: uuid.UUID) -> list[InfoCallOut]:
    """The latest day first; for a unit those that ask it."""
    mine = select(InfoReport.call_id).where(_readable(viewer))
    found = select(InfoCall).where(InfoCall.town_id == town_id, InfoCall.id.in_(mine))
    found = found.order_by(InfoCall.due_on.desc(), InfoCall.id.desc()).limit(MOST)
    return show(session, viewer, session.scalars(found).all())


def _readable(viewer: Viewer) -> ColumnElement[bool]:
    town = select(InfoCall.town_id).where(InfoCall.id == InfoReport.call_id).scalar_subquery()
    return policy.visible(viewer, town, InfoReport.unit_id)


def ask(session: Session, viewer: Viewer, town_id: uuid.UUID, body: InfoCallIn) -> InfoCall:
    """Ask units, or all that somebody answers for. Raises Forbidden, Invalid."""
    policy.require_keeper(session, viewer, town_id)
    units = list(dict.fromkeys(body.unit_ids)) or _answering(session, town_id)
    policy.require_units(session, town_id, "unit_ids", units)
    if not units:
        raise Invalid(fields=[{"at": ["body", "unit_ids"], "why": "missing"}])
    row = InfoCall(town_id=town_id, asked_by_id=viewer.user_id, **body.model_dump(exclude={"unit_ids"}))
    session.add(row)
    session.flush()
    session.add_all(InfoReport(call_id=row.id, unit_id=one) for one in units)
    session.flush()
    policy.recorded(session, viewer, "info_call", row.id, "asked")
    return row


def _answering(session: Session, town_id: uuid.UUID) -> list[uuid.UUID]:
    held = select(RoleHold.unit_id).where(RoleHold.role.in_((Role.LIAISON, Role.UNIT_PRINCIPAL)))
    units = select(Unit.id).where(
        Unit.town_id == town_id, Unit.is_active, Unit.id.in_(held), Unit.id != town_id
    )
    return list(session.scalars(units.order_by(Unit.code)))


def hand_in(
    session: Session, viewer: Viewer, call_id: uuid.UUID, unit_id: uuid.UUID, body: InfoReportIn
) -> InfoCall:
    """A unit's information; once more corrects the words, when it first came stays. Raises NotFound, Forbidden."""
    asked = InfoReport.call_id == call_id, InfoReport.unit_id == unit_id
    row = session.scalar(select(InfoReport).where(*asked, _readable(viewer)).with_for_update())
    if row is None:
        raise NotFound()
    if unit_id not in policy.own_units(session, viewer):
        raise Forbidden()
    row.text, row.by_id, row.last_at = body.text, viewer.user_id, now()
    row.first_at = row.first_at or row.last_at
    session.flush()
    policy.recorded(session, viewer, "info_call", call_id, "handed_in")
    return session.get_one(InfoCall, call_id)


# ---- as they are read ----
def show(session: Session, viewer: Viewer, rows: Sequence[InfoCall]) -> list[InfoCallOut]:
    """The same in the same order, each with the reports that the viewer reads."""
    zone = zone_of(session, viewer)
    found = select(InfoReport).join(Unit, Unit.id == InfoReport.unit_id)
    of = InfoReport.call_id.in_([row.id for row in rows]), _readable(viewer)
    reports = session.scalars(found.where(*of).order_by(Unit.code)).all()
    units = policy.unit_names(session, [one.unit_id for one in reports])
    people = policy.people_names(session, [one.by_id for one in reports])
    own = policy.own_units(session, viewer)
    told: dict[uuid.UUID, list[InfoReportOut]] = {}
    due = {row.id: row.due_on for row in rows}
    for one in reports:
        told.setdefault(one.call_id, []).append(
            InfoReportOut(
                unit=units[one.unit_id], text=one.text, first_at=one.first_at, last_at=one.last_at,
                by=people.get(one.by_id), is_late=_is_late(one.first_at, due[one.call_id], zone),
                may_hand_in=one.unit_id in own,
            )
        )  # fmt: skip
    return [_call(row, told.get(row.id, []), now().astimezone(zone).date()) for row in rows]


def _is_late(first_at: datetime | None, due_on: date, zone: ZoneInfo) -> bool:
    return (first_at or now()).astimezone(zone).date() > due_on


def _call(row: InfoCall, reports: list[InfoReportOut], today: date) -> InfoCallOut:
    missing = [one.unit for one in reports if one.first_at is None]
    plain = ("id", "title", "wanted", "due_on", "asked_at")
    return InfoCallOut(
        **{name: getattr(row, name) for name in plain},
        is_over=row.due_on < today, asked=len(reports), handed_in=len(reports) - len(missing), missing=missing,
        reports=reports,
    )  # fmt: skip
