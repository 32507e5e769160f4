"""kill -9 of server and worker at random moments while phones report; short in `make test`, long in `make soak`."""

import os
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
    up_after: list[tuple[float, float, float]] = field(default_factory=list)
    """From a cold start to the first 2xx: seconds, CPU seconds, and the machine's load then."""
    figures: dict[str, Any] = field(default_factory=dict)


def rounds_of_kills(
    service: Service,
    *,
    rounds: int,
    reports: int,
    seed: int,
    pause: float,
    answers: int = 15,
    cold_every: int = 0,
    helpers: int = 0,
) -> Kills:
    """At least `rounds` kills and `reports` acknowledged reports; then everything is looked at.

    `answers`: at most so many between two kills. `cold_every`: each so-manieth server is started with an interpreter
    of its own, and timed. `helpers`: so many workers more do what is left at the end.
    """
    chance, done = random.Random(seed), Kills()
    service.start_worker()
    phones = Phones(service.street, seed, pause=pause).start()
    while done.rounds < rounds or phones.acknowledged < reports:
        _let_them_work(phones, chance, answers)
        is_cold = cold_every > 0 and done.killed["server"] % cold_every == 0
        _one_round(service, chance.choice(VICTIMS), done, is_cold=is_cold)
    phones.stop()
    assert sum(phones.broken.values()) > 0, "no kill met a request under way"
    for _ in range(helpers):
        service.start_helper()
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
        "up_after": {
            name: _spread([one[place] for one in done.up_after])
            for place, name in enumerate(("seconds", "cpu", "load"))
        },
    }
    return done


def _let_them_work(phones: Phones, chance: random.Random, most: int) -> None:
    """Some answers and a moment more: so that a slow machine, too, gets on between two kills."""
    heard = last = sum(phones.answers.values())
    heard += chance.randrange(3, most)
    until = time.monotonic() + 60
    while (now := sum(phones.answers.values())) < heard:
        assert phones.wrong == []
        until, last = (time.monotonic() + 60, now) if now > last else (until, last)
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
            done.up_after.append((time.monotonic() - began, service.server.cpu_seconds(), os.getloadavg()[0]))
    if service.worker is None:
        service.start_worker()
    done.rounds += 1


def _wait_for_jobs(service: Service, seconds: float = 240) -> None:
    """Until all are done; `seconds` without one more photo ready is too long."""
    until, before = time.monotonic() + seconds, None
    while True:
        with service.street.session() as session:
            waiting = session.scalar(
                sa.select(sa.func.count()).select_from(Photo).where(Photo.state != PhotoState.READY)
            )
            stats = jobs.stats(session)
        if not waiting and stats.queued == stats.running == stats.delayed == 0:
            assert stats.failed == 0, _given_up(service)
            return
        if waiting != before:
            until, before = time.monotonic() + seconds, waiting
        assert time.monotonic() < until, f"{waiting} photos without copies, {stats}"
        time.sleep(0.1)


def _given_up(service: Service) -> list[Any]:
    """Each job that was given up: its name, its state, how often it was taken, and why."""
    with service.street.session() as session:
        schema = "dbos." if session.get_bind().dialect.name == "postgresql" else ""
        told = f"""
            SELECT s.name, s.status, s.recovery_attempts, o.error FROM {schema}workflow_status s
            LEFT JOIN {schema}workflow_output o ON o.workflow_uuid = s.workflow_uuid
            WHERE s.status IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"""
        return [tuple(row) for row in session.execute(sa.text(told))]


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    told = {"n": len(values), "min": min(values), "p50": statistics.median(values), "max": max(values)}
    return {name: round(value, 2) for name, value in told.items()}
