"""How long a request waits for a database that does not answer.

It is counted over all its statements and connections, for the phone is to hear 503 within five seconds. Jobs and
commands wait as long as it takes.
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

PER_REQUEST = 4.2


@dataclass
class Patience:
    """Seconds left to wait in vain."""

    left: float

    def lost(self, began: float) -> None:
        """A wait that began then was in vain."""
        self.left = max(0.0, self.left - (time.monotonic() - began))


current: ContextVar[Patience | None] = ContextVar("xunfang_patience", default=None)


class PerRequest:
    """Gives each request a patience of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        current.set(Patience(PER_REQUEST))
        await self.app(scope, receive, send)
