"""Time as the system sees it: UTC, and replaceable so that tests and replays can freeze or move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """The current time, timezone-aware, UTC, microsecond resolution."""
    return _source() if _source is not None else datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[Callable[[timedelta], None]]:
    """Hold the clock at `at` (aware); yields a function that moves it forward. Process-wide: tests and replays only."""
    global _source
    current = [at.astimezone(UTC)]
    before = _source
    _source = lambda: current[0]  # noqa: E731 - a named def would only hide the one-liner

    def advance(by: timedelta) -> None:
        current[0] += by

    try:
        yield advance
    finally:
        _source = before
