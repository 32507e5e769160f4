"""schemathesis in full, against a served town, by people of each role: examples, edges, fuzzing, and chains of requests."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.features.identity.models import Role
from tests import factories

MOST = os.environ.get("XF_SCHEMA_EXAMPLES", "20")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = ("stream_changes", "sign_out", "end_session", "change_password", "erase_person", "disable_person")
"""The stream never ends; the others end the session that asks."""


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_a_served_town_answers_as_documented(server_factory: Any, tmp_path: Path, role: Role | None) -> None:
    server = server_factory(XUNFANG_JOBS="off", XUNFANG_TOTP_REQUIRED="false")
    with server.session() as session:
        town = factories.town(session)
        unit = factories.unit(session, town)
        factories.category(session, town, nature="ordinary")
        factories.point(session, town, responsible_unit_id=unit.id)
        person = factories.user(session, unit, *([role] if role else []))
        token = factories.token(session, person)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{server.url}/api/openapi.json",
        "--url", server.url, "--header", f"Authorization: Bearer {token}", "--checks", CHECKS,
        "--max-examples", MOST, "--seed", "20261122", "--request-timeout", "30", "--no-color",
        *(part for name in LEFT_OUT for part in ("--exclude-operation-id", name)),
    ]  # fmt: skip
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=3500)
    server.stop()
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
