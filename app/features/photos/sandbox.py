"""Runs decoder.py: a few processes with memory and time limits, started when needed, replaced when a file kills one."""

import atexit
import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from app.core.config import get_settings
from app.core.errors import Unavailable
from app.features.photos.errors import PictureRefused

log = structlog.get_logger()

_ROOT = Path(__file__).parents[3]
_PIPE = 2**20


@dataclass(frozen=True)
class Checked:
    """The picture can be decoded. Width and height as displayed; claims as exif.py makes them."""

    width: int
    height: int
    claims: dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A clean JPEG made from the picture."""

    data: bytes
    width: int
    height: int


class _Died(Exception):
    """The process ended; `args[0]` is its return code."""


class _Process:
    def __init__(self, memory_mb: int, cpu_seconds: float, niceness: int) -> None:
        # A decoder needs no secrets: the environment is not passed on. The glibc arenas would eat the memory limit.
        self.process = subprocess.Popen(  # noqa: S603 - our own module, no outside words
            [
                sys.executable,
                "-m",
                "app.features.photos.decoder",
                str(memory_mb),
                str(cpu_seconds),
                str(niceness),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={
                "PYTHONPATH": str(_ROOT),
                "PATH": os.defpath,
                "MALLOC_ARENA_MAX": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
        # Linux's 64 KiB would have the two of us take turns fifty times a picture.
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe:
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)

    def ask(self, header: dict[str, Any], data: bytes, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        """One request. TimeoutError after `seconds` of waiting; _Died if the process ended by itself."""
        assert self.process.stdin and self.process.stdout  # noqa: S101, PT018 - both are pipes
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self.process.kill()

        watchdog = threading.Timer(seconds, give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            self.process.stdin.write(json.dumps(header | {"size": len(data)}).encode() + b"\n")
            self.process.stdin.write(data)
            self.process.stdin.flush()
            answer: dict[str, Any] = json.loads(self.process.stdout.readline() or b"null") or {}
            pieces = [self.process.stdout.read(size) for size in answer["sizes"]]
        except (OSError, ValueError, KeyError):
            self.close()
            if late.is_set():
                raise TimeoutError from None
            raise _Died(self.process.returncode) from None
        finally:
            watchdog.cancel()
        return answer, pieces

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            # Closing flushes what the dead process never read.
            with suppress(OSError):
                if pipe:
                    pipe.close()


class Sandbox:
    """Decoding elsewhere. Raises PictureRefused for what the file is to blame for, Unavailable for what it is not."""

    def __init__(self, memory_mb: int, cpu_seconds: float, processes: int, niceness: int = 0) -> None:
        self._limits = (memory_mb, cpu_seconds, niceness)
        # Wall time is no measure of a picture on a busy machine; it only ends what hangs without using CPU.
        self.wall_seconds = max(30.0, 3 * cpu_seconds) * (4 if niceness else 1)
        self._free: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        for _ in range(processes):
            self._free.put(None)

    def check(self, data: bytes, media_type: str) -> Checked:
        """Decode once, cheaply."""
        answer, _ = self._ask({"op": "check", "media_type": media_type}, data)
        return Checked(answer["width"], answer["height"], answer["claims"])

    def render(
        self, data: bytes, media_type: str, lines: Sequence[str] = (), font: Path | None = None
    ) -> list[Made]:
        """Thumb and large rendition; with `lines` and a font for them, the large one with them on it as well."""
        written = {"lines": list(lines) if font else [], "font": str(font)}
        return self._made({"op": "render", "media_type": media_type} | written, data)

    def watermark(self, clean: bytes, lines: list[str], font: Path) -> Made:
        """`lines` written on a copy of a clean rendition."""
        (made,) = self._made({"op": "watermark", "lines": lines, "font": str(font)}, clean)
        return made

    def veil(self, clean: bytes, boxes: Sequence[Sequence[int]]) -> Made:
        """A clean rendition with these boxes made unrecognisable."""
        (made,) = self._made({"op": "veil", "boxes": boxes}, clean)
        return made

    def _made(self, header: dict[str, Any], data: bytes) -> list[Made]:
        answer, pieces = self._ask(header, data)
        return [Made(piece, *size) for piece, size in zip(pieces, answer["made"], strict=True)]

    def _ask(self, header: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
        try:
            process = self._free.get(timeout=self.wall_seconds)
        except queue.Empty:
            raise Unavailable("Too many pictures at once.") from None
        try:
            process, answer, pieces = self._ask_until_answered(process, header, data)
        except BaseException:
            self._free.put(None)
            raise
        self._free.put(process)
        if "refused" in answer:
            raise PictureRefused(reason=answer["refused"])
        return answer, pieces

    def _ask_until_answered(
        self, process: _Process | None, header: dict[str, Any], data: bytes
    ) -> tuple[_Process, dict[str, Any], list[bytes]]:
        # A process may have ended idle, or been chosen by the kernel when memory ran out: only the second death is the file's.
        for last_try in (False, True):
            try:
                process = process or _Process(*self._limits)
                return process, *process.ask(header, data, self.wall_seconds)
            except OSError:  # TimeoutError too; or the machine has no room for another process
                raise Unavailable("The picture could not be looked at in time.") from None
            except _Died as died:
                log.info("decoder_died", returncode=died.args[0], op=header["op"])
                if last_try or died.args[0] == -signal.SIGXCPU:
                    raise PictureRefused(reason="too-complex") from None
                process = None
        raise AssertionError("the second death raises")

    def close(self) -> None:
        """End the processes; the next request starts new ones."""
        idle = [self._free.get() for _ in range(self._free.qsize())]
        for process in idle:
            if process:
                process.close()
            self._free.put(None)


@lru_cache
def get_sandbox() -> Sandbox:
    """For the check at intake, while a phone waits."""
    return _made(processes=2, niceness=0)


@lru_cache
def get_renderer() -> Sandbox:
    """For renditions: one at a time and after everything else, so that they never hold up an intake."""
    return _made(processes=1, niceness=10)


def _made(processes: int, niceness: int) -> Sandbox:
    settings = get_settings()
    sandbox = Sandbox(settings.picture_memory_mb, settings.picture_seconds, processes, niceness)
    atexit.register(sandbox.close)
    return sandbox
