"""The product called in this very thread: no server, no portal, no thread pool, at a third of the price.

What needs real threads, or an answer that does not end, takes `live_server`.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import anyio.to_thread
from fastapi import FastAPI
from starlette.testclient import TestClient, httpx
from starlette.types import Message, Scope


class Inline(TestClient):
    """starlette's TestClient on https (the session cookie is __Host- and Secure); a crash is an answer: 500."""

    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(app, base_url="https://testserver", raise_server_exceptions=False)
        self._transport = _Transport(app, loop)


class _Transport(httpx.BaseTransport):
    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.loop = app, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()  # a body that comes in pieces is known whole, also to who looks at the request afterwards
        exchange = _Exchange(request)
        elsewhere, anyio.to_thread.run_sync = anyio.to_thread.run_sync, _here
        try:
            self.loop.run_until_complete(exchange.passes(self.app))
        finally:
            anyio.to_thread.run_sync = elsewhere
        return exchange.answer()


async def _here(function: Callable[..., Any], *args: Any, **_: Any) -> Any:
    return contextvars.copy_context().run(function, *args)


class _Exchange:
    """One request and its answer, as a server and an app pass them."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.was_read = False
        self.ended = asyncio.Event()
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []

    async def passes(self, app: FastAPI) -> None:
        try:
            await app(_scope(self.request), self.receive, self.send)
        except Exception:
            # The app has answered 500 and hands it on to the server, for its log.
            self.ended.set()

    async def receive(self) -> Message:
        if self.was_read:
            await self.ended.wait()
            return {"type": "http.disconnect"}
        self.was_read = True
        return {"type": "http.request", "body": self.request.content}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert not self.status, "an answer begins once"
            self.status, self.headers = message["status"], list(message["headers"])
            return
        assert self.status, "a body has a beginning before it"
        assert not self.ended.is_set(), "nothing comes after the end"
        self.body.append(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self.ended.set()

    def answer(self) -> httpx.Response:
        assert self.ended.is_set(), "an answer ends"
        body = b"" if self.request.method == "HEAD" else b"".join(self.body)
        stream = httpx.ByteStream(body)
        return httpx.Response(self.status or 500, headers=self.headers, stream=stream, request=self.request)


def _scope(request: httpx.Request) -> Scope:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(url.path),
        "raw_path": url.raw_path.split(b"?", 1)[0],
        "root_path": "",
        "scheme": url.scheme,
        "query_string": url.query,
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
        "client": ("testclient", 50000),
        "server": (url.host, url.port or {"http": 80, "https": 443}[url.scheme]),
        "state": {},
    }
