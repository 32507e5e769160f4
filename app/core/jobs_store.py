"""Where jobs are kept: the engine's tables (DBOS Transact), seen as rows. Only app.core.jobs uses this.

The engine makes its tables itself, outside our migrations: schema `dbos` on PostgreSQL; ENGINE_TABLES on SQLite,
where no table of ours may have such a name. `migrate()` makes them; migrations/env.py calls it after ours.
"""

import json
import os
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from dbos import DBOS, DBOSClient, WorkflowSerializationFormat
from sqlalchemy import BigInteger, Engine, Text, column, func, select, table, update
from sqlalchemy.orm import Session

APP: Final = "xunfang"
SCHEMA: Final = "dbos"
ENGINE_TABLES: Final = frozenset(
    (
        "application_versions",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    )
)
FAILED: Final = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_SCHEMAS: Final = {"sqlite": None, "postgresql": SCHEMA}
_statuses = {
    dialect: table(
        "workflow_status",
        column("workflow_uuid", Text),
        column("name", Text),
        column("status", Text),
        column("queue_name", Text),
        column("deduplication_id", Text),
        column("executor_id", Text),
        column("owner_xid", Text),
        column("recovery_attempts", BigInteger),
        column("created_at", BigInteger),
        column("updated_at", BigInteger),
        column("started_at_epoch_ms", BigInteger),
        column("completed_at", BigInteger),
        schema=schema,
    )
    for dialect, schema in _SCHEMAS.items()
}
_inputs = {
    dialect: table("workflow_input", column("workflow_uuid", Text), column("inputs", Text), schema=schema)
    for dialect, schema in _SCHEMAS.items()
}


def migrate(url: str) -> None:
    """Make the engine's tables, or bring them up to date."""
    DBOS.migrate(url, schema=SCHEMA)


@lru_cache(maxsize=4)
def client(engine: Engine) -> DBOSClient:
    """The engine's door for those who only queue."""
    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        application_name=APP,
        lazy=True,
        retry_connection_errors=False,
    )


def insert(
    session: Session,
    name: str,
    queue: str,
    arguments: list[Any],
    *,
    key: str | None = None,
    delay: float = 0,
    once: str | None = None,
) -> None:
    """Queue a job in `session`'s transaction. With `once`, not if a job with this id ever was."""
    options: dict[str, Any] = {
        "workflow_name": name,
        "queue_name": queue,
        # Sortable, so that equal times of creation (SQLite keeps seconds) do not shuffle the order.
        "workflow_id": once or f"{time.time_ns():019d}-{uuid.uuid4().hex[:12]}",
        "serialization_type": WorkflowSerializationFormat.PORTABLE,
    }
    if key is not None:
        options["deduplication_id"] = key
    if delay > 0:
        options["delay_seconds"] = delay
    engine: Any = session.get_bind().engine
    client(engine).enqueue_in_transaction(session, options, *arguments)  # type: ignore[arg-type]


def _rows(session: Session) -> Any:
    return _statuses[session.get_bind().dialect.name]


def holder(session: Session, queue: str, key: str) -> str | None:
    """The state of the job that holds `key`, if any: kept from being taken until `session` commits."""
    rows = _rows(session)
    statement = select(rows.c.status).where(rows.c.queue_name == queue, rows.c.deduplication_id == key)
    return session.scalar(statement.with_for_update(read=True))


def drop_key(session: Session, job_id: str) -> None:
    """Make room for a job under the same key."""
    rows = _rows(session)
    session.execute(update(rows).where(rows.c.workflow_uuid == job_id).values(deduplication_id=None))


def beats(session: Session) -> dict[str, int]:
    """For each process with running jobs: when one of them was last touched, by that process's clock."""
    rows = _rows(session)
    running = select(rows.c.executor_id, func.max(rows.c.updated_at)).where(rows.c.status == "PENDING")
    return dict(session.execute(running.group_by(rows.c.executor_id)).all())


def touch(session: Session, executor: str) -> None:
    """Say that this process still works on its running jobs."""
    rows = _rows(session)
    mine = update(rows).where(rows.c.status == "PENDING", rows.c.executor_id == executor)
    session.execute(mine.values(updated_at=_now_ms()))


def release(session: Session, executors: list[str], *, are_dead: bool) -> int:
    """Queue again what these processes were running. A job that another process has taken meanwhile is left alone.

    A process that hands its jobs back did not die of them: that it had taken them is not counted (`jobs.CRASHES`).
    """
    rows = _rows(session)
    free: dict[str, Any] = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None}
    if not are_dead:
        free["recovery_attempts"] = rows.c.recovery_attempts - 1
    theirs = update(rows).where(rows.c.status == "PENDING", rows.c.executor_id.in_(executors)).values(free)
    done: Any = session.execute(theirs)
    return int(done.rowcount)


def old(session: Session, statuses: tuple[str, ...], hours: int) -> list[str]:
    """Some jobs that ended like this and have not changed for so long."""
    rows = _rows(session)
    still = rows.c.updated_at < _now_ms() - hours * 3_600_000
    return list(
        session.scalars(select(rows.c.workflow_uuid).where(rows.c.status.in_(statuses), still).limit(500))
    )


def claim(session: Session, statuses: tuple[str, ...]) -> tuple[str, str, list[Any]] | None:
    """Take the oldest job for this process, past the engine: its id, name and arguments."""
    rows, inputs = _rows(session), _inputs[session.get_bind().dialect.name]
    row = session.execute(
        select(rows.c.workflow_uuid, rows.c.name, inputs.c.inputs)
        .join(inputs, inputs.c.workflow_uuid == rows.c.workflow_uuid)
        .where(rows.c.status.in_(statuses))
        .order_by(rows.c.workflow_uuid)
        .limit(1)
        .with_for_update(of=rows, skip_locked=True)
    ).first()
    if row is None:
        return None
    taken = {"status": "PENDING", "executor_id": f"drain-{os.getpid()}", "updated_at": _now_ms()}
    session.execute(update(rows).where(rows.c.workflow_uuid == row.workflow_uuid).values(taken))
    return row.workflow_uuid, row.name, json.loads(row.inputs)["positionalArgs"]


def mark(session: Session, job_id: str, status: str) -> None:
    """End a claimed job."""
    rows = _rows(session)
    ended = {"status": status, "deduplication_id": None, "completed_at": _now_ms()}
    session.execute(update(rows).where(rows.c.workflow_uuid == job_id).values(ended))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Stats:
    """The queue as it stands. `lag_seconds`: how long the oldest job that could run has waited."""

    queued: int
    delayed: int
    running: int
    failed: int
    lag_seconds: float


def stats(session: Session) -> Stats:
    """Count what waits, runs and was given up."""
    rows = _rows(session)
    live = rows.c.status.in_(("ENQUEUED", "DELAYED", "PENDING", *FAILED))
    grouped = select(rows.c.status, func.count(), func.min(rows.c.created_at)).where(live)
    found = {s: (count, oldest) for s, count, oldest in session.execute(grouped.group_by(rows.c.status))}
    count = {status: n for status, (n, _) in found.items()}
    oldest = found.get("ENQUEUED", (0, None))[1]
    return Stats(
        queued=count.get("ENQUEUED", 0),
        delayed=count.get("DELAYED", 0),
        running=count.get("PENDING", 0),
        failed=sum(count.get(status, 0) for status in FAILED),
        lag_seconds=max(0.0, time.time() - oldest / 1000) if oldest else 0.0,
    )
