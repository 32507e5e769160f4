"""Due dates as properties (DOMAIN.md §5, D23): whatever the hours, the unit has its four, and never more than it should."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.features.dispatch.deadlines import LATE_MINIMUM, URGENT_HOURS, proposed_due, relapse_due

FIRST, LAST = datetime(2024, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
HOURS = st.integers(1, 2000)
DELAYS = st.timedeltas(timedelta(0), timedelta(days=40))


@given(found=MOMENTS, delay=DELAYS, deadline=HOURS, limit=HOURS, urgent=st.booleans())
def test_a_due_date_lies_between_four_hours_and_the_category_s_deadline(
    found: datetime, delay: timedelta, deadline: int, limit: int, urgent: bool
) -> None:
    sent = found + delay
    due = proposed_due(
        found_at=found, dispatched_at=sent, deadline_hours=deadline, limit_hours=limit, is_urgent=urgent
    )
    assert due >= sent + LATE_MINIMUM
    assert due <= max(sent + timedelta(hours=deadline), sent + LATE_MINIMUM)
    assert due <= max(found + timedelta(hours=limit), sent + LATE_MINIMUM)
    if urgent:
        assert due <= sent + timedelta(hours=URGENT_HOURS)


@given(found=MOMENTS, delay=DELAYS, deadline=HOURS, limit=HOURS)
def test_an_urgent_case_is_never_due_later_than_an_ordinary_one(
    found: datetime, delay: timedelta, deadline: int, limit: int
) -> None:
    def due(is_urgent: bool) -> datetime:
        return proposed_due(
            found_at=found, dispatched_at=found + delay, deadline_hours=deadline, limit_hours=limit,
            is_urgent=is_urgent,
        )  # fmt: skip

    assert due(True) <= due(False)


@given(found=MOMENTS, first=DELAYS, more=DELAYS, deadline=HOURS, limit=HOURS)
def test_sending_later_never_shortens_what_the_unit_has_left_below_four_hours_nor_moves_the_end_back(
    found: datetime, first: timedelta, more: timedelta, deadline: int, limit: int
) -> None:
    def due(delay: timedelta) -> datetime:
        return proposed_due(
            found_at=found, dispatched_at=found + delay, deadline_hours=deadline, limit_hours=limit,
            is_urgent=False,
        )  # fmt: skip

    assert due(first + more) >= due(first)


def test_a_case_sent_at_once_is_due_within_three_days_however_long_its_category_takes_D23() -> None:
    found = datetime(2026, 11, 1, 8, tzinfo=UTC)
    due = proposed_due(
        found_at=found, dispatched_at=found, deadline_hours=360, limit_hours=72, is_urgent=False
    )
    assert due == found + timedelta(hours=72)


@given(found=MOMENTS, deadline=HOURS)
def test_a_relapse_has_half_of_the_deadline_at_least_four_hours(found: datetime, deadline: int) -> None:
    assert relapse_due(found_at=found, deadline_hours=deadline) == found + max(
        timedelta(hours=deadline / 2), timedelta(hours=4)
    )


def test_hours_run_on_over_a_weekend_J12() -> None:
    friday_evening = datetime(2026, 11, 20, 18, tzinfo=UTC)
    due = proposed_due(
        found_at=friday_evening, dispatched_at=friday_evening, deadline_hours=24, limit_hours=72, is_urgent=False
    )  # fmt: skip
    assert due == friday_evening + timedelta(days=1), "Saturday evening: volunteers work on weekends"
