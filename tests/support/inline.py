"""The product called in this very thread: no server, no portal, no thread pool. For tests that ask thousands of times."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI

from app.core import db
from app.features.identity.models import User
from tests import factories


async def _here(function: Callable[..., Any], *args: Any, **_: Any) -> Any:
    return function(*args)


class Inline:
    """A client as starlette's TestClient, one loop for all of its requests."""

    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop, token: str | None = None) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.loop = loop
        self.client = httpx.AsyncClient(transport=transport, base_url="https://testserver", headers=headers)

    def request(self, method: str, url: str, **values: Any) -> httpx.Response:
        return self.send(self.client.build_request(method, url, **values))

    def send(self, request: httpx.Request) -> httpx.Response:
        async def sent() -> httpx.Response:
            await request.aread()
            return await self.client.send(request)

        return self.loop.run_until_complete(sent())

    def get(self, url: str, **values: Any) -> httpx.Response:
        return self.request("GET", url, **values)

    def post(self, url: str, **values: Any) -> httpx.Response:
        return self.request("POST", url, **values)

    def put(self, url: str, **values: Any) -> httpx.Response:
        return self.request("PUT", url, **values)


@contextmanager
def inline(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[User | None], Inline]]:
    """`enter(person)`: an inline client with this person's session; None: nobody's."""
    monkeypatch.setattr(anyio.to_thread, "run_sync", _here)
    loop = asyncio.new_event_loop()

    def enter(person: User | None) -> Inline:
        if person is None:
            return Inline(app, loop)
        with db.transaction() as session:
            token = factories.token(session, person)
        return Inline(app, loop, token)

    try:
        yield enter
    finally:
        loop.close()
