"""A worker of its own for test_jobs_live.py: a job that says in the change feed when it begins and when it ends."""

import os
import signal
import time
import uuid

from app.core import changes, db, jobs

TOWN = uuid.UUID(int=1)


@jobs.job("sample.slow")
def slow(number: int, seconds: float) -> None:
    for kind in ("begun", "ended"):
        with db.transaction() as session:
            changes.note(session, TOWN, kind, str(number))
        if kind == "begun":
            time.sleep(seconds)


@jobs.job("sample.poison")
def poison() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(dead_seconds: float | None, crashes: int) -> None:
    jobs.CRASHES = crashes  # type: ignore[misc]
    if dead_seconds:
        jobs.BEAT_SECONDS, jobs.DEAD_SECONDS = min(0.2, dead_seconds / 6), dead_seconds  # type: ignore[misc]
    jobs.run_worker()
