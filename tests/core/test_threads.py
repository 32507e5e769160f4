"""Requests' work in threads: few at a time, in order, and nobody stands in the way for long."""

import asyncio
import threading
import time

import pytest

from app.core import threads
from app.core.db import Read
from app.core.routes import Routes


@pytest.fixture(autouse=True)
def one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "ON_SQLITE", 1)
    monkeypatch.setattr(threads, "ELSEWHERE", 1)


def test_work_is_done_one_after_the_other_in_the_order_asked_for() -> None:
    told: list[tuple[str, int]] = []

    def work(number: int) -> int:
        told.append(("begins", number))
        time.sleep(0.002)
        told.append(("ends", number))
        return number

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(threads.in_turn(work, number) for number in range(6)))

    assert asyncio.run(all_at_once()) == list(range(6))
    assert told == [(what, number) for number in range(6) for what in ("begins", "ends")]


def test_who_takes_long_or_fails_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "LONGEST", 0.01)
    released = threading.Event()

    def fails() -> None:
        raise LookupError

    async def waiting_for_the_next() -> tuple[bool, BaseException | None, None]:
        slow = asyncio.create_task(threads.in_turn(released.wait, 30))
        failing, other = (asyncio.create_task(threads.in_turn(work)) for work in (fails, released.set))
        return await slow, (await asyncio.wait([failing]))[0].pop().exception(), await other

    has_passed, fault, _ = asyncio.run(waiting_for_the_next())
    assert has_passed
    assert isinstance(fault, LookupError)


def test_a_coroutine_runs_whole_in_a_thread_and_may_not_wait_for_the_loop() -> None:
    async def asks(seconds: float | None) -> tuple[int, int]:
        if seconds is not None:
            await asyncio.sleep(seconds)
        return threading.get_ident(), await threads.apart(threading.get_ident)

    async def in_a_thread(seconds: float | None) -> tuple[int, int]:
        return await threads.in_turn(lambda: threads.whole(asks(seconds)))

    here, there = asyncio.run(in_a_thread(None))
    assert here == there != threading.get_ident()
    with pytest.raises(RuntimeError, match="waited for the loop"):
        asyncio.run(in_a_thread(0.0))


def test_a_session_is_for_routes_that_end_it() -> None:
    async def route(session: Read) -> None:
        raise AssertionError(session)

    with pytest.raises(TypeError, match="async route"):
        Routes().add_api_route("/here", route)
