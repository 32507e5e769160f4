"""What a point's card says of duty: cadres sent there for a period (Z22), units and people on duty now (X33)."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.features.identity.models import Unit, User
from app.features.identity.viewer import Viewer
from app.features.places.models import Point
from app.features.places.point_card import card_section
from app.features.rosters.models import Shift, ShiftKind

MOST = 60


@card_section("duty")
def of_point(session: Session, viewer: Viewer, point: Point) -> dict[str, Any] | None:
    """Secondees by name, as who answers for the point is; everybody else as a number by unit. A pending person sees nothing."""
    if viewer.is_pending:
        return None
    at = now()
    return {"seconded": _seconded(session, point, at), "units": _on_duty(session, point, at)}


def _seconded(session: Session, point: Point, at: datetime) -> list[dict[str, Any]]:
    """Whose secondment to this point is not over."""
    found = (
        select(
            User.id, User.name_zh, User.name_en, Unit.name_zh.label("unit_zh"), Unit.name_en.label("unit_en"),
            func.min(Shift.starts_at).label("since"), func.max(Shift.ends_at).label("until"),
        )
        .join(User, User.id == Shift.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .where(Shift.point_id == point.id, Shift.kind == ShiftKind.SECONDMENT)
        .group_by(User.id, User.name_zh, User.name_en, Unit.name_zh, Unit.name_en)
        .having(func.max(Shift.ends_at) > at)
        .order_by(func.min(Shift.starts_at), User.id)
        .limit(MOST)
    )  # fmt: skip
    return [
        {
            "id": str(row.id),
            "zh": row.name_zh,
            "en": row.name_en,
            "unit": {"zh": row.unit_zh, "en": row.unit_en},
            "since": row.since.isoformat(),
            "until": row.until.isoformat(),
        }
        for row in session.execute(found)
    ]


def _on_duty(session: Session, point: Point, at: datetime) -> list[dict[str, Any]]:
    there = and_(Shift.checked_in_at.is_not(None), Shift.checked_out_at.is_(None), Shift.ends_at > at)
    found = (
        select(Unit.id, Unit.name_zh, Unit.name_en, func.count().label("rostered"), func.count(Shift.checked_in_at).filter(there).label("there"))
        .select_from(Shift)
        .join(User, User.id == Shift.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .where(Shift.point_id == point.id, Shift.starts_at <= at, Shift.ends_at > at)
        .group_by(Unit.id, Unit.name_zh, Unit.name_en)
        .order_by(Unit.name_zh)
        .limit(MOST)
    )  # fmt: skip
    return [
        {
            "id": str(row.id),
            "zh": row.name_zh,
            "en": row.name_en,
            "rostered": row.rostered,
            "there": row.there,
        }
        for row in session.execute(found)
    ]
