"""Eight clients on loopback that ask the same thing over and over, each on one kept connection."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.processes import cpu_ms

CLIENTS = 8


@dataclass(frozen=True)
class Request:
    """One request. `body` is sent as it is."""

    method: str
    path: str
    token: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Wanted = Callable[[int], Sequence[Request]]
"""The requests of the n-th operation; its time is that of all of them."""


@dataclass(frozen=True)
class Measured:
    """What one operation cost."""

    operations: int
    cpu_ms: float
    p50_ms: float
    p95_ms: float


def _ask(connection: http.client.HTTPConnection, asked: Request) -> None:
    headers = {"Authorization": f"Bearer {asked.token}", "Accept-Encoding": "gzip", **asked.headers}
    if asked.body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection.request(asked.method, asked.path, asked.body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if not 200 <= answer.status < 300:
        raise SystemExit(f"{asked.method} {asked.path}: {answer.status} {said[:300]!r}")


class _Clients:
    def __init__(self, port: int, wanted: Wanted) -> None:
        self.port, self.wanted = port, wanted
        self.lock = threading.Lock()
        self.faults: list[BaseException] = []
        self.taken: list[float] = []
        self.done = 0

    def _take(self, until: int) -> int | None:
        with self.lock:
            if self.faults or self.done >= until:
                return None
            self.done += 1
            return self.done - 1

    def _one(self, until: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            while (number := self._take(until)) is not None:
                requests = self.wanted(number)
                started = time.perf_counter()
                for request in requests:
                    _ask(connection, request)
                self.taken.append((time.perf_counter() - started) * 1000)
        except BaseException as fault:  # raised again by `all`, in the main thread
            self.faults.append(fault)
        finally:
            connection.close()

    def all(self, until: int, clients: int) -> None:
        threads = [threading.Thread(target=self._one, args=(until,)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.faults:
            raise self.faults[0]


def run(
    port: int,
    roots: Sequence[int],
    wanted: Wanted,
    operations: int,
    *,
    warm: int = 16,
    clients: int = CLIENTS,
) -> Measured:
    """Do `operations` operations after `warm` that do not count. CPU: of the trees below `roots`, per operation."""
    crowd = _Clients(port, wanted)
    crowd.all(warm, clients)
    crowd.taken.clear()
    before = cpu_ms(*roots)
    crowd.all(warm + operations, clients)
    spent, taken = cpu_ms(*roots) - before, sorted(crowd.taken)
    return Measured(operations, spent / operations, taken[len(taken) // 2], taken[int(len(taken) * 0.95)])
