"""What the phones were told is kept, whatever is killed and whenever. The long form: test_soak.py."""

from typing import Any

from tests.faults.kills import rounds_of_kills
from tests.faults.service import Service


def test_what_was_acknowledged_survives_kills_of_server_and_worker(
    service: Service, record_property: Any
) -> None:
    done = rounds_of_kills(service, rounds=5, reports=10, seed=5, pause=0.2)
    record_property("figures", done.figures)
    print(done.figures)
    assert done.killed["server"] >= 2
    assert done.killed["worker"] >= 1
