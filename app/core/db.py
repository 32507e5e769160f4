"""Engine, declarative Base, and the two session dependencies. Transactions begin and end here and nowhere else."""

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar

import anyio
from anyio.lowlevel import RunVar
from fastapi import Depends, Request
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    Integer,
    MetaData,
    Row,
    Uuid,
    create_engine,
    event,
    insert,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from sqlalchemy.types import TypeDecorator
from starlette.concurrency import run_in_threadpool

from app.core import pg_connection
from app.core.config import get_settings
from app.core.sqlite_turns import TurnConnection, take_turns

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz on PostgreSQL, naive UTC text on SQLite; Python always sees aware UTC. A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database layer")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # In one step: a list of fifty cases has four hundred of them.
        of_others: Any = super().result_processor
        return _utc_of_text if dialect.name == "sqlite" else of_others(dialect, coltype)


def _utc_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


class QuickUuid(Uuid[uuid.UUID]):
    """As Uuid. On SQLite the text we wrote ourselves is taken as it is, without looking for braces and URNs in it."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        of_others: Any = super().result_processor
        return _uuid_of_text if dialect.name == "sqlite" else of_others(dialect, coltype)


@lru_cache(maxsize=4096)  # the units, points and people of a town come again and again
def _uuid_of_text(value: str | None) -> uuid.UUID | None:
    if value is None:
        return None
    made = object.__new__(uuid.UUID)
    object.__setattr__(made, "int", int(value, 16))
    object.__setattr__(made, "is_safe", uuid.SafeUUID.unknown)
    return made


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """All tables. Relationships, where there are any, are lazy="raise": N+1 fails in tests."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        uuid.UUID: QuickUuid(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }


class WriteSession(Session):
    """On SQLite it takes the write lock at its first statement (BEGIN IMMEDIATE), so what a guard reads cannot change under it."""


@event.listens_for(WriteSession, "loaded_as_persistent")
@event.listens_for(WriteSession, "pending_to_persistent")
def _keep(session: Session, row: object) -> None:
    # A session holds its rows weakly: without this a category asked for by five guards is read five times.
    session.info.setdefault("kept", []).append(row)


class ReadSession(Session):
    """Refuses to write, and reads all of one moment: READ ONLY and REPEATABLE READ on PostgreSQL, query_only on SQLite."""


@event.listens_for(Session, "after_begin")
def _begin(session: Session, _: SessionTransaction, connection: Connection) -> None:
    raw = _sqlite(connection)
    if raw is None:
        return
    if isinstance(session, ReadSession):
        # Straight to the driver: SQLAlchemy's own way costs more than the statement.
        if not raw.in_transaction:
            raw.execute("BEGIN").close()
        raw.execute("PRAGMA query_only=ON").close()
    elif not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite(connection: Connection) -> Any:
    """The driver's connection on SQLite; None elsewhere."""
    return connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None


def make_engine(url: str) -> Engine:
    """An engine for `url`. SQLite: WAL, synchronous=FULL (an acknowledged report survives a power cut), foreign keys on."""
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            pool_size=20,
            pool_use_lifo=True,
            max_overflow=25,
            pool_timeout=4,
            hide_parameters=True,
            connect_args={"connect_timeout": pg_connection.GREETING},
        )
        pg_connection.teach(engine)
        return engine
    engine = create_engine(
        url,
        pool_size=20,
        # The connection used last knows most pages; the others of a quiet server stay cold, and small.
        pool_use_lifo=True,
        max_overflow=30,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "factory": TurnConnection},
    )
    take_turns(engine)

    @event.listens_for(engine, "connect")
    def _pragmas(raw: Any, _: Any) -> None:
        raw.isolation_level = "IMMEDIATE"  # the job engine shares these connections and expects it
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "cache_size=-16000",
        ):
            raw.execute(f"PRAGMA {pragma}").close()

    return engine


@lru_cache
def get_engine() -> Engine:
    """The process's engine, made at first use from the settings."""
    settings = get_settings()
    if settings.is_sqlite and not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return make_engine(settings.sqlalchemy_url)


S = TypeVar("S", bound=Session)
_bind: Connection | None = None


@contextmanager
def bound_to(connection: Connection) -> Iterator[None]:
    """Tests: every session made meanwhile joins `connection`'s outer transaction by savepoints, so nothing is kept."""
    global _bind
    _bind = connection
    try:
        yield
    finally:
        _bind = None


def _new(kind: type[S]) -> S:
    if _bind is not None:
        return kind(_bind, join_transaction_mode="create_savepoint", expire_on_commit=False)
    bind = get_engine()
    return kind(_of_one_moment(bind) if kind is ReadSession else bind, expire_on_commit=False)


@lru_cache(maxsize=4)
def _of_one_moment(engine: Engine) -> Engine:
    """The same for readers. What one has read stays so to its end: two counts of one answer are of the same moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction for jobs and commands: commit on success, rollback on any exception."""
    with _new(WriteSession) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One read-only session for jobs, commands and streams."""
    session = _new(ReadSession)
    try:
        yield session
    finally:
        _end_reading(session)


def _end_reading(session: Session) -> None:
    try:
        if session.in_transaction() and (raw := _sqlite(session.connection())) is not None:
            raw.execute("PRAGMA query_only=OFF").close()
    finally:
        session.close()


_gate: RunVar[anyio.Lock] = RunVar("xunfang_write_gate")


def has_one_writer() -> bool:
    """SQLite. Whoever waits for it on the loop, at `write_gate`, keeps no thread from the writer and from readers."""
    return get_engine().dialect.name == "sqlite"


def write_gate() -> anyio.Lock:
    """Where the writers of a loop wait for one another."""
    try:
        return _gate.get()
    except LookupError:
        _gate.set(anyio.Lock())
        return _gate.get()


@asynccontextmanager
async def gated_transaction() -> AsyncIterator[Session]:
    """A write transaction for an `async` route that streams its body first: use the session in threads only."""
    async with write_gate() if has_one_writer() else nullcontext():
        session = _new(WriteSession)
        try:
            yield session
            if session.in_transaction():
                await run_in_threadpool(end, session)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(_abandon, session)
            raise


def end(session: Session) -> None:
    """Nothing went wrong: commit what was written, close what was read. Called where the route ran: a way to another thread costs more."""
    if isinstance(session, ReadSession):
        _end_reading(session)
    else:
        session.commit()
        session.close()


def _abandon(session: Session) -> None:
    try:
        session.rollback()
    finally:
        session.close()


def rows(session: Session, statement: Executable, told: Any = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a SELECT of columns. Past the ORM, which has nothing to add to them: half the cost of `session.execute`."""
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, told).all()


def put(session: Session, row: Base) -> None:
    """Insert a row, now, that nobody will change in this transaction. `row` stays outside the session: no unit of work, a third of the cost."""
    session.flush()
    values = {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}
    session.connection().execute(_inserted(type(row)), values)


@cache
def _inserted(kind: type[Base]) -> Insert:
    return insert(kind).inline()


def at_most(count: int) -> Any:
    """For `limit`: the number itself in the SQL. Of a number given later PostgreSQL thinks a tenth of all rows, and plans anew each time."""
    return literal_column(str(int(count)), Integer)


def has_all(session: Session) -> bool:
    """On SQLite a write session keeps all others from writing: a lock of one row would add nothing."""
    return session.get_bind().dialect.name == "sqlite"


def inserting(session: Session, into: type[Base]) -> Any:
    """An INSERT that knows `on_conflict_do_…`: the row of a unique key that two may make at once."""
    return (sqlite if has_all(session) else postgresql).insert(into)


async def tx_of(request: Request) -> Session:
    """The session of a route that writes. What ran the route ends it, before the answer goes out: a failed commit is told."""
    return _opened(request, WriteSession)


async def read_of(request: Request) -> Session:
    """The session of a route that reads."""
    return _opened(request, ReadSession)


def _opened(request: Request, kind: type[S]) -> S:
    request.state.session = session = _new(kind)
    return session


def let_go(request: Request) -> None:
    """Undo and close what a route that failed has left open."""
    session = getattr(request.state, "session", None)
    if isinstance(session, ReadSession):
        _end_reading(session)
    elif session is not None:
        _abandon(session)


@contextmanager
def begun(request: Request) -> Iterator[Session]:
    """The session of a request's route, where it has one that may be used before the route is; else one of its own that only reads."""
    session: Session | None = getattr(request.state, "session", None)
    # On SQLite who asks is found out before the lock is taken.
    if session is None or (isinstance(session, WriteSession) and has_all(session)):
        with reading() as own:
            yield own
    else:
        yield session


Tx = Annotated[Session, Depends(tx_of)]
Read = Annotated[Session, Depends(read_of)]
