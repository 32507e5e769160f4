"""Due dates of the unit clock (DOMAIN.md §5). Pure."""

from datetime import datetime, timedelta

LATE_MINIMUM = timedelta(hours=4)
LEFT_AT_RESUME = timedelta(hours=24)
"""A case that comes back from deferral has at least a day."""
URGENT_HOURS = 24
"""An urgent case is due within a day, or sooner where the category says so."""


def proposed_due(
    *, found_at: datetime, dispatched_at: datetime, deadline_hours: int, limit_hours: int, is_urgent: bool
) -> datetime:
    """min(dispatched_at + the category's deadline, found_at + the campaign's limit), but never less than 4 h for the unit.

    All times aware. Urgent cases count at most URGENT_HOURS from dispatch.
    """
    hours = min(deadline_hours, URGENT_HOURS) if is_urgent else deadline_hours
    due = min(dispatched_at + timedelta(hours=hours), found_at + timedelta(hours=limit_hours))
    return max(due, dispatched_at + LATE_MINIMUM)


def relapse_due(*, found_at: datetime, deadline_hours: int) -> datetime:
    """A relapse has half of the category's deadline (§4.2), at least 4 h."""
    return found_at + max(timedelta(hours=deadline_hours / 2), LATE_MINIMUM)
