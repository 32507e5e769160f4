"""The routes of a feature, found and run at less cost than FastAPI's own.

All of a `def` route runs in one go in one thread, in its turn: what it depends on, who asks among it, the route, the end
of its transaction, its answer as JSON. FastAPI would go to a thread for each of these, and write the JSON on the loop. And a
feature's routes are looked through only for paths that begin as one of them does.
"""

from collections.abc import Callable, Coroutine
from functools import cached_property, wraps
from inspect import iscoroutinefunction, unwrap
from typing import Any

from fastapi import APIRouter, Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Scope

from app.core import db, threads

PREFIX = "/api"


class Routes(APIRouter):
    """As FastAPI's; every feature's routes are such, below PREFIX."""

    def __init__(self, **said: Any) -> None:
        super().__init__(route_class=_Route, **said)
        self.included: list[Routes] = []

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        """As FastAPI's. What a route that is `async` already needs of the database it asks for itself."""
        run = endpoint if iscoroutinefunction(endpoint) else _ended(endpoint)
        super().add_api_route(path, run, **said)

    def include_router(self, router: APIRouter, **said: Any) -> None:
        """As FastAPI's, of another such."""
        if not isinstance(router, Routes):
            raise TypeError("the routes of a feature are Routes")
        self.included.append(router)
        super().include_router(router, **said)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As FastAPI's."""
        first = scope["path"].removeprefix(PREFIX).split("/", 2)[1:2]
        return super().matches(scope) if self.begins.issuperset(first) else (Match.NONE, {})

    @cached_property
    def begins(self) -> frozenset[str]:
        """What the paths begin with. Asked when all routes are here."""
        own = {route.path.split("/")[1] for route in self.routes if isinstance(route, APIRoute)}
        return frozenset(own.union(*(router.begins for router in self.included)))


class _Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI's, in one thread, once the body is here. An `async` route chooses its threads itself."""
        handle, body = super().get_route_handler(), self.body_field
        if iscoroutinefunction(unwrap(self.endpoint)):
            if _asks_for(self.dependant, db.tx_of, db.read_of):
                raise TypeError("nobody would end the session of an async route")
            return handle
        is_form, writes = (
            body is not None and isinstance(body.field_info, params.Form),
            _asks_for(self.dependant, db.tx_of),
        )

        def whole(request: Request) -> Response:
            try:
                return threads.whole(handle(request))
            except BaseException:
                db.let_go(request)
                raise

        async def handled(request: Request) -> Response:
            if body:
                await (request.form() if is_form else request.body())
            if writes and db.has_one_writer():
                async with db.write_gate():
                    return await run_in_threadpool(whole, request)
            return await threads.in_turn(whole, request)

        return handled


def _asks_for(dependant: Dependant, *wanted: Any) -> bool:
    return any(one.call in wanted or _asks_for(one, *wanted) for one in dependant.dependencies)


def _ended(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    async def route(**values: Any) -> Any:
        said = endpoint(**values)
        for value in values.values():
            if isinstance(value, Session):
                db.end(value)
        return said

    return route
