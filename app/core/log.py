"""Logging: one line an event, as text or JSON, with the request or job it belongs to.

No personal data: tracebacks without local variables (they would print passwords), SQL errors without parameters
(`hide_parameters` in db.py), ids instead of names, and no addresses: nobody logs paths but crashes.
"""

import logging
import secrets
import sys
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import Settings

HANDLER = "xunfang"
FOREIGN = ("uvicorn", "uvicorn.error", "uvicorn.access", "dbos", "alembic")
"""Libraries that bring handlers of their own: they write through ours instead."""


class _Stderr(logging.StreamHandler[Any]):
    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(settings: Settings) -> None:
    """Set up structlog, and the standard library's logging through it; called by whatever starts the process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        last: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        last = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up at each line: standard output belongs to the commands.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_over(shared, last)


def _take_over(shared: list[Any], last: list[Any]) -> None:
    handler = _Stderr()
    handler.name = HANDLER
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[meta, *last])
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.name != HANDLER] + [handler]
    for name in FOREIGN:
        # Not empty: a library that finds no handler adds its own.
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = True


class RequestId:
    """Gives each request an id: in its log lines, and in the answer, so that a complaint leads to them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        number = secrets.token_hex(8)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request=number):
            return await self.app(scope, receive, send_with_id)
