"""SQLite has one writer. Its own way to wait is a sleep that grows, so under load some wait for seconds; ours is a lock.

A connection takes the process's turn before its first write and gives it back when the transaction has ended. What
other processes do (a worker beside the server) still goes by SQLite's busy timeout.
"""

import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

WAIT_SECONDS = 10.0
WRITES = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE", "REPLACE")


class TurnConnection(sqlite3.Connection):
    """Gives the turn back with the transaction, whichever thread ends it and however it ends."""

    turn: Any = None

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            if not self.in_transaction:  # a commit on a full disk leaves it open
                self._give_back()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._give_back()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.release()


def take_turns(engine: Engine) -> None:
    """Have the writers of `engine` wait for one another. Its connections are TurnConnections."""
    turns = threading.Lock()

    @event.listens_for(engine, "before_cursor_execute")
    def _wait(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        raw = cursor.connection
        if (
            raw.in_transaction
            or raw.turn is not None
            or not statement.lstrip()[:15].upper().startswith(WRITES)
        ):
            return
        if not turns.acquire(timeout=WAIT_SECONDS):
            raise OperationalError(statement, None, sqlite3.OperationalError("database is locked"))
        raw.turn = turns
