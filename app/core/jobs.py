"""Background work that commits with the change that asks for it. With jobs_store, all that knows DBOS Transact.

A job is a plain function of JSON values. It opens its own `db.transaction()`, and doing it twice, even twice at once,
does no harm: a worker that dies may leave it done and not yet marked so. See docs/adr/0003-jobs-by-dbos.md.
"""

import json
import os
import random
import signal
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from croniter import croniter
from dbos import DBOS
from dbos import error as dbos_error
from sqlalchemy.orm import Session

from app.core import db, jobs_store, metrics
from app.core.config import get_settings
from app.core.jobs_store import ENGINE_TABLES, Stats, migrate, stats

__all__ = ["ENGINE_TABLES", "Stats", "drain", "enqueue", "every", "job", "migrate", "run_worker"]
__all__ += ["start_inline", "stats", "stop", "sweep", "sweeper", "tidy"]

log = structlog.get_logger()

QUEUES: Final = {"default": (48, 0.5), "heavy": (6, 0.8)}
"""Jobs a process takes ahead, and how often it looks for more, in seconds: the product is the throughput."""
THREADS: Final = 8
HEAVY_AT_ONCE: Final = 2
"""`heavy` is for jobs that decode pictures: few at once, so that memory stays flat."""
BEAT_SECONDS: Final = 3.0
DEAD_SECONDS: Final = 12.0
"""A process whose running jobs have not been touched for this long is dead, and others take them over."""
RETRY_SECONDS = 2.0
CRASHES: Final = 20
"""A job that so many processes had when they died, or had taken ahead, is given up: it may be what kills them."""
KEEP_DONE_HOURS, KEEP_FAILED_HOURS = 24, 24 * 30

Function = Callable[..., None]
Sweep = Callable[[Session], None]


@dataclass(frozen=True)
class Job:
    """A registered job. `retries` counts the tries after the first; waits double from two seconds to five minutes."""

    name: str
    function: Function
    queue: str
    retries: int


class JobFailed(Exception):
    """What the engine keeps of a job that used up its tries: names only, never values."""


_jobs: dict[str, Job] = {}
_schedules: dict[str, str] = {}
_sweepers: dict[str, Sweep] = {}
_starters: list[Callable[[], None]] = []


# ---- registering ----
def job(name: str, *, queue: str = "default", retries: int = 5) -> Callable[[Function], Function]:
    """Register a function as the job `name` ("feature.verb"). It can still be called directly."""
    if queue not in QUEUES:
        raise ValueError(f"no queue {queue!r}")

    def register(function: Function) -> Function:
        known = _jobs.setdefault(name, Job(name, function, queue, retries))
        if known.function is not function:
            raise ValueError(f"two jobs are called {name}")
        return function

    return register


def every(name: str, cron: str, *, queue: str = "default") -> Callable[[Function], Function]:
    """Register a job without arguments that one process starts when `cron` (five fields, UTC) says."""
    if not croniter.is_valid(cron):
        raise ValueError(f"not a cron expression: {cron}")
    _schedules[name] = cron
    return job(name, queue=queue)


def sweeper(name: str) -> Callable[[Sweep], Sweep]:
    """Register a function that enqueues, with a key, a job for each row left unprocessed: at start and each minute."""

    def register(sweep: Sweep) -> Sweep:
        _sweepers[name] = sweep
        return sweep

    return register


def at_start(function: Callable[[], None]) -> Callable[[], None]:
    """Register what each process that does jobs has to see to for itself, in a thread of its own, until `stopping`."""
    _starters.append(function)
    return function


def stopping(seconds: float) -> bool:
    """Wait so long; whether this process is to stop doing jobs."""
    return _stopping.wait(seconds)


# ---- enqueueing ----
def enqueue(
    session: Session, name: str, /, *, key: str | None = None, is_first: bool = False, delay_seconds: float = 0,
    **arguments: Any,
) -> None:  # fmt: skip
    """Have job `name` done once `session` commits; nothing remains if it rolls back. UUIDs travel as text.

    While a job waits under `key`, the same job is not added again with it: that one will see this change too.
    `is_first`: nobody else can know the key yet, so nobody is looked for who has it.
    """
    plain = json.loads(json.dumps(arguments, default=_uuid_as_text))
    wanted, held = _jobs[name], f"{name}:{key}" if key is not None else None
    if is_first:
        jobs_store.insert(session, name, wanted.queue, [0, plain, held], key=held, delay=delay_seconds)
    else:
        _put(session, wanted, 0, plain, held, delay_seconds)


def _uuid_as_text(value: Any) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _put(
    session: Session, wanted: Job, attempt: int, arguments: dict[str, Any], key: str | None, delay: float
) -> None:
    held = key
    while held is not None:
        status = jobs_store.holder(session, wanted.queue, held)
        if status == "PENDING":
            held = None  # it runs and may have read what this change replaces: a further one must follow
        elif status is not None:
            return
        else:
            try:
                with session.begin_nested():
                    call = [attempt, arguments, key]
                    jobs_store.insert(session, wanted.name, wanted.queue, call, key=held, delay=delay)
                return
            except dbos_error.DBOSQueueDeduplicatedError:
                continue  # another transaction took the key meanwhile: look again
    jobs_store.insert(session, wanted.name, wanted.queue, [attempt, arguments, key], delay=delay)


# ---- running ----
_heavy_gate = threading.BoundedSemaphore(HEAVY_AT_ONCE)


def _run(wanted: Job, attempt: int, arguments: dict[str, Any], key: str | None) -> None:
    gate: AbstractContextManager[Any] = _heavy_gate if wanted.queue == "heavy" else nullcontext()
    with gate, structlog.contextvars.bound_contextvars(job=wanted.name, attempt=attempt):
        started = time.perf_counter()
        try:
            wanted.function(**arguments)
        except Exception as failure:
            again = attempt < wanted.retries
            log.warning("job failed", again=again, exc_info=failure)
            _count(wanted, "retried" if again else "failed", started)
            if not again:
                raise JobFailed(f"{wanted.name}: {type(failure).__name__}") from None
            _again(wanted, attempt + 1, arguments, key)
        else:
            _count(wanted, "done", started)


def _count(wanted: Job, outcome: str, started: float) -> None:
    metrics.JOBS.labels(wanted.name, outcome).observe(time.perf_counter() - started)


def _again(wanted: Job, attempt: int, arguments: dict[str, Any], key: str | None) -> None:
    """Queue the next try under the same key. Waits out a database that is away, so that nothing is dropped."""
    own, delay = DBOS.workflow_id, min(300.0, RETRY_SECONDS * 2 ** (attempt - 1)) * random.uniform(0.75, 1.25)  # noqa: S311
    while True:
        try:
            with db.transaction() as session:
                if own is not None:
                    jobs_store.drop_key(session, own)
                _put(session, wanted, attempt, arguments, key, delay)
            return
        except Exception:
            log.warning("next try of a job not queued yet", exc_info=True)
            if _stopping.wait(5):
                raise


def drain(*, delayed: bool = False) -> int:
    """Do what is queued, in order, here and now; the first failure is raised. With `delayed`, without waiting.

    For tests (also within `db.bound_to`) and for commands that must leave nothing undone. Returns how many it did.
    """
    done, statuses = 0, ("ENQUEUED", "DELAYED") if delayed else ("ENQUEUED",)
    while True:
        with db.transaction() as session:
            claimed = jobs_store.claim(session, statuses)
        if claimed is None:
            return done
        job_id, name, (_, arguments, _) = claimed
        status = "ERROR"
        try:
            _jobs[name].function(**arguments)
            status = "SUCCESS"
        finally:
            with db.transaction() as session:
                jobs_store.mark(session, job_id, status)
        done += 1


# ---- the process that runs them ----
_stopping = threading.Event()
_executor = ""
_maintainer: threading.Thread | None = None


def start_inline() -> None:
    """Run jobs in this process, unless the settings leave that to workers or to nobody."""
    if get_settings().jobs == "inline":
        _start()


def run_worker() -> None:
    """Run jobs in this process until SIGTERM or SIGINT; what runs then is finished or handed back."""
    asked, ask = (
        os.pipe()
    )  # written by whichever thread gets the signal: a handler waits for this one to wake
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    _start()
    log.info("worker started", executor=_executor)
    os.read(asked, 1)
    stop()
    for out in (sys.stdout, sys.stderr):
        out.flush()
    os._exit(0)  # the interpreter would wait for jobs that did not end in time; they are queued again by now


def _start() -> None:
    global _executor, _maintainer
    _executor = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    _stopping.clear()
    DBOS(
        config={
            "name": jobs_store.APP,
            "system_database_engine": db.get_engine(),
            "system_database_url": get_settings().sqlalchemy_url,
            "dbos_system_schema": jobs_store.SCHEMA,
            "executor_id": _executor,
            # The same for every release: work queued by one release is done by the next.
            "application_version": "1",
            "run_migrations": False,
            "use_listen_notify": False,
            "max_executor_threads": THREADS,
            "log_level": "WARNING",
        }
    )
    for wanted in _jobs.values():
        _register(wanted)
    DBOS.listen_queues(list(QUEUES))
    DBOS.launch()
    for name, (size, poll) in QUEUES.items():
        DBOS.register_queue(
            name, worker_concurrency=size, polling_interval_sec=poll, on_conflict="always_update"
        )
    with db.transaction() as session:
        enqueue(session, "jobs.sweep", key="")
    _maintainer = threading.Thread(target=_maintain, name="jobs-maintenance", daemon=True)
    _maintainer.start()
    for see_to_it in _starters:
        threading.Thread(target=_see_to, args=(see_to_it,), name=see_to_it.__name__, daemon=True).start()


def _see_to(function: Callable[[], None]) -> None:
    try:
        function()
    except Exception:
        log.warning("not seen to", function=function.__name__, exc_info=True)


def _register(wanted: Job) -> None:
    def entry(attempt: int, arguments: dict[str, Any], key: str | None) -> None:
        _run(wanted, attempt, arguments, key)

    DBOS.workflow(name=wanted.name, max_recovery_attempts=CRASHES)(entry)


def stop(seconds: int = 10) -> None:
    """Take no more jobs, give the running ones `seconds` to end, and hand the rest back to the queue."""
    global _maintainer
    if _maintainer is None:
        return
    _stopping.set()
    _maintainer.join(seconds)
    _maintainer = None
    ending = threading.Thread(
        target=DBOS.destroy,
        kwargs={"workflow_completion_timeout_sec": seconds, "destroy_registry": True},
        name="jobs-ending",
        daemon=True,  # an engine that does not end must not keep the process, nor the jobs it holds
    )
    ending.start()
    ending.join(seconds + 5)
    try:
        with db.transaction() as session:
            jobs_store.release(session, [_executor], are_dead=False)
    except Exception:
        log.warning("running jobs not handed back: another process will miss them", exc_info=True)


# ---- housekeeping ----
def _maintain() -> None:
    seen: dict[str, tuple[int, float]] = {}
    due = {name: _next(cron) for name, cron in _schedules.items()}
    while not _stopping.wait(BEAT_SECONDS):
        try:
            _beat(seen)
            for name in [name for name, at in due.items() if at <= datetime.now(UTC)]:
                _start_scheduled(name, due[name])
                due[name] = _next(_schedules[name])
        except Exception:
            log.warning("jobs maintenance failed", exc_info=True)


def _next(cron: str) -> datetime:
    at: datetime = croniter(cron, datetime.now(UTC)).get_next(datetime)
    return at


def _beat(seen: dict[str, tuple[int, float]]) -> None:
    """Touch our running jobs; queue again those of a process that has stopped touching its own.

    Only whether a value changed counts, by our own steady clock: clocks of machines differ, and jump.
    """
    with db.reading() as session:
        beats = jobs_store.beats(session)
    steady = time.monotonic()
    for executor in seen.keys() - beats.keys():
        del seen[executor]
    seen.update({e: (beat, steady) for e, beat in beats.items() if e not in seen or seen[e][0] != beat})
    dead = [e for e, (_, since) in seen.items() if e != _executor and steady - since > DEAD_SECONDS]
    if dead or _executor in beats:
        with db.transaction() as session:
            jobs_store.touch(session, _executor)
            if dead:
                taken = jobs_store.release(session, dead, are_dead=True)
                log.warning("jobs of a dead process taken over", count=taken)


def _start_scheduled(name: str, at: datetime) -> None:
    with db.transaction() as session:
        # Every process tries; the id makes it one job.
        once = f"{name}@{at.isoformat()}"
        jobs_store.insert(session, name, _jobs[name].queue, [0, {}, None], once=once)


@every("jobs.sweep", "* * * * *")
def sweep() -> None:
    """Run all sweepers, each in a transaction of its own; one that fails does not stop the others."""
    for name, run in _sweepers.items():
        try:
            with db.transaction() as session:
                run(session)
        except Exception:
            log.warning("sweeper failed", sweeper=name, exc_info=True)


@every("jobs.tidy", "23 * * * *")
def tidy() -> None:
    """Forget what was done a day ago, and what failed a month ago."""
    for statuses, hours in ((("SUCCESS",), KEEP_DONE_HOURS), (jobs_store.FAILED, KEEP_FAILED_HOURS)):
        while True:
            with db.reading() as session:
                ids = jobs_store.old(session, statuses, hours)
            if not ids:
                break
            jobs_store.client(db.get_engine()).delete_workflows(ids)
