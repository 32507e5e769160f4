"""Conditions of cases as SQL that several reads share. They know no viewer: whoever uses one adds the scope."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.db import UtcDateTime
from app.features.issues.lifecycle import ENDED, OPEN, State
from app.features.issues.models import Issue

SOON = timedelta(hours=12)
"""What is due so soon is called so on maps and in figures."""
SAME_FOR = timedelta(seconds=10)
"""So much later a case may turn overdue on a map of many."""
DUE_SOON = timedelta(hours=24)
"""The same on badges."""
NEAR_M, NEAR_DAYS = 50, 14
"""同类 within 50 m and 14 days: offered as "also this" and shown to the desk."""
NEAR_LAT, NEAR_LON = NEAR_M / 111_320, NEAR_M / 85_000
"""A degree of latitude is 111 km everywhere; of longitude 85 to 105 km in China, so the box is a little wide there."""


def is_overdue(at: datetime) -> ColumnElement[bool]:
    """Past the unit's end, or the campaign's where there is no unit; ended and deferred cases have no such end."""
    due = func.coalesce(Issue.due_at, Issue.campaign_due_at)
    return and_(due < at, Issue.state.not_in([*ENDED, State.DEFERRED]))


def is_due_soon(at: datetime) -> ColumnElement[bool]:
    """Not overdue yet, but within SOON of the unit's end."""
    running = Issue.state.not_in([*ENDED, State.DEFERRED])
    return and_(Issue.due_at >= at, Issue.due_at < at + SOON, running)


def is_near(one: Any, other: Any) -> ColumnElement[bool]:
    """`other` is open, of the same kind (so of the same town), and lies in the box around `one`."""
    return and_(
        other.id != one.id,
        other.category_id == one.category_id,
        other.state.in_(OPEN),
        other.lat.between(one.lat - NEAR_LAT, one.lat + NEAR_LAT),
        other.lon.between(one.lon - NEAR_LON, one.lon + NEAR_LON),
        other.found_at >= bindparam(None, callable_=_near_since, type_=UtcDateTime()),
    )


def _near_since() -> datetime:
    # Asked each time the statement is: statements are kept.
    return now() - timedelta(days=NEAR_DAYS)


_other = aliased(Issue, name="other")


def has_near() -> ColumnElement[bool]:
    """Another open case of the same kind lies near. For the desk, which sees every case of its town."""
    return exists(select(_other.id).where(is_near(Issue, _other)))
