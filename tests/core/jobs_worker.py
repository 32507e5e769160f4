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


if __name__ == "__main__":
    if "DEAD_SECONDS" in os.environ:
        jobs.BEAT_SECONDS, jobs.DEAD_SECONDS = 0.2, float(os.environ["DEAD_SECONDS"])  # type: ignore[misc]
    jobs.run_worker()
