"""kill -9 of server and worker at random moments while phones report; short in `make test`, long in `make soak`."""

import random
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.core import jobs
from app.features.photos.models import Photo, PhotoState
from tests.faults.load import Phones, assert_exactly_once, assert_jobs_done, assert_no_half
from tests.faults.service import Service

VICTIMS = ("server", "server", "worker", "both")


@dataclass
class Kills:
    """What a run of rounds counted."""

    rounds: int = 0
    killed: dict[str, int] = field(default_factory=lambda: {"server": 0, "worker": 0})
    up_after: list[float] = field(default_factory=list)
    """Seconds from a cold start to the first 2xx."""
    figures: dict[str, Any] = field(default_factory=dict)


def rounds_of_kills(
    service: Service, *, rounds: int, reports: int, seed: int, pause: float, cold_every: int = 0
) -> Kills:
    """At least `rounds` kills and `reports` acknowledged reports; then everything is looked at.

    `cold_every`: each so-manieth server is started with an interpreter of its own, and timed.
    """
    chance, done = random.Random(seed), Kills()
    service.start_worker()
    phones = Phones(service.street, seed, pause=pause).start()
    while done.rounds < rounds or phones.acknowledged < reports:
        _let_them_work(phones, chance)
        is_cold = cold_every > 0 and done.killed["server"] % cold_every == 0
        _one_round(service, chance.choice(VICTIMS), done, is_cold=is_cold)
    phones.stop()
    assert sum(phones.broken.values()) > 0, "no kill met a request under way"
    _wait_for_jobs(service)
    assert_no_half(service.street, service.storage)
    assert_exactly_once(service.street, phones.items, service.storage)
    assert_jobs_done(service.street, service.storage)
    done.figures = {
        "rounds": done.rounds,
        **done.killed,
        "reports": phones.acknowledged,
        "photos": sum(len(item.photos) for item in phones.items),
        "answers": dict(phones.answers),
        "broken": dict(phones.broken),
        "up_after": _spread(done.up_after),
    }
    return done


def _let_them_work(phones: Phones, chance: random.Random) -> None:
    """A few answers and a moment more: so that a slow machine, too, gets on between two kills."""
    heard = sum(phones.answers.values()) + chance.randrange(3, 15)
    until = time.monotonic() + 60
    while sum(phones.answers.values()) < heard:
        assert time.monotonic() < until, f"no phone was answered any more: {phones.broken} {phones.wrong}"
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.1))


def _one_round(service: Service, victim: str, done: Kills, *, is_cold: bool) -> None:
    if victim in ("worker", "both"):
        service.kill_worker()
        done.killed["worker"] += 1
    if victim in ("server", "both"):
        service.server.kill()
        done.killed["server"] += 1
        assert_no_half(service.street, service.storage)
        service.server.cold = () if is_cold else None
        began = time.monotonic()
        service.server.start()
        if is_cold:
            done.up_after.append(time.monotonic() - began)
    if service.worker is None:
        service.start_worker()
    done.rounds += 1


def _wait_for_jobs(service: Service, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while True:
        with service.street.session() as session:
            waiting = session.scalar(
                sa.select(sa.func.count()).select_from(Photo).where(Photo.state != PhotoState.READY)
            )
            stats = jobs.stats(session)
        if not waiting and stats.queued == stats.running == stats.delayed == 0:
            assert stats.failed == 0, stats
            return
        assert time.monotonic() < until, f"{waiting} photos without copies, {stats}"
        time.sleep(0.1)


def _spread(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {"p50": round(statistics.median(seconds), 2), "max": round(max(seconds), 2)}
