"""The command `xunfang`, as an operator runs it: in a process of its own, from any folder.

Some start from nothing (`cold`), as the shell does; the others are spared the seconds of imports.
"""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.core import db, doctor, instance
from app.core.sheets import csv_bytes
from tests.support.ports import free_port
from tests.support.zygote import zygote

XUNFANG = Path(sys.executable).with_name("xunfang")
COMMAND = "tests.support.zygote:command"
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(folder: Path, url: str) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("XUNFANG_")}
    return own | {"XUNFANG_DATA_DIR": str(folder), "XUNFANG_DATABASE_URL": url, "COLUMNS": "200"}


@pytest.fixture
def run(tmp_path: Path, databases: Any) -> Run:
    """xunfang with a database of its own, in an empty working directory; `env` adds settings."""
    url = databases.migrated()

    def command(*words: str, env: dict[str, str] | None = None, stdin: str = "", cold: bool = False) -> Any:
        whole = environment(tmp_path / "data", url) | (env or {})
        if not cold:
            return warm([*words], whole, stdin, tmp_path)
        return subprocess.run(
            [XUNFANG, *words],
            cwd=tmp_path,
            env=whole,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return command


def warm(words: list[str], env: dict[str, str], stdin: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The same in a fork of a process that has imported the product."""
    places = {name: folder / f"{name}.txt" for name in ("stdin", "stdout", "errors")}
    for name, place in places.items():
        place.write_text(stdin if name == "stdin" else "")
    out = places.pop("stdout")
    status = zygote().fork(COMMAND, {"words": words}, env, out, cwd=folder, **places).wait(120)
    return subprocess.CompletedProcess(words, status, out.read_text(), places["errors"].read_text())


@pytest.fixture
def town(run: Run) -> str:
    words = (
        "--login",
        "boss",
        "--name",
        "老板",
        "--town",
        "T00",
        "--town-name",
        "汀兰镇",
        "--password-stdin",
    )
    done = run("create-admin", *words, stdin="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    return "T00"


@pytest.mark.either_db
def test_help_names_every_command_and_is_instant(run: Run) -> None:
    started = time.monotonic()
    shown = run("--help", cold=True).stdout
    assert time.monotonic() - started < 20
    for command in (
        "serve",
        "worker",
        "migrate",
        "demo",
        "create-admin",
        "import",
        "export-openapi",
        "doctor",
    ):
        assert command in shown


def test_migrate_works_from_any_folder_and_twice(run: Run, databases: Any) -> None:
    empty = databases.empty()
    for cold in (True, False):
        done = run("migrate", env={"XUNFANG_DATABASE_URL": empty}, cold=cold)
        assert done.returncode == 0, done.stderr
    assert "migrated to" in done.stdout


def test_the_first_administrator_is_made_once(run: Run, town: str) -> None:
    words = ("--login", "boss", "--name", "x", "--town", town, "--town-name", "x", "--password-stdin")
    again = run("create-admin", *words, stdin="correct horse battery\n")
    assert (again.returncode, again.stderr.strip()) == (1, "This login is taken")
    weak = run("create-admin", *words, stdin="short\n")
    assert weak.returncode == 1
    assert "longer password" in weak.stderr


def test_import_checks_then_applies_then_finds_nothing_to_do(run: Run, town: str, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(csv_bytes([["编号", "名称", "类型"], ["C01", "兰溪居委会", "居委会"]]))
    for words, expected in (
        (("--dry-run",), "1 new, 0 changed, 0 unchanged: nothing was changed"),
        ((), "1 new, 0 changed, 0 unchanged: applied"),
        (("--town", "T00"), "0 new, 0 changed, 1 unchanged: applied"),
    ):
        done = run("import", "units", str(file), *words)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout


def test_import_names_row_and_column_and_fails(run: Run, town: str, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes("编号,名称,类型\nC01,兰溪,城堡\n".encode("gb18030"))
    done = run("import", "units", str(file))
    assert done.returncode == 1
    assert "row 2, 类型: unknown-code 城堡" in done.stderr
    file.write_bytes(b"PK\x03\x04")
    assert "archive is damaged" in run("import", "units", str(file)).stderr
    assert "--town" in run("import", "units", str(file), "--town", "nowhere").stderr


@pytest.mark.either_db
def test_export_openapi_is_the_same_each_time(run: Run, app: FastAPI) -> None:
    """In a process of its own, with hashes of its own, and in this one."""
    told = run("export-openapi", cold=True).stdout
    assert told == json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    assert json.loads(told)["info"]["title"] == "Xunfang"


def test_doctor_finds_nothing_wrong_with_a_good_configuration(run: Run) -> None:
    done = run("doctor", "--json")
    findings = json.loads(done.stdout)
    # A machine that runs tests may lack the built PWA and a Chinese font, and the tests' own PostgreSQL runs
    # without durability, which doctor must notice; all else is right.
    wrong = [f["what"] for f in findings if f["level"] == "error"]
    expected = ("PWA", "font", "reports could be lost")
    assert [w for w in wrong if not any(word in w for word in expected)] == []


@pytest.mark.either_db
@pytest.mark.parametrize(
    ("env", "what", "mend"),
    [
        ({"XUNFANG_DATABSE_URL": "x"}, "no such setting", "docs/settings.md"),
        (
            {"XUNFANG_DATABASE_URL": "postgresql+psycopg://u:p@127.0.0.1:9/x"},
            "does not answer",
            "DATABASE_URL",
        ),
        ({"XUNFANG_STORAGE": "s3"}, "storage is s3", "XUNFANG_S3_BUCKET"),
        ({"XUNFANG_SECRET_KEY": "short"}, "shorter than 32", "secrets"),
        ({"XUNFANG_PUBLIC_URL": "http://192.168.1.2:8000"}, "without HTTPS", "--lan"),
        ({"XUNFANG_JOBS": "off"}, "jobs are off", "XUNFANG_JOBS"),
        ({"XUNFANG_MAP_TILES": "tianditu"}, "need a key", "XUNFANG_MAP_KEY"),
        ({"XUNFANG_DATA_DIR": "/proc/nothing"}, "cannot be written", "chmod"),
    ],
)
def test_doctor_says_what_is_wrong_and_how_to_mend_it(
    run: Run, env: dict[str, str], what: str, mend: str
) -> None:
    done = run("doctor", "--json", env=env)
    assert done.returncode == 1, done.stderr
    found = [f for f in json.loads(done.stdout) if what in f["what"]]
    assert [f["level"] for f in found] == ["error"]
    assert mend in found[0]["mend"]


def test_doctor_wants_a_migrated_database_and_a_private_key(run: Run, databases: Any, tmp_path: Path) -> None:
    key = tmp_path / "data" / "secret.key"
    key.parent.mkdir()
    key.write_text("k")
    key.chmod(0o644)
    shown = run("doctor", env={"XUNFANG_DATABASE_URL": databases.empty()})
    assert shown.returncode == 1
    assert "→ xunfang migrate" in shown.stdout
    assert f"→ chmod 600 {key}" in shown.stdout


@pytest.mark.either_db
@pytest.mark.parametrize(
    ("hours", "level", "what"),
    [
        (None, "warning", "no backup was ever made"),
        (25, "ok", "holds everything up to"),
        (27, "error", "backup is 27 hours old"),
    ],
)
def test_doctor_knows_the_age_of_the_last_backup(
    database: Any, hours: int | None, level: str, what: str
) -> None:
    if hours:
        with db.transaction() as session:
            instance.backed_up(session, datetime.now(UTC) - timedelta(hours=hours))
    (found,) = doctor.last_backup(database)
    assert (found.level, what in found.what) == (level, True), found
    assert level == "ok" or "xunfang backup DIR" in found.mend


@pytest.mark.either_db
def test_a_password_in_the_database_url_is_never_printed(run: Run) -> None:
    shown = run("doctor", env={"XUNFANG_DATABASE_URL": "postgresql+psycopg://u:hunter2@127.0.0.1:9/x"})
    assert "hunter2" not in shown.stdout + shown.stderr


def test_an_unmigrated_database_is_not_served(run: Run, databases: Any) -> None:
    done = run("serve", env={"XUNFANG_DATABASE_URL": databases.empty()})
    assert (done.returncode, "xunfang migrate" in done.stderr) == (1, True)


@pytest.mark.either_db
def test_phones_reach_a_lan_server_by_https_after_installing_its_authority(
    tmp_path: Path, databases: Any
) -> None:
    port = free_port()
    words = ["serve", "--lan", "--lan-address", "127.0.0.1", "--port", str(port)]
    env = environment(tmp_path, databases.migrated()) | {"XUNFANG_JOBS": "off"}
    process = zygote().fork(COMMAND, {"words": words}, env, tmp_path / "log")
    try:
        authority = _eventually(f"http://127.0.0.1:{port + 1}/ca.crt", None)
        context = ssl.create_default_context(cadata=authority.decode())
        assert json.loads(_eventually(f"https://127.0.0.1:{port}/healthz", context)) == {"status": "ok"}
        for path in ("ca.key", "../lan/ca.key", "server.key"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/{path}", timeout=10)
            refused.value.close()
            assert refused.value.code == 404
    finally:
        process.terminate()
        process.wait(20)
    shown = (tmp_path / "log").read_text()
    assert f"https://127.0.0.1:{port}" in shown
    assert "█" in shown


def _eventually(url: str, context: ssl.SSLContext | None) -> bytes:
    until = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10, context=context) as answer:
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
