"""What a file says of itself. Claims, never proof; every value is hostile until it fits its shape. Runs in the sandbox."""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import Image

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 0x010F, 0x0110, 0x0112, 0x0131
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_LONGEST_TEXT = 80


def claims(image: Image.Image) -> dict[str, Any]:
    """taken_at, gps, make, model, software, orientation: only those present and plausible. Never raises."""
    tags: Any = {}
    with suppress(Exception):
        tags = image.getexif()
    found: dict[str, Any] = {
        "orientation": _try(lambda: orientation(tags)),
        "make": _try(lambda: _text(tags.get(_MAKE))),
        "model": _try(lambda: _text(tags.get(_MODEL))),
        "software": _try(lambda: _text(tags.get(_SOFTWARE))),
        "taken_at": _try(lambda: _taken_at(tags.get_ifd(_EXIF_IFD))),
        "gps": _try(lambda: _gps(tags.get_ifd(_GPS_IFD))),
    }
    return {name: value for name, value in found.items() if value is not None}


def orientation(tags: Mapping[int, Any]) -> int | None:
    """1 to 8, or None."""
    value = tags.get(_ORIENTATION)
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else None


def _try(read: Callable[[], Any]) -> Any:
    # Pillow raises whatever the bytes make it raise: struct.error, KeyError, ZeroDivisionError, RecursionError …
    try:
        return read()
    except Exception:
        return None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    value = value.partition("\0")[0]
    # Pillow reads Latin-1; Chinese phones write UTF-8.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    plain = "".join(c if c.isprintable() else " " for c in value[: 4 * _LONGEST_TEXT])
    return " ".join(plain.split())[:_LONGEST_TEXT] or None


def _taken_at(ifd: Mapping[int, Any]) -> str | None:
    """ISO 8601; with an offset only where the file gives one."""
    found = re.match(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", _text(ifd.get(_TAKEN)) or "")
    if not found:
        return None
    at = datetime(*map(int, found.groups()))  # type: ignore[arg-type] # noqa: DTZ001 - local time of the camera
    if at.year < 1990:
        return None
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", _text(ifd.get(_TAKEN_OFFSET)) or "")
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes <= 14 * 60:
            at = at.replace(tzinfo=timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes)))
    return at.isoformat()


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


def _degrees(value: Any, ref: Any, negative: str, most: float) -> float:
    degrees, minutes, seconds = (_number(part) for part in value)
    if not (0 <= minutes < 60 and 0 <= seconds < 60 and degrees >= 0):
        raise ValueError("not an angle")
    angle = degrees + minutes / 60 + seconds / 3600
    if angle > most:
        raise ValueError("off the earth")
    return round(-angle if _text(ref) == negative else angle, 7)


def _gps(ifd: Mapping[int, Any]) -> dict[str, Any] | None:
    """lat, lon in WGS-84 degrees; accuracy_m and at (UTC) where given. 0,0 means that the phone had no fix."""
    lat, lon = _degrees(ifd[2], ifd.get(1), "S", 90), _degrees(ifd[4], ifd.get(3), "W", 180)
    if lat == 0 and lon == 0:
        return None
    found: dict[str, Any] = {"lat": lat, "lon": lon}
    accuracy = _try(lambda: _number(ifd[31]))
    if accuracy is not None and 0 <= accuracy < 100_000:
        found["accuracy_m"] = round(accuracy, 1)
    at = _try(lambda: _gps_time(ifd))
    return found | ({"at": at} if at else {})


def _gps_time(ifd: Mapping[int, Any]) -> str:
    day = datetime.strptime(_text(ifd[29]) or "", "%Y:%m:%d").replace(tzinfo=UTC)
    hours, minutes, seconds = (_number(part) for part in ifd[7])
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 61):
        raise ValueError("not a time of day")
    return (day + timedelta(hours=hours, minutes=minutes, seconds=int(seconds))).isoformat()
