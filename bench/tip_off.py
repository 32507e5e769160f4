"""Can somebody tell by the time an answer takes that a round is hidden? Two equal towns, one with a round, asked in turn.

`python -m bench.tip_off --pairs 2000`: pairs of requests to `xunfang serve` over loopback, as bench/pairs.py has it.
"""

import argparse
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.core import clock, db
from bench.pairs import Ask, Question, here, measured, served, show
from tests import factories
from tests.features.crosscheck.ringtown import MORNING, REVEAL, RingTown, ring_town

FINDINGS = 63


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


def questions(one: RingTown, other: RingTown, hidden: dict[str, str]) -> Iterator[Question]:
    """What is asked where something is hidden, and where nothing is."""
    with db.transaction() as session:
        there, elsewhere = (
            {"Authorization": f"Bearer {factories.token(session, town.people['captain:B'])}"}
            for town in (one, other)
        )
    for path in (
        "/api/cross/rounds",
        "/api/cross/mine",
        "/api/cross/envelope",
        "/api/issues/counts",
        "/api/inbox",
    ):
        yield path, [Ask(path, there)], [Ask(path, elsewhere)]
    for name, url in (("round", "/api/cross/rounds/{}"), ("photo", "/api/media/{}/thumb")):
        yield f"hidden {name}", [Ask(url.format(hidden[name]), there)], [Ask(url.format(uuid.uuid4()), there)]


def main() -> None:
    """Ask, and print the AUC of each question and of all."""
    parser = argparse.ArgumentParser(prog="python -m bench.tip_off", description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000, help="of all questions together, at least")
    wanted = parser.parse_args().pairs
    with tempfile.TemporaryDirectory(prefix="tip-off-") as name:
        url = here(Path(name))
        asked = list(questions(*towns()))
        with served(Path(name), url) as connection:
            took = measured(connection, asked, -(-wanted // len(asked)))
    show(took)


if __name__ == "__main__":
    main()
