"""Whether somebody is there: pure. 到岗、迟到、缺岗 are what the times say, never a column."""

from datetime import datetime, timedelta
from typing import Literal, Protocol

State = Literal["planned", "present", "late", "absent", "left"]
LATE_AFTER = timedelta(minutes=15)
EARLY = timedelta(hours=2)
"""So long before its time a shift may be begun."""
STATES: tuple[State, ...] = ("absent", "late", "present", "planned", "left")
"""In the order of a list: who is missing first."""


class Times(Protocol):
    """What a shift says of its times; a row of a query does as well."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def checked_in_at(self) -> datetime | None: ...
    @property
    def checked_out_at(self) -> datetime | None: ...


def is_on_duty(shift: Times, at: datetime) -> bool:
    """Has come, has not left, and the time of the shift is not over."""
    return shift.checked_in_at is not None and shift.checked_out_at is None and at < shift.ends_at


def was_late(shift: Times) -> bool:
    """Came more than a quarter of an hour after the beginning."""
    return shift.checked_in_at is not None and shift.checked_in_at > shift.starts_at + LATE_AFTER


def state_of(shift: Times, at: datetime) -> State:
    """present and late: is there; left: was there; absent: should be there, or should have been."""
    if is_on_duty(shift, at):
        return "late" if was_late(shift) else "present"
    if shift.checked_in_at is not None:
        return "left"
    return "absent" if at > shift.starts_at + LATE_AFTER else "planned"


def may_begin(shift: Times, at: datetime) -> bool:
    """From two hours before the beginning to the end."""
    return shift.starts_at - EARLY <= at < shift.ends_at
