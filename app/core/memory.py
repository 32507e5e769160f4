"""How a process that stays asks the system for memory, and gives it back."""

import ctypes
import threading
import time
from contextlib import suppress
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_AT_HAND = 32 * 1024 * 1024
GIVE_BACK_SECONDS = 30.0


def hold_little() -> None:
    """To be said before the first thread starts. glibc only; elsewhere nothing happens.

    One heap for all threads: glibc would give each thread one of its own, whose free room no other thread can use, and
    Python's threads hardly ever ask at the same moment. What is freed stays at hand for the next photo, for new pages
    cost as much as hashing it; twice a minute what is free goes back to the system.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        for what, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _AT_HAND), (_M_TRIM_THRESHOLD, _AT_HAND)):
            libc.mallopt(what, value)
        threading.Thread(target=_give_back, args=(libc.malloc_trim,), name="memory", daemon=True).start()


def _give_back(trim: Any) -> None:
    while True:
        time.sleep(GIVE_BACK_SECONDS)
        trim(0)
