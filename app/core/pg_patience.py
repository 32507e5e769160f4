"""A PostgreSQL that takes the connection but never answers: psycopg would wait for ever, and a thread with it.

What a request may wait in vain is counted over all its statements and connections, for the phone is to hear 503
within five seconds. Jobs and commands wait as long as it takes.
"""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Receive, Scope, Send

PER_REQUEST = 4.2
GREETING = 2
"""Seconds to connect, and for the check of a connection taken from the pool."""


@dataclass
class Patience:
    """Seconds left to wait in vain."""

    left: float = PER_REQUEST

    def lost(self, began: float) -> None:
        """A wait that began then was in vain."""
        self.left = max(0.0, self.left - (time.monotonic() - began))


_current: ContextVar[Patience | None] = ContextVar("xunfang_patience", default=None)


class PerRequest:
    """Gives each request a patience of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _current.set(Patience())
        await self.app(scope, receive, send)


class PatientConnection(psycopg.Connection[Any]):
    """Waits for an answer no longer than the request has patience."""

    is_checked = False
    """Only asked whether it still lives: it is in nobody's hands."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's; a connection that did not answer in time is closed, for nobody knows what it is doing."""
        patience, began = _current.get(), time.monotonic()
        if timeout is None and patience is not None:
            timeout = min(GREETING, patience.left) if self.is_checked else patience.left
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if timeout is not None and time.monotonic() - began >= timeout:
                self.pgconn.finish()
                if patience is not None:
                    patience.lost(began)
            raise


def teach(engine: Engine) -> None:
    """Have `engine` make such connections."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
        patience, began = _current.get(), time.monotonic()
        if patience is not None and patience.left < GREETING:
            raise psycopg.OperationalError("the database did not answer")
        try:
            return PatientConnection.connect(*args, **kwargs)
        except psycopg.OperationalError:
            if patience is not None:
                patience.lost(began)
            raise

    @event.listens_for(engine, "checkout")
    def _taken(raw: Any, _record: Any, _proxy: Any) -> None:
        raw.is_checked = False

    @event.listens_for(engine, "checkin")
    def _given_back(raw: Any, _record: Any) -> None:
        if raw is not None:
            raw.is_checked = True
