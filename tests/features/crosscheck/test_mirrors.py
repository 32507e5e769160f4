"""What a team admits of its own unit comes out as a case of that unit, once the round is released."""

from datetime import timedelta
from typing import Any

from app.core import jobs
from tests.features.crosscheck.conftest import Advance
from tests.features.crosscheck.ringtown import RingTown


def test_a_mirror_that_says_also_here_opens_an_own_case_after_the_release_S16(
    ring: RingTown, advance: Advance
) -> None:
    def own_cases() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ring.client("liaison:A").get("/api/issues").json()["items"]
        return found

    round_ = ring.plan_table()
    advance(timedelta(hours=1))
    ring.reveal(round_["id"])
    task = ring.task("A")
    for category in ("ORD-02", "ENV-02", "RES-01"):
        ring.finding("captain:A", task, category)
    open_mirrors = [m for m in ring.task("A")["missing"] if m["code"] == "mirror_open"]
    assert len(open_mirrors) == 3
    shot = ring.photo("captain:A")
    at_home = str(ring.points["A"][0].id)
    ring.sent(
        "captain:A", "mirror", task, category="RES-01", own_state="also_here", point_id=at_home, photos=[shot]
    )
    ring.all_submitted()
    assert own_cases() == []
    ring.post(f"rounds/{round_['id']}/consolidate")
    ring.post(f"rounds/{round_['id']}/release")
    jobs.drain()
    (own,) = own_cases()
    assert (own["source"], own["category"]["code"], own["unit"]["zh"]) == ("mirror", "RES-01", "A居民区")
