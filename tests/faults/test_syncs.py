"""Seen from outside, by strace: bytes, folder and COMMIT are on the disk before a single byte of the 2xx leaves."""

import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core import db
from tests.conftest import Databases
from tests.features.photos import pictures
from tests.features.photos.conftest import put_photo
from tests.support import postgres
from tests.support.database import Postgres
from tests.support.server import LiveServer
from tests.support.street import street_of

CALLS = "fsync,fdatasync,rename,renameat,renameat2,sendto,write,writev,sendmsg,pwrite64"
STRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-ttt", "-s", "48", "-e", f"trace={CALLS}")


@dataclass(frozen=True)
class Call:
    """One system call: when it began and when it had ended, so that "before" is strict also across threads and processes."""

    name: str
    words: str
    began: float
    ended: float


def calls_in(log: Path) -> list[Call]:
    """The calls of a strace log, unfinished ones joined with what resumed them."""
    made: list[Call] = []
    open_: dict[str, tuple[str, str, float]] = {}
    for line in log.read_text(errors="replace").splitlines():
        if found := re.match(r"(\d+) +([\d.]+) <\.\.\. (\w+) resumed>", line):
            pid, at, _ = found.groups()
            if pid in open_:
                name, words, began = open_.pop(pid)
                made.append(Call(name, words, began, float(at)))
        elif found := re.match(r"(\d+) +([\d.]+) (\w+)\((.*)", line):
            pid, at, name, words = found.groups()
            if words.endswith("<unfinished ...>"):
                open_[pid] = (name, words, float(at))
            else:
                made.append(Call(name, words, float(at), float(at)))
    return sorted(made, key=lambda call: call.began)


def last_before(calls: list[Call], answer: Call, name: str, pattern: str, since: float) -> Call:
    """The last such call after `since` that had ended when the answer began to leave."""
    found = [
        c
        for c in calls
        if c.name in name.split("|")
        and re.search(pattern, c.words)
        and since <= c.began
        and c.ended <= answer.began
    ]
    assert found, f"no {name} of {pattern} before the answer"
    return found[-1]


def answers_of(calls: list[Call]) -> list[Call]:
    """Where the server begins to say 201."""
    return [
        c for c in calls if c.name in ("sendto", "write", "writev", "sendmsg") and "HTTP/1.1 201" in c.words
    ]


@pytest.fixture
def durable(databases: Databases, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A database that syncs: SQLite as we open it, or a PostgreSQL of this test's own with fsync on."""
    if shutil.which("strace") is None:
        pytest.skip("no strace (Debian: strace)")
    if databases.name == "sqlite":
        url = databases.migrated()
        yield {"url": url, "trace": []}
        databases.drop(url)
        return
    binaries = postgres.binaries()
    assert binaries
    started = postgres.start(binaries, durable=True)
    made = Postgres(tmp_path, started["url"])
    yield {"url": made.migrated(), "trace": ["-p", str(started["pid"])], "admin": started["url"]}


def _shown_durable(url: str) -> None:
    engine = db.make_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            pragmas = ("journal_mode", "synchronous")
            told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
            assert told == ["wal", 2], "2 is FULL"
        else:
            names = ("fsync", "synchronous_commit", "full_page_writes")
            assert [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names] == ["on"] * 3
    engine.dispose()


def test_everything_is_synced_before_the_acknowledgement_leaves(
    durable: dict[str, Any], tmp_path: Path
) -> None:
    _shown_durable(durable["url"])
    mine, theirs = tmp_path / "server.strace", tmp_path / "postgres.strace"
    beside = None
    if durable["trace"]:
        if os.geteuid() != 0:
            pytest.skip("another user's processes can be traced as root only")
        beside = subprocess.Popen([*STRACE, "-o", str(theirs), *durable["trace"]], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
    cold = (*STRACE, "-D", "-o", str(mine))  # -D: what is started, and stopped, is the server itself
    server = LiveServer(tmp_path / "data", durable["url"], {"XUNFANG_JOBS": "off"}, cold=cold)
    try:
        server.start()
        street = street_of(server)
        photo_id = uuid.uuid4()
        with street.client("volunteer") as client:
            street.filed(client)  # folders and connections are there now
            began = time.time()
            assert put_photo(client, photo_id, pictures.jpeg(64, 48)).status_code == 201
            between = time.time()
            assert client.put(f"/api/reports/{uuid.uuid4()}", json=street.body([photo_id])).status_code == 201
    finally:
        server.stop()
        if beside is not None:
            beside.terminate()
            beside.wait()
    logs = [mine, theirs] if beside is not None else [mine]
    calls = sorted((call for log in logs for call in calls_in(log)), key=lambda call: call.began)
    photo_told, report_told = answers_of(calls)[-2:]
    assert began <= photo_told.began <= between <= report_told.began
    journal = r"\.db-wal>" if beside is None else r"/pg_wal/"
    synced = last_before(calls, photo_told, "fsync|fdatasync", r"/blobs/tmp/\w\w/\w{32}", began)
    renamed = last_before(calls, photo_told, "rename|renameat|renameat2", r"/blobs/originals/", began)
    folder = last_before(calls, photo_told, "fsync", r"/blobs/originals/\w\w>", began)
    committed = last_before(calls, photo_told, "fsync|fdatasync", journal, began)
    assert synced.ended <= renamed.began < folder.began <= folder.ended <= committed.began
    last_before(calls, report_told, "fsync|fdatasync", journal, between)


def test_strace_sees_calls_that_were_interrupted_by_others(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        '7 100.0 fsync(3</a> <unfinished ...>\n8 100.1 sendto(4<TCP>, "HTTP/1.1 201", 12) = 12\n7 100.2 <... fsync resumed>) = 0\n'
    )
    synced, told = calls_in(log)
    assert (synced.name, synced.ended) == ("fsync", 100.2)
    with pytest.raises(AssertionError, match="before the answer"):
        last_before([synced, told], told, "fsync", "/a", 0)
