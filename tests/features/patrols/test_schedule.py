"""Rules over five years against a count by hand, day by day: no slot twice, none lost; both sides of midnight and of month ends."""

import calendar
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.features.patrols.schedule import Rhythm, RuleRefused, clean_days, is_timed, read_rule, windows

ZONE = ZoneInfo("Asia/Shanghai")
START = date(2024, 1, 1)
END = START + timedelta(days=5 * 366)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def local(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def days_of(rhythm: Rhythm, first: date = START, last: date = END) -> list[date]:
    return [one.local_on for one in windows(rhythm, ZONE, local(first), local(last))]


def every_day() -> list[date]:
    return [START + timedelta(days=n) for n in range((END - START).days)]


# ---- by hand: does a day belong to the rule? ----
class Days(list[date]):
    """Days, whose number is enough to say when a test fails."""

    def __repr__(self) -> str:
        return f"{len(self)} days"


def by_interval(n: int) -> tuple[str, list[date]]:
    return f"FREQ=DAILY;INTERVAL={n}", Days(every_day()[::n])


def by_weekdays(n: int, chosen: list[int]) -> tuple[str, list[date]]:
    names = ",".join(WEEKDAYS[c] for c in chosen)
    monday = START - timedelta(days=START.weekday())
    days = [d for d in every_day() if d.weekday() in chosen and ((d - monday).days // 7) % n == 0]
    return f"FREQ=WEEKLY;INTERVAL={n};BYDAY={names}", Days(days)


def by_month_days(chosen: list[int]) -> tuple[str, list[date]]:
    def holds(day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        return day.day in chosen or day.day - length - 1 in chosen

    return f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, chosen))}", Days(filter(holds, every_day()))


def by_nth_weekday(nth: int, weekday: int) -> tuple[str, list[date]]:
    def holds(day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        place = (day.day - 1) // 7 + 1 if nth > 0 else -((length - day.day) // 7 + 1)
        return day.weekday() == weekday and place == nth

    return f"FREQ=MONTHLY;BYDAY={nth}{WEEKDAYS[weekday]}", Days(filter(holds, every_day()))


RULES = st.one_of(
    st.builds(by_interval, st.integers(1, 40)),
    st.builds(by_weekdays, st.integers(1, 6), st.lists(st.integers(0, 6), min_size=1, unique=True)),
    st.builds(
        by_month_days,
        st.lists(st.integers(1, 31) | st.integers(-31, -1), min_size=1, max_size=4, unique=True),
    ),
    st.builds(by_nth_weekday, st.sampled_from([1, 2, 3, 4, 5, -1, -2]), st.integers(0, 6)),
)


@settings(max_examples=60, deadline=None)
@given(RULES)
def test_five_years_of_any_rule_are_the_days_counted_by_hand(rule: tuple[str, list[date]]) -> None:
    text, expected = rule
    assert days_of(Rhythm(text, START)) == expected


@settings(max_examples=60, deadline=None)
@given(
    RULES,
    st.sets(st.integers(0, 23), max_size=3),
    st.integers(5, 1440),
    st.lists(st.integers(0, 44_000), max_size=6),
)
def test_however_the_time_is_cut_no_slot_comes_twice_and_none_is_lost(
    rule: tuple[str, list[date]], hours: set[int], minutes: int, cuts: list[int]
) -> None:
    timed = f";BYHOUR={','.join(map(str, sorted(hours)))}" if hours else ""
    rhythm = Rhythm(rule[0] + timed, START, window_minutes=minutes if hours else None)
    whole = windows(rhythm, ZONE, local(START), local(END))
    moments = [local(START), *sorted(local(START) + timedelta(hours=cut) for cut in cuts), local(END)]
    parts = [one for a, b in itertools.pairwise(moments) for one in windows(rhythm, ZONE, a, b)]
    assert parts == whole
    assert len({one.anchor_at for one in whole}) == len(whole)
    assert all(one.starts_at < one.ends_at for one in whole)


def test_the_thirty_first_is_skipped_where_a_month_has_none_and_the_last_day_never_is() -> None:
    thirty_first = days_of(Rhythm("FREQ=MONTHLY;BYMONTHDAY=31", START), last=date(2025, 1, 1))
    assert [d.month for d in thirty_first] == [1, 3, 5, 7, 8, 10, 12]
    last = days_of(Rhythm("FREQ=MONTHLY;BYMONTHDAY=-1", START), last=date(2025, 1, 1))
    assert [d.day for d in last] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    leap = days_of(
        Rhythm("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2020, 1, 1)), date(2020, 1, 1), date(2033, 1, 1)
    )
    assert [d.year for d in leap] == [2020, 2024, 2028, 2032]


def test_twice_a_month_from_january_to_october_is_twenty_rounds_X16() -> None:
    rhythm = Rhythm("FREQ=MONTHLY;BYMONTHDAY=10,25", date(2021, 1, 1), until_on=date(2021, 10, 31))
    assert len(days_of(rhythm, date(2021, 1, 1), date(2022, 1, 1))) == 20


def test_every_fortnight_keeps_its_step_over_the_year_Z04() -> None:
    days = days_of(
        Rhythm("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", date(2024, 12, 20)), date(2024, 12, 1), date(2025, 2, 1)
    )
    assert days == [date(2024, 12, 31), date(2025, 1, 14), date(2025, 1, 28)]


def test_a_window_around_midnight_lies_on_both_days_and_belongs_to_the_rules_day() -> None:
    rhythm = Rhythm("FREQ=DAILY;BYHOUR=0", date(2026, 2, 28), window_minutes=120)
    found = windows(rhythm, ZONE, local(date(2026, 2, 28)), local(date(2026, 3, 2)))
    assert [(w.local_on, w.starts_at.astimezone(ZONE).day, w.ends_at.astimezone(ZONE).hour) for w in found] == [
        (date(2026, 3, 1), 28, 1), (date(2026, 3, 2), 1, 1)
    ]  # fmt: skip
    # That of the first day began the evening before, in its month.
    before = windows(rhythm, ZONE, local(date(2026, 2, 27), 22), local(date(2026, 2, 28)))
    assert [w.local_on for w in before] == [date(2026, 2, 28)]


def test_a_whole_day_is_the_towns_and_a_week_is_seven_of_them() -> None:
    day = windows(Rhythm("FREQ=DAILY", START), ZONE, local(date(2026, 12, 31)), local(date(2027, 1, 1)))
    assert [(w.starts_at, w.ends_at) for w in day] == [
        (datetime(2026, 12, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC))
    ]
    week = windows(
        Rhythm("FREQ=WEEKLY;BYDAY=MO", START, window_days=7), ZONE, local(START), local(date(2024, 1, 15))
    )
    assert [w.ends_at for w in week] == [local(date(2024, 1, 8)), local(date(2024, 1, 15))]


def test_where_clocks_are_changed_no_hour_makes_two_slots_of_one() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = date(2026, 3, 29)  # at two it is three
    since, until = (datetime(2026, 3, d, tzinfo=berlin) for d in (28, 31))
    found = windows(Rhythm("FREQ=DAILY;BYHOUR=2,3", day, window_minutes=10), berlin, since, until)
    anchors = [w.anchor_at for w in found if w.local_on == day]
    assert len(anchors) == len(set(anchors)) == 1
    whole = windows(Rhythm("FREQ=DAILY", day), berlin, since, until)
    assert whole[0].ends_at - whole[0].starts_at == timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=SECONDLY", "bad_value"),
        ("FREQ=HOURLY", "bad_value"),
        ("BYDAY=MO", "no_frequency"),
        ("FREQ=DAILY;COUNT=3", "unknown_part"),
        ("FREQ=DAILY;UNTIL=20300101", "unknown_part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "unknown_part"),
        ("FREQ=WEEKLY;BYDAY=1MO", "numbered_day"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "bad_value"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "bad_value"),
        ("FREQ=DAILY;INTERVAL=0", "bad_value"),
        ("FREQ=DAILY;BYHOUR=24", "bad_value"),
        ("FREQ=DAILY;BYMINUTE=30", "too_often"),
        ("FREQ=DAILY;BYHOUR=8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12", "too_often"),
        ("DTSTART:20240101\nRRULE:FREQ=DAILY", "unknown_part"),
        ("", "unknown_part"),
    ],
)
def test_a_rule_that_could_run_away_or_be_misread_is_refused(text: str, why: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        read_rule(text)
    assert refused.value.why == why


def test_a_rule_that_never_comes_true_ends_soon() -> None:
    assert days_of(Rhythm("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", START)) == []
    assert is_timed("FREQ=DAILY;BYHOUR=8")
    assert not is_timed("FREQ=DAILY")


def test_clean_days_count_back_from_yesterday_and_a_gap_ends_them_S03() -> None:
    today = date(2026, 3, 10)
    week = [(today - timedelta(days=n), True) for n in range(1, 8)]
    assert clean_days(week, today) == 7
    assert clean_days([*week, (today, False)], today) == 7
    assert clean_days(week[1:], today) == 0
    assert clean_days([*week[:3], (week[3][0], False), *week[4:]], today) == 3
