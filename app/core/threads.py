"""Where requests do their work: in threads, few at a time, each in one go.

Python runs one thread at a moment. Eight that want to run take it from one another at every row that SQLite hands out, and
each time a core is woken: of a list of fifty cases on a machine with nothing else to do that was half of all CPU time.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool

from app.core.config import get_settings

LONGEST = 0.05
"""Seconds a turn lasts. Who takes longer (a search, an export, a database that hangs) goes on beside the others."""
ON_SQLITE, ELSEWHERE = 1, 4
"""Turns at a time. Whose database runs elsewhere often waits for it."""

T = TypeVar("T")
_turns: RunVar[asyncio.Semaphore] = RunVar("xunfang_turns")
_is_apart: ContextVar[bool] = ContextVar("xunfang_is_apart", default=False)


async def in_turn(work: Callable[..., T], *told: Any) -> T:
    """Do it in a thread when its turn has come; in the order asked for."""
    turns, is_mine = _of_loop(), True

    def end() -> None:
        nonlocal is_mine
        if is_mine:
            is_mine = False
            turns.release()

    await turns.acquire()
    late = asyncio.get_running_loop().call_later(LONGEST, end)
    try:
        return await run_in_threadpool(work, *told)
    finally:
        late.cancel()
        end()


def _of_loop() -> asyncio.Semaphore:
    try:
        return _turns.get()
    except LookupError:
        _turns.set(asyncio.Semaphore(ON_SQLITE if get_settings().is_sqlite else ELSEWHERE))
        return _turns.get()


async def apart(work: Callable[..., T], *told: Any) -> T:
    """Do what waits for a disk or a database: here, where this is a thread already; from a loop in its turn."""
    return work(*told) if _is_apart.get() else await in_turn(work, *told)


def whole(wanted: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, in a thread that has no loop. It finds all that it awaits done."""
    _is_apart.set(True)  # in this call's copy of the context
    try:
        wanted.send(None)
    except StopIteration as done:
        said: T = done.value
        return said
    wanted.close()
    raise RuntimeError("what runs in a thread waited for the loop")
