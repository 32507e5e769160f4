"""/metrics: requests by operation, the queue as it stands, jobs by how they ended; still there without a database."""

from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from app.core import db, jobs, metrics


@jobs.job("tests.counted")
def counted() -> None:
    """Nothing to do."""


@pytest.fixture
def local() -> TestClient:
    app = Starlette(routes=[Route("/metrics", metrics.show, name="metrics")])
    app.add_middleware(metrics.RequestMetrics)
    return TestClient(app, client=("127.0.0.1", 1))


def test_it_tells_the_queue_as_it_stands(local: TestClient, database: Connection) -> None:
    with db.transaction() as session:
        jobs.enqueue(session, "tests.counted")
        jobs.enqueue(session, "tests.counted", delay_seconds=60)
    shown = local.get("/metrics").text
    assert 'xunfang_jobs{state="queued"} 1.0' in shown
    assert 'xunfang_jobs{state="delayed"} 1.0' in shown
    assert "xunfang_jobs_lag_seconds" in shown


def test_it_counts_requests_and_jobs_by_how_they_ended(local: TestClient, database: Connection) -> None:
    jobs._run(jobs.Job("tests.counted", counted, "default", 0), 0, {}, None)
    local.get("/metrics")
    shown = local.get("/metrics").text
    assert 'xunfang_job_seconds_count{job="tests.counted",outcome="done"}' in shown
    assert "xunfang_requests_total{" in shown


def test_it_answers_while_the_database_is_away(local: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("", None, Exception())

    monkeypatch.setattr(db, "reading", away)
    answer = local.get("/metrics")
    assert answer.status_code == 200
    assert "xunfang_jobs_lag_seconds NaN" in answer.text
