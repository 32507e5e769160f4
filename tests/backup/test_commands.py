"""The commands, as an operator types them: what they say, and their exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import app as cli
from app.core import audit, db
from tests.backup.conftest import Place

Places = Callable[..., Place]


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code, and all that was said."""
    done = CliRunner().invoke(cli, [str(word) for word in words], env={"COLUMNS": "200"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    assert run("backup", "keygen", tmp_path / "k")[0] == 0
    return tmp_path / "k"


def test_backup_verify_and_restore(place: Places, tmp_path: Path, key_file: Path) -> None:
    folder = tmp_path / "backups"
    with place(backup_key_file=str(key_file)).at():
        audit.record_now("one", actor_id=None, subject_kind="thing", subject_id="1")
        status, said = run("backup", folder, "--keep", "3")
        assert (status, "complete up to" in said) == (0, True), said
        assert run("backup", "verify", folder)[0] == 0
        status, said = run("restore", folder)
        assert (status, "not empty" in said) == (1, True)
    with place().at():
        assert run("restore", folder)[0] == 1, "no key"
        status, said = run("restore", folder, "--key-file", key_file)
        assert (status, "signs in anew" in said) == (0, True), said
        assert run("audit", "verify")[0] == 0
    found = next(folder.glob("snapshots/*"))
    found.write_bytes(found.read_bytes()[:-1])
    with place(backup_key_file=str(key_file)).at():
        for words in (("backup", "verify", folder), ("backup", "verify", found), ("restore", folder)):
            status, said = run(*words)
            assert (status, "damaged or cut off" in said) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("backup", "verify", "{folder}", "--key-file", "{key}"), "no finished backup"),
        (("backup", "verify", "{key}", "--key-file", "{key}"), "neither a backup folder nor a snapshot"),
        (("backup", "{folder}", "--key-file", "{folder}/none"), "there is no key file"),
        (("backup", "{folder}"), "which key?"),
        (("backup", "keygen", "{key}"), "never overwritten"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_1(
    place: Places, tmp_path: Path, key_file: Path, words: tuple[str, ...], why: str
) -> None:
    with place().at():
        status, said = run(*(word.format(folder=tmp_path, key=key_file) for word in words))
        assert (status, why in said) == (1, True), said


def test_audit_verify_names_the_row_and_fails(place: Places) -> None:
    with place().at():
        for number in range(3):
            audit.record_now("act", actor_id=None, subject_kind="thing", subject_id=str(number))
        status, said = run("audit", "verify")
        assert (status, "every chain is whole" in said) == (0, True), said
        with db.get_engine().begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("DROP TRIGGER audit_log_no_update"))
            else:
                connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE audit_log SET detail = '{\"a\": 1}' WHERE id = 2"))
        status, said = run("audit", "verify")
        assert (status, "audit_log 2: was altered" in said) == (1, True), said


def test_the_manifest_is_not_readable_without_the_key(place: Places, tmp_path: Path, key_file: Path) -> None:
    with place(backup_key_file=str(key_file)).at():
        audit.record_now("findable-action", actor_id=None, subject_kind="thing", subject_id="1")
        run("backup", tmp_path / "b")
    assert b"findable-action" not in b"".join(
        p.read_bytes() for p in (tmp_path / "b").rglob("*") if p.is_file()
    )
    assert json.dumps("audit_log").encode() not in next((tmp_path / "b").glob("snapshots/*")).read_bytes()
