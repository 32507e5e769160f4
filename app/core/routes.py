"""The routes of a feature, found and run at less cost than FastAPI's own.

A `def` route and the end of its transaction run in one go in one thread: FastAPI would go to a thread for the route, to
another for the check of its answer and to a third for the end of the session. And a feature's routes are looked through
only for paths that begin as one of them does.
"""

from collections.abc import Callable
from functools import cached_property, wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Scope

from app.core import db

PREFIX = "/api"


class Routes(APIRouter):
    """As FastAPI's; every feature's routes are such, below PREFIX."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.included: list[Routes] = []

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **said: Any) -> None:
        """As FastAPI's, of an `async` route that goes to a thread once."""
        run = endpoint if iscoroutinefunction(endpoint) else _in_one_thread(endpoint)
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


def _in_one_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    def answered(values: dict[str, Any]) -> Any:
        said = endpoint(**values)
        for value in values.values():
            if isinstance(value, Session):
                db.end(value)
        return said

    @wraps(endpoint)
    async def route(**values: Any) -> Any:
        return await run_in_threadpool(answered, values)

    return route
