"""When the rounds of a plan fall: RFC 5545 rules in the town's own time. Pure; dateutil counts the days.

Rules are read by us first: what could run for ever or be misread is refused, not handed on.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

TIMED_MINUTES = 120
"""How long the window of a rule with times of day is where the plan does not say."""
MOST_A_DAY = 24
_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_NUMBER = {"BYMONTHDAY": (1, 31), "BYSETPOS": (1, 366)}
"""Counted from the front or, negative, from the back."""
_FORM = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6]",
    "BYDAY": rf"(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY})*",
    "BYMONTHDAY": r"-?\d\d?(?:,-?\d\d?)*",
    "BYSETPOS": r"-?\d{1,3}(?:,-?\d{1,3})*",
    "BYMONTH": r"(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*",
    "BYHOUR": r"(?:1?\d|2[0-3])(?:,(?:1?\d|2[0-3]))*",
    "BYMINUTE": r"[1-5]?\d(?:,[1-5]?\d)*",
    "BYSECOND": r"0",
    "WKST": _DAY,
}


class RuleRefused(ValueError):
    """`why` is a code: what the rule may not say."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Rhythm:
    """A plan's rule with its days, and how long a slot lasts: minutes around a time of day, or whole days."""

    rrule: str
    start_on: date
    until_on: date | None = None
    window_minutes: int | None = None
    window_days: int = 1


@dataclass(frozen=True, order=True)
class Window:
    """One slot's time: the rule's moment, its day in the town, from when until when (UTC)."""

    anchor_at: datetime
    local_on: date
    starts_at: datetime
    ends_at: datetime


def read_rule(text: str) -> dict[str, str]:
    """The parts of a rule. Raises RuleRefused."""
    parts: dict[str, str] = {}
    for part in text.strip().upper().split(";"):
        name, _, value = part.partition("=")
        if name not in _FORM or name in parts:
            raise RuleRefused("unknown_part")
        if not re.fullmatch(_FORM[name], value):
            raise RuleRefused("bad_value")
        parts[name] = value
    if "FREQ" not in parts:
        raise RuleRefused("no_frequency")
    for name, (low, high) in _NUMBER.items():
        if any(not low <= abs(int(one)) <= high for one in parts.get(name, str(low)).split(",")):
            raise RuleRefused("bad_value")
    if re.search(r"\d", parts.get("BYDAY", "")) and parts["FREQ"] in ("DAILY", "WEEKLY"):
        raise RuleRefused("numbered_day")
    times = [len(set(parts.get(name, "0").split(","))) for name in ("BYHOUR", "BYMINUTE")]
    if times[0] * times[1] > MOST_A_DAY or ("BYMINUTE" in parts and "BYHOUR" not in parts):
        raise RuleRefused("too_often")
    return parts


def is_timed(rrule: str) -> bool:
    """Whether the rule names times of day; else its slots are whole days."""
    return "BYHOUR" in read_rule(rrule)


def windows(rhythm: Rhythm, zone: ZoneInfo, since: datetime, until: datetime) -> list[Window]:
    """The slots that begin in [since, until), in order, none twice."""
    margin = timedelta(days=2)
    low, high = (moment.astimezone(zone).replace(tzinfo=None) for moment in (since, until))
    end = high + margin
    if rhythm.until_on is not None:
        end = min(end, datetime.combine(rhythm.until_on, time.max))
    first = datetime.combine(rhythm.start_on, time())
    if end < first:
        return []
    timed = is_timed(rhythm.rrule)
    # Always with an end: a rule that never comes true (the 31st of February) would be followed to the year 9999.
    rule = rrulestr(f"{rhythm.rrule.strip().upper()};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=first)
    moments = rule.between(max(low - margin, first), end, inc=True)
    made = {(_timed if timed else _whole_days)(rhythm, zone, moment) for moment in moments}
    return sorted(one for one in made if since <= one.starts_at < until)


def _timed(rhythm: Rhythm, zone: ZoneInfo, moment: datetime) -> Window:
    at = moment.replace(tzinfo=zone).astimezone(UTC)
    half = timedelta(minutes=rhythm.window_minutes or TIMED_MINUTES) / 2
    return Window(at, moment.date(), at - half, at + half)


def _whole_days(rhythm: Rhythm, zone: ZoneInfo, moment: datetime) -> Window:
    day = moment.date()
    starts, ends = midnight(day, zone), midnight(day + timedelta(days=rhythm.window_days), zone)
    return Window(starts, day, starts, ends)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins in the town, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def clean_days(days: Sequence[tuple[date, bool]], today: date) -> int:
    """How many days on end, up to yesterday, were clean. A day that is missing breaks the row as a bad one does."""
    known, count, day = dict(days), 0, today - timedelta(days=1)
    while known.get(day):
        count, day = count + 1, day - timedelta(days=1)
    return count
