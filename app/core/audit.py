"""The audit log: append-only rows in one hash chain, kept so by triggers. It holds ids and hashes, never names.

Rows are written at the very end of the change's transaction: the chain's head is locked last and shortest, so
two changes that lock their own rows in different orders cannot deadlock on it.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, event, func, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.core import db, stored
from app.core.clock import now

BigId = BigInteger().with_variant(Integer, "sqlite")
GENESIS = "0" * 64
Report = Callable[[str, int, int], None]
"""report(what, done, total): for a progress bar."""


class AuditEntry(db.Base):
    """Who did, read or was refused what. `id` counts without a gap and is part of the hash."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_subject", "subject_kind", "subject_id"),
        Index("ix_audit_log_actor_id_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(80))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(db.Base):
    """One row: the last entry's id and hash. Locked by each writer, and what shows a cut-off tail."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))


def append_only_sqlite(table: str) -> list[str]:
    """Triggers that make SQLite refuse to change or delete a row of `table`."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def append_only_postgresql(table: str) -> list[str]:
    """The same on PostgreSQL, TRUNCATE included. The function is shared by all such tables."""
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]


APPEND_ONLY_TABLES = ("audit_log", "issue_events")
AUDIT_TRIGGERS_SQLITE = [sql for table in APPEND_ONLY_TABLES for sql in append_only_sqlite(table)]
AUDIT_TRIGGERS_POSTGRESQL = [sql for table in APPEND_ONLY_TABLES for sql in append_only_postgresql(table)]


@dataclass(frozen=True)
class _Pending:
    at: datetime
    actor_id: uuid.UUID | None
    action: str
    subject_kind: str
    subject_id: str
    detail: dict[str, Any]
    within: SessionTransaction | None


def canonical(value: Any) -> bytes:
    """JSON bytes equal on every database: sorted keys, no spaces. No floats: they do not survive JSONB."""
    _refuse_floats(value)
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float in a hashed record")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("a key that is not text in a hashed record")
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def chain_hash(prev_hash: str, record: Mapping[str, Any]) -> str:
    """The next link: sha256 over the previous link and the record's canonical JSON."""
    return hashlib.sha256(prev_hash.encode() + b"\n" + canonical(record)).hexdigest()


def _entry_hash(entry: AuditEntry) -> str:
    record = {
        "id": entry.id,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "detail": entry.detail,
    }
    return chain_hash(entry.prev_hash, record)


def record(
    session: Session,
    action: str,
    *,
    actor_id: uuid.UUID | None,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Log `action` with the change `session` makes: written when it commits, gone when it rolls back."""
    session.info.setdefault("audit", []).append(
        _pending(session, action, actor_id, subject_kind, subject_id, detail)
    )


def record_refusal(
    session: Session,
    action: str,
    *,
    actor_id: uuid.UUID | None,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Log what is about to be refused: written in a transaction of its own once `session`'s has ended."""
    session.info.setdefault("audit_refusals", []).append(
        _pending(session, action, actor_id, subject_kind, subject_id, detail)
    )


def record_now(
    action: str,
    *,
    actor_id: uuid.UUID | None,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Log a read in a transaction of its own. Not from within a write transaction: SQLite has one writer."""
    with db.transaction() as session:
        record(
            session,
            action,
            actor_id=actor_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail,
        )


def _pending(
    session: Session,
    action: str,
    actor_id: uuid.UUID | None,
    subject_kind: str,
    subject_id: uuid.UUID | str,
    detail: Mapping[str, Any] | None,
) -> _Pending:
    # Through JSON and back: what is hashed is what is stored, and a bad value fails here and not at commit.
    plain = json.loads(canonical(detail or {}))
    return _Pending(
        now(), actor_id, action, subject_kind, str(subject_id), plain, session.get_nested_transaction()
    )


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    if session.in_nested_transaction() or not (pending := session.info.pop("audit", None)):
        return
    session.flush()
    head = _locked_head(session)
    for item in pending:
        entry = AuditEntry(
            id=head.last_id + 1,
            at=item.at,
            actor_id=item.actor_id,
            action=item.action,
            subject_kind=item.subject_kind,
            subject_id=item.subject_id,
            detail=item.detail,
            prev_hash=head.hash,
        )
        entry.hash = _entry_hash(entry)
        session.add(entry)
        head.last_id, head.hash = entry.id, entry.hash


def _locked_head(session: Session) -> AuditHead:
    head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        first = db.inserting(session, AuditHead).values(id=1, last_id=0, hash=GENESIS)
        session.execute(first.on_conflict_do_nothing())
        head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
    return head


@event.listens_for(Session, "after_soft_rollback")
def _forget_pending(session: Session, previous: SessionTransaction) -> None:
    def undone(within: SessionTransaction | None) -> bool:
        while within is not None and within is not previous:
            within = within.parent
        return within is previous or not previous.nested

    if pending := session.info.get("audit"):
        session.info["audit"] = [item for item in pending if not undone(item.within)]


@event.listens_for(Session, "after_transaction_end")
def _write_refusals(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is not None or not (pending := session.info.pop("audit_refusals", None)):
        return
    with db.transaction() as own:
        own.info["audit"] = [replace(item, within=None) for item in pending]


@dataclass(frozen=True)
class Broken:
    """One fault of the chain: where, and what does not fit."""

    id: int
    why: str


def verify(session: Session, report: Report = lambda *_: None) -> Iterator[Broken]:
    """Walk the whole log in order, some rows at a time; yields each fault, nothing if the chain is whole."""
    expected_id, prev_hash = 1, GENESIS
    total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    for done, row in enumerate(stored.rows(session, AuditEntry.__table__, "id"), 1):  # type: ignore[arg-type]
        report("audit log", done, total)
        number = row.raw["id"]
        if number != expected_id:
            yield Broken(number, f"entries {expected_id} to {number - 1} are missing")
        elif row.raw["prev_hash"] != prev_hash:
            yield Broken(number, "does not follow the entry before it")
        if row.values is None:
            yield Broken(number, "cannot be read as it was written")
        elif row.values["hash"] != _entry_hash(AuditEntry(**row.values)):
            yield Broken(number, "was altered")
        expected_id, prev_hash = number + 1, row.raw["hash"]
    head = session.get(AuditHead, 1)
    last_id, last_hash = (head.last_id, head.hash) if head else (0, GENESIS)
    if (last_id, last_hash) != (expected_id - 1, prev_hash):
        yield Broken(last_id, "the head and the last entry differ: the tail was cut off or the head altered")
