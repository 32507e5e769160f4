"""Can somebody tell by the time an answer takes that a round is hidden? Two equal towns, one with a round, asked in turn.

`python -m bench.tip_off --pairs 2000`: pairs of requests, the order of each pair drawn, to `xunfang serve` over loopback.
The AUC is the share of pairs in which the town with the round took longer: 0.5 tells nothing.
"""

import argparse
import http.client
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.core import clock, config, db
from bench.__main__ import commit, machine
from bench.processes import Product
from tests import factories
from tests.features.crosscheck.ringtown import MORNING, REVEAL, RingTown, ring_town
from tests.support.database import migrate

FINDINGS = 63
chance = random.Random(1)


def here(folder: Path) -> str:
    """This process and the server use the same new database."""
    url = f"sqlite:///{folder}/xunfang.db"
    os.environ |= {"XUNFANG_DATABASE_URL": url, "XUNFANG_DATA_DIR": str(folder), "XUNFANG_JOBS": "off"}
    config.get_settings.cache_clear()
    db.get_engine.cache_clear()
    migrate(url)
    return url


def towns() -> tuple[RingTown, RingTown, dict[str, str]]:
    """Two towns; at B of the first a team has found things, and the office has consolidated them."""
    from app.api import create_app

    app = create_app()

    def sign_in(person: Any) -> TestClient:
        with db.transaction() as session:
            token = factories.token(session, person)
        return TestClient(app, "https://testserver", headers={"Authorization": f"Bearer {token}"})

    with clock.frozen(MORNING):
        one, other = ring_town(sign_in), ring_town(sign_in)
        edge = {"inspector_id": str(one.units["A"].id), "target_id": str(one.units["B"].id)}
        planned = one.plan(pairing="planned", unit_ids=None, edges=[edge])
    with clock.frozen(REVEAL):
        one.reveal(planned["id"])
        task = one.task("A")
        for _ in range(FINDINGS):
            one.finding("captain:A", task)
        one.complete("A")
        assert one.submit("A").status_code == 201
        photo = one.get(f"rounds/{planned['id']}/findings")["items"][0]["photos"][0]["id"]
        one.post(f"rounds/{planned['id']}/consolidate")
    return one, other, {"round": planned["id"], "photo": photo}


def questions(one: RingTown, other: RingTown, hidden: dict[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """(name, how to ask where something is hidden, how to ask where nothing is)."""
    tokens = []
    with db.transaction() as session:
        for town in (one, other):
            tokens.append(factories.token(session, town.people["captain:B"]))
    for path in (
        "/api/cross/rounds",
        "/api/cross/mine",
        "/api/cross/envelope",
        "/api/issues/counts",
        "/api/inbox",
    ):
        yield path, (path, tokens[0]), (path, tokens[1])
    for name, url in (("round", "/api/cross/rounds/{}"), ("photo", "/api/media/{}/thumb")):
        yield f"hidden {name}", (url.format(hidden[name]), tokens[0]), (url.format(uuid.uuid4()), tokens[0])


def seconds(connection: http.client.HTTPConnection, path: str, token: str) -> float:
    started = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    connection.getresponse().read()
    return time.perf_counter() - started


def auc(pairs: list[tuple[float, float]]) -> float:
    """Mann–Whitney: how often any answer with a round took longer than any without."""
    marked = sorted([(a, 1) for a, _ in pairs] + [(b, 0) for _, b in pairs])
    ranks = sum(rank for rank, (_, is_hidden) in enumerate(marked, 1) if is_hidden)
    n = len(pairs)
    return (ranks - n * (n + 1) / 2) / (n * n)


def main() -> None:
    """Ask, and print the AUC of each question and of all."""
    parser = argparse.ArgumentParser(prog="python -m bench.tip_off", description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000, help="of all questions together, at least")
    wanted = parser.parse_args().pairs
    with tempfile.TemporaryDirectory(prefix="tip-off-") as name:
        url = here(Path(name))
        asked = list(questions(*towns()))
        product = Product(Path(name), url)
        product.start()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
            took = measured(connection, asked, -(-wanted // len(asked)))
        finally:
            product.stop()
    print(f"{machine()}\ncommit {commit()}")
    for name, pairs in took.items():
        ms = [1000 * sum(pair[side] for pair in pairs) / len(pairs) for side in (0, 1)]
        print(f"{name:24} AUC {auc(pairs):.3f}  {len(pairs)} pairs, mean {ms[0]:.2f} and {ms[1]:.2f} ms")
    scaled = [(a / (a + b), b / (a + b)) for pairs in took.values() for a, b in pairs]
    print(f"{'all, each pair by its sum':24} AUC {auc(scaled):.3f}  {len(scaled)} pairs")


def measured(
    connection: http.client.HTTPConnection, asked: list[tuple[str, Any, Any]], rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """All questions in turn, each as a pair in drawn order, after a few that warm up."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in asked}
    for number in range(rounds + 10):
        for name, hidden, plain in asked:
            order = [(0, hidden), (1, plain)]
            chance.shuffle(order)
            one = {side: seconds(connection, *what) for side, what in order}
            if number >= 10:
                took[name].append((one[0], one[1]))
    return took


if __name__ == "__main__":
    main()
