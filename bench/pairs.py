"""Can two answers be told apart by the time they take? Pairs of requests over one connection, the order of each drawn.

The AUC of a question is how often the one took longer than the other: 0.5 tells nothing.
"""

import http.client
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.core import config, db
from bench.__main__ import commit, machine
from bench.processes import Product
from tests.support.database import migrate

chance = random.Random(1)


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    status: int | None = None
    """What it must be answered, where that matters."""


Question = tuple[str, Sequence[Ask], Sequence[Ask]]
"""Its name, and the requests of either side; if there are several, each pair takes the next."""
Took = dict[str, list[tuple[float, float]]]


def here(folder: Path) -> str:
    """This process and the server use the same new database."""
    url = f"sqlite:///{folder}/xunfang.db"
    os.environ |= {"XUNFANG_DATABASE_URL": url, "XUNFANG_DATA_DIR": str(folder), "XUNFANG_JOBS": "off"}
    config.get_settings.cache_clear()
    db.get_engine.cache_clear()
    migrate(url)
    return url


@contextmanager
def served(folder: Path, url: str, **settings: str) -> Iterator[http.client.HTTPConnection]:
    """A connection to `xunfang serve` with these settings."""
    product = Product(folder, url, **settings)
    product.start()
    try:
        yield http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    finally:
        product.stop()


def warm_up(rounds: int) -> int:
    """How many rounds go before those that count."""
    return min(10, rounds)


def measured(connection: http.client.HTTPConnection, asked: list[Question], rounds: int) -> Took:
    """All questions in turn, each as a pair in drawn order, after a few that warm up."""
    took: Took = {name: [] for name, _, _ in asked}
    for number in range(rounds + warm_up(rounds)):
        for name, these, those in asked:
            order = [(0, these[number % len(these)]), (1, those[number % len(those)])]
            chance.shuffle(order)
            one = {side: _seconds(connection, ask) for side, ask in order}
            if number >= warm_up(rounds):
                took[name].append((one[0], one[1]))
    return took


def _seconds(connection: http.client.HTTPConnection, ask: Ask) -> float:
    body = None if ask.body is None else json.dumps(ask.body).encode()
    started = time.perf_counter()
    connection.request("GET" if body is None else "POST", ask.path, body, ask.headers)
    answer = connection.getresponse()
    said = answer.read()
    took = time.perf_counter() - started
    if ask.status is not None and answer.status != ask.status:
        raise SystemExit(f"{ask.path}: {answer.status} {said[:300]!r}")
    return took


def auc(pairs: list[tuple[float, float]]) -> float:
    """Mann–Whitney: how often any of the first took longer than any of the second."""
    marked = sorted([(a, 1) for a, _ in pairs] + [(b, 0) for _, b in pairs])
    ranks = sum(rank for rank, (_, is_first) in enumerate(marked, 1) if is_first)
    n = len(pairs)
    return (ranks - n * (n + 1) / 2) / (n * n)


def show(took: Took) -> None:
    """The AUC of each question and of all, and where they were measured."""
    print(f"{machine()}\ncommit {commit()}")
    for name, pairs in took.items():
        ms = [1000 * sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
        print(f"{name:40} AUC {auc(pairs):.3f}  {len(pairs)} pairs, mean {ms[0]:.2f} and {ms[1]:.2f} ms")
    scaled = [(a / (a + b), b / (a + b)) for pairs in took.values() for a, b in pairs]
    print(f"{'all, each pair by its sum':40} AUC {auc(scaled):.3f}  {len(scaled)} pairs")
