"""Connections to PostgreSQL: they keep what they prepared, and wait for no answer longer than the request may.

PostgreSQL would take the connection of one that hangs, and psycopg wait for ever, and a thread with it.
"""

import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

from app.core import patience

INTRANS = psycopg.pq.TransactionStatus.INTRANS
GREETING = 2
"""Seconds to connect, and for the check of a connection taken from the pool."""
FRESH = 1.0
"""Seconds in which a connection given back is taken to live: to ask costs as much as a small statement."""


class BriefCursor(psycopg.Cursor[Any]):
    """Says of its columns what SQLAlchemy asks after every statement. psycopg would look up each one's type, to no end."""

    @property
    def description(self) -> Any:
        """Name and type."""
        told = self.pgresult
        if told is None or not told.nfields:
            return super().description
        return [
            ((told.fname(n) or b"").decode(), told.ftype(n), None, None, None, None, None)
            for n in range(told.nfields)
        ]


class PatientConnection(psycopg.Connection[Any]):
    """Waits for an answer no longer than the request has patience."""

    is_checked = False
    """Only asked whether it still lives: it is in nobody's hands."""
    given_back = 0.0
    """When it was last used."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's; a connection that did not answer in time is closed, for nobody knows what it is doing."""
        request, began = patience.current.get(), time.monotonic()
        if timeout is None and request is not None:
            timeout = min(GREETING, request.left) if self.is_checked else request.left
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            if timeout is not None and time.monotonic() - began >= timeout:
                self.pgconn.finish()
                if request is not None:
                    request.lost(began)
            raise

    def rollback(self) -> None:
        """As psycopg's. What was only read ends by COMMIT: at a ROLLBACK psycopg forgets all it has prepared."""
        if self.read_only and self.pgconn.transaction_status == INTRANS:
            self.commit()
        else:
            super().rollback()


def _set_up(made: PatientConnection) -> PatientConnection:
    # Planning anew costs several times what the statement does, and a process sends some hundred different ones.
    made.prepare_threshold, made.prepared_max = 2, 250
    made.cursor_factory = BriefCursor
    made.autocommit = True
    # PostgreSQL compiles each time what it believes to be dear: a second and a half of CPU, for answers of a tenth of it.
    made.execute("SET jit = off")
    made.autocommit = False
    return made


def teach(engine: Engine) -> None:
    """Have `engine` make such connections."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
        request, began = patience.current.get(), time.monotonic()
        if request is not None and request.left < GREETING:
            raise psycopg.OperationalError("the database did not answer")
        try:
            return _set_up(PatientConnection.connect(*args, **kwargs))
        except psycopg.OperationalError:
            if request is not None:
                request.lost(began)
            raise

    @event.listens_for(engine, "checkout")
    def _taken(raw: Any, _record: Any, _proxy: Any) -> None:
        if raw.is_checked and time.monotonic() - raw.given_back > FRESH:
            _check(raw)
        raw.is_checked = False

    @event.listens_for(engine, "checkin")
    def _given_back(raw: Any, _record: Any) -> None:
        if raw is not None:
            raw.is_checked, raw.given_back = True, time.monotonic()


def _check(raw: PatientConnection) -> None:
    try:
        raw.autocommit = True
        raw.execute("")
        raw.autocommit = False
    except psycopg.Error as gone:
        raise InvalidatePoolError() from gone
