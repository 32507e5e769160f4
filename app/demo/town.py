"""demo.yaml with its dates moved: whatever the day, it is the seventh week of phase PH2 and everything fits together."""

import random
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from app.core.geo import bbox, contains

DATA = Path(__file__).parent / "data"
TODAY_AT_THE_EARLIEST = date(2021, 9, 15)
"""The day of the original design that "today" stands for, up to six days later: 45 to 51 days into PH2."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEPT = ("replays", "version", "note")
"""Replay recipes run in campaigns of their own, on dates of their own."""


@lru_cache(maxsize=8)
def read_data(name: str) -> Mapping[str, Any]:
    """One of the demo's own YAML files. Shared: do not change what you get."""
    # libyaml where PyYAML was built with it: fifteen times faster on the 60 kB of the town.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (DATA / name).open("rb") as file:
        parsed: Mapping[str, Any] = yaml.load(file, Loader=loader)  # noqa: S506 - a safe loader either way
    return parsed


def shift_for(today: date) -> timedelta:
    """By how much the dates move: whole weeks, so that weekdays and weekly plans stay what they are."""
    return timedelta(days=(today - TODAY_AT_THE_EARLIEST).days // 7 * 7)


def load_town(now: datetime) -> dict[str, Any]:
    """The demo town as of `now` (aware): birth dates move too, so that everybody keeps their age.

    Volunteers get `registered_on`, a day in the campaign's first weeks.
    """
    raw = read_data("demo.yaml")
    shift = shift_for(now.astimezone(ZoneInfo(raw["timezone"])).date())
    town = {key: value if key in _KEPT else _moved(value, shift) for key, value in raw.items()}
    campaign = town["campaign"]
    year = campaign["start_on"][:4]
    for key in ("code", "zh", "en"):
        campaign[key] = campaign[key].replace("2021", year)
    start = date.fromisoformat(campaign["start_on"])
    for number, user in enumerate(u for u in town["users"] if u.get("birth_date")):
        user["registered_on"] = (start + timedelta(days=9 + 5 * number)).isoformat()
    return town


def _moved(value: Any, shift: timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _moved(item, shift) for key, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, shift) for item in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        return (date.fromisoformat(value) + shift).isoformat()
    return value


def position_in(
    point: dict[str, Any] | None, grid: dict[str, Any], rng: random.Random
) -> tuple[float, float]:
    """A place inside the area, along the line, near the point; without a point, somewhere in the grid."""
    geometry = point.get("geometry") if point else {"type": "Polygon", "coordinates": [grid["polygon"]]}
    if geometry and geometry["type"] == "Polygon":
        box = bbox(geometry)
        while True:
            lon, lat = rng.uniform(box.west, box.east), rng.uniform(box.south, box.north)
            if contains(geometry, lon, lat):
                return lon, lat
    if geometry:
        line = geometry["coordinates"]
        k = rng.randrange(len(line) - 1)
        t, (x1, y1), (x2, y2) = rng.random(), line[k], line[k + 1]
        return x1 + (x2 - x1) * t + rng.gauss(0, 4e-5), y1 + (y2 - y1) * t + rng.gauss(0, 4e-5)
    if point is None:
        raise ValueError("a case lies at a point or in a grid")
    return point["lon"] + rng.gauss(0, 9e-5), point["lat"] + rng.gauss(0, 8e-5)
