"""Figures for Prometheus: requests by operation, method and status, and how long they took."""

import hmac
import math
import time

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import db, jobs_store
from app.core.config import get_settings
from app.core.errors import NotFound

REQUESTS = Counter("xunfang_requests_total", "Requests answered", ["operation", "method", "status"])
SECONDS = Histogram("xunfang_request_seconds", "Time to the end of the answer", ["operation"])
JOBS = Histogram(
    "xunfang_job_seconds",
    "Time a job took in this process, by how it ended: done, retried, failed",
    ["job", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
QUEUE = Gauge("xunfang_jobs", "Jobs in the database: queued, delayed, running, failed", ["state"])
LAG = Gauge("xunfang_jobs_lag_seconds", "How long the oldest job that could run has waited")
UNCOUNTED: set[str] = set()
"""Operations of which even the number would tell something; their features name them."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Counts by operation, never by path: ids of cases are no label."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self.app(scope, receive, note_status)
        finally:
            if (operation := _operation(scope)) not in UNCOUNTED:
                method = scope["method"] if scope["method"] in METHODS else "other"
                REQUESTS.labels(operation, method, str(status)).inc()
                SECONDS.labels(operation).observe(time.perf_counter() - started)


def _operation(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "name", "frontend"))


def show(request: Request) -> Response:
    """The figures; to this machine itself, or to whoever knows the metrics token. To others there is no such page."""
    token = get_settings().metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    is_told = bool(token) and hmac.compare_digest(given.encode(), token.encode())
    # A reverse proxy on this machine forwards strangers: what it forwarded is not local.
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    is_local = request.client is not None and request.client.host in ("127.0.0.1", "::1") and not forwarded
    if not (is_told or is_local):
        raise NotFound()
    _look_at_queue()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _look_at_queue() -> None:
    try:
        with db.reading() as session:
            stats = jobs_store.stats(session)
    except SQLAlchemyError:
        LAG.set(math.nan)  # the database is away: the other figures matter all the more
        return
    for state in ("queued", "delayed", "running", "failed"):
        QUEUE.labels(state).set(getattr(stats, state))
    LAG.set(stats.lag_seconds)
