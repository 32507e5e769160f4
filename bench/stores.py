"""Filled databases, kept in var/bench and made anew when generator or schema changed, or after a week."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg

from app.core import db
from bench import cases
from bench.town import Town, build
from tests.support import postgres
from tests.support.database import migrate
from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent
WEEK = 7 * 86400


def fingerprint() -> str:
    """Changes with whatever would change the data."""
    parts = [*sorted(ROOT.glob("migrations/versions/*.py")), ROOT / "bench/town.py", ROOT / "bench/cases.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:10]


def _town(url: str) -> Town:
    engine = db.make_engine(url)
    with db.WriteSession(engine) as session, session.begin():
        made = build(session)
    engine.dispose()
    return made


def _kept(note: Path) -> Town | None:
    if not note.exists() or time.time() - note.stat().st_mtime > WEEK:
        return None
    held = json.loads(note.read_text(), object_hook=None)
    ids = {name: uuid.UUID(held[name]) for name in ("id", "campaign_id", "dispatcher", "reviewer", "liaison")}
    lists = {name: [uuid.UUID(i) for i in held[name]] for name in ("units", "volunteers")}
    categories = [(uuid.UUID(i), zh) for i, zh in held["categories"]]
    points = [(uuid.UUID(i), lon, lat, zh) for i, lon, lat, zh in held["points"]]
    return Town(**ids, **lists, categories=categories, points=points)


class Sqlite:
    """A file a size."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sqlite"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pid: int | None = None

    def start(self) -> None:
        """Nothing runs."""

    def stop(self) -> None:
        """Nothing runs."""

    def filled(self, count: int) -> tuple[str, Town]:
        """The URL of the kept database with `count` cases, and its town."""
        path = self.folder / f"{fingerprint()}-{count}.db"
        note = path.with_suffix(".json")
        if known := _kept(note):
            return f"sqlite:///{path}", known
        for old in self.folder.glob(f"*-{count}.*"):
            old.unlink()
        url = f"sqlite:///{path}"
        migrate(url)
        town = _town(url)
        self._fill(path, town, count)
        note.write_text(json.dumps(asdict(town), default=str))
        return url, town

    def _fill(self, path: Path, town: Town, count: int) -> None:
        raw = sqlite3.connect(path, isolation_level=None)
        for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            raw.execute(f"PRAGMA {pragma}")
        names = ", ".join(f"'{table}'" for table in cases.TABLES)
        indexes = raw.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({names})"
        ).fetchall()
        raw.execute("BEGIN")
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}")

        def put(table: str, columns: Sequence[str], rows: list[cases.Row]) -> None:
            marks = ", ".join("?" * len(columns))
            raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

        cases.write(town, count, put)
        for _, sql in indexes:
            raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("INSERT INTO fts_issue_texts(fts_issue_texts) VALUES ('optimize')")
        raw.execute("ANALYZE")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()

    def copy(self, count: int, folder: Path) -> tuple[str, Town]:
        """A copy that may be written to; it goes with `folder`."""
        url, town = self.filled(count)
        shutil.copyfile(url.removeprefix("sqlite:///"), folder / "xunfang.db")
        return f"sqlite:///{folder / 'xunfang.db'}", town

    def empty(self, folder: Path) -> str:
        """The URL of an empty one in `folder`."""
        return f"sqlite:///{folder / 'empty.db'}"

    def drop(self, url: str) -> None:
        """It goes with its folder."""


class Postgres:
    """A server with fsync on, whose data folder is kept; a database a size."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        found = postgres.binaries()
        if found is None:
            raise SystemExit("no PostgreSQL: install Debian's postgresql")
        self.bin, self.folder = found, folder / "postgresql"
        self.port, self.pid = free_port(), 0

    def _run(self, *command: Any, check: bool = True) -> None:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        how = postgres._as_whom(self.folder)
        done = subprocess.run(
            list(map(str, command)), cwd=self.folder, env=env, stdout=subprocess.DEVNULL, **how
        )
        if check and done.returncode:
            raise SystemExit(f"{Path(command[0]).name} failed: see {self.folder}/log")

    def start(self) -> None:
        """Debian's defaults but for memory: shared_buffers 256 MB. fsync, full_page_writes and synchronous_commit on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            self._run(
                self.bin / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            )
        elif (data / "postmaster.pid").exists():
            self.stop()  # left behind by a run that was killed
        flags = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200 -c shared_buffers=256MB"
        self._run(
            self.bin / "pg_ctl",
            "-D",
            data,
            "-w",
            "-t",
            "120",
            "-l",
            self.folder / "log",
            "-o",
            f"{flags} -c timezone=UTC",
            "start",
        )
        self.pid = int((data / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """Stop, keeping the data."""
        self._run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "stop", check=False)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def _raw(self, name: str) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self._url(name).replace("+psycopg", ""), autocommit=True) as raw:
            yield raw

    def filled(self, count: int) -> tuple[str, Town]:
        """The URL of the kept database with `count` cases, and its town."""
        name, note = f"bench_{fingerprint()}_{count}", self.folder / f"{fingerprint()}-{count}.json"
        if known := _kept(note):
            return self._url(name), known
        with self._raw("postgres") as raw:
            for (old,) in raw.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"bench%\\_{count}"]
            ).fetchall():
                raw.execute(f'DROP DATABASE "{old}" WITH (FORCE)'.encode())
            raw.execute(f"CREATE DATABASE {name}".encode())
        migrate(self._url(name))
        town = _town(self._url(name))
        with self._raw(name) as raw:
            self._fill(raw, town, count)
        note.write_text(json.dumps(asdict(town), default=str))
        return self._url(name), town

    def _fill(self, raw: psycopg.Connection[Any], town: Town, count: int) -> None:
        indexes = raw.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.tablename = ANY(%s) "
            "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
            [list(cases.TABLES)],
        ).fetchall()
        raw.execute("SET session_replication_role = replica")
        raw.execute("SET maintenance_work_mem = '512MB'")
        for name, _ in indexes:
            raw.execute(f"DROP INDEX {name}".encode())

        def put(table: str, columns: Sequence[str], rows: list[cases.Row]) -> None:
            into = f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()
            with raw.cursor() as cursor, cursor.copy(into) as copy:
                for row in rows:
                    copy.write_row(row)

        cases.write(town, count, put)
        for _, sql in indexes:
            raw.execute(sql.encode())
        raw.execute("VACUUM ANALYZE")
        raw.execute("CHECKPOINT")

    def copy(self, count: int, folder: Path) -> tuple[str, Town]:
        """A copy that may be written to."""
        url, town = self.filled(count)
        name = f"copy_{uuid.uuid4().hex}"
        with self._raw("postgres") as raw:
            raw.execute(f"CREATE DATABASE {name} TEMPLATE {url.rsplit('/', 1)[1]}".encode())
        return self._url(name), town

    def empty(self, _: Path) -> str:
        """The URL of an empty one."""
        name = f"copy_{uuid.uuid4().hex}"
        with self._raw("postgres") as raw:
            raw.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a copy or an empty one."""
        with self._raw("postgres") as raw:
            raw.execute(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)".encode())


def make(kind: str, folder: Path) -> Sqlite | Postgres:
    """The store of this kind."""
    return Sqlite(folder) if kind == "sqlite" else Postgres(folder)
