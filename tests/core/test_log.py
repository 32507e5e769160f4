"""Log lines: one an event, with the request they belong to, and nobody's data in them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import Connection, text
from starlette.testclient import TestClient

from app.core import config, db, errors, log

NAME, LOCAL = "王小明", "correct horse"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers = list(root.handlers)
    log.configure(config.Settings(log_format="json"))
    yield
    structlog.configure(**before)
    root.handlers = handlers


@pytest.fixture
def crashing() -> TestClient:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(log.RequestId)

    @app.get("/crash")
    def crash() -> None:
        local = NAME + LOCAL  # noqa: F841
        with db.reading() as session:
            session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": NAME})

    return TestClient(app, raise_server_exceptions=False)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    written = capsys.readouterr()
    assert written.out == ""
    return [json.loads(line) for line in written.err.splitlines()]


def test_a_crash_leads_from_the_answer_to_its_line(
    crashing: TestClient, database: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = crashing.get("/crash")
    assert answer.status_code >= 500
    (line,) = lines(capsys)
    assert (line["level"], line["request"]) == ("error", answer.headers["X-Request-ID"])
    assert "nowhere" in line["exception"]


def test_a_crash_tells_neither_parameters_nor_locals(
    crashing: TestClient, database: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    crashing.get("/crash")
    written = capsys.readouterr().err
    assert "nowhere" in written
    assert NAME not in written
    assert LOCAL not in written


def test_each_request_has_an_id_of_its_own(crashing: TestClient) -> None:
    assert crashing.get("/a").headers["X-Request-ID"] != crashing.get("/a").headers["X-Request-ID"]


@pytest.mark.parametrize("name", ["dbos", "uvicorn.error", "something.else"])
def test_libraries_write_the_same_lines_once(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(name).warning("watch %s", "out")
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("watch out", "warning")


def test_configuring_twice_does_not_double_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(config.Settings(log_format="json"))
    logging.getLogger("dbos").warning("once")
    assert len(lines(capsys)) == 1


def test_text_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(config.Settings(log_format="text"))
    structlog.get_logger().info("ready", port=8000)
    assert "ready" in capsys.readouterr().err
