"""The product at another hour of the day: what happens by the town's clock is tested at any hour of ours."""

from datetime import UTC, datetime, timedelta

from app.core import clock
from tests.support import zygote


def serve(port: int, ahead_seconds: float) -> None:
    """As `zygote.serve` does, so many seconds ahead of the real clock; the clock runs."""
    clock._source = lambda: datetime.now(UTC) + timedelta(seconds=ahead_seconds)
    zygote.serve(port)
