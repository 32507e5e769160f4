"""How a process that stays asks the system for memory, and gives it back."""

import ctypes
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE, _SPARE = 1024 * 1024, 8 * 1024 * 1024


def hold_little() -> None:
    """To be said before the first thread starts. glibc only; elsewhere nothing happens.

    One heap for all threads: glibc would give each thread one of its own, whose free room no other thread can use, and
    Python's threads hardly ever ask at the same moment. A freed block of 1 MiB or more goes back to the system: else
    a process that took in photos stays as big as they were. Of the rest some megabytes are kept at hand: to give back
    and ask again with each piece of a photo costs more than to hash it.
    """
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        for what, value in ((_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _SPARE)):
            libc.mallopt(what, value)
