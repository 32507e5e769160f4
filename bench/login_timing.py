"""Can somebody tell by the time an answer takes that a login exists? `python -m bench.login_timing --pairs 1000` of each.

Each pair comes from a network of its own, so that nobody is slowed down for guessing, and both sides are counted alike.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from app.core import db
from app.features.identity.models import UserStatus
from app.features.identity.passwords import hash_password
from bench.pairs import Ask, Question, here, measured, served, show, warm_up
from tests import factories

PASSWORD = "correct horse battery"
PEOPLE = 100
"""Of each kind."""


def people() -> None:
    """Some that are active, some that were disabled, and some that have no password."""
    hashed = hash_password(PASSWORD)
    with db.transaction() as session:
        town = factories.town(session)
        for number in range(PEOPLE):
            for kind, status, own in (
                ("a", UserStatus.ACTIVE, hashed),
                ("d", UserStatus.DISABLED, hashed),
                ("n", UserStatus.ACTIVE, None),
            ):
                factories.user(
                    session, town, "volunteer", login=f"{kind}{number:05}", status=status, password_hash=own
                )


SIDES = {
    "unknown": ("u", "wrong"),
    "wrong password": ("a", "wrong"),
    "disabled, right password": ("d", PASSWORD),
    "no password": ("n", "wrong"),
}
"""Why a login is refused: whose logins begin so, and what is typed."""


def questions(rounds: int) -> Iterator[Question]:
    """Every two of the reasons, against each other."""
    for place, (one, other) in enumerate(combinations(SIDES, 2)):
        networks = [f"10.{place}.{number // 250}.{number % 250}" for number in range(rounds)]
        yield f"{one} / {other}", _asks(one, networks), _asks(other, networks)


def _asks(side: str, networks: list[str]) -> list[Ask]:
    letter, password = SIDES[side]
    return [
        Ask(
            "/api/session",
            {"Content-Type": "application/json", "X-Forwarded-For": network},
            {"login": f"{letter}{number % PEOPLE:05}", "password": password},
            status=401,
        )
        for number, network in enumerate(networks)
    ]


def main(given: list[str]) -> None:
    """Ask, and print the AUC of each question and of all."""
    parser = argparse.ArgumentParser(prog="python -m bench.login_timing", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000, help="of each question")
    pairs = parser.parse_args(given).pairs
    with tempfile.TemporaryDirectory(prefix="login-timing-") as name:
        url = here(Path(name))
        people()
        with served(Path(name), url, XUNFANG_TRUSTED_PROXIES="127.0.0.1") as connection:
            took = measured(connection, list(questions(pairs + warm_up(pairs))), pairs)
    show(took)


if __name__ == "__main__":
    main(sys.argv[1:])
